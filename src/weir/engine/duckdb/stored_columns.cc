#include "weir/engine/duckdb/stored_columns.h"

#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

using delta::StoredField;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::MultiFileColumnDefinition;

duckdb::child_list_t<duckdb::Value> IdsIn(const std::vector<StoredField>& fields);

// The id of one field, with those of what is in it; nothing where there are none.
std::optional<duckdb::Value> IdsOf(const StoredField& field) {
  auto inside = IdsIn(field.children);
  if (inside.empty()) {
    return field.id ? std::optional(duckdb::Value::INTEGER(*field.id)) : std::nullopt;
  }
  if (field.id) inside.emplace_back("__duckdb_field_id", duckdb::Value::INTEGER(*field.id));
  return duckdb::Value::STRUCT(std::move(inside));
}

duckdb::child_list_t<duckdb::Value> IdsIn(const std::vector<StoredField>& fields) {
  duckdb::child_list_t<duckdb::Value> ids;
  for (const StoredField& field : fields) {
    if (auto own = IdsOf(field)) ids.emplace_back(field.name, *std::move(own));
  }
  return ids;
}

bool IsStoredAs(const MultiFileColumnDefinition& column, const StoredField& stored, bool by_id) {
  // A column without an id is none of the table's but one of its change feed.
  if (!by_id || !stored.id) return duckdb::StringUtil::CIEquals(column.name, stored.name);
  return !column.identifier.IsNull() && column.identifier.type().id() == LogicalTypeId::INTEGER &&
         column.GetIdentifierFieldId() == *stored.id;
}

void NameFields(duckdb::vector<MultiFileColumnDefinition>& columns,
                const std::vector<Field>& fields, const std::vector<StoredField>& stored,
                bool by_id);

// Names what is in a column whose own name is set already.
void NameInside(MultiFileColumnDefinition& column, const DataType& type,
                const std::vector<StoredField>& stored, bool by_id) {
  const LogicalTypeId in_file = column.type.id();
  auto& children = column.children;
  if (type.id() == TypeId::kStruct && in_file == LogicalTypeId::STRUCT) {
    NameFields(children, type.fields(), stored, by_id);
    duckdb::child_list_t<LogicalType> members;
    for (const auto& child : children) members.emplace_back(child.name, child.type);
    column.type = LogicalType::STRUCT(std::move(members));
  } else if (type.id() == TypeId::kArray && in_file == LogicalTypeId::LIST &&
             children.size() == 1) {
    NameInside(children[0], type.element(), stored[0].children, by_id);
    column.type = LogicalType::LIST(children[0].type);
  } else if (type.id() == TypeId::kMap && in_file == LogicalTypeId::MAP && children.size() == 1 &&
             children[0].children.size() == 2) {
    auto& key_value = children[0];
    NameInside(key_value.children[0], type.key(), stored[0].children, by_id);
    NameInside(key_value.children[1], type.value(), stored[1].children, by_id);
    const LogicalType& key = key_value.children[0].type;
    const LogicalType& value = key_value.children[1].type;
    if (key_value.type.id() == LogicalTypeId::STRUCT) {
      key_value.type = LogicalType::STRUCT(
          {{key_value.children[0].name, key}, {key_value.children[1].name, value}});
    }
    column.type = LogicalType::MAP(key, value);
  }
}

void NameFields(duckdb::vector<MultiFileColumnDefinition>& columns,
                const std::vector<Field>& fields, const std::vector<StoredField>& stored,
                bool by_id) {
  for (size_t i = 0; i < columns.size(); ++i) {
    size_t at = 0;
    while (at < stored.size() && !IsStoredAs(columns[i], stored[at], by_id)) ++at;
    if (at == stored.size()) {
      columns[i].name = kNoName + std::to_string(i);
      continue;
    }
    columns[i].name = fields[at].name;
    NameInside(columns[i], fields[at].type, stored[at].children, by_id);
  }
}

}  // namespace

LogicalType StoredType(const DataType& type, const StoredField& stored) {
  switch (type.id()) {
    case TypeId::kStruct: {
      duckdb::child_list_t<LogicalType> members;
      for (size_t i = 0; i < type.fields().size(); ++i) {
        const StoredField& member = stored.children[i];
        members.emplace_back(member.name, StoredType(type.fields()[i].type, member));
      }
      return LogicalType::STRUCT(std::move(members));
    }
    case TypeId::kArray:
      return LogicalType::LIST(StoredType(type.element(), stored.children[0]));
    case TypeId::kMap:
      return LogicalType::MAP(StoredType(type.key(), stored.children[0]),
                              StoredType(type.value(), stored.children[1]));
    default:
      return ToDuckdbFile(type);
  }
}

std::optional<duckdb::Value> FieldIdsOf(const std::vector<StoredField>& columns) {
  auto ids = IdsIn(columns);
  if (ids.empty()) return std::nullopt;
  return duckdb::Value::STRUCT(std::move(ids));
}

void NameAsInSchema(duckdb::vector<MultiFileColumnDefinition>& columns,
                    const std::vector<Field>& fields, const StoredColumns& stored) {
  NameFields(columns, fields, stored.fields, stored.by_id);
}

}  // namespace weir::engine
