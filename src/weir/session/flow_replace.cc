#include "weir/session/flow_replace.h"

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/session/held_files.h"
#include "weir/session/lent_files.h"
#include "weir/session/named_inputs.h"
#include "weir/session/replaced_rows.h"
#include "weir/sql/change_binder.h"
#include "weir/sql/functions.h"
#include "weir/sql/parser.h"
#include "weir/types/schema_json.h"

// Flows whose rows take the place of others: REPLACE WHERE and REPLACE USING.
namespace weir::session {
namespace {

constexpr sql::InputId kIncomingRows = 900'100;
constexpr sql::InputId kNewestRows = 900'101;
constexpr sql::InputId kRowsThere = 900'102;

Diagnostic NoSuchColumn(const sql::Identifier& column, const char* clause, const Schema& query) {
  std::string names;
  for (const Field& field : query.fields()) {
    names += (names.empty() ? "" : ", ") + QuoteName(field.name);
  }
  return {"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", column.span,
          std::string(clause) + " names `" + column.text + "`, which the query does not give",
          "it gives " + names};
}

void CheckColumn(const sql::Identifier& column, const char* clause, const Schema& query,
                 Diagnostics& diagnostics) {
  const auto at = query.Find(column.text);
  if (!at) {
    diagnostics.push_back(NoSuchColumn(column, clause, query));
  } else if (!sql::IsOrderable(query[*at].type)) {
    diagnostics.push_back({"DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "42K09", column.span,
                           std::string(clause) + " names `" + column.text + "` of type " +
                               query[*at].type.ToSql() + ", whose values can't be compared",
                           "take a column of another type"});
  }
}

Schema SchemaOfRows(const sql::Plan& plan) {
  std::vector<Field> fields;
  for (const sql::PlanColumn& column : plan.columns) {
    fields.push_back({column.name, column.type, true, "{}"});
  }
  return Schema(std::move(fields));
}

std::string Listed(const std::vector<sql::Identifier>& columns) {
  std::string list;
  for (const sql::Identifier& column : columns) {
    list += (list.empty() ? "" : ", ") + QuoteName(column.text);
  }
  return list;
}

// NULL is a key like any other.
std::string SameKeys(const std::vector<sql::Identifier>& columns, const char* left,
                     const char* right) {
  std::string same;
  for (const sql::Identifier& column : columns) {
    const std::string name = "." + QuoteName(column.text);
    same += (same.empty() ? "" : " AND ") + (left + name) + " <=> " + right + name;
  }
  return same;
}

}  // namespace

void BindReplace(const Flow& flow, const Schema& query, BoundFlow& bound) {
  const sql::FlowReplace& replace = *flow.replace;
  if (replace.where != nullptr) {
    bound.plan =
        KeepPicked(std::move(bound.plan), *replace.where, bound.Names(), bound.binding->Options());
    bound.deterministic = sql::IsDeterministic(*bound.plan);
    return;
  }
  Diagnostics diagnostics;
  for (const sql::Identifier& column : replace.columns) {
    CheckColumn(column, "REPLACE USING", query, diagnostics);
  }
  CheckColumn(*replace.sequence, "SEQUENCE BY", query, diagnostics);
  if (!diagnostics.empty()) throw DiagnosticError(std::move(diagnostics));
}

engine::WriteResult ReplaceBatch::Stage(std::map<sql::InputId, engine::Input> inputs,
                                        TableChange& change) {
  JudgeFiles(services_, options_.current_user, *change.base, table_.location());
  return replace_.where != nullptr ? StageWhere(std::move(inputs), change)
                                   : StageUsing(std::move(inputs), change);
}

engine::WriteResult ReplaceBatch::StageWhere(std::map<sql::InputId, engine::Input> inputs,
                                             TableChange& change) {
  const RowCondition rows =
      BindRows(*replace_.where, change.base->schema(), bound_.Names(), options_);
  change.commit.parameters["predicate"] = Json(rows.text).dump();
  engine::WriteResult written = WriteFiles(services_, id_, bound_.plan, std::move(inputs),
                                           table_.location(), change.base->metadata(), options_);
  change.files = written.files;
  RemoveRows(services_, id_, rows, table_, change);
  return written;
}

// What comes is read once: of each key the newest rows, unless the table has newer ones.
engine::WriteResult ReplaceBatch::StageUsing(std::map<sql::InputId, engine::Input> inputs,
                                             TableChange& change) {
  const io::Location& folder = table_.location();
  const HeldFiles incoming(services_, id_, {{kIncomingRows, bound_.plan}}, std::move(inputs),
                           folder);
  NamedInputs names(options_);
  names.Put("incoming", kIncomingRows, SchemaOfRows(*bound_.plan),
            incoming.inputs().at(kIncomingRows));
  names.Put("target", kRowsThere, change.base->schema(),
            engine::TableInput{folder, change.base, std::nullopt});
  CheckSequence(names.Query("SELECT count(*) FROM incoming WHERE " +
                            QuoteName(replace_.sequence->text) + " IS NULL"),
                names.inputs());
  const sql::PlanPtr newest_plan = names.Query(NewestText());
  const HeldFiles newest(services_, id_, {{kNewestRows, newest_plan}}, names.inputs(), folder);
  names.Put("newest", kNewestRows, SchemaOfRows(*newest_plan), newest.inputs().at(kNewestRows));
  // Which rows are the newest follows from those that are there.
  change.reads_table = true;
  engine::WriteResult written =
      WriteFiles(services_, id_, names.Query("SELECT * FROM newest"), names.inputs(), folder,
                 change.base->metadata(), options_);
  change.files = written.files;
  auto parsed =
      sql::ParseStatement(std::make_shared<SourceText>(SourceText{"<weir>", RemovalText()}));
  const auto& removal = std::get<sql::Insert>(std::get<sql::StatementPtr>(parsed)->node);
  const sql::BoundChange matching =
      BindMatching(*removal.matching, *removal.query,
                   {kMatchedTable, "target", {"target"}, change.base->schema()}, names, options_);
  RemoveMatching(services_, id_, matching, names.InputsBut({"target", "incoming"}), table_, change);
  const int64_t rows = written.statistics.rows;
  written.statistics = incoming.StatisticsOf(0);
  written.statistics.rows = rows;
  return written;
}

void ReplaceBatch::CheckSequence(const sql::PlanPtr& without,
                                 std::map<sql::InputId, engine::Input> inputs) {
  const auto rows = services_.engine.Query({id_, without, std::move(inputs), std::nullopt});
  const auto batch = rows->Next();
  const int64_t count = batch && batch->rows() > 0 ? batch->At(0, 0).integer() : 0;
  if (count == 0) return;
  throw Error(ErrorCode::kInvalid,
              "flow " + flow_.name +
                  " read rows whose SEQUENCE BY is NULL, so which rows are "
                  "newer is not known (" +
                  std::to_string(count) +
                  " of them); nothing of the "
                  "batch was applied, and it is read again once the source is mended, or a "
                  "temporary view between them leaves such rows out")
      .WithCondition("AUTOCDC_MICROBATCH_VALIDATION.NULL_SEQUENCE");
}

std::string ReplaceBatch::NewestText() const {
  const std::string keys = Listed(replace_.columns);
  const std::string sequence = QuoteName(replace_.sequence->text);
  return "SELECT i.* FROM (SELECT * FROM incoming QUALIFY rank() OVER (PARTITION BY " + keys +
         " ORDER BY " + sequence + " DESC) = 1) i LEFT JOIN (SELECT " + keys + ", max(" + sequence +
         ") AS __weir_newest FROM target GROUP BY " + keys + ") t ON " +
         SameKeys(replace_.columns, "i", "t") + " WHERE t.__weir_newest IS NULL OR i." + sequence +
         " >= t.__weir_newest";
}

// Rows of the same place in the order are beside each other: a snapshot may come in several parts.
std::string ReplaceBatch::RemovalText() const {
  const std::string sequence = "." + QuoteName(replace_.sequence->text);
  return "INSERT INTO target AS t REPLACE ON " + SameKeys(replace_.columns, "t", "n") + " AND (t" +
         sequence + " IS NULL OR t" + sequence + " < n" + sequence +
         ") (SELECT * FROM newest) AS n";
}

// Of the flow
// -----------------------------------------------------------------------------------------

// A column that came since the table was brought up to date.
std::shared_ptr<const delta::Snapshot> FlowRun::WithNewColumns(const BatchAt& at) {
  if (at.bound.target == at.base->schema()) return at.base;
  TableChange change;
  change.base = at.base;
  delta::Metadata metadata = at.base->metadata();
  metadata.schema_json = SchemaToJson(at.bound.target);
  change.metadata = delta::WithMappingOf(std::move(metadata), at.base->metadata());
  change.rests_on = kGenerationAppId;
  change.commit.operation = "ALTER DATASET";
  CommitChange(services_, at.table, change);
  return at.table.Latest();
}

void FlowRun::RunReplace(const BatchAt& at) {
  outcome_.how = flow_.ReplacesWhere() ? "replaced where" : "replaced by key";
  TableChange change;
  change.base = WithNewColumns(at);
  delta::CheckMayLoseRows(change.base->metadata().configuration, dataset_.name.ToString());
  change.progress = at.Progress();
  change.rests_on = kGenerationAppId;
  change.commit.operation = flow_.ReplacesWhere() ? "REPLACE WHERE" : "REPLACE USING";
  change.commit.more["weirStatement"] = "\"" + at.id + "\"";
  ReplaceBatch batch(services_, at.id, flow_, at.bound, at.table);
  const engine::WriteResult written = batch.Stage(InputsOf(at.bound, at.batch), change);
  change.numbers = written.last_numbers;
  change.commit.metrics.merge(FlowMetrics(written));
  Commit(at, change, written);
}

}  // namespace weir::session
