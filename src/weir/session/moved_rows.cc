#include "weir/session/moved_rows.h"

#include "weir/delta/row_tracking.h"
#include "weir/sql/bound_exprs.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

bool NamesColumnsAsFilesDo(const delta::Configuration& configuration) {
  const auto mode = configuration.find("delta.columnMapping.mode");
  return mode == configuration.end() || LowerName(mode->second) == "none";
}

}  // namespace

MovedRows MoveRows(const delta::Snapshot& base, sql::InputId input, const std::string& name) {
  return MoveRows(base, base.metadata(), input, name);
}

MovedRows MoveRows(const delta::Snapshot& base, const delta::Metadata& metadata, sql::InputId input,
                   const std::string& name) {
  MovedRows moved;
  moved.metadata = metadata;
  std::vector<sql::PlanColumn> columns = sql::NumberedColumns(base.schema());
  const auto& configuration = moved.metadata.configuration;
  const auto ids = configuration.find(delta::kRowIdColumn);
  const auto versions = configuration.find(delta::kRowVersionColumn);
  moved.keeps_ids = delta::TracksRows(configuration) && ids != configuration.end() &&
                    versions != configuration.end() && NamesColumnsAsFilesDo(configuration);
  if (moved.keeps_ids) {
    std::vector<Field> fields = SchemaFromJson(metadata.schema_json).fields();
    const auto add = [&](const std::string& in_files, const char* as) {
      fields.push_back({in_files, TypeId::kLong, true, "{}"});
      columns.push_back(
          {static_cast<sql::ColumnId>(columns.size()), as, TypeId::kLong, true, "{}"});
    };
    add(ids->second, sql::kRowIdColumn);
    add(versions->second, sql::kRowVersionColumn);
    moved.metadata.schema_json = SchemaToJson(Schema(std::move(fields)));
  }
  moved.rows = sql::MakePlan(std::move(columns), sql::ScanPlan{input, name});
  return moved;
}

void TellIdsAreKept(delta::CommitOptions& commit) {
  commit.more["tags"] = R"({"delta.rowTracking.preserved":"true"})";
}

}  // namespace weir::session
