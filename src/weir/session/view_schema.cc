#include "weir/session/view_schema.h"

#include "weir/base/json.h"
#include "weir/session/session_zone.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr const char* kQueryColumn = "weir.queryColumn";
constexpr const char* kNames[] = {"BINDING", "COMPENSATION", "TYPE EVOLUTION", "EVOLUTION"};

}  // namespace

Field WithQueryColumn(const Field& field, const std::string& name) {
  Json metadata = ParseJson(field.metadata, "the metadata of column " + field.name);
  metadata[kQueryColumn] = name;
  Field result = field;
  result.metadata = metadata.dump();
  return result;
}

std::vector<sql::ViewColumn> ViewColumnsOf(const Schema& schema) {
  std::vector<sql::ViewColumn> columns;
  for (const Field& field : schema.fields()) {
    const Json metadata = ParseJson(field.metadata, "the metadata of column " + field.name);
    const auto from = metadata.find(kQueryColumn);
    if (from == metadata.end() || !from->is_string()) return {};
    columns.push_back({field.name, from->get<std::string>(), field.type});
  }
  return columns;
}

sql::Properties OwnProperties(const sql::Properties& properties) {
  sql::Properties own = properties;
  own.erase(kViewSchemaProperty);
  own.erase(kViewZoneProperty);
  return own;
}

std::string ViewSchemaName(sql::ViewSchema schema) { return kNames[static_cast<size_t>(schema)]; }

sql::ViewSchema ViewSchemaOf(const sql::Properties& properties) {
  const auto found = properties.find(kViewSchemaProperty);
  for (size_t i = 0; found != properties.end() && i < std::size(kNames); ++i) {
    if (found->second == kNames[i]) return static_cast<sql::ViewSchema>(i);
  }
  return sql::ViewSchema::kCompensation;
}

Schema ShownColumns(const catalog::TableInfo& view, const Schema& now) {
  const Schema before = SchemaFromJson(view.view->schema_json);
  std::vector<Field> fields = now.fields();
  const bool keeps_names = ViewSchemaOf(view.properties) == sql::ViewSchema::kTypeEvolution &&
                           fields.size() == before.size();
  for (size_t i = 0; i < fields.size(); ++i) {
    if (keeps_names) {
      const DataType type = fields[i].type;
      fields[i] = before[i];
      fields[i].type = type;
    } else {
      fields[i] = WithQueryColumn(fields[i], fields[i].name);
    }
  }
  return Schema(std::move(fields));
}

}  // namespace weir::session
