#include "weir/delta/log_upkeep.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/delta/checkpoint_writer.h"
#include "weir/delta/log.h"
#include "weir/delta/log_cleaner.h"
#include "weir/delta/log_compaction.h"

namespace weir::delta {
namespace {

std::string NotDone(const std::string& what, Version version, const Table& table,
                    const std::string& failed, const std::exception& error) {
  return what + " of version " + std::to_string(version) + " of table " + table.location().uri +
         " was not " + failed + ": " + error.what();
}

}  // namespace

std::string KeepLogShort(const Table& table, const std::shared_ptr<const LogSnapshot>& base,
                         const TableProperties& properties, Version version, size_t entry_bytes) {
  LogTail tail = base != nullptr ? base->tail() : LogTail();
  tail.commit_bytes += static_cast<int64_t>(entry_bytes);
  const Log log(table.location());
  if (!IsCheckpointDue(table.location(), tail, version, properties)) {
    if (!IsCompactionDue(tail, version)) return {};
    try {
      WriteCompacted(table.location(), version);
      return {};
    } catch (const std::exception& error) {
      return NotDone("the compacted log", version, table, "written", error);
    }
  }
  std::shared_ptr<const LogSnapshot> snapshot;
  try {
    snapshot = std::dynamic_pointer_cast<const LogSnapshot>(table.Refresh(base));
    if (!IsCheckpointDue(table.location(), CurrentTail(log, *snapshot), snapshot->version(),
                         properties))
      return {};
    WriteCheckpoint(table.location(), table.checkpoints(), table.clock(), *snapshot);
  } catch (const std::exception& error) {
    return NotDone("the checkpoint", version, table, "written", error);
  }
  try {
    CleanLog(table.location(), table.checkpoints(), table.clock(), *snapshot);
    return {};
  } catch (const std::exception& error) {
    return NotDone("the log", version, table, "cleaned up", error);
  }
}

namespace {

const LogSnapshot& OfLog(const Snapshot& snapshot) {
  const auto* from_log = dynamic_cast<const LogSnapshot*>(&snapshot);
  WEIR_CHECK(from_log != nullptr);
  return *from_log;
}

}  // namespace

void WriteCheckpointOf(const Table& table, const Snapshot& snapshot) {
  WriteCheckpoint(table.location(), table.checkpoints(), table.clock(), OfLog(snapshot));
}

bool HasCheckpoint(const Table& table, Version version) {
  const auto checkpoints = Log(table.location()).Checkpoints();
  return std::any_of(checkpoints.begin(), checkpoints.end(),
                     [&](const CheckpointFiles& files) { return files.version == version; });
}

void TruncateLog(const Table& table, const Snapshot& latest, Instant before) {
  CleanLogBefore(table.location(), table.checkpoints(), OfLog(latest), before);
}

Version OldestInLog(const Table& table) {
  const Log log(table.location());
  const auto commits = log.Commits();
  Version oldest = commits.empty() ? 0 : commits.front().version;
  if (const auto checkpoints = log.Checkpoints(); !checkpoints.empty()) {
    oldest = commits.empty() ? checkpoints.front().version
                             : std::min(oldest, checkpoints.front().version);
  }
  return oldest;
}

std::string WriteChecksum(const Table& table, Version version, const VersionChecksum& checksum) {
  try {
    io::ObjectStore& store = *table.location().store;
    const Log log(table.location());
    const std::string key = log.ChecksumKey(version);
    const std::string json = ChecksumToJson(checksum);
    if (store.PutIfAbsent(key, json) == io::PutOutcome::kCreated) return {};
    // What another log in this place left behind says nothing of the version.
    const auto there = log.ReadChecksum(version);
    if (!there || there->txn_id != checksum.txn_id) store.Put(key, json);
    return {};
  } catch (const std::exception& error) {
    return NotDone("the checksum", version, table, "written", error);
  }
}

}  // namespace weir::delta
