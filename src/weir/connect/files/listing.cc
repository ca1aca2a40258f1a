#include "weir/connect/files/listing.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "weir/base/error.h"
#include "weir/connect/files/path_pattern.h"
#include "weir/io/local_stores.h"

namespace weir::connect {

namespace {

bool IsHidden(std::string_view name) {
  if (name.starts_with('.') || name.ends_with("._COPYING_")) return true;
  return name.starts_with('_') && name.find('=') == std::string_view::npos;
}

std::string_view LastPart(std::string_view key) { return key.substr(key.rfind('/') + 1); }

class Walk {
 public:
  Walk(const FileOptions& options, const io::Location& base, Listing& listing)
      : options_(options), base_(base), listing_(listing), pattern_(options.path) {
    if (!options.name_filter.empty()) name_filter_.emplace(options.name_filter);
  }

  void Run() {
    if (pattern_.HasWildcards()) {
      WalkPattern(base_.prefix, pattern_.Begin());
    } else if (const auto file = FindFile()) {
      listing_.base_exists = true;
      Take(*file);
    } else {
      TakeFolder(base_.prefix);
    }
    listing_.base_exists = listing_.base_exists || base_.is_volume || FolderExists();
  }

 private:
  std::optional<io::ObjectInfo> FindFile() {
    if (base_.prefix.empty() || options_.path.ends_with('/')) return std::nullopt;
    return base_.store->Find(base_.prefix.substr(0, base_.prefix.size() - 1));
  }

  // A folder exists for a store when its parent lists it, or when something is in it.
  bool FolderExists() {
    if (!listing_.files.empty() || base_.prefix.empty()) return true;
    const size_t slash = base_.prefix.size() < 2 ? std::string::npos
                                                 : base_.prefix.rfind('/', base_.prefix.size() - 2);
    const std::string parent = slash == std::string::npos ? "" : base_.prefix.substr(0, slash + 1);
    const auto level = base_.store->ListLevel(parent);
    return std::find(level.folders.begin(), level.folders.end(), base_.prefix) !=
           level.folders.end();
  }

  void WalkPattern(const std::string& prefix, const PathPattern::Match& match) {
    const auto level = base_.store->ListLevel(prefix);
    for (const io::ObjectInfo& object : level.objects) {
      const std::string_view name = LastPart(object.key);
      if (!IsHidden(name) && pattern_.Step(match, name).IsWhole()) Take(object);
    }
    for (const std::string& folder : level.folders) {
      const std::string_view name = LastPart(std::string_view(folder).substr(0, folder.size() - 1));
      if (IsHidden(name)) continue;
      const auto next = pattern_.Step(match, name);
      if (next.IsWhole()) {
        TakeFolder(folder);
      } else if (next.CanGoOn()) {
        WalkPattern(folder, next);
      }
    }
  }

  void TakeFolder(const std::string& prefix) {
    if (!options_.recursive) {
      for (const auto& object : base_.store->ListLevel(prefix).objects) TakeVisible(object, prefix);
      return;
    }
    for (const auto& object : base_.store->List(prefix, "", io::ObjectStore::kNoLimit)) {
      TakeVisible(object, prefix);
    }
  }

  void TakeVisible(const io::ObjectInfo& object, const std::string& prefix) {
    std::string_view rest = std::string_view(object.key).substr(prefix.size());
    while (!rest.empty()) {
      const size_t slash = std::min(rest.find('/'), rest.size());
      if (IsHidden(rest.substr(0, slash))) return;
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    Take(object);
  }

  void Take(const io::ObjectInfo& object) {
    if (name_filter_ && !name_filter_->Matches(LastPart(object.key))) return;
    if (options_.modified_after && object.modified <= *options_.modified_after) return;
    if (options_.modified_before && object.modified >= *options_.modified_before) return;
    std::string relative;
    if (object.key.size() > base_.prefix.size()) relative = object.key.substr(base_.prefix.size());
    listing_.files.push_back(
        {UriBelow(base_, relative), object.key, object.size, object.modified, object.etag});
  }

  const FileOptions& options_;
  const io::Location& base_;
  Listing& listing_;
  PathPattern pattern_;
  std::optional<NamePattern> name_filter_;
};

}  // namespace

io::Location ResolveBase(const std::string& path, const OpenContext& context) {
  const std::string base = PathPattern(path).base();
  return context.stores.Resolve(base.empty() ? "." : base, context.base_folder);
}

Listing ListFiles(const FileOptions& options, const io::Location& base) {
  Listing listing;
  Walk(options, base, listing).Run();
  std::sort(listing.files.begin(), listing.files.end(), [](const auto& left, const auto& right) {
    return std::tie(left.modified, left.key) < std::tie(right.modified, right.key);
  });
  // `**/a` and `{a,*}` can name a file twice.
  listing.files.erase(
      std::unique(listing.files.begin(), listing.files.end(),
                  [](const auto& left, const auto& right) { return left.key == right.key; }),
      listing.files.end());
  return listing;
}

std::string UriBelow(const io::Location& base, const std::string& relative) {
  const std::string& shown = base.Shown();
  if (relative.empty()) return shown;
  const std::string slash = shown.ends_with('/') ? "" : "/";
  // Escaped as the store's own URIs are.
  return shown + slash + io::FileUri(relative).substr(7);
}

}  // namespace weir::connect
