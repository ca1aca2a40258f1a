#include "weir/session/change_data.h"

#include <algorithm>

#include "weir/delta/change_feed.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/sql/bound_exprs.h"
#include "weir/types/column_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

sql::BoundExprPtr FeedText(const char* text) { return sql::LiteralOf(Value::String(text), {}); }

sql::BoundExprPtr ChangeTypeIs(const sql::PlanColumn& column, const char* type) {
  return sql::MakeCall("=", {sql::ColumnOf(column, {}), FeedText(type)});
}

std::vector<sql::NamedExpr> Unchanged(const std::vector<sql::PlanColumn>& columns) {
  std::vector<sql::NamedExpr> exprs;
  for (const sql::PlanColumn& column : columns) {
    exprs.push_back({column, sql::ColumnOf(column, {})});
  }
  return exprs;
}

// The first `count` columns of what `child` gives.
sql::PlanPtr FirstColumns(const sql::PlanPtr& child, size_t count) {
  std::vector<sql::PlanColumn> columns(child->columns.begin(),
                                       child->columns.begin() + static_cast<std::ptrdiff_t>(count));
  sql::ProjectPlan project{child, Unchanged(columns)};
  return sql::MakePlan(std::move(columns), std::move(project));
}

// Nobody has asked whether what is not to be NULL is.
Schema WithChangeType(const Schema& table) {
  std::vector<Field> fields;
  for (const Field& field : table.fields()) fields.push_back(AsNullable(field));
  fields.push_back({delta::kChangeTypeColumn, TypeId::kString, true, "{}"});
  return Schema(std::move(fields));
}

delta::FeedFile OfType(const delta::AddFile& file, const char* change_type) {
  return {file, std::nullopt, change_type, 0, 0};
}

}  // namespace

bool HasChangeFeed(const delta::Snapshot& table) {
  return delta::PropertiesOf(table.metadata().configuration).change_feed;
}

WrittenChanges WriteChanges(const Services& services, const std::string& statement_id,
                            const sql::PlanPtr& plan, std::map<sql::InputId, engine::Input> inputs,
                            const io::Location& table, const delta::Metadata& unmapped) {
  // As WriteFiles does.
  const delta::Metadata metadata = delta::WithMappedColumns(unmapped);
  const Schema schema = SchemaFromJson(metadata.schema_json);
  delta::CheckFeedColumns(schema, metadata.configuration, false);
  engine::WriteTarget target{table, WithChangeType(schema), metadata.partition_columns,
                             metadata.configuration};
  target.change_data = true;
  const auto written =
      services.engine.Write({statement_id, plan, std::move(inputs), std::nullopt}, target);
  WrittenChanges changes{{table, delta::FeedSchema(schema), metadata.configuration, {}},
                         {},
                         written.statistics,
                         written.last_numbers};
  for (const delta::AddFile& file : written.files) {
    changes.rows.files.push_back(OfType(file, ""));
    changes.files.push_back({file.path, file.partition_values, file.size, {}});
  }
  return changes;
}

sql::PlanPtr RowsThatCome(sql::InputId changes, const Schema& table) {
  const auto scan = sql::MakePlan(sql::NumberedColumns(WithChangeType(table)),
                                  sql::ScanPlan{changes, "the rows that come"});
  const sql::PlanColumn& type = scan->columns.back();
  const auto come = sql::MakeCall(
      "or", {ChangeTypeIs(type, delta::kInsert), ChangeTypeIs(type, delta::kUpdatePostimage)});
  return FirstColumns(sql::MakePlan(scan->columns, sql::FilterPlan{scan, come}), table.size());
}

sql::PlanPtr AsDeleted(sql::PlanPtr gone) {
  sql::ColumnId free = 0;
  for (const sql::PlanColumn& column : gone->columns) free = std::max(free, column.id + 1);
  std::vector<sql::PlanColumn> columns = gone->columns;
  sql::ProjectPlan project{gone, Unchanged(columns)};
  columns.push_back({free, delta::kChangeTypeColumn, TypeId::kString, false});
  project.exprs.push_back({columns.back(), FeedText(delta::kDelete)});
  return sql::MakePlan(std::move(columns), std::move(project));
}

void WriteReplacement(const Services& services, const std::string& statement_id,
                      const sql::PlanPtr& gone, std::map<sql::InputId, engine::Input> inputs,
                      const delta::Table& table, TableChange& change) {
  const auto write = [&](const sql::PlanPtr& plan, std::map<sql::InputId, engine::Input> rows,
                         const delta::Metadata& metadata) {
    const auto written =
        WriteChanges(services, statement_id, plan, std::move(rows), table.location(), metadata);
    change.changes.insert(change.changes.end(), written.files.begin(), written.files.end());
  };
  write(gone, std::move(inputs), change.base->metadata());
  if (change.files.empty()) return;
  // The columns may be others than those of the rows that go.
  const delta::Metadata after =
      delta::WithMappedColumns(change.metadata ? *change.metadata : change.base->metadata());
  const Schema schema = SchemaFromJson(after.schema_json);
  engine::FeedInput came{table.location(), delta::FeedSchema(schema), after.configuration, {}};
  for (const delta::AddFile& file : change.files) {
    came.files.push_back(OfType(file, delta::kInsert));
  }
  const auto scan = sql::MakePlan(sql::NumberedColumns(WithChangeType(schema)),
                                  sql::ScanPlan{0, "the rows that replace others"});
  write(scan, {{0, std::move(came)}}, after);
}

}  // namespace weir::session
