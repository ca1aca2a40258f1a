#include "weir/connect/files/inference_cache.h"

namespace weir::connect {

std::optional<Schema> InferenceCache::Find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = schemas_.find(key);
  if (found == schemas_.end()) return std::nullopt;
  return found->second;
}

void InferenceCache::Put(const std::string& key, const Schema& schema) {
  const std::lock_guard lock(mutex_);
  // What was inferred from files as they no longer are is never asked for again.
  if (schemas_.size() >= kMostSchemas) schemas_.clear();
  schemas_[key] = schema;
}

}  // namespace weir::connect
