#include "weir/io/local_stores.h"

#include <optional>
#include <utility>

#include "weir/base/error.h"
#include "weir/io/local_store.h"
#include "weir/io/uri.h"

namespace weir::io {
std::string FileUri(std::string_view absolute_path) {
  return "file://" + EscapedUriPath(absolute_path);
}

std::string PathFromUri(const std::string& uri) {
  const std::optional<std::string> scheme = UriScheme(uri);
  if (!scheme) return uri;
  if (*scheme != "file") {
    throw Error(ErrorCode::kUnsupported,
                "'" + uri + "' is a '" + *scheme +
                    ":' location, which weir does not support yet; use a local path (one whose "
                    "name has a ':' is written './" +
                    uri + "')");
  }
  std::string_view rest = std::string_view(uri).substr(5);
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (!host.empty() && host != "localhost") {
      throw Error(ErrorCode::kUnsupported,
                  "'" + uri + "' names the host '" + std::string(host) +
                      "', but weir reads files of this machine only; a path on it is written "
                      "file:///... with three slashes");
    }
    rest.remove_prefix(host.size());
  }
  return DecodedUriPath(rest, uri);
}

LocalStores::LocalStores(Disk& disk, const Clock& clock)
    : LocalStores(disk, std::make_shared<LocalStore>("/", disk, clock)) {}

LocalStores::LocalStores(Disk& disk, std::shared_ptr<ObjectStore> root)
    : disk_(&disk), root_(std::move(root)) {}

Location LocalStores::Resolve(const std::string& path, const std::string& base_folder) {
  std::string local = PathFromUri(path);
  if (local.empty()) throw Error(ErrorCode::kInvalid, "'" + path + "' is not a path");
  if (local.find('\0') != std::string::npos) {
    throw Error(ErrorCode::kInvalid, "a path can't have a NUL byte in it");
  }
  if (!local.starts_with('/')) {
    if (base_folder.empty()) {
      throw Error(ErrorCode::kInvalid, "'" + path +
                                           "' is a relative path where there is nothing that it "
                                           "could be relative to, as in a view; write the whole "
                                           "path, from '/' on");
    }
    const std::string base = PathFromUri(base_folder);
    if (!base.starts_with('/')) {
      throw Error(ErrorCode::kInvalid, "'" + path + "' is relative, and so is the folder '" +
                                           base_folder + "' that it would be relative to");
    }
    local = base + "/" + local;
  }
  const std::string canonical = Canonical(*disk_, local);
  return {root_, canonical == "/" ? "" : canonical.substr(1) + "/", FileUri(canonical)};
}

std::unique_ptr<FolderWatch> LocalStores::Watch(const Location& place) {
  std::string folder = "/" + place.prefix;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return std::make_unique<FolderWatch>(std::move(folder));
}

}  // namespace weir::io
