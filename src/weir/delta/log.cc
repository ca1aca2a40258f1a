#include "weir/delta/log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::delta {
namespace {

// What the name of a file in the log folder says.
struct LogName {
  enum class Kind { kCommit, kCheckpoint, kPart, kV2Checkpoint };
  Kind kind;
  Version version = 0;
  int part = 0;   // kPart: from 1.
  int parts = 0;  // kPart.
};

template <typename Integer>
bool ReadDigits(std::string_view text, size_t width, Integer& into) {
  if (text.size() != width) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && text[0] != '-';
}

constexpr std::string_view kCheckpointMark = ".checkpoint.";

// Nothing for what is none of ours: checksums, compacted logs, sub-folders, other writers' files.
std::optional<LogName> ParseName(std::string_view name) {
  LogName parsed{LogName::Kind::kCommit};
  if (name.size() < 25 || !ReadDigits(name.substr(0, 20), 20, parsed.version)) return std::nullopt;
  std::string_view rest = name.substr(20);
  if (rest == ".json") return parsed;
  if (!rest.starts_with(kCheckpointMark)) return std::nullopt;
  rest.remove_prefix(kCheckpointMark.size());
  parsed.kind = LogName::Kind::kCheckpoint;
  if (rest == "parquet") return parsed;
  if (rest.size() == 29 && rest[10] == '.' && rest.ends_with(".parquet") &&
      ReadDigits(rest.substr(0, 10), 10, parsed.part) &&
      ReadDigits(rest.substr(11, 10), 10, parsed.parts) && parsed.part >= 1 &&
      parsed.part <= parsed.parts) {
    parsed.kind = LogName::Kind::kPart;
    return parsed;
  }
  // n.checkpoint.<uuid>.json or .parquet
  if (rest.size() > 36 && (rest.substr(36) == ".json" || rest.substr(36) == ".parquet")) {
    parsed.kind = LogName::Kind::kV2Checkpoint;
    return parsed;
  }
  return std::nullopt;
}

std::string Padded(Version version) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%020lld", static_cast<long long>(version));
  return digits;
}

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

}  // namespace

struct Log::Listing {
  std::vector<CommitFile> commits;
  std::vector<CheckpointFiles> checkpoints;  // Whole ones, oldest first.
  std::optional<Version> v2_checkpoint;      // The newest.
};

Log::Log(const io::Location& table)
    : store_(table.store.get()), folder_(table.prefix + "_delta_log/"), uri_(table.uri) {}

std::string Log::CommitKey(Version version) const { return folder_ + Padded(version) + ".json"; }

std::string Log::CheckpointKey(Version version) const {
  return folder_ + Padded(version) + ".checkpoint.parquet";
}

std::string Log::CheckpointPartKey(Version version, int part, int parts) const {
  char numbers[32];
  std::snprintf(numbers, sizeof(numbers), "%010d.%010d", part, parts);
  return folder_ + Padded(version) + ".checkpoint." + numbers + ".parquet";
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
  for (std::string after = folder_ + Padded(0);;) {
    const auto objects = store_->List(folder_, after, kFew);
    for (const io::ObjectInfo& object : objects) {
      if (ParseName(std::string_view(object.key).substr(folder_.size()))) return true;
    }
    if (objects.size() < kFew) return false;
    after = objects.back().key;
  }
}

Log::Listing Log::List(Version from, const std::set<std::string>& spoilt) const {
  Listing listing;
  // By version, and the number of parts downwards: the better a choice, the later it comes.
  std::map<std::pair<Version, int>, CheckpointFiles> checkpoints;
  for (io::ObjectInfo& object :
       store_->List(folder_, folder_ + Padded(from), io::ObjectStore::kNoLimit)) {
    const auto name = ParseName(std::string_view(object.key).substr(folder_.size()));
    if (!name) continue;
    const int64_t millis = object.modified.millis();
    const auto bytes = static_cast<int64_t>(object.size);
    if (name->kind == LogName::Kind::kCommit) {
      listing.commits.push_back({name->version, millis, object.etag, bytes});
    } else if (name->kind == LogName::Kind::kV2Checkpoint) {
      listing.v2_checkpoint = name->version;
    } else {
      CheckpointFiles& files = checkpoints[{name->version, -name->parts}];
      files.version = name->version;
      files.timestamp_millis = std::max(files.timestamp_millis, millis);
      files.bytes += bytes;
      files.keys.push_back(std::move(object.key));
    }
  }
  for (auto& [id, files] : checkpoints) {
    const int parts = std::max(1, -id.second);
    if (static_cast<int>(files.keys.size()) != parts || spoilt.contains(files.keys.front()))
      continue;
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

  if (listing.commits.empty() && listing.checkpoints.empty() && !listing.v2_checkpoint) {
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
  if (listing.v2_checkpoint && (!wanted || *listing.v2_checkpoint <= *wanted)) {
    throw Error(ErrorCode::kUnsupported, "table " + uri_ +
                                             " needs reader feature(s) `v2Checkpoint`, which weir "
                                             "does not support yet");
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
    const Version first = listing.commits.empty() ? latest : listing.commits.front().version;
    throw Error(ErrorCode::kNotFound,
                "version " + std::to_string(*wanted) + " of table " + uri_ +
                    " can't be read any more: its log was cleaned up (the oldest entry left is " +
                    std::to_string(first) + ")")
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

CommitActions Log::ReadCommit(Version version) const {
  CommitActions commit{version, {}};
  const std::string key = CommitKey(version);
  const std::string text = store_->Read(key);
  size_t lines = 0;
  Lines(text, [&](std::string_view line, size_t number) {
    ++lines;
    if (auto action = ActionFromJson(line, Where(key, number))) {
      commit.actions.push_back(*std::move(action));
    }
    return true;
  });
  CheckWhole(commit, lines, UriOf(key));
  return commit;
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

std::vector<Action> Log::ReadCheckpoint(const CheckpointFiles& files,
                                        CheckpointFormat& format) const {
  std::vector<Action> actions;
  for (const std::string& key : files.keys) {
    size_t row = 0;
    const auto take = [&](std::string_view json) {
      if (auto action = ActionFromJson(json, "row " + std::to_string(++row))) {
        actions.push_back(*std::move(action));
      }
    };
    try {
      format.Read(*store_, key, take);
    } catch (const Error& error) {
      throw error.WithContext("the checkpoint " + UriOf(key));
    }
  }
  return actions;
}

std::optional<LastCheckpoint> Log::ReadLastCheckpoint() const {
  std::string text;
  try {
    text = store_->Read(LastCheckpointKey());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return std::nullopt;
    throw;
  }
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_integer()) return std::nullopt;
  if (version->get<Version>() < 0) return std::nullopt;
  return LastCheckpoint{version->get<Version>()};
}

}  // namespace weir::delta
