#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "weir/io/object_store.h"

namespace weir::io {

// Objects in memory, for tests and for scratch data: gone with the store. Readers and writers it
// handed out may outlive it.
class MemoryStore final : public ObjectStore {
 public:
  MemoryStore();
  // Objects carry this clock's times.
  explicit MemoryStore(const Clock& clock);

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
  struct Object {
    ObjectInfo info;
    std::string bytes;
  };
  // What the store and its open readers and writers share.
  struct Shelf {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<const Object>> objects;
    uint64_t writes = 0;  // Makes every etag new.
    const Clock* clock = nullptr;

    void Place(const std::string& key, std::string bytes);  // Needs the mutex.
  };
  class Reader;
  class Writer;

  std::shared_ptr<const Object> Get(const std::string& key);

  std::shared_ptr<Shelf> shelf_;
};

}  // namespace weir::io
