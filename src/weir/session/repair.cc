#include "weir/io/cancel_scope.h"
#include "weir/session/lent_files.h"
#include "weir/session/missing_files.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"

// FSCK REPAIR TABLE: files that the log names and that are gone.
namespace weir::session {

void Preparer::operator()(const sql::RepairTable& statement) {
  const std::string location = MaintainedLocation(statement.target, "FSCK REPAIR");
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  JudgeFiles(services_, principal(), *prepared_.target, table.location());
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

std::unique_ptr<Result> Executor::operator()(const sql::RepairTable& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const delta::Snapshot& base = *prepared_.target;
  std::vector<MissingFile> missing;
  {
    const io::CancelScope scope([stop = stop_] { return stop.stop_requested(); });
    missing = FindMissing(table.location(), base.files());
  }
  TableChange change;
  change.base = prepared_.target;
  std::vector<std::vector<Value>> rows;
  for (const MissingFile& one : missing) {
    const delta::AddFile& file = base.files()[one.at];
    const auto vector = VectorKeyOf(table.location(), file);
    rows.push_back({Text(file.path), Value::Boolean(one.data), TextOrNull(vector),
                    Value::Boolean(one.deletion_vector)});
    change.removed.push_back(file);
  }
  if (!missing.empty() && !statement.dry_run) {
    change.commit = CommitOptions("FSCK");
    change.commit.parameters["dryRun"] = "\"false\"";
    change.commit.metrics = {{"numMissingFiles", std::to_string(missing.size())},
                             {"numRemovedFiles", std::to_string(missing.size())}};
    versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  }
  return RowsResult(id_,
                    Schema({{"dataFilePath", TypeId::kString, true, "{}"},
                            {"dataFileMissing", TypeId::kBoolean, true, "{}"},
                            {"deletionVectorPath", TypeId::kString, true, "{}"},
                            {"deletionVectorFileMissing", TypeId::kBoolean, true, "{}"}}),
                    rows);
}

}  // namespace weir::session
