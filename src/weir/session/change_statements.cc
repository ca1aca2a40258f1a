#include <algorithm>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/properties.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/change_binder.h"
#include "weir/sql/row_predicate.h"
#include "weir/types/schema_json.h"

// DELETE, UPDATE and MERGE: files with rows that change are found, then written anew.
namespace weir::session {
namespace {

// No relation that a statement names has this number.
constexpr sql::InputId kTarget = UINT32_MAX;

sql::BoundChange ChangeOrThrow(sql::ChangeResult result) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&result)) throw DiagnosticError(*diagnostics);
  return std::get<sql::BoundChange>(std::move(result));
}

struct TouchedFiles {
  std::vector<size_t> files;  // Positions in the snapshot, in order.
  int64_t most_matches = 0;   // Of MERGE: see sql::BoundChange.
  int64_t most_changes = 0;
};

// One change of one table while it runs.
class ChangeRun {
 public:
  ChangeRun(const Services& services, const std::string& id, const Prepared& prepared,
            const delta::Table& table, sql::BindOptions rules)
      : rules_(std::move(rules)),
        services_(services),
        id_(id),
        change_(*prepared.change),
        inputs_(prepared.inputs),
        table_(table),
        base_(*prepared.target) {
    staged_.base = prepared.target;
    staged_.reads_table = std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& input) {
      const auto* read = std::get_if<engine::TableInput>(&input.second);
      return input.first != kTarget && read != nullptr &&
             read->location.uri == table.location().uri;
    });
    const Predicate picked = sql::PredicateOf(*change_.picked, sql::Truth::kTrue, change_.columns);
    staged_.reads.push_back(picked);
    candidates_ = base_.FilesFor(picked);
  }

  // Removes the files of which every row is picked, as far as it is known how many rows that are.
  void RemoveWholeFiles() {
    const auto others =
        base_.FilesFor(sql::PredicateOf(*change_.picked, sql::Truth::kNotTrue, change_.columns));
    std::vector<size_t> rest;
    for (const size_t at : candidates_) {
      const auto rows = base_.StatisticsOf(base_.files()[at]).rows;
      if (!rows || std::binary_search(others.begin(), others.end(), at)) {
        rest.push_back(at);
        continue;
      }
      Remove(at);
      removed_whole_ += *rows;
    }
    candidates_ = std::move(rest);
  }

  void RewriteTouched() {
    const TouchedFiles touched = Find();
    if (touched.files.empty() && !change_.inserts) return;
    // Rows that are only looked up are read from all files that may have them.
    const bool rewrites = change_.touched != nullptr;
    const auto& files = rewrites ? touched.files : candidates_;
    const bool once = touched.most_matches > 1 && change_.rewritten_once != nullptr;
    Write(once ? change_.rewritten_once : change_.rewritten, files);
    if (!rewrites) return;
    for (const size_t at : touched.files) Remove(at);
  }

  int64_t updated() const { return Counted(sql::kUpdatedRows); }
  int64_t deleted() const { return removed_whole_ + Counted(sql::kDeletedRows); }
  int64_t inserted() const { return Counted(sql::kInsertedRows); }
  int64_t copied() const { return written_.statistics.rows - updated() - inserted(); }
  const engine::WriteResult& written() const { return written_; }

  // The version; nothing when there was nothing to change.
  std::optional<delta::Version> Commit(delta::CommitOptions commit) {
    if (staged_.files.empty() && staged_.removed.empty()) return std::nullopt;
    staged_.commit = std::move(commit);
    return CommitChange(services_, table_, staged_).version;
  }

  size_t removed_files() const { return staged_.removed.size(); }

 private:
  void Remove(size_t at) { staged_.removed.push_back(base_.files()[at]); }

  std::map<sql::InputId, engine::Input> InputsWith(std::vector<size_t> files) const {
    auto inputs = inputs_;
    inputs[kTarget] = engine::TableInput{table_.location(), staged_.base, std::move(files)};
    return inputs;
  }

  TouchedFiles Find() {
    TouchedFiles touched;
    if (change_.touched == nullptr || candidates_.empty()) return touched;
    const auto rows =
        services_.engine.Query({id_, change_.touched, InputsWith(candidates_), std::nullopt});
    while (const auto batch = rows->Next()) {
      for (int64_t row = 0; row < batch->rows(); ++row) {
        touched.files.push_back(static_cast<size_t>(batch->At(0, row).integer()));
        if (batch->schema().size() == 1) continue;
        touched.most_matches = std::max(touched.most_matches, batch->At(1, row).integer());
        touched.most_changes = std::max(touched.most_changes, batch->At(2, row).integer());
      }
    }
    if (change_.ambiguous && touched.most_changes > 1) {
      throw Error(ErrorCode::kInvalid,
                  "several rows of the source match the same row of the table, and which of them "
                  "changes it is not decided; nothing was changed. Make the source have one row "
                  "for each, for example with QUALIFY row_number() OVER (PARTITION BY key ORDER "
                  "BY ...) = 1")
          .WithCondition("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE");
    }
    std::sort(touched.files.begin(), touched.files.end());
    return touched;
  }

  void Write(const sql::PlanPtr& plan, const std::vector<size_t>& files) {
    delta::Metadata metadata = base_.metadata();
    if (!(change_.schema == base_.schema())) {
      metadata.schema_json = SchemaToJson(change_.schema);
      staged_.metadata = metadata;
    }
    written_ =
        WriteFiles(services_, id_, plan, InputsWith(files), table_.location(), metadata, rules_);
    staged_.files = written_.files;
  }

  int64_t Counted(const std::string& name) const {
    for (const auto& count : written_.statistics.expectations) {
      if (count.name == name) return count.failed;
    }
    return 0;
  }

  const sql::BindOptions rules_;
  const Services& services_;
  const std::string& id_;
  const sql::BoundChange& change_;
  const std::map<sql::InputId, engine::Input>& inputs_;
  const delta::Table& table_;
  const delta::Snapshot& base_;
  TableChange staged_;
  std::vector<size_t> candidates_;
  int64_t removed_whole_ = 0;  // Rows.
  engine::WriteResult written_;
};

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

void Preparer::PrepareChange(const sql::Name& name, const BindChange& bind) {
  const std::string location = WritableLocation(name);
  RequireReadable(name);
  Binding binding(services_, options_, nullptr, &state_);
  // Before the source is bound: what it reads of the same table is then as new, or newer.
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  CheckFilesAreInside(*prepared_.target, prepared_.target->files(), table.location());
  sql::ChangeTarget target{kTarget, name.ToString(), {}, prepared_.target->schema()};
  if (IsPathName(name)) {
    for (const auto& part : name.parts) target.qualifier.push_back(part.text);
  } else {
    const auto full = Qualify(name, options_.catalog, options_.schema);
    target.display_name = full.ToString();
    target.qualifier = {full.catalog, full.schema, full.name};
  }
  auto change = ChangeOrThrow(bind(target, binding.Names(), binding.Options()));
  prepared_.plan = change.rewritten;  // What EXPLAIN shows.
  prepared_.change = std::make_shared<const sql::BoundChange>(std::move(change));
  prepared_.inputs = binding.WholeInputs();
  prepared_.inputs[kTarget] = engine::TableInput{table.location(), prepared_.target, std::nullopt};
  prepared_.access = binding.access();
  prepared_.access.reads.push_back(NameForRecord(name, location));
  prepared_.access.writes.push_back(NameForRecord(name, location));
}

void Preparer::operator()(const sql::Delete& statement) {
  PrepareChange(statement.target, [&](const auto& target, auto& names, const auto& options) {
    return sql::BindDelete(statement, target, names, options);
  });
  CheckLosesRows(prepared_, statement.target);
}

void Preparer::operator()(const sql::Update& statement) {
  PrepareChange(statement.target, [&](const auto& target, auto& names, const auto& options) {
    return sql::BindUpdate(statement, target, names, options);
  });
  CheckLosesRows(prepared_, statement.target);
}

void Preparer::operator()(const sql::Merge& statement) {
  PrepareChange(statement.target, [&](const auto& target, auto& names, const auto& options) {
    return sql::BindMerge(statement, target, names, options);
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
  run.RewriteTouched();
  auto commit = CommitOptions("DELETE");
  commit.parameters["predicate"] = Json(Json::array({TextOf(statement.where)}).dump()).dump();
  commit.metrics = {{"numRemovedFiles", std::to_string(run.removed_files())},
                    {"numAddedFiles", std::to_string(run.written().files.size())},
                    {"numDeletedRows", std::to_string(run.deleted())},
                    {"numCopiedRows", std::to_string(run.copied())}};
  if (const auto version = run.Commit(std::move(commit)))
    versions_[info.name.ToString()] = *version;
  return Counts(id_, {"num_affected_rows"}, {run.deleted()}, run.written().statistics);
}

std::unique_ptr<Result> Executor::operator()(const sql::Update& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  ChangeRun run(services_, id_, prepared_, table, RuleOptions(services_, options_));
  run.RewriteTouched();
  auto commit = CommitOptions("UPDATE");
  commit.parameters["predicate"] = Json(Json::array({TextOf(statement.where)}).dump()).dump();
  commit.metrics = {{"numRemovedFiles", std::to_string(run.removed_files())},
                    {"numAddedFiles", std::to_string(run.written().files.size())},
                    {"numUpdatedRows", std::to_string(run.updated())},
                    {"numCopiedRows", std::to_string(run.copied())}};
  if (const auto version = run.Commit(std::move(commit)))
    versions_[info.name.ToString()] = *version;
  return Counts(id_, {"num_affected_rows"}, {run.updated()}, run.written().statistics);
}

std::unique_ptr<Result> Executor::operator()(const sql::Merge& statement) {
  using When = sql::MergeClause::When;
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  ChangeRun run(services_, id_, prepared_, table, RuleOptions(services_, options_));
  run.RewriteTouched();
  auto commit = CommitOptions("MERGE");
  commit.parameters["predicate"] = Json(TextOf(statement.on)).dump();
  commit.parameters["matchedPredicates"] = ClausesText(statement, When::kMatched);
  commit.parameters["notMatchedPredicates"] = ClausesText(statement, When::kNotMatched);
  commit.parameters["notMatchedBySourcePredicates"] =
      ClausesText(statement, When::kNotMatchedBySource);
  commit.metrics = {{"numTargetFilesRemoved", std::to_string(run.removed_files())},
                    {"numTargetFilesAdded", std::to_string(run.written().files.size())},
                    {"numTargetRowsUpdated", std::to_string(run.updated())},
                    {"numTargetRowsDeleted", std::to_string(run.deleted())},
                    {"numTargetRowsInserted", std::to_string(run.inserted())},
                    {"numTargetRowsCopied", std::to_string(run.copied())},
                    {"numOutputRows", std::to_string(run.written().statistics.rows)}};
  if (const auto version = run.Commit(std::move(commit)))
    versions_[info.name.ToString()] = *version;
  return Counts(id_,
                {"num_affected_rows", "num_updated_rows", "num_deleted_rows", "num_inserted_rows"},
                {run.updated() + run.deleted() + run.inserted(), run.updated(), run.deleted(),
                 run.inserted()},
                run.written().statistics);
}

}  // namespace weir::session
