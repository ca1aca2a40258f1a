#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "weir/io/object_store.h"

namespace weir::io {

// Blocks of far objects, kept as files in a folder of this machine, up to a number of bytes: what
// was used last stays longest. Many processes may share the folder. A block is known by its
// object's URI and etag, so that of an object that was replaced is never taken for the new one's;
// it is written under another name first and carries a checksum, so a damaged one is as good as
// none. Nothing here fails a read: without room, or rights, blocks are just fetched again. Safe
// from many threads.
class BlockCache {
 public:
  static constexpr size_t kBlockBytes = size_t{1} << 20;

  // Makes the folder when it first keeps something.
  BlockCache(std::string folder, uint64_t limit_bytes);

  // `object`: its URI and etag.
  std::optional<std::string> Find(std::string_view object, uint64_t block);
  void Keep(std::string_view object, uint64_t block, std::string_view bytes);

 private:
  std::string PathOf(std::string_view object, uint64_t block) const;
  void MakeRoom();

  const std::string folder_;
  const uint64_t limit_;
  std::mutex mutex_;
  // Written by this process since it last looked at how much there is.
  uint64_t written_ = 0;
  bool looked_ = false;
};

// A far store whose Parquet files are read through a cache, in whole blocks; several missing ones
// beside each other in one go. Opening one asks the store for its etag. All else goes straight to
// the store. `uri`: of the store's root; `service`: tells stores of one URI apart.
std::shared_ptr<ObjectStore> CachedStore(std::shared_ptr<ObjectStore> far, std::string uri,
                                         std::string service, std::shared_ptr<BlockCache> cache);

}  // namespace weir::io
