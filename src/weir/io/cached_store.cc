#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "weir/base/error.h"
#include "weir/io/block_cache.h"

namespace weir::io {
namespace {

// What is fetched in one go at most, of missing blocks beside each other.
constexpr uint64_t kBlocksAtOnce = 32;

class CachedReader final : public ObjectReader {
 public:
  // Opens the far object only when a block is missing. `version` tells it from others that were
  // there.
  CachedReader(std::shared_ptr<ObjectStore> far, ObjectInfo info, const std::string& version,
               const std::string& uri, const std::string& service,
               std::shared_ptr<BlockCache> cache)
      : far_(std::move(far)),
        info_(std::move(info)),
        object_(service + "\n" + uri + "\n" + version + "\n" + std::to_string(info_.size)),
        uri_(uri),
        cache_(std::move(cache)) {}

  const ObjectInfo& info() const override { return info_; }

  size_t ReadAt(uint64_t offset, char* into, size_t length) override {
    if (offset >= info_.size) return 0;
    length = static_cast<size_t>(std::min<uint64_t>(length, info_.size - offset));
    if (length == 0) return 0;
    const uint64_t last = (offset + length - 1) / BlockCache::kBlockBytes;
    uint64_t missing = offset / BlockCache::kBlockBytes;  // The first of those not there in a row.
    for (uint64_t block = missing; block <= last; ++block) {
      const auto kept = cache_->Find(object_, block);
      const bool is_whole = kept && kept->size() == SizeOf(block);
      if (is_whole) {
        if (missing < block) Fetch(missing, block - missing, offset, into, length);
        Copy(block, *kept, offset, into, length);
        missing = block + 1;
      } else if (block + 1 - missing == kBlocksAtOnce) {
        Fetch(missing, kBlocksAtOnce, offset, into, length);
        missing = block + 1;
      }
    }
    if (missing <= last) Fetch(missing, last + 1 - missing, offset, into, length);
    return length;
  }

 private:
  size_t SizeOf(uint64_t block) const {
    const uint64_t begin = block * BlockCache::kBlockBytes;
    return static_cast<size_t>(std::min<uint64_t>(BlockCache::kBlockBytes, info_.size - begin));
  }

  // The part of a block that was asked for.
  static void Copy(uint64_t block, std::string_view bytes, uint64_t offset, char* into,
                   size_t length) {
    const uint64_t begin = block * BlockCache::kBlockBytes;
    const uint64_t from = std::max(begin, offset);
    const uint64_t to = std::min(begin + bytes.size(), offset + length);
    if (from >= to) return;
    std::memcpy(into + (from - offset), bytes.data() + (from - begin), to - from);
  }

  void Fetch(uint64_t first, uint64_t count, uint64_t offset, char* into, size_t length) {
    const uint64_t begin = first * BlockCache::kBlockBytes;
    const uint64_t end = std::min(begin + count * BlockCache::kBlockBytes, info_.size);
    std::string bytes(static_cast<size_t>(end - begin), '\0');
    if (Far().ReadAt(begin, bytes.data(), bytes.size()) != bytes.size()) {
      throw Error(ErrorCode::kUnavailable, "'" + uri_ + "' ended early; read it again");
    }
    for (uint64_t block = first; block < first + count; ++block) {
      const std::string_view part = std::string_view(bytes).substr(
          static_cast<size_t>((block - first) * BlockCache::kBlockBytes), SizeOf(block));
      cache_->Keep(object_, block, part);
      Copy(block, part, offset, into, length);
    }
  }

  ObjectReader& Far() {
    const std::lock_guard lock(mutex_);
    if (reader_ == nullptr && info_.etag.empty()) reader_ = far_->OpenKnown(info_);
    if (reader_ == nullptr) {
      auto reader = far_->Open(info_.key);
      if (reader->info().etag != info_.etag || reader->info().size != info_.size) {
        throw Error(ErrorCode::kConflict,
                    "'" + uri_ + "' was replaced while it was read; read it again");
      }
      reader_ = std::move(reader);
    }
    return *reader_;
  }

  const std::shared_ptr<ObjectStore> far_;
  const ObjectInfo info_;
  const std::string object_;
  const std::string uri_;
  const std::shared_ptr<BlockCache> cache_;
  std::mutex mutex_;
  std::unique_ptr<ObjectReader> reader_;
};

class ParquetCachedStore final : public ObjectStore {
 public:
  ParquetCachedStore(std::shared_ptr<ObjectStore> far, std::string uri, std::string service,
                     std::shared_ptr<BlockCache> cache)
      : far_(std::move(far)),
        uri_(std::move(uri)),
        service_(std::move(service)),
        cache_(std::move(cache)) {}

  std::unique_ptr<ObjectReader> Open(const std::string& key) override {
    if (!key.ends_with(".parquet")) return far_->Open(key);
    auto info = far_->Find(key);
    // The store's own words for one that is absent; one without an etag can't be told from others.
    if (!info || info->etag.empty()) return far_->Open(key);
    const std::string version = info->etag;
    return std::make_unique<CachedReader>(far_, *std::move(info), version, uri_ + "/" + key,
                                          service_, cache_);
  }

  std::unique_ptr<ObjectReader> OpenKnown(const ObjectInfo& object) override {
    if (!object.key.ends_with(".parquet")) return far_->OpenKnown(object);
    ObjectInfo known = object;
    known.etag.clear();  // Blocks of the object go by its time, whoever opens it.
    return std::make_unique<CachedReader>(far_, std::move(known),
                                          "written " + std::to_string(object.modified.micros),
                                          uri_ + "/" + object.key, service_, cache_);
  }

  std::optional<ObjectInfo> Find(const std::string& key) override { return far_->Find(key); }
  std::string Read(const std::string& key) override { return far_->Read(key); }
  void Put(const std::string& key, std::string_view bytes) override { far_->Put(key, bytes); }
  [[nodiscard]] PutOutcome PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return far_->PutIfAbsent(key, bytes);
  }
  std::unique_ptr<ObjectWriter> Create(const std::string& key) override {
    return far_->Create(key);
  }
  std::vector<ObjectInfo> List(const std::string& prefix, const std::string& start_after,
                               size_t limit) override {
    return far_->List(prefix, start_after, limit);
  }
  Level ListLevel(const std::string& prefix) override { return far_->ListLevel(prefix); }
  void Delete(const std::string& key) override { far_->Delete(key); }
  void DeleteAll(const std::string& prefix) override { far_->DeleteAll(prefix); }
  bool IsFar() const override { return true; }

 private:
  const std::shared_ptr<ObjectStore> far_;
  const std::string uri_;
  const std::string service_;
  const std::shared_ptr<BlockCache> cache_;
};

}  // namespace

std::shared_ptr<ObjectStore> CachedStore(std::shared_ptr<ObjectStore> far, std::string uri,
                                         std::string service, std::shared_ptr<BlockCache> cache) {
  return std::make_shared<ParquetCachedStore>(std::move(far), std::move(uri), std::move(service),
                                              std::move(cache));
}

}  // namespace weir::io
