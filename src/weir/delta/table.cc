#include "weir/delta/table.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/delta/checksum.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/log.h"
#include "weir/delta/log_loader.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/protocol.h"
#include "weir/delta/snapshot_cache.h"

namespace weir::delta {
namespace {

// The entry that made a version, where a checkpoint stands for it: checkpoints hold none.
void ReadLastCommit(const Log& log, LoadedState& loaded) {
  if (loaded.state.last_commit || !loaded.segment.commits.empty()) return;
  if (!loaded.state.metadata || !TimestampRule(loaded.state.metadata->configuration).enabled)
    return;
  try {
    loaded.state.last_commit = log.ReadCommitInfo(loaded.segment.version);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;  // It was cleaned up.
  }
}

// Somebody who changed the log afterwards, or lost a part of it, did not change that file with it.
void Check(const Log& log, const LoadedState& loaded, const std::string& table) {
  if (!loaded.segment.has_checksum) return;
  const std::string key = log.ChecksumKey(loaded.segment.version);
  const auto checksum = log.ReadChecksum(loaded.segment.version);
  if (!checksum) return;
  const auto problem = Disagreement(*checksum, loaded.state);
  if (!problem) return;
  throw Error(ErrorCode::kCorrupt,
              "the log of table " + table + " is damaged: version " +
                  std::to_string(loaded.segment.version) + " comes out with " + *problem + " (" +
                  log.UriOf(key) +
                  "). Restore the _delta_log folder from a copy; if you know that the log is "
                  "right, delete that file")
      .WithCondition("DELTA_STATE_RECOVER_ERROR");
}

std::shared_ptr<const Snapshot> Load(const io::Location& location, CheckpointFormat& format,
                                     std::optional<Version> version) {
  const Log log(location);
  LoadedState loaded = LoadState(log, format, version);
  ReadLastCommit(log, loaded);
  Check(log, loaded, location.uri);
  const LogSegment& segment = loaded.segment;
  return std::make_shared<LogSnapshot>(location, segment.version, segment.timestamp_millis,
                                       segment.etag, std::move(loaded.state), Log::TailOf(segment));
}

struct ChangeCollector {
  VersionChange& change;
  const std::string& table;

  void operator()(Protocol&& protocol) const { CheckReadable(protocol, table); }
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
      ApplyCommits(log, base->state(), commits), Log::TailOf(base->tail(), news));
}

std::shared_ptr<const Snapshot> Table::AtTimestamp(Instant instant) const {
  const Log log(location_);
  const std::vector<CommitFile> commits = log.Commits();
  const TimestampRule rule = RuleOf(log, commits);
  const int64_t millis = instant.millis();
  if (const auto version = VersionAt(log, commits, rule, millis)) return At(*version);
  const auto latest = Latest();
  if (commits.empty() && latest->timestamp_millis() <= millis) return latest;
  const int64_t first =
      commits.empty() ? latest->timestamp_millis() : TimeOf(log, commits.front(), rule);
  throw Error(ErrorCode::kNotFound, "table " + location_.uri + " has no version as old as " +
                                        FormatIso(instant) + "; the oldest one left is of " +
                                        FormatIso(Instant{first * 1000}))
      .WithCondition("DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION");
}

// Only tables whose last entry tells its time have a rule, so that others need not be read.
TimestampRule Table::RuleOf(const Log& log, const std::vector<CommitFile>& commits) const {
  if (commits.empty() || !InCommitTimestamp(log.ReadCommitInfo(commits.back().version))) {
    return TimestampRule(Configuration());
  }
  return TimestampRule(Latest()->metadata().configuration);
}

std::vector<CommitFile> Table::Commits() const { return Log(location_).Commits(); }

std::vector<HistoryEntry> Table::History(size_t limit) const {
  const Log log(location_);
  std::vector<CommitFile> commits = log.Commits();
  if (commits.empty()) Latest();  // Throws when there is no table.
  const TimestampRule rule = RuleOf(log, commits);
  std::vector<Version> versions;
  for (auto at = commits.rbegin(); at != commits.rend() && versions.size() < limit; ++at) {
    versions.push_back(at->version);
  }
  std::vector<std::optional<CommitInfo>> infos = log.ReadCommitInfos(versions);
  std::vector<HistoryEntry> history;
  for (auto at = commits.rbegin(); history.size() < versions.size(); ++at) {
    HistoryEntry entry{at->version, at->timestamp_millis, std::move(infos[history.size()])};
    if (rule.Covers(at->version)) {
      entry.timestamp_millis = InCommitTimestamp(entry.info).value_or(entry.timestamp_millis);
    }
    history.push_back(std::move(entry));
  }
  return history;
}

std::vector<VersionChange> Table::Changes(Version after, Version through) const {
  const Log log(location_);
  std::vector<VersionChange> changes;
  for (std::optional<CommitActions>& commit : log.FindCommits(after + 1, through)) {
    VersionChange& change = changes.emplace_back();
    change.version = after + static_cast<Version>(changes.size());
    if (!commit) {
      throw Error(ErrorCode::kNotFound, "table " + location_.uri +
                                            " no longer has the log entry of "
                                            "version " +
                                            std::to_string(change.version) + " (or never had one)")
          .WithCondition("DELTA_VERSION_NOT_FOUND");
    }
    for (Action& action : commit->actions) {
      std::visit(ChangeCollector{change, location_.uri}, std::move(action));
    }
  }
  return changes;
}

}  // namespace weir::delta
