#include "weir/session/change_data.h"

#include "weir/base/check.h"
#include "weir/delta/change_feed.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/sql/functions.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

sql::BoundExprPtr FeedCall(const char* name, std::vector<sql::BoundExprPtr> arguments) {
  std::vector<sql::ArgumentShape> shapes;
  for (const auto& argument : arguments) {
    shapes.push_back({argument->type, argument->nullable, false, nullptr, 0});
  }
  const auto found = sql::LookUp(name, shapes);
  const auto* signature = std::get_if<const sql::Signature*>(&found);
  WEIR_CHECK(signature != nullptr);
  return std::make_shared<sql::BoundExpr>(
      sql::BoundExpr{{}, TypeId::kBoolean, true, sql::BoundCall{*signature, std::move(arguments)}});
}

sql::BoundExprPtr ChangeTypeIs(const sql::PlanColumn& column, const char* type) {
  const auto say = std::make_shared<sql::BoundExpr>(
      sql::BoundExpr{{}, column.type, column.nullable, sql::BoundColumn{column.id, column.name}});
  const auto text = std::make_shared<sql::BoundExpr>(
      sql::BoundExpr{{}, TypeId::kString, false, sql::BoundLiteral{Value::String(type)}});
  return FeedCall("=", {say, text});
}

sql::PlanPtr PlanOf(std::vector<sql::PlanColumn> columns, decltype(sql::Plan::node) node) {
  return std::make_shared<sql::Plan>(sql::Plan{std::move(columns), std::move(node)});
}

std::vector<sql::PlanColumn> ColumnsNumbered(const Schema& schema) {
  std::vector<sql::PlanColumn> columns;
  for (size_t i = 0; i < schema.size(); ++i) {
    columns.push_back({static_cast<sql::ColumnId>(i), schema[i].name, schema[i].type,
                       schema[i].nullable, schema[i].metadata});
  }
  return columns;
}

// The first `count` columns of what `child` gives.
sql::PlanPtr FirstColumns(const sql::PlanPtr& child, size_t count) {
  std::vector<sql::PlanColumn> columns(child->columns.begin(),
                                       child->columns.begin() + static_cast<std::ptrdiff_t>(count));
  sql::ProjectPlan project{child, {}};
  for (const sql::PlanColumn& column : columns) {
    project.exprs.push_back(
        {column, std::make_shared<sql::BoundExpr>(sql::BoundExpr{
                     {}, column.type, column.nullable, sql::BoundColumn{column.id, column.name}})});
  }
  return PlanOf(std::move(columns), std::move(project));
}

Schema WithChangeType(const Schema& table) {
  std::vector<Field> fields = table.fields();
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
  // No reader asks for statistics of these files.
  target.properties.erase("delta.dataSkippingStatsColumns");
  target.properties["delta.dataSkippingNumIndexedCols"] = "0";
  const auto written = services.engine.Write(
      {statement_id, EnforceNotNull(plan, target.schema), std::move(inputs), std::nullopt}, target);
  WrittenChanges changes{
      {table, delta::FeedSchema(schema), metadata.configuration, {}}, {}, written.statistics};
  for (const delta::AddFile& file : written.files) {
    changes.rows.files.push_back(OfType(file, ""));
    changes.files.push_back({file.path, file.partition_values, file.size, {}});
  }
  return changes;
}

sql::PlanPtr RowsThatCome(sql::InputId changes, const Schema& table) {
  const auto scan =
      PlanOf(ColumnsNumbered(WithChangeType(table)), sql::ScanPlan{changes, "the rows that come"});
  const sql::PlanColumn& type = scan->columns.back();
  const auto come = FeedCall(
      "or", {ChangeTypeIs(type, delta::kInsert), ChangeTypeIs(type, delta::kUpdatePostimage)});
  return FirstColumns(PlanOf(scan->columns, sql::FilterPlan{scan, come}), table.size());
}

std::vector<delta::CdcFile> WriteReplacement(const Services& services,
                                             const std::string& statement_id,
                                             const RowCondition& rows, const delta::Table& table,
                                             const delta::Metadata& metadata,
                                             const std::vector<delta::AddFile>& removed,
                                             const std::vector<delta::AddFile>& added) {
  const Schema schema = SchemaFromJson(metadata.schema_json);
  engine::FeedInput feed{table.location(), delta::FeedSchema(schema), metadata.configuration, {}};
  for (const delta::AddFile& file : removed) feed.files.push_back(OfType(file, delta::kDelete));
  for (const delta::AddFile& file : added) feed.files.push_back(OfType(file, delta::kInsert));
  // The condition numbers the columns of the table from 0, and every new row fulfils it.
  const auto scan = PlanOf(ColumnsNumbered(WithChangeType(schema)),
                           sql::ScanPlan{0, "the rows that are replaced"});
  const auto changed = PlanOf(scan->columns, sql::FilterPlan{scan, rows.condition});
  return WriteChanges(services, statement_id, changed, {{0, std::move(feed)}}, table.location(),
                      metadata)
      .files;
}

}  // namespace weir::session
