#include "weir/connect/files/listing.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

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

std::string_view FolderName(std::string_view folder) {
  return LastPart(folder.substr(0, folder.size() - 1));
}

bool IsVisible(std::string_view below) {
  while (!below.empty()) {
    const size_t slash = std::min(below.find('/'), below.size());
    if (IsHidden(below.substr(0, slash))) return false;
    below.remove_prefix(std::min(slash + 1, below.size()));
  }
  return true;
}

bool IsOfTime(const FileOptions& options, const io::ObjectInfo& file) {
  if (options.modified_after && file.modified <= *options.modified_after) return false;
  return !options.modified_before || file.modified < *options.modified_before;
}

// How many objects of a far store are asked for at once: what such stores give in one answer.
constexpr size_t kPage = 1000;

class Walk {
 public:
  Walk(const FileOptions& options, const io::Location& base, const FileVisitor& visitor)
      : options_(options), base_(base), visitor_(visitor), pattern_(options.path) {
    if (!options.name_filter.empty()) name_filter_.emplace(options.name_filter);
    if (!options.strict_globs) loose_.emplace(options.path);
  }

  // Whether the place exists.
  bool Run() {
    if (loose_ && loose_->HasWildcards()) {
      TakeFolder(base_.prefix);
    } else if (pattern_.HasWildcards()) {
      WalkPattern(base_.prefix, pattern_.Begin());
    } else if (const auto file = FindFile()) {
      saw_any_ = true;
      if (visitor_.wanted(file->key)) Take(*file);
    } else {
      TakeFolder(base_.prefix);
    }
    return saw_any_ || base_.is_volume || FolderExists();
  }

 private:
  std::optional<io::ObjectInfo> FindFile() {
    if (base_.prefix.empty() || options_.path.ends_with('/')) return std::nullopt;
    return base_.store->Find(base_.prefix.substr(0, base_.prefix.size() - 1));
  }

  // A folder exists for a store when its parent lists it, or when something is in it.
  bool FolderExists() {
    if (base_.prefix.empty()) return true;
    const size_t slash = base_.prefix.size() < 2 ? std::string::npos
                                                 : base_.prefix.rfind('/', base_.prefix.size() - 2);
    const std::string parent = slash == std::string::npos ? "" : base_.prefix.substr(0, slash + 1);
    const auto folders = base_.store->VisitLevel(
        parent, [](std::string_view) { return false; }, [](const io::ObjectInfo&) {});
    return std::find(folders.begin(), folders.end(), base_.prefix) != folders.end();
  }

  // The files of one level that `matches` lets pass; gives its visible folders.
  template <typename Matches>
  std::vector<std::string> TakeLevel(const std::string& prefix, const Matches& matches) {
    std::string key = prefix;
    auto folders = base_.store->VisitLevel(
        prefix,
        [&](std::string_view name) {
          if (IsHidden(name) || !matches(name) || !MayHaveName(name)) return false;
          key.resize(prefix.size());
          key += name;
          return IsWanted(key);
        },
        [&](const io::ObjectInfo& object) { Take(object); });
    std::erase_if(folders, [](const std::string& folder) { return IsHidden(FolderName(folder)); });
    return folders;
  }

  void WalkPattern(const std::string& prefix, const PathPattern::Match& match) {
    const auto folders = TakeLevel(
        prefix, [&](std::string_view name) { return pattern_.Step(match, name).IsWhole(); });
    for (const std::string& folder : folders) {
      const auto next = pattern_.Step(match, FolderName(folder));
      if (next.IsWhole()) {
        TakeFolder(folder);
      } else if (next.CanGoOn()) {
        WalkPattern(folder, next);
      }
    }
  }

  void TakeFolder(const std::string& prefix) {
    if (options_.recursive && base_.store->IsFar()) return TakePages(prefix);
    std::vector<std::string> folders{prefix};
    while (!folders.empty()) {
      const std::string folder = std::move(folders.back());
      folders.pop_back();
      auto below = TakeLevel(folder, [](std::string_view) { return true; });
      if (options_.recursive) std::move(below.begin(), below.end(), std::back_inserter(folders));
    }
  }

  // Far stores list all below a prefix at no more cost than one level of it.
  void TakePages(const std::string& prefix) {
    std::string last;
    for (;;) {
      const auto page = base_.store->List(prefix, last, kPage);
      for (const io::ObjectInfo& object : page) {
        const bool visible = IsVisible(std::string_view(object.key).substr(prefix.size()));
        if (visible && MayHaveName(LastPart(object.key)) && IsWanted(object.key)) Take(object);
      }
      if (page.size() < kPage) return;
      last = page.back().key;
    }
  }

  bool MayHaveName(std::string_view name) const {
    return !name_filter_ || name_filter_->Matches(name);
  }

  bool IsWanted(std::string_view key) {
    if (loose_ && loose_->HasWildcards() &&
        !loose_->Matches(key.substr(std::min(base_.prefix.size(), key.size())))) {
      return false;
    }
    saw_any_ = true;
    return visitor_.wanted(key);
  }

  void Take(const io::ObjectInfo& object) {
    if (MayHaveName(LastPart(object.key)) && IsOfTime(options_, object)) visitor_.take(object);
  }

  const FileOptions& options_;
  const io::Location& base_;
  const FileVisitor& visitor_;
  PathPattern pattern_;
  std::optional<LoosePattern> loose_;
  std::optional<NamePattern> name_filter_;
  bool saw_any_ = false;
};

}  // namespace

io::Location ResolveBase(const std::string& path, const OpenContext& context) {
  const std::string base = PathPattern(path).base();
  return context.stores.Resolve(base.empty() ? "." : base, context.base_folder);
}

bool VisitFiles(const FileOptions& options, const io::Location& base, const FileVisitor& visitor) {
  return Walk(options, base, visitor).Run();
}

PathFilter::PathFilter(const FileOptions& options, const io::Location& base)
    : options_(options), base_(base), pattern_(options.path) {
  if (!options.name_filter.empty()) name_filter_.emplace(options.name_filter);
  if (!options.strict_globs) loose_.emplace(options.path);
}

bool PathFilter::MatchesPattern(std::string_view below) const {
  if (loose_ && loose_->HasWildcards()) return loose_->Matches(below);
  auto match = pattern_.Begin();
  bool is_within = !pattern_.HasWildcards();
  while (!is_within) {
    const size_t slash = below.find('/');
    match = pattern_.Step(match, below.substr(0, slash));
    if (slash == std::string_view::npos) return match.IsWhole();
    below.remove_prefix(slash + 1);
    is_within = match.IsWhole();
    if (!is_within && !match.CanGoOn()) return false;
  }
  return options_.recursive || below.find('/') == std::string_view::npos;
}

bool PathFilter::Takes(std::string_view key) const {
  if (name_filter_ && !name_filter_->Matches(LastPart(key))) return false;
  // The path itself.
  if (std::string(key) + "/" == base_.prefix) return !pattern_.HasWildcards();
  if (!key.starts_with(base_.prefix)) return false;
  const std::string_view below = key.substr(base_.prefix.size());
  return IsVisible(below) && MatchesPattern(below);
}

bool PathFilter::Takes(const io::ObjectInfo& file) const {
  return Takes(std::string_view(file.key)) && IsOfTime(options_, file);
}

std::string UriBelow(const io::Location& base, const std::string& relative) {
  const std::string& shown = base.Shown();
  if (relative.empty()) return shown;
  const std::string slash = shown.ends_with('/') ? "" : "/";
  // Escaped as the store's own URIs are.
  return shown + slash + io::FileUri(relative).substr(7);
}

}  // namespace weir::connect
