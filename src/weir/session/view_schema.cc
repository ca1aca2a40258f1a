#include "weir/session/view_schema.h"

#include "weir/base/json.h"

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

}  // namespace weir::session
