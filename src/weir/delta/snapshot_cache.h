#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "weir/delta/snapshot.h"

namespace weir::delta {

// The latest snapshots of the tables that were read last, by the table's URI, so that the next
// statement reads only what came after. A snapshot that is found may be old or of a table that is
// gone: Table::Refresh tells. Safe from many threads.
class SnapshotCache {
 public:
  // Forgets those not asked for longest once all take more memory than that. A snapshot takes some
  // 100 bytes for each file of its table, so this is for some 2.5 million files.
  explicit SnapshotCache(size_t most_bytes = size_t{256} << 20) : most_bytes_(most_bytes) {}

  // Null when there is none.
  std::shared_ptr<const Snapshot> Find(const std::string& uri);
  void Keep(const std::string& uri, std::shared_ptr<const Snapshot> snapshot);

 private:
  struct Entry {
    std::string uri;
    std::shared_ptr<const Snapshot> snapshot;
    size_t bytes = 0;
  };
  using Entries = std::list<Entry>;  // The last used in front.
  void Forget(Entries::iterator entry);

  const size_t most_bytes_;
  std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_uri_;
  size_t bytes_ = 0;  // Of all.
};

}  // namespace weir::delta
