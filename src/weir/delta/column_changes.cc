#include "weir/delta/column_changes.h"

#include <algorithm>
#include <functional>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/delta/statistics_columns.h"
#include "weir/delta/type_widening.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

std::string PathText(const ColumnPath& path) {
  std::string text;
  for (const std::string& name : path) text += (text.empty() ? "" : ".") + QuoteName(name);
  return text;
}

[[noreturn]] void RefuseColumn(const std::string& message, const std::string& condition) {
  throw Error(ErrorCode::kInvalid, message).WithCondition(condition);
}

[[noreturn]] void NoSuchColumn(const ColumnPath& path, const std::vector<Field>& siblings) {
  RefuseColumn("there is no column " + PathText(path) + "; there are: " + Schema(siblings).ToDdl(),
               "UNRESOLVED_COLUMN.WITH_SUGGESTION");
}

std::optional<size_t> Position(const std::vector<Field>& fields, const std::string& name) {
  return Schema(fields).Find(name);
}

// Fields of one struct, or of the table, and which of them is meant.
using ChangeSiblings = std::function<void(std::vector<Field>& siblings, size_t at)>;

std::vector<Field> ChangedAt(std::vector<Field> fields, const ColumnPath& path, size_t depth,
                             const ChangeSiblings& change);

DataType ChangedInside(const DataType& type, const ColumnPath& path, size_t depth,
                       const ChangeSiblings& change) {
  const std::string step = LowerName(path[depth]);
  const bool goes_on = depth + 1 < path.size();
  switch (type.id()) {
    case TypeId::kStruct:
      return DataType::Struct(ChangedAt(type.fields(), path, depth, change));
    case TypeId::kArray:
      if (step != "element" || !goes_on) break;
      return DataType::Array(ChangedInside(type.element(), path, depth + 1, change),
                             type.contains_null());
    case TypeId::kMap:
      if (step == "key" && goes_on) {
        return DataType::Map(ChangedInside(type.key(), path, depth + 1, change), type.value(),
                             type.contains_null());
      }
      if (step == "value" && goes_on) {
        return DataType::Map(type.key(), ChangedInside(type.value(), path, depth + 1, change),
                             type.contains_null());
      }
      break;
    default:
      break;
  }
  RefuseColumn("what stands before " +
                   PathText({path.begin() + static_cast<std::ptrdiff_t>(depth), path.end()}) +
                   " in " + PathText(path) + " is of type " + type.ToSql() +
                   ", which has no such field",
               "INVALID_FIELD_NAME");
}

std::vector<Field> ChangedAt(std::vector<Field> fields, const ColumnPath& path, size_t depth,
                             const ChangeSiblings& change) {
  const auto at = Position(fields, path[depth]);
  if (!at) NoSuchColumn(path, fields);
  if (depth + 1 == path.size()) {
    change(fields, *at);
  } else {
    fields[*at].type = ChangedInside(fields[*at].type, path, depth + 1, change);
  }
  return fields;
}

void ChangeFieldAt(Metadata& metadata, const ColumnPath& path, const ChangeSiblings& change) {
  const Schema schema = SchemaFromJson(metadata.schema_json);
  metadata.schema_json = SchemaToJson(Schema(ChangedAt(schema.fields(), path, 0, change)));
}

// Types
// ---------------------------------------------------------------------------------------------

using ChangeType = std::function<DataType(const DataType& type)>;

// `type` with another one where the steps from `depth` on lead.
DataType Replaced(const DataType& type, const ColumnPath& path, size_t depth,
                  const ChangeType& wanted) {
  if (depth == path.size()) return wanted(type);
  const std::string step = LowerName(path[depth]);
  if (type.id() == TypeId::kArray && step == "element") {
    return DataType::Array(Replaced(type.element(), path, depth + 1, wanted), type.contains_null());
  }
  if (type.id() == TypeId::kMap && step == "key") {
    return DataType::Map(Replaced(type.key(), path, depth + 1, wanted), type.value(),
                         type.contains_null());
  }
  if (type.id() == TypeId::kMap && step == "value") {
    return DataType::Map(type.key(), Replaced(type.value(), path, depth + 1, wanted),
                         type.contains_null());
  }
  if (type.id() == TypeId::kStruct) {
    std::vector<Field> fields = type.fields();
    const auto at = Position(fields, path[depth]);
    if (!at) NoSuchColumn(path, fields);
    fields[*at].type = Replaced(fields[*at].type, path, depth + 1, wanted);
    return DataType::Struct(std::move(fields));
  }
  RefuseColumn(
      PathText(path) + " leads into a column of type " + type.ToSql() + ", which has no such field",
      "INVALID_FIELD_NAME");
}

std::vector<Field> WithField(std::vector<Field> siblings, const ColumnPath& column,
                             const Field& field, const std::optional<ColumnPlace>& place) {
  if (Position(siblings, field.name)) {
    RefuseColumn("can't add " + PathText(column) + ": there is a column of that name among " +
                     Schema(siblings).ToDdl(),
                 "FIELD_ALREADY_EXISTS");
  }
  size_t at = siblings.size();
  if (place && !place->after) at = 0;
  if (place && place->after) {
    const auto before = Position(siblings, *place->after);
    if (!before) {
      RefuseColumn("can't put " + PathText(column) + " after " + QuoteName(*place->after) +
                       ", which is none of: " + Schema(siblings).ToDdl(),
                   "FIELD_NOT_FOUND");
    }
    at = *before + 1;
  }
  siblings.insert(siblings.begin() + static_cast<std::ptrdiff_t>(at), field);
  return siblings;
}

void RequireMapping(const Metadata& metadata, const std::string& what, const char* condition) {
  if (MappingOf(metadata.configuration) != ColumnMapping::kNone) return;
  RefuseColumn(what +
                   " needs a table whose columns are mapped: ALTER TABLE ... SET TBLPROPERTIES "
                   "('delta.columnMapping.mode' = 'name') maps them, and then only readers that "
                   "know column mapping can read the table",
               condition);
}

}  // namespace

void AddColumn(Metadata& metadata, const ColumnPath& inside, const Field& field,
               const std::optional<ColumnPlace>& place) {
  ColumnPath column = inside;
  column.push_back(field.name);
  const Schema before = SchemaFromJson(metadata.schema_json);
  const DataType after =
      Replaced(before.AsStruct(), inside, 0, [&](const DataType& type) -> DataType {
        if (type.id() != TypeId::kStruct) {
          RefuseColumn("can't add " + PathText(column) + ": " + PathText(inside) + " is of type " +
                           type.ToSql() + " and not a struct",
                       "INVALID_FIELD_NAME");
        }
        return DataType::Struct(WithField(type.fields(), column, field, place));
      });
  metadata.schema_json = SchemaToJson(Schema(after.fields()));
}

void RenameColumn(Metadata& metadata, const ColumnPath& column, const std::string& to) {
  RequireMapping(metadata, "RENAME COLUMN", "DELTA_UNSUPPORTED_RENAME_COLUMN");
  std::string old;
  ChangeFieldAt(metadata, column, [&](std::vector<Field>& siblings, size_t at) {
    const auto other = Position(siblings, to);
    if (other && *other != at) {
      RefuseColumn("can't rename " + PathText(column) + " to " + QuoteName(to) +
                       ": there is a column of that name",
                   "FIELD_ALREADY_EXISTS");
    }
    old = siblings[at].name;
    siblings[at].name = to;
  });
  if (column.size() == 1) {
    std::replace(metadata.partition_columns.begin(), metadata.partition_columns.end(), old, to);
  }
  ColumnPath renamed = column;
  renamed.back() = to;
  ChangeStatisticsColumns(metadata, column, renamed);
}

void DropColumns(Metadata& metadata, const std::vector<ColumnPath>& columns, bool if_exists) {
  RequireMapping(metadata, "DROP COLUMN", "DELTA_UNSUPPORTED_DROP_COLUMN");
  for (const ColumnPath& column : columns) {
    Metadata next = metadata;
    try {
      ChangeFieldAt(next, column, [&](std::vector<Field>& siblings, size_t at) {
        const auto& partition = metadata.partition_columns;
        if (column.size() == 1 &&
            std::find(partition.begin(), partition.end(), siblings[at].name) != partition.end()) {
          RefuseColumn("the table is partitioned by " + PathText(column) +
                           ", so the column can't be dropped",
                       "DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN");
        }
        if (siblings.size() == 1) {
          RefuseColumn(PathText(column) + " can't be dropped: it is the only column there",
                       "DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA");
        }
        siblings.erase(siblings.begin() + static_cast<std::ptrdiff_t>(at));
      });
    } catch (const Error& error) {
      if (if_exists && error.condition() == "UNRESOLVED_COLUMN.WITH_SUGGESTION") continue;
      throw;
    }
    ChangeStatisticsColumns(next, column, std::nullopt);
    metadata = std::move(next);
  }
}

void ChangeColumnType(Metadata& metadata, const ColumnPath& column, const DataType& type) {
  const Schema before = SchemaFromJson(metadata.schema_json);
  const Schema after(
      Replaced(before.AsStruct(), column, 0, [&](const DataType&) { return type; }).fields());
  if (after.AsStruct().EqualsIgnoringNullability(before.AsStruct())) return;
  if (type.IsNested()) {
    RefuseColumn("the type of " + PathText(column) + " can't be changed to " + type.ToSql() +
                     " as a whole; change its fields one by one",
                 type.id() == TypeId::kStruct  ? "CANNOT_UPDATE_FIELD.STRUCT_TYPE"
                 : type.id() == TypeId::kArray ? "CANNOT_UPDATE_FIELD.ARRAY_TYPE"
                                               : "CANNOT_UPDATE_FIELD.MAP_TYPE");
  }
  const Schema noted = WithTypeChanges(before, after);
  if (!PropertiesOf(metadata.configuration).type_widening) {
    RefuseColumn("the type of " + PathText(column) + " can't be changed to " + type.ToSql() +
                     ": the files that are there keep the old one; ALTER TABLE ... SET "
                     "TBLPROPERTIES ('delta.enableTypeWidening' = 'true') allows it, and then "
                     "only readers that know type widening can read the table",
                 "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP");
  }
  metadata.schema_json = SchemaToJson(noted);
}

void MoveColumn(Metadata& metadata, const ColumnPath& column, const ColumnPlace& place) {
  ChangeFieldAt(metadata, column, [&](std::vector<Field>& siblings, size_t at) {
    Field moved = std::move(siblings[at]);
    siblings.erase(siblings.begin() + static_cast<std::ptrdiff_t>(at));
    size_t to = 0;
    if (place.after) {
      const auto before = Position(siblings, *place.after);
      if (!before) {
        ColumnPath path = column;
        path.back() = *place.after;
        NoSuchColumn(path, siblings);
      }
      to = *before + 1;
    }
    siblings.insert(siblings.begin() + static_cast<std::ptrdiff_t>(to), std::move(moved));
  });
}

void SetColumnNullable(Metadata& metadata, const ColumnPath& column, bool nullable) {
  ChangeFieldAt(metadata, column,
                [&](std::vector<Field>& siblings, size_t at) { siblings[at].nullable = nullable; });
}

void SetColumnComment(Metadata& metadata, const ColumnPath& column, const std::string& comment) {
  ChangeFieldAt(metadata, column, [&](std::vector<Field>& siblings, size_t at) {
    siblings[at] = siblings[at].WithComment(comment);
  });
}

}  // namespace weir::delta
