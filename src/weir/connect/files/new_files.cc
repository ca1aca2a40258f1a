#include "weir/connect/files/new_files.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "weir/base/error.h"
#include "weir/connect/files/listing.h"
#include "weir/connect/files/planned_files.h"
#include "weir/connect/files/sample.h"
#include "weir/io/parallel.h"

namespace weir::connect {

namespace {

constexpr size_t kNewestKept = 32;

bool IsOlder(const SourceFile& left, const SourceFile& right) {
  return std::tie(left.modified, left.key) < std::tie(right.modified, right.key);
}

bool IsNewer(const SourceFile& left, const SourceFile& right) { return IsOlder(right, left); }

// The oldest of many, and of the others the newest.
class Selection {
 public:
  explicit Selection(size_t most) : most_(most) {}

  void Add(SourceFile file) {
    oldest_.push_back(std::move(file));
    if (most_ == SIZE_MAX) return;
    std::push_heap(oldest_.begin(), oldest_.end(), IsOlder);
    if (oldest_.size() <= most_) return;
    std::pop_heap(oldest_.begin(), oldest_.end(), IsOlder);
    AddNewest(std::move(oldest_.back()));
    oldest_.pop_back();
  }

  NewFiles Finish() {
    NewFiles found;
    std::sort(oldest_.begin(), oldest_.end(), IsOlder);
    std::sort(newest_.begin(), newest_.end(), IsOlder);
    found.files = std::move(oldest_);
    found.newest = std::move(newest_);
    found.is_whole = found.newest.empty();
    return found;
  }

 private:
  void AddNewest(SourceFile file) {
    newest_.push_back(std::move(file));
    std::push_heap(newest_.begin(), newest_.end(), IsNewer);
    if (newest_.size() <= kNewestKept) return;
    std::pop_heap(newest_.begin(), newest_.end(), IsNewer);
    newest_.pop_back();
  }

  const size_t most_;
  std::vector<SourceFile> oldest_;  // A heap, the newest of them on top.
  std::vector<SourceFile> newest_;  // A heap, the oldest of them on top.
};

[[noreturn]] void ThrowNoSuchPlace(const FileOptions& options, const io::Location& base) {
  const bool is_relative =
      !options.path.starts_with('/') && options.path.find("://") == std::string::npos;
  throw DiagnosticError(
      {{"PATH_NOT_FOUND", "42K03", Span{}, "there is no file or folder at " + base.Shown(),
        "check the path given to " + options.caller + " ('" + options.path + "')" +
            (is_relative ? "; relative paths start in " + options.base_folder : ""),
        ErrorCode::kNotFound}});
}

class NewFileSearch {
 public:
  NewFileSearch(const FileOptions& options, const io::Location& base, const FileProgress& done,
                Instant now, size_t most)
      : options_(options), base_(base), done_(done), now_(now), selection_(most) {}

  NewFiles Run() {
    const FileVisitor visitor{[this](std::string_view key) { return IsWanted(key); },
                              [this](io::ObjectInfo file) { Take(std::move(file)); }};
    if (!VisitFiles(options_, base_, visitor) && !MayBeEmptied()) {
      ThrowNoSuchPlace(options_, base_);
    }
    NewFiles found = selection_.Finish();
    for (auto* const files : {&found.files, &found.newest}) {
      for (SourceFile& file : *files) file.uri = UriBelow(base_, BelowBase(file.key));
    }
    found.spent = std::move(spent_);
    return found;
  }

 private:
  // A folder of a bucket is gone with the last object in it.
  bool MayBeEmptied() const {
    return done_.known().size() > 0 &&
           (base_.store->IsFar() || options_.cleaning != Cleaning::kOff);
  }

  bool IsWanted(std::string_view key) const {
    const auto taken = done_.known().Find(key);
    return !taken || options_.overwrites != Overwrites::kIgnore || IsDue(*taken);
  }

  // Whether cleanSource is to do away with it, if it is still what was taken.
  bool IsDue(const KnownFiles::Taken& taken) const {
    if (options_.cleaning == Cleaning::kOff) return false;
    const auto committed = done_.CommittedAt(taken.batch);
    return committed && committed->micros <= now_.micros - options_.retention;
  }

  void Take(io::ObjectInfo object) {
    SourceFile file{"", std::move(object.key), object.size, object.modified,
                    std::move(object.etag)};
    const auto taken = done_.known().Find(file.key);
    const bool is_same = taken && taken->version == VersionHash(file);
    if (is_same && IsDue(*taken)) spent_.push_back(file.key);
    if (Counts(options_, done_, now_, file)) selection_.Add(std::move(file));
  }

  std::string BelowBase(const std::string& key) const {
    return key.size() > base_.prefix.size() ? key.substr(base_.prefix.size()) : "";
  }

  const FileOptions& options_;
  const io::Location& base_;
  const FileProgress& done_;
  const Instant now_;
  Selection selection_;
  std::vector<std::string> spent_;
};

constexpr size_t kAskingThreads = 32;  // Each waits for an answer most of the time.

}  // namespace

void AddNewFiles(const FileOptions& options, const io::Location& base, const FileProgress& done,
                 Instant now, const std::vector<std::string>& keys, NewFiles& found) {
  const PathFilter filter(options, base);
  std::vector<std::string> wanted;
  for (const std::string& key : keys) {
    const bool may_count = options.overwrites != Overwrites::kIgnore || !done.known().Has(key);
    if (may_count && filter.Takes(std::string_view(key))) wanted.push_back(key);
  }
  std::vector<std::optional<io::ObjectInfo>> infos(wanted.size());
  io::InParallel(wanted.size(), base.store->IsFar() ? kAskingThreads : 1,
                 [&](size_t i) { infos[i] = base.store->Find(wanted[i]); });
  std::set<std::string> heard;
  std::vector<SourceFile> files;
  for (auto& info : infos) {
    if (!info || !filter.Takes(*info)) continue;
    SourceFile file{"", info->key, info->size, info->modified, std::move(info->etag)};
    if (!Counts(options, done, now, file)) continue;
    file.uri = UriBelow(
        base, file.key.size() > base.prefix.size() ? file.key.substr(base.prefix.size()) : "");
    heard.insert(file.key);
    files.push_back(std::move(file));
  }
  // The version of it that is there now is what counts.
  std::erase_if(found.files, [&](const SourceFile& file) { return heard.contains(file.key); });
  std::move(files.begin(), files.end(), std::back_inserter(found.files));
  std::sort(found.files.begin(), found.files.end(), IsOlder);
}

std::vector<SourceFile> NewFiles::Sample() const {
  std::vector<SourceFile> all = SampleFiles(files);
  all.insert(all.end(), newest.begin(), newest.end());
  return SampleFiles(all);
}

NewFiles FindNewFiles(const FileOptions& options, const io::Location& base,
                      const FileProgress& done, Instant now, size_t most) {
  return NewFileSearch(options, base, done, now, most).Run();
}

}  // namespace weir::connect
