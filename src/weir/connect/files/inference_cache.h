#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "weir/types/data_type.h"

namespace weir::connect {

// Columns inferred from files as they are now, so that a flow that opens its source for every batch
// looks into them once. Safe from many threads.
class InferenceCache {
 public:
  std::optional<Schema> Find(const std::string& key) const;
  void Put(const std::string& key, const Schema& schema);

 private:
  static constexpr size_t kMostSchemas = 1000;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Schema> schemas_;
};

}  // namespace weir::connect
