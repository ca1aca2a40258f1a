#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "weir/base/clock.h"
#include "weir/io/http_client.h"
#include "weir/io/local_stores.h"
#include "weir/io/object_store.h"
#include "weir/io/s3_settings.h"

namespace weir::io {

// Places in buckets, "s3://bucket/key": one store for each bucket, made when it is first named.
// Reads no settings and connects to nobody before that. Safe from many threads.
class S3Stores {
 public:
  // `home`: where s3.conf is, and what is read of Parquet files is kept (s3_cache); "" for neither.
  // `clock` outlives this and every store.
  S3Stores(std::string home, Environment environment, const Clock& clock);
  ~S3Stores();

  Location Resolve(const std::string& uri);
  // With the credentials by which its bucket is read.
  std::unique_ptr<MessageQueue> OpenQueue(const std::string& url, const std::string& region,
                                          const Location& place);

 private:
  struct Services;
  Services& Started();
  std::shared_ptr<ObjectStore> StoreOf(const std::string& bucket);
  std::shared_ptr<ObjectStore> Make(const std::string& bucket);

  const std::string home_;
  const Environment environment_;
  const Clock* clock_;
  std::mutex mutex_;
  std::unique_ptr<Services> services_;
  std::map<std::string, std::shared_ptr<ObjectStore>> stores_;
};

// All places that weir knows: this machine's disks, and S3.
class AllStores final : public Stores {
 public:
  // What is passed outlives this and every location it gives.
  AllStores(Disk& disk, const std::string& home, const Clock& clock);

  Location Resolve(const std::string& path, const std::string& base_folder) override;
  std::unique_ptr<MessageQueue> OpenQueue(const std::string& url, const std::string& region,
                                          const Location& place) override;
  std::unique_ptr<FolderWatch> Watch(const Location& place) override;

 private:
  LocalStores local_;
  S3Stores s3_;
};

}  // namespace weir::io
