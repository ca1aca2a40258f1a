#pragma once

#include <memory>
#include <string>

#include "weir/io/disk.h"
#include "weir/io/object_store.h"

namespace weir::io {

// Places on this machine's disks: "/data/x", "data/x", "file:/data/x", "file:///data/x",
// "file://localhost/data/x". A URI may be percent-encoded; a plain path is taken as it is written,
// and nothing in either is a wildcard. All places share one store, rooted at "/".
class LocalStores final : public Stores {
 public:
  // Both outlive this and every location it gives.
  LocalStores(Disk& disk, const Clock& clock);
  // The same over a store that a test has put in the way.
  LocalStores(Disk& disk, std::shared_ptr<ObjectStore> root);

  // `base_folder` is an absolute path or a file: URI. Throws Error: kUnsupported (another scheme or
  // host, by name), kInvalid (an empty path, a bad escape), kDenied (a folder we may not look
  // into).
  Location Resolve(const std::string& path, const std::string& base_folder) override;
  std::unique_ptr<FolderWatch> Watch(const Location& place) override;

 private:
  Disk* disk_;
  std::shared_ptr<ObjectStore> root_;
};

// "/data/my sales" -> "file:///data/my%20sales". Escapes what Resolve would read otherwise.
std::string FileUri(std::string_view absolute_path);

// The path in a file: URI ("/data/my sales"), or the text itself if it has no scheme. Throws as
// Resolve does.
std::string PathFromUri(const std::string& uri);

}  // namespace weir::io
