#include "weir/session/volume_path.h"

#include <vector>

#include "weir/base/error.h"
#include "weir/io/local_stores.h"
#include "weir/types/data_type.h"

namespace weir::session {

using catalog::Privilege;
using catalog::VolumeInfo;

namespace {

constexpr std::string_view kRoot = "/Volumes";
constexpr std::string_view kScheme = "dbfs:";

[[noreturn]] void RefusePath(const std::string& path, const std::string& why) {
  throw Error(ErrorCode::kInvalid, "'" + path + "' " + why).WithCondition("INVALID_VOLUME_PATH");
}

// The path that is written, if it is one of a volume.
std::optional<std::string> VolumeTextOf(const std::string& path) {
  std::string text = path;
  if (LowerName(path.substr(0, kScheme.size())) == kScheme) {
    text = io::PathFromUri("file:" + path.substr(kScheme.size()));
  }
  if (!text.starts_with(kRoot)) return std::nullopt;
  if (text.size() > kRoot.size() && text[kRoot.size()] != '/') return std::nullopt;
  return text;
}

std::vector<std::string> PartsOf(const std::string& text, const std::string& path) {
  std::vector<std::string> parts;
  for (size_t at = kRoot.size(); at < text.size();) {
    const size_t slash = std::min(text.find('/', at), text.size());
    std::string part = text.substr(at, slash - at);
    at = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") RefusePath(path, "has '..' in it, which a path in a volume can't have");
    parts.push_back(std::move(part));
  }
  return parts;
}

// "/a b" -> "/a%20b", as URIs of folders are written.
std::string Escaped(const std::string& path) {
  return io::FileUri(path).substr(std::string_view("file://").size());
}

io::Location FolderOf(const Services& services, const VolumeInfo& info) {
  io::Location folder = services.stores.Resolve(info.location, "");
  if (folder.uri == info.location) return folder;
  // Whoever put a link there may have had no right to where it leads.
  throw Error(ErrorCode::kDenied,
              "the folder of volume " + info.name.ToString() +
                  " leads to another one than when the volume was made: a symbolic link was put on "
                  "the way to it; put the folder back, or make the volume anew")
      .WithCondition("PERMISSION_DENIED");
}

io::Location PlaceIn(const Services& services, const VolumeInfo& info, const VolumePath& path,
                     const std::string& written) {
  io::Location place = FolderOf(services, info);
  const std::string inside = place.uri + "/";
  if (path.rest.empty()) {
    place.is_volume = true;
  } else {
    place = services.stores.Resolve(inside + Escaped("/" + path.rest).substr(1), "");
    if (!place.uri.starts_with(inside)) {
      throw Error(ErrorCode::kDenied, "'" + written +
                                          "' leads out of its volume by a symbolic link, which is "
                                          "not followed")
          .WithCondition("PERMISSION_DENIED");
    }
  }
  place.alias = path.ToUri();
  return place;
}

}  // namespace

std::string VolumePath::ToUri() const {
  std::string path(kRoot);
  for (const std::string& part : {volume.catalog, volume.schema, volume.name}) path += "/" + part;
  if (!rest.empty()) path += "/" + rest;
  return std::string(kScheme) + Escaped(path);
}

std::optional<VolumePath> ParseVolumePath(const std::string& path) {
  const auto text = VolumeTextOf(path);
  if (!text) return std::nullopt;
  if (text->find('\0') != std::string::npos) RefusePath("/Volumes/...", "has a NUL byte in it");
  const std::vector<std::string> parts = PartsOf(*text, path);
  if (parts.size() < 3) {
    RefusePath(path, "names no volume; a path in one is /Volumes/<catalog>/<schema>/<volume>/...");
  }
  VolumePath found;
  found.volume = {LowerName(parts[0]), LowerName(parts[1]), LowerName(parts[2])};
  for (size_t i = 3; i < parts.size(); ++i) found.rest += (i > 3 ? "/" : "") + parts[i];
  found.names_folder = found.rest.empty() || text->ends_with('/') || text->ends_with("/.");
  return found;
}

io::Location ResolveJudged(const Services& services, const std::string& principal, Privilege use,
                           const std::string& path, const std::string& base_folder) {
  if (const auto in_volume = ParseVolumePath(path)) {
    const Privilege needed =
        use == Privilege::kWriteFiles ? Privilege::kWriteVolume : Privilege::kReadVolume;
    const VolumeInfo info = services.catalog.RequireVolume(principal, needed, in_volume->volume);
    return PlaceIn(services, info, *in_volume, path);
  }
  io::Location location = services.stores.Resolve(path, base_folder);
  services.catalog.RequirePath(principal, use, location.uri, path);
  return location;
}

io::Location ResolveUnjudged(const Services& services, const std::string& path,
                             const std::string& base_folder) {
  const auto in_volume = ParseVolumePath(path);
  if (!in_volume) return services.stores.Resolve(path, base_folder);
  const auto info = services.catalog.FindVolume(in_volume->volume);
  if (!info) {
    throw Error(ErrorCode::kNotFound, "there is no volume " + in_volume->volume.ToString())
        .WithCondition("UC_VOLUME_NOT_FOUND");
  }
  return PlaceIn(services, *info, *in_volume, path);
}

void RefuseVolumePath(const std::string& path, const Span& span, const std::string& why,
                      const std::string& hint) {
  if (!ParseVolumePath(path)) return;
  throw DiagnosticError({{"UNSUPPORTED_FEATURE", "0A000", span, "'" + path + "': " + why, hint}});
}

}  // namespace weir::session
