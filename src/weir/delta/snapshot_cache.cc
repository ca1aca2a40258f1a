#include "weir/delta/snapshot_cache.h"

namespace weir::delta {

std::shared_ptr<const Snapshot> SnapshotCache::Find(const std::string& uri) {
  const std::lock_guard lock(mutex_);
  const auto found = by_uri_.find(uri);
  if (found == by_uri_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->snapshot;
}

void SnapshotCache::Keep(const std::string& uri, std::shared_ptr<const Snapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_uri_.find(uri); found != by_uri_.end()) {
    if (found->second->snapshot == snapshot) return;
    Forget(found->second);
  }
  const size_t bytes = snapshot->MemoryBytes();
  entries_.push_front({uri, std::move(snapshot), bytes});
  by_uri_[uri] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > most_bytes_ && !entries_.empty()) Forget(std::prev(entries_.end()));
}

void SnapshotCache::Forget(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_uri_.erase(entry->uri);
  entries_.erase(entry);
}

}  // namespace weir::delta
