#include "weir/session/described_json.h"

#include "weir/base/json.h"
#include "weir/session/view_schema.h"
#include "weir/types/column_rules.h"
#include "weir/types/raw_type.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

Json TypeJson(const DataType& type);

// {"name": "char", "length": 5}; strings within other types are told as strings.
Json DeclaredJson(const Field& field) {
  const auto raw = RawTypeOf(field.metadata);
  if (!raw || field.type.id() != TypeId::kString) return TypeJson(field.type);
  const size_t parenthesis = raw->find('(');
  return {{"name", raw->substr(0, parenthesis)},
          {"length", std::stoll(raw->substr(parenthesis + 1))}};
}

Json FieldsJson(const std::vector<Field>& fields) {
  Json list = Json::array();
  for (const Field& field : fields) {
    Json one = {{"name", field.name}, {"type", DeclaredJson(field)}, {"nullable", field.nullable}};
    if (const auto comment = field.Comment()) one["comment"] = *comment;
    if (const auto value = MetadataText(field, kDefaultKey)) one["default"] = *value;
    list.push_back(std::move(one));
  }
  return list;
}

Json TypeJson(const DataType& type) {
  switch (type.id()) {
    case TypeId::kString:
      return {{"name", "string"}, {"collation", "UTF8_BINARY"}};
    case TypeId::kTimestamp:
      return {{"name", "timestamp_ltz"}};
    case TypeId::kDecimal:
      return {{"name", "decimal"}, {"precision", type.precision()}, {"scale", type.scale()}};
    case TypeId::kYearMonthInterval:
      return {{"name", "interval"}, {"start_unit", "year"}, {"end_unit", "month"}};
    case TypeId::kDayTimeInterval:
      return {{"name", "interval"}, {"start_unit", "day"}, {"end_unit", "second"}};
    case TypeId::kArray:
      return {{"name", "array"},
              {"element_type", TypeJson(type.element())},
              {"element_nullable", type.contains_null()}};
    case TypeId::kMap:
      return {{"name", "map"},
              {"key_type", TypeJson(type.key())},
              {"value_type", TypeJson(type.value())},
              {"value_nullable", type.contains_null()}};
    case TypeId::kStruct:
      return {{"name", "struct"}, {"fields", FieldsJson(type.fields())}};
    default:
      return {{"name", type.ToString()}};
  }
}

void AddView(const catalog::TableInfo& info, Json& json) {
  json["view_text"] = info.view->query;
  json["view_original_text"] = info.view->query;
  json["view_schema_mode"] = ViewSchemaName(ViewSchemaOf(info.properties));
  json["view_catalog_and_namespace"] =
      catalog::SchemaName{info.view->catalog, info.view->schema}.ToString();
  Json columns = Json::array();
  for (const sql::ViewColumn& column : ViewColumnsOf(SchemaFromJson(info.view->schema_json))) {
    columns.push_back(column.from);
  }
  json["view_query_output_columns"] = std::move(columns);
}

}  // namespace

std::string DescribedAsJson(const catalog::TableInfo& info, const delta::Snapshot* snapshot) {
  const Schema columns =
      snapshot != nullptr ? snapshot->schema() : SchemaFromJson(info.view->schema_json);
  Json json = {{"table_name", info.name.name},
               {"catalog_name", info.name.catalog},
               {"namespace", Json::array({info.name.schema})},
               {"schema_name", info.name.schema},
               {"columns", FieldsJson(columns.fields())}};
  if (snapshot != nullptr) json["location"] = info.location;
  json["created_time"] = FormatIso(info.created);
  json["created_by"] = "weir";
  json["owner"] = info.owner;
  json["type"] = catalog::TableTypeName(info);
  if (snapshot != nullptr) json["provider"] = "delta";
  const auto& comment = snapshot != nullptr ? snapshot->metadata().description : info.comment;
  if (comment) json["comment"] = *comment;
  const auto properties =
      snapshot != nullptr ? snapshot->metadata().configuration : OwnProperties(info.properties);
  if (!properties.empty()) json["table_properties"] = properties;
  if (snapshot != nullptr && !snapshot->metadata().partition_columns.empty()) {
    json["partition_columns"] = snapshot->metadata().partition_columns;
  }
  if (info.view) AddView(info, json);
  return json.dump();
}

std::string DescribedAsJson(const TemporaryView& view) {
  Json json = {{"table_name", view.qualifier.back()},
               {"columns", FieldsJson(view.schema.fields())},
               {"type", "VIEW"}};
  if (view.comment) json["comment"] = *view.comment;
  return json.dump();
}

}  // namespace weir::session
