#include <set>

#include "weir/session/copy_into.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"

// COPY INTO.
namespace weir::session {

void Preparer::operator()(const sql::CopyInto& statement) {
  const std::string location = WritableLocation(statement.target, "COPY INTO");
  const auto table = OpenTable(services_, location).Latest();
  if (!statement.validate) RequireLastingProgress(*table, statement.target.ToString());
  const BoundCopy bound = BindCopy(services_, options_, state_, statement, table->schema());
  prepared_.access = bound.binding->access();
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

namespace {

// Files that were passed over as a whole.
int64_t CorruptFiles(const engine::RunStatistics& statistics) {
  std::set<std::string> files;
  for (const engine::Reject& reject : statistics.rejects) {
    if (reject.line == 0) files.insert(reject.file);
  }
  return static_cast<int64_t>(files.size());
}

}  // namespace

std::unique_ptr<Result> Executor::operator()(const sql::CopyInto& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  (void)LatestOf(table, info);
  CopyRun run(services_, options_, state_, statement, id_, CommitOptions("COPY INTO"));
  if (statement.validate) return QueryRows(id_, run.Validate(table));
  const CopyOutcome outcome = run.Run(table);
  if (outcome.version >= 0) {
    versions_[info.name.ToString()] = outcome.version;
    AutoCompact(info, table);
  }
  const Value rows = Value::Long(outcome.statistics.rows);
  return RowsResult(id_,
                    Schema({{"num_affected_rows", TypeId::kLong, true, "{}"},
                            {"num_inserted_rows", TypeId::kLong, true, "{}"},
                            {"num_skipped_corrupt_files", TypeId::kLong, true, "{}"}}),
                    {{rows, rows, Value::Long(CorruptFiles(outcome.statistics))}},
                    outcome.statistics);
}

}  // namespace weir::session
