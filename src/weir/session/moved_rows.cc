#include "weir/session/moved_rows.h"

#include "weir/delta/row_tracking.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

bool NamesColumnsAsFilesDo(const delta::Configuration& configuration) {
  const auto mode = configuration.find("delta.columnMapping.mode");
  return mode == configuration.end() || LowerName(mode->second) == "none";
}

}  // namespace

MovedRows MoveRows(const delta::Snapshot& base, sql::InputId input, const std::string& name) {
  MovedRows moved;
  moved.metadata = base.metadata();
  std::vector<sql::PlanColumn> columns;
  const auto add = [&](const Field& field, const std::string& as) {
    columns.push_back({static_cast<sql::ColumnId>(columns.size()), as, field.type, field.nullable,
                       field.metadata});
  };
  std::vector<Field> fields = base.schema().fields();
  for (const Field& field : fields) add(field, field.name);
  const auto& configuration = moved.metadata.configuration;
  const auto ids = configuration.find(delta::kRowIdColumn);
  const auto versions = configuration.find(delta::kRowVersionColumn);
  moved.keeps_ids = delta::TracksRows(configuration) && ids != configuration.end() &&
                    versions != configuration.end() && NamesColumnsAsFilesDo(configuration);
  if (moved.keeps_ids) {
    fields.push_back({ids->second, TypeId::kLong, true, "{}"});
    add(fields.back(), sql::kRowIdColumn);
    fields.push_back({versions->second, TypeId::kLong, true, "{}"});
    add(fields.back(), sql::kRowVersionColumn);
    moved.metadata.schema_json = SchemaToJson(Schema(std::move(fields)));
  }
  moved.rows =
      std::make_shared<sql::Plan>(sql::Plan{std::move(columns), sql::ScanPlan{input, name}});
  return moved;
}

void TellIdsAreKept(delta::CommitOptions& commit) {
  commit.more["tags"] = R"({"delta.rowTracking.preserved":"true"})";
}

}  // namespace weir::session
