#include "weir/delta/log.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

#include "weir/base/error.h"
#include "weir/delta/last_checkpoint.h"
#include "weir/delta/log_names.h"
#include "weir/io/parallel.h"

namespace weir::delta {
namespace {

// File times can stand still or run back; versions never do, so neither may their times.
void MakeTimesRise(std::vector<CommitFile>& commits) {
  for (size_t i = 1; i < commits.size(); ++i) {
    commits[i].timestamp_millis =
        std::max(commits[i].timestamp_millis, commits[i - 1].timestamp_millis + 1);
  }
}

// Calls `each` with every line and its number, from 1.
template <typename Each>
void Lines(std::string_view text, const Each& each) {
  for (size_t begin = 0, number = 1; begin < text.size(); ++number) {
    size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) end = text.size();
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !each(line, number)) return;
    begin = end + 1;
  }
}

// weir's own entries say how many lines they have, so that one which lost its end is known.
void CheckWhole(const CommitActions& commit, size_t lines, const std::string& where) {
  if (lines == 0) throw Error(ErrorCode::kCorrupt, where + " is damaged: it is empty");
  const auto* info =
      commit.actions.empty() ? nullptr : std::get_if<CommitInfo>(&commit.actions.front());
  if (info == nullptr) return;
  const auto whole = info->more.find(kActionCount);
  if (whole == info->more.end() || whole->second == std::to_string(lines)) return;
  throw Error(ErrorCode::kCorrupt, where + " is damaged: it has " + std::to_string(lines) +
                                       " of its " + whole->second + " actions");
}

// Those that fit between the segment's checkpoint and its last commit, none over another, the
// longest of each beginning.
std::vector<CompactedFile> CompactedIn(const LogSegment& segment,
                                       const std::vector<CompactedFile>& all) {
  std::vector<CompactedFile> chosen;
  if (segment.commits.empty()) return chosen;
  Version next = segment.commits.front().version;
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].first < next || all[i].last >= segment.version) continue;
    if (!chosen.empty() && chosen.back().first == all[i].first) continue;
    const CompactedFile* longest = &all[i];
    for (size_t k = i + 1; k < all.size() && all[k].first == all[i].first; ++k) {
      if (all[k].last < segment.version && all[k].last > longest->last) longest = &all[k];
    }
    chosen.push_back(*longest);
    next = longest->last + 1;
  }
  return chosen;
}

}  // namespace

struct Log::Listing {
  std::vector<CommitFile> commits;
  std::vector<CheckpointFiles>
      checkpoints;                       // Whole ones, oldest first, the best of a version last.
  std::vector<CompactedFile> compacted;  // By their first version.
  std::set<Version> checksums;
};

Log::Log(const io::Location& table)
    : store_(table.store.get()), folder_(table.prefix + "_delta_log/"), uri_(table.uri) {}

std::string Log::CommitKey(Version version) const {
  return folder_ + PaddedVersion(version) + ".json";
}

std::string Log::CheckpointKey(Version version) const {
  return folder_ + PaddedVersion(version) + ".checkpoint.parquet";
}

std::string Log::CheckpointPartKey(Version version, int part, int parts) const {
  char numbers[32];
  std::snprintf(numbers, sizeof(numbers), "%010d.%010d", part, parts);
  return folder_ + PaddedVersion(version) + ".checkpoint." + numbers + ".parquet";
}

std::string Log::V2CheckpointKey(Version version, const std::string& uuid) const {
  return folder_ + PaddedVersion(version) + ".checkpoint." + uuid + ".json";
}

std::string Log::SidecarKey(const std::string& name) const {
  return folder_ + std::string(kSidecarFolder) + name;
}

std::string Log::CompactedKey(Version first, Version last) const {
  return folder_ + PaddedVersion(first) + "." + PaddedVersion(last) + ".compacted.json";
}

std::string Log::ChecksumKey(Version version) const {
  return folder_ + PaddedVersion(version) + ".crc";
}

std::string Log::LastCheckpointKey() const { return folder_ + "_last_checkpoint"; }

std::string Log::UriOf(const std::string& key) const {
  return uri_ + "/_delta_log/" + key.substr(folder_.size());
}

std::string Log::Where(const std::string& key, size_t line) const {
  return UriOf(key) + ":" + std::to_string(line);
}

bool Log::Exists() const {
  // Between the entries others keep files of their own, such as Spark's checksums.
  constexpr size_t kFew = 16;
  // Sorts just before the first commit there can be.
  for (std::string after = folder_ + PaddedVersion(0);;) {
    const auto objects = store_->List(folder_, after, kFew);
    for (const io::ObjectInfo& object : objects) {
      const auto name = ParseLogName(std::string_view(object.key).substr(folder_.size()));
      // Those repeat what others say.
      if (name && name->kind != LogName::Kind::kChecksum &&
          name->kind != LogName::Kind::kCompacted) {
        return true;
      }
    }
    if (objects.size() < kFew) return false;
    after = objects.back().key;
  }
}

// For messages: the versions that can still be read.
std::string Log::Remaining(const Listing& listing, Version latest) {
  if (listing.checkpoints.empty()) {
    return listing.commits.empty()
               ? std::string()
               : " (the oldest entry left is " + std::to_string(listing.commits.front().version) +
                     ", and no checkpoint leads there)";
  }
  return "; versions " + std::to_string(listing.checkpoints.front().version) + " to " +
         std::to_string(latest) + " are left";
}

Log::Listing Log::List(Version from, const std::set<std::string>& spoilt) const {
  Listing listing;
  // By version and rank, the better a choice, the later it comes: parts by their number downwards,
  // one file, v2 checkpoints by name.
  std::map<std::tuple<Version, int, std::string>, CheckpointFiles> checkpoints;
  std::map<Version, int64_t> sidecar_bytes;
  for (io::ObjectInfo& object :
       store_->List(folder_, folder_ + PaddedVersion(from), io::ObjectStore::kNoLimit)) {
    const std::string_view relative = std::string_view(object.key).substr(folder_.size());
    const int64_t millis = object.modified.millis();
    const auto bytes = static_cast<int64_t>(object.size);
    const auto name = ParseLogName(relative);
    if (!name) {
      if (const auto version = SidecarVersion(relative)) sidecar_bytes[*version] += bytes;
      continue;
    }
    switch (name->kind) {
      case LogName::Kind::kCommit:
        listing.commits.push_back({name->version, millis, object.etag, bytes});
        break;
      case LogName::Kind::kCompacted:
        listing.compacted.push_back({name->version, name->last, std::move(object.key)});
        break;
      case LogName::Kind::kChecksum:
        listing.checksums.insert(name->version);
        break;
      default: {
        const bool is_v2 = name->kind == LogName::Kind::kV2Checkpoint;
        CheckpointFiles& files = checkpoints[{name->version, is_v2 ? 1 : -name->parts,
                                              is_v2 ? std::string(relative) : std::string()}];
        files.version = name->version;
        files.timestamp_millis = std::max(files.timestamp_millis, millis);
        files.bytes += bytes;
        files.keys.push_back(std::move(object.key));
      }
    }
  }
  for (auto& [id, files] : checkpoints) {
    const int parts = std::max(1, -std::get<1>(id));
    if (static_cast<int>(files.keys.size()) != parts || spoilt.contains(files.keys.front()))
      continue;
    if (parts == 1) {
      if (const auto sidecars = sidecar_bytes.find(files.version);
          sidecars != sidecar_bytes.end()) {
        files.bytes += sidecars->second;
      }
    }
    listing.checkpoints.push_back(std::move(files));
  }
  MakeTimesRise(listing.commits);
  return listing;
}

std::optional<LogSegment> Log::TrySegment(const Listing& listing,
                                          std::optional<Version> wanted) const {
  LogSegment segment;
  for (const CheckpointFiles& files : listing.checkpoints) {
    if (!wanted || files.version <= *wanted) segment.checkpoint = files;
  }
  segment.version = segment.checkpoint ? segment.checkpoint->version : -1;
  if (segment.checkpoint) segment.timestamp_millis = segment.checkpoint->timestamp_millis;
  for (const CommitFile& commit : listing.commits) {
    if (wanted && commit.version > *wanted) break;
    if (commit.version == segment.version) {
      segment.timestamp_millis = commit.timestamp_millis;
      segment.etag = commit.etag;
    }
    if (commit.version <= segment.version) continue;
    if (commit.version != segment.version + 1) return std::nullopt;  // A gap.
    segment.version = commit.version;
    segment.timestamp_millis = commit.timestamp_millis;
    segment.etag = commit.etag;
    segment.commits.push_back(commit);
  }
  if (segment.version < 0) return std::nullopt;
  segment.compacted = CompactedIn(segment, listing.compacted);
  segment.has_checksum = listing.checksums.contains(segment.version);
  return segment;
}

LogSegment Log::SegmentFor(std::optional<Version> wanted,
                           const std::set<std::string>& spoilt) const {
  const auto last = ReadLastCheckpoint();
  if (last && (!wanted || last->version <= *wanted)) {
    const Listing listing = List(last->version, spoilt);
    // Only when the hint holds; the whole listing says more about what is wrong.
    if (!listing.checkpoints.empty()) {
      const auto segment = TrySegment(listing, wanted);
      if (segment && (!wanted || segment->version == *wanted)) return *segment;
    }
  }

  Listing listing;
  // A listing may miss an entry that was made while it ran and yet show the one after it.
  for (int attempt = 0; attempt < 3; ++attempt) {
    listing = List(0, spoilt);
    const auto segment = TrySegment(listing, wanted);
    if (segment && (!wanted || segment->version == *wanted)) return *segment;
  }

  if (listing.commits.empty() && listing.checkpoints.empty()) {
    throw Error(ErrorCode::kNotFound, "there is no Delta table at " + uri_)
        .WithCondition("DELTA_TABLE_NOT_FOUND");
  }
  const auto segment = TrySegment(listing, wanted);
  const Version latest =
      std::max(listing.commits.empty() ? -1 : listing.commits.back().version,
               listing.checkpoints.empty() ? -1 : listing.checkpoints.back().version);
  if (wanted && (*wanted < 0 || *wanted > latest)) {
    throw Error(ErrorCode::kNotFound, "table " + uri_ + " has no version " +
                                          std::to_string(*wanted) + "; the latest is " +
                                          std::to_string(latest))
        .WithCondition("DELTA_VERSION_NOT_FOUND");
  }
  // What is missing: the first version after the last one that can be reached.
  Version reached = -1;
  for (const CheckpointFiles& files : listing.checkpoints) {
    if (!wanted || files.version <= *wanted) reached = files.version;
  }
  const bool from_start = reached < 0;
  for (const CommitFile& commit : listing.commits) {
    if (commit.version == reached + 1) reached = commit.version;
  }
  if (from_start && reached < 0 && wanted) {
    throw Error(ErrorCode::kNotFound, "version " + std::to_string(*wanted) + " of table " + uri_ +
                                          " can't be read any more: its log was cleaned up" +
                                          Remaining(listing, latest))
        .WithCondition("DELTA_VERSION_NOT_FOUND");
  }
  throw Error(ErrorCode::kCorrupt, "the log of table " + uri_ + " has no entry for version " +
                                       std::to_string(reached + 1) + " (" +
                                       UriOf(CommitKey(reached + 1)) + " is missing)");
}

LogNews Log::NewsAfter(Version version) const {
  for (int attempt = 0;; ++attempt) {
    Listing listing = List(std::max<Version>(version, 0), {});
    LogNews news{std::move(listing.commits), std::nullopt};
    if (!listing.checkpoints.empty()) news.checkpoint = std::move(listing.checkpoints.back());
    std::erase_if(news.commits, [&](const CommitFile& file) { return file.version <= version; });
    const auto gap = std::adjacent_find(
        news.commits.begin(), news.commits.end(),
        [](const CommitFile& a, const CommitFile& b) { return b.version != a.version + 1; });
    if (gap == news.commits.end()) return news;
    if (attempt == 2) {
      throw Error(ErrorCode::kCorrupt, "the log of table " + uri_ + " has no entry for version " +
                                           std::to_string(gap->version + 1) + " (" +
                                           UriOf(CommitKey(gap->version + 1)) + " is missing)");
    }
  }
}

std::vector<CheckpointFiles> Log::Checkpoints() const { return List(0, {}).checkpoints; }

LogTail Log::TailOf(const LogSegment& segment) {
  LogTail tail;
  if (segment.checkpoint) tail = {segment.checkpoint->version, segment.checkpoint->bytes, 0};
  for (const CommitFile& commit : segment.commits) tail.commit_bytes += commit.bytes;
  return tail;
}

LogTail Log::TailOf(LogTail before, const LogNews& news) {
  if (news.checkpoint && news.checkpoint->version > before.checkpoint) {
    before = {news.checkpoint->version, news.checkpoint->bytes, 0};
  }
  for (const CommitFile& commit : news.commits) {
    if (commit.version > before.checkpoint) before.commit_bytes += commit.bytes;
  }
  return before;
}

CommitActions Log::ReadActions(Version version, const std::string& key, size_t& lines) const {
  CommitActions commit{version, {}};
  const std::string text = store_->Read(key);
  lines = 0;
  Lines(text, [&](std::string_view line, size_t number) {
    ++lines;
    if (auto action = ActionFromJson(line, Where(key, number))) {
      commit.actions.push_back(*std::move(action));
    }
    return true;
  });
  return commit;
}

CommitActions Log::ReadCommit(Version version) const {
  const std::string key = CommitKey(version);
  size_t lines = 0;
  CommitActions commit = ReadActions(version, key, lines);
  CheckWhole(commit, lines, UriOf(key));
  return commit;
}

void Log::Each(size_t count, const std::function<void(size_t)>& read) const {
  // Of one table; batches of commits are read beside each other.
  constexpr size_t kTripsAtOnce = 12;
  io::InParallel(count, store_->IsFar() ? kTripsAtOnce : 1, read);
}

std::vector<CommitActions> Log::ReadCommits(const std::vector<Version>& versions) const {
  std::vector<CommitActions> commits(versions.size());
  Each(versions.size(), [&](size_t i) { commits[i] = ReadCommit(versions[i]); });
  return commits;
}

std::vector<std::optional<CommitActions>> Log::FindCommits(Version first, Version last) const {
  std::vector<std::optional<CommitActions>> commits(
      static_cast<size_t>(std::max<Version>(last - first + 1, 0)));
  Each(commits.size(), [&](size_t i) {
    try {
      commits[i] = ReadCommit(first + static_cast<Version>(i));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
    }
  });
  return commits;
}

std::vector<std::optional<CommitInfo>> Log::ReadCommitInfos(
    const std::vector<Version>& versions) const {
  std::vector<std::optional<CommitInfo>> infos(versions.size());
  Each(versions.size(), [&](size_t i) { infos[i] = ReadCommitInfo(versions[i]); });
  return infos;
}

CommitActions Log::ReadCompacted(const CompactedFile& file) const {
  size_t lines = 0;
  return ReadActions(file.last, file.key, lines);
}

std::optional<CommitInfo> Log::ReadCommitInfo(Version version) const {
  std::optional<CommitInfo> info;
  const std::string key = CommitKey(version);
  const std::string text = store_->Read(key);
  Lines(text, [&](std::string_view line, size_t number) {
    if (line.find("\"commitInfo\"") == std::string_view::npos) return true;
    auto action = ActionFromJson(line, Where(key, number));
    if (!action || !std::holds_alternative<CommitInfo>(*action)) return true;
    info = std::get<CommitInfo>(*std::move(action));
    return false;
  });
  return info;
}

void Log::ReadCheckpointParts(const std::string& key, CheckpointFormat& format,
                              const std::function<void(CheckpointPart)>& take) const {
  if (!key.ends_with(".json")) return format.Read(*store_, key, take);
  take([text = store_->Read(key)](CheckpointRows& rows) {
    Lines(text, [&](std::string_view line, size_t number) {
      rows.Action(line, "line " + std::to_string(number));
      return true;
    });
  });
}

std::optional<VersionChecksum> Log::ReadChecksum(Version version) const {
  try {
    return ChecksumFromJson(store_->Read(ChecksumKey(version)));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
}

std::optional<LastCheckpoint> Log::ReadLastCheckpoint() const {
  try {
    return LastCheckpointFromJson(store_->Read(LastCheckpointKey()));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
}

}  // namespace weir::delta
