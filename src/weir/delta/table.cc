#include "weir/delta/table.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/log.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/protocol.h"
#include "weir/delta/snapshot_cache.h"

namespace weir::delta {
namespace {

std::vector<CommitActions> ReadCommits(const Log& log, const std::vector<CommitFile>& files) {
  std::vector<CommitActions> commits;
  commits.reserve(files.size());
  for (const CommitFile& file : files) commits.push_back(log.ReadCommit(file.version));
  return commits;
}

struct Start {
  LogSegment segment;
  TableState state;  // Of its checkpoint.
};

// A checkpoint only repeats what commits say: one that is damaged is passed over as long as they,
// or another one, are still there. Else it is what is wrong with the table.
Start StartOf(const Log& log, const std::string& table, CheckpointFormat& format,
              std::optional<Version> version) {
  std::optional<Error> damage;
  for (std::set<std::string> spoilt;;) {
    Start start;
    try {
      start.segment = log.SegmentFor(version, spoilt);
    } catch (const Error&) {
      if (damage) throw *damage;
      throw;
    }
    if (!start.segment.checkpoint) return start;
    try {
      start.state = FromCheckpoint(log.ReadCheckpoint(*start.segment.checkpoint, format));
      if (start.state.protocol && start.state.metadata) return start;
      throw Error(ErrorCode::kCorrupt,
                  "the checkpoint of version " + std::to_string(start.segment.checkpoint->version) +
                      " of table " + table + " holds no protocol or no metaData action");
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt && error.code() != ErrorCode::kNotFound) throw;
      if (!damage) damage = error;
      spoilt.insert(start.segment.checkpoint->keys.front());
    }
  }
}

std::shared_ptr<const Snapshot> Load(const io::Location& location, CheckpointFormat& format,
                                     std::optional<Version> version) {
  const Log log(location);
  Start start = StartOf(log, location.uri, format, version);
  const LogSegment& segment = start.segment;
  return std::make_shared<LogSnapshot>(
      location, segment.version, segment.timestamp_millis, segment.etag,
      Apply(std::move(start.state), ReadCommits(log, segment.commits)), Log::TailOf(segment));
}

std::optional<int64_t> InCommitTimestamp(const std::optional<CommitInfo>& info) {
  if (!info) return std::nullopt;
  const auto found = info->more.find("inCommitTimestamp");
  if (found == info->more.end()) return std::nullopt;
  int64_t millis = 0;
  const auto [end, error] =
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), millis);
  if (error != std::errc()) return std::nullopt;
  return millis;
}

// The commits with their times: the file's, or the entry's own where the table keeps that.
std::vector<CommitFile> TimedCommits(const Log& log) {
  std::vector<CommitFile> commits = log.Commits();
  if (commits.empty()) return commits;
  if (!InCommitTimestamp(log.ReadCommitInfo(commits.back().version))) return commits;
  for (CommitFile& commit : commits) {
    const auto own = InCommitTimestamp(log.ReadCommitInfo(commit.version));
    if (own) commit.timestamp_millis = *own;
  }
  return commits;
}

struct ChangeCollector {
  VersionChange& change;
  const std::string& table;

  void operator()(Protocol&& protocol) const { CheckReadable(protocol, Metadata(), table); }
  void operator()(Metadata&& metadata) const { change.metadata = std::move(metadata); }
  void operator()(AddFile&& add) const {
    if (add.data_change) change.added.push_back(std::move(add));
  }
  void operator()(RemoveFile&& remove) const {
    if (remove.data_change) change.removed.push_back(std::move(remove));
  }
  void operator()(SetTransaction&& txn) const {
    change.transactions.insert_or_assign(txn.app_id, txn);
  }
  void operator()(CommitInfo&& info) const { change.info = std::move(info); }
  void operator()(DomainMetadata&&) const {}
  void operator()(CdcFile&&) const {}
};

}  // namespace

Table::Table(io::Location location, CheckpointFormat& checkpoints, const Clock& clock,
             SnapshotCache* cache)
    : location_(std::move(location)), checkpoints_(&checkpoints), clock_(&clock), cache_(cache) {}

bool Table::Exists() const { return Log(location_).Exists(); }

std::shared_ptr<const Snapshot> Table::Latest() const {
  if (cache_ == nullptr) return Load(location_, *checkpoints_, std::nullopt);
  auto latest = Refresh(cache_->Find(location_.uri));
  cache_->Keep(location_.uri, latest);
  return latest;
}

std::shared_ptr<const Snapshot> Table::At(Version version) const {
  return Load(location_, *checkpoints_, version);
}

std::shared_ptr<const Snapshot> Table::Refresh(const std::shared_ptr<const Snapshot>& known) const {
  const auto* base = dynamic_cast<const LogSnapshot*>(known.get());
  if (base == nullptr || base->etag().empty()) {
    return Load(location_, *checkpoints_, std::nullopt);
  }
  const Log log(location_);
  LogNews news = log.NewsAfter(base->version() - 1);
  std::vector<CommitFile>& commits = news.commits;
  if (commits.empty() || commits.front().version != base->version() ||
      commits.front().etag != base->etag()) {
    return Load(location_, *checkpoints_, std::nullopt);
  }
  commits.erase(commits.begin());
  if (commits.empty()) return known;
  const int64_t timestamp =
      std::max(commits.back().timestamp_millis,
               base->timestamp_millis() + static_cast<int64_t>(commits.size()));
  return std::make_shared<LogSnapshot>(
      location_, commits.back().version, timestamp, commits.back().etag,
      Apply(base->state(), ReadCommits(log, commits)), Log::TailOf(base->tail(), news));
}

std::shared_ptr<const Snapshot> Table::AtTimestamp(Instant instant) const {
  const Log log(location_);
  const std::vector<CommitFile> commits = TimedCommits(log);
  const int64_t millis = instant.millis();
  const CommitFile* last = nullptr;
  for (const CommitFile& commit : commits) {
    if (commit.timestamp_millis <= millis) last = &commit;
  }
  if (last != nullptr) return At(last->version);
  const auto latest = Latest();
  if (commits.empty() && latest->timestamp_millis() <= millis) return latest;
  const int64_t first =
      commits.empty() ? latest->timestamp_millis() : commits.front().timestamp_millis;
  throw Error(ErrorCode::kNotFound, "table " + location_.uri + " has no version as old as " +
                                        FormatIso(instant) + "; the oldest one left is of " +
                                        FormatIso(Instant{first * 1000}))
      .WithCondition("DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION");
}

std::vector<CommitFile> Table::Commits() const { return TimedCommits(Log(location_)); }

std::vector<HistoryEntry> Table::History(size_t limit) const {
  const Log log(location_);
  std::vector<CommitFile> commits = log.Commits();
  if (commits.empty()) Latest();  // Throws when there is no table.
  std::vector<HistoryEntry> history;
  for (auto at = commits.rbegin(); at != commits.rend() && history.size() < limit; ++at) {
    HistoryEntry entry{at->version, at->timestamp_millis, log.ReadCommitInfo(at->version)};
    entry.timestamp_millis = InCommitTimestamp(entry.info).value_or(entry.timestamp_millis);
    history.push_back(std::move(entry));
  }
  return history;
}

std::vector<VersionChange> Table::Changes(Version after, Version through) const {
  const Log log(location_);
  std::vector<VersionChange> changes;
  for (Version version = after + 1; version <= through; ++version) {
    VersionChange& change = changes.emplace_back();
    change.version = version;
    CommitActions commit;
    try {
      commit = log.ReadCommit(version);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound) throw;
      throw Error(ErrorCode::kNotFound, "table " + location_.uri +
                                            " no longer has the log entry of "
                                            "version " +
                                            std::to_string(version) + " (or never had one)")
          .WithCondition("DELTA_VERSION_NOT_FOUND");
    }
    for (Action& action : commit.actions) {
      std::visit(ChangeCollector{change, location_.uri}, std::move(action));
    }
  }
  return changes;
}

}  // namespace weir::delta
