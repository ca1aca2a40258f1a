#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/properties.h"
#include "weir/session/change_run.h"
#include "weir/session/lent_files.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/sql/change_binder.h"

// DELETE, UPDATE and MERGE.
namespace weir::session {
namespace {

sql::BoundChange ChangeOrThrow(sql::ChangeResult result) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&result)) throw DiagnosticError(*diagnostics);
  return std::get<sql::BoundChange>(std::move(result));
}

// Whether the table may lose rows is said before any is looked for.
void CheckLosesRows(const Prepared& prepared, const sql::Name& table) {
  delta::CheckMayLoseRows(prepared.target->metadata().configuration, table.ToString());
}
std::string TextOf(const sql::ExprPtr& condition) {
  return condition == nullptr ? "true" : std::string(condition->span.Text());
}

std::unique_ptr<Result> Counts(const std::string& id, const std::vector<std::string>& names,
                               const std::vector<int64_t>& counts,
                               const engine::RunStatistics& statistics) {
  std::vector<Field> fields;
  std::vector<Value> row;
  for (size_t i = 0; i < names.size(); ++i) {
    fields.push_back({names[i], TypeId::kLong, true, "{}"});
    row.push_back(Value::Long(counts[i]));
  }
  return RowsResult(id, Schema(std::move(fields)), {row}, statistics);
}

// As Delta's history has it: each clause with its condition.
std::string ClausesText(const sql::Merge& merge, sql::MergeClause::When when) {
  using Action = sql::MergeClause::Action;
  Json clauses = Json::array();
  for (const auto& clause : merge.clauses) {
    if (clause.when != when) continue;
    Json one;
    if (clause.condition != nullptr) one["predicate"] = TextOf(clause.condition);
    one["actionType"] = clause.action == Action::kDelete ? "delete"
                        : clause.action == Action::kUpdate || clause.action == Action::kUpdateAll
                            ? "update"
                            : "insert";
    clauses.push_back(std::move(one));
  }
  return Json(clauses.dump()).dump();
}

}  // namespace

void Preparer::PrepareChange(const sql::Name& name, const std::string& statement,
                             const BindChange& bind) {
  const std::string location = WritableLocation(name, statement);
  RequireReadable(name);
  Binding binding(services_, options_, nullptr, &state_);
  // Before the source is bound: what it reads of the same table is then as new, or newer.
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  JudgeFiles(services_, principal(), *prepared_.target, table.location());
  const sql::ChangeTarget target = TargetOf(name, kChangedTable, prepared_.target->schema());
  auto change = ChangeOrThrow(bind(target, binding.Names(), binding.Options()));
  const bool by_rows = TakesDeletedRows(*prepared_.target, change) || !change.settled;
  prepared_.plan = by_rows ? change.rows : change.rewritten;  // What EXPLAIN shows.
  prepared_.change = std::make_shared<const sql::BoundChange>(std::move(change));
  prepared_.inputs = binding.WholeInputs();
  prepared_.inputs[kChangedTable] =
      engine::TableInput{table.location(), prepared_.target, std::nullopt};
  prepared_.access = binding.access();
  prepared_.access.reads.push_back(NameForRecord(name, location));
  prepared_.access.writes.push_back(NameForRecord(name, location));
}

void Preparer::operator()(const sql::Delete& statement) {
  PrepareChange(statement.target, statement.is_truncate ? "TRUNCATE" : "DELETE",
                [&](const auto& target, auto& names, const auto& options) {
                  return sql::BindDelete(statement, target, names, options);
                });
  CheckLosesRows(prepared_, statement.target);
}

void Preparer::operator()(const sql::Update& statement) {
  PrepareChange(statement.target, "UPDATE",
                [&](const auto& target, auto& names, const auto& options) {
                  return sql::BindUpdate(statement, target, names, options);
                });
  CheckLosesRows(prepared_, statement.target);
}

void Preparer::operator()(const sql::Merge& statement) {
  PrepareChange(statement.target, "MERGE",
                [&](const auto& target, auto& names, const auto& options) {
                  sql::ChangeTarget evolving = target;
                  if (statement.schema_evolution)
                    evolving.evolution = EvolutionOf(*prepared_.target);
                  return sql::BindMerge(statement, evolving, names, options);
                });
  const bool only_inserts = std::all_of(
      statement.clauses.begin(), statement.clauses.end(),
      [](const auto& clause) { return clause.when == sql::MergeClause::When::kNotMatched; });
  if (!only_inserts) CheckLosesRows(prepared_, statement.target);
}

std::unique_ptr<Result> Executor::operator()(const sql::Delete& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  ChangeRun run(services_, id_, prepared_, table, RuleOptions(services_, options_));
  run.RemoveWholeFiles();
  run.Change();
  const int64_t deleted = run.picked(sql::kDeletedRows);
  auto commit = CommitOptions("DELETE");
  commit.parameters["predicate"] = Json(Json::array({TextOf(statement.where)}).dump()).dump();
  commit.metrics = {{"numRemovedFiles", std::to_string(run.removed_files())},
                    {"numAddedFiles", std::to_string(run.added_files())},
                    {"numDeletedRows", std::to_string(deleted)},
                    {"numCopiedRows", std::to_string(run.copied(0))}};
  commit.metrics.merge(run.VectorMetrics(""));
  if (const auto version = run.Commit(std::move(commit)))
    versions_[info.name.ToString()] = *version;
  AutoCompact(info, table);
  return Counts(id_, {"num_affected_rows"}, {deleted}, run.written());
}

std::unique_ptr<Result> Executor::operator()(const sql::Update& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  ChangeRun run(services_, id_, prepared_, table, RuleOptions(services_, options_));
  run.Change();
  const int64_t updated = run.picked(sql::kUpdatedRows);
  auto commit = CommitOptions("UPDATE");
  commit.parameters["predicate"] = Json(Json::array({TextOf(statement.where)}).dump()).dump();
  commit.metrics = {{"numRemovedFiles", std::to_string(run.removed_files())},
                    {"numAddedFiles", std::to_string(run.added_files())},
                    {"numUpdatedRows", std::to_string(updated)},
                    {"numCopiedRows", std::to_string(run.copied(updated))}};
  commit.metrics.merge(run.VectorMetrics(""));
  if (const auto version = run.Commit(std::move(commit)))
    versions_[info.name.ToString()] = *version;
  AutoCompact(info, table);
  return Counts(id_, {"num_affected_rows"}, {updated}, run.written());
}

std::unique_ptr<Result> Executor::operator()(const sql::Merge& statement) {
  using When = sql::MergeClause::When;
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  ChangeRun run(services_, id_, prepared_, table, RuleOptions(services_, options_));
  run.Change();
  const int64_t copied = run.copied(run.updated() + run.inserted());
  auto commit = CommitOptions("MERGE");
  commit.parameters["predicate"] = Json(TextOf(statement.on)).dump();
  commit.parameters["matchedPredicates"] = ClausesText(statement, When::kMatched);
  commit.parameters["notMatchedPredicates"] = ClausesText(statement, When::kNotMatched);
  commit.parameters["notMatchedBySourcePredicates"] =
      ClausesText(statement, When::kNotMatchedBySource);
  commit.metrics = {{"numTargetFilesRemoved", std::to_string(run.removed_files())},
                    {"numTargetFilesAdded", std::to_string(run.added_files())},
                    {"numTargetRowsUpdated", std::to_string(run.updated())},
                    {"numTargetRowsDeleted", std::to_string(run.deleted())},
                    {"numTargetRowsInserted", std::to_string(run.inserted())},
                    {"numTargetRowsCopied", std::to_string(copied)},
                    {"numOutputRows", std::to_string(run.updated() + run.inserted() + copied)}};
  commit.metrics.merge(run.VectorMetrics("Target"));
  if (const auto version = run.Commit(std::move(commit)))
    versions_[info.name.ToString()] = *version;
  AutoCompact(info, table);
  return Counts(id_,
                {"num_affected_rows", "num_updated_rows", "num_deleted_rows", "num_inserted_rows"},
                {run.updated() + run.deleted() + run.inserted(), run.updated(), run.deleted(),
                 run.inserted()},
                run.written());
}

}  // namespace weir::session
