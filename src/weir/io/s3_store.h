#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "weir/io/object_store.h"
#include "weir/io/s3_connection.h"

namespace weir::io {

struct S3StoreOptions {
  size_t part_bytes = size_t{8} << 20;  // Of large reads and uploads; S3 takes no less than 5 MiB.
  size_t connections = 6;               // For one large read or Put.
};

// The objects of one bucket of S3, or of a service that understands its requests.
//
// What is written carries the mark of its write in its metadata ("x-amz-meta-weir-write"), so that
// a write whose answer was lost knows its own object when it asks again: PutIfAbsent says kCreated
// then, not kExisted. Objects whose names are no keys (with empty, "." or ".." parts, as the
// markers of folders that some tools make) are passed over, but deleted with their folder.
//
// A service other than AWS's is asked, before the first conditional write in a process, whether it
// honours conditions: one that does not would let two commits take one version.
class S3Store final : public ObjectStore {
 public:
  explicit S3Store(std::shared_ptr<S3Connection> connection, S3StoreOptions options = {});

  std::optional<ObjectInfo> Find(const std::string& key) override;
  std::string Read(const std::string& key) override;
  std::unique_ptr<ObjectReader> Open(const std::string& key) override;
  std::unique_ptr<ObjectReader> OpenKnown(const ObjectInfo& object) override;
  void Put(const std::string& key, std::string_view bytes) override;
  [[nodiscard]] PutOutcome PutIfAbsent(const std::string& key, std::string_view bytes) override;
  std::unique_ptr<ObjectWriter> Create(const std::string& key) override;
  std::vector<ObjectInfo> List(const std::string& prefix, const std::string& start_after,
                               size_t limit) override;
  Level ListLevel(const std::string& prefix) override;
  void Delete(const std::string& key) override;
  void DeleteAll(const std::string& prefix) override;
  bool IsFar() const override { return true; }

 private:
  class Reader;
  class Writer;
  // What one request for a range gave.
  struct Range {
    ObjectInfo info;  // Of the whole object.
    uint64_t begin = 0;
    std::string bytes;
  };

  std::optional<Range> Get(const std::string& key, const std::string& range,
                           const std::string& etag);
  void Fill(const ObjectInfo& info, uint64_t begin, char* into, size_t length);
  std::string FillPart(const ObjectInfo& info, uint64_t begin, char* into, size_t length);
  std::optional<std::string> TryRead(const std::string& key);
  PutOutcome WhoWrote(const std::string& key, const std::string& mark);
  S3Listing Page(const std::string& prefix, const std::string& delimiter,
                 const std::string& start_after, const std::string& next, size_t limit);
  void DeleteThese(const std::vector<std::string>& keys);
  void RequireConditions(const std::string& key);

  const std::shared_ptr<S3Connection> connection_;
  const S3StoreOptions options_;
  std::mutex mutex_;
  bool honours_conditions_;
};

}  // namespace weir::io
