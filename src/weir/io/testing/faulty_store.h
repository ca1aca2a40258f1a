#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/io/object_store.h"
#include "weir/io/testing/faults.h"

namespace weir::io {

// Another store, with faults around every call of it and of the readers and writers it hands out.
class FaultyStore final : public ObjectStore {
 public:
  // `faults` outlives the store and what it hands out.
  FaultyStore(std::shared_ptr<ObjectStore> inner, Faults& faults);

  std::optional<ObjectInfo> Find(const std::string& key) override;
  std::string Read(const std::string& key) override;
  std::unique_ptr<ObjectReader> Open(const std::string& key) override;
  void Put(const std::string& key, std::string_view bytes) override;
  [[nodiscard]] PutOutcome PutIfAbsent(const std::string& key, std::string_view bytes) override;
  std::unique_ptr<ObjectWriter> Create(const std::string& key) override;
  std::vector<ObjectInfo> List(const std::string& prefix, const std::string& start_after,
                               size_t limit) override;
  Level ListLevel(const std::string& prefix) override;
  void Delete(const std::string& key) override;
  void DeleteAll(const std::string& prefix) override;

 private:
  std::shared_ptr<ObjectStore> inner_;
  Faults* faults_;
};

}  // namespace weir::io
