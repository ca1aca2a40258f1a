#include "weir/delta/schema_rules.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/type_widening.h"

namespace weir::delta {
namespace {

[[noreturn]] void FailMerge(const std::string& column, const DataType& table,
                            const DataType& data) {
  throw Error(ErrorCode::kInvalid, "failed to merge column " + column + ": the table has " +
                                       table.ToSql() + ", the new data " + data.ToSql() +
                                       "; cast it to the table's type")
      .WithCondition("DELTA_FAILED_TO_MERGE_FIELDS");
}

std::string Below(const std::string& column, const std::string& name) {
  return column.empty() ? QuoteName(name) : column + "." + QuoteName(name);
}

struct Merging {
  bool widens = false;  // A wider type of the data becomes the table's.
  bool casts = false;   // Other types are the table's; else they fail.
};

std::vector<Field> MergeFields(const std::vector<Field>& table, const std::vector<Field>& data,
                               const std::string& above, const Merging& how);

DataType MergeType(const DataType& table, const DataType& data, const std::string& column,
                   const Merging& how) {
  if (data.id() == TypeId::kVoid) return table;  // NULLs fit everywhere.
  if (how.widens && IsWideningByData(table, data)) return data;
  if (how.casts && (table.id() != data.id() || !table.IsNested())) return table;
  if (table.id() != data.id()) FailMerge(column, table, data);
  switch (table.id()) {
    case TypeId::kStruct:
      return DataType::Struct(MergeFields(table.fields(), data.fields(), column, how));
    case TypeId::kArray:
      return DataType::Array(MergeType(table.element(), data.element(), column + ".element", how),
                             table.contains_null());
    case TypeId::kMap:
      return DataType::Map(MergeType(table.key(), data.key(), column + ".key", how),
                           MergeType(table.value(), data.value(), column + ".value", how),
                           table.contains_null());
    default:
      if (!table.EqualsIgnoringNullability(data)) FailMerge(column, table, data);
      return table;
  }
}

std::vector<Field> MergeFields(const std::vector<Field>& table, const std::vector<Field>& data,
                               const std::string& above, const Merging& how) {
  std::vector<Field> merged = table;
  for (const Field& field : data) {
    const std::string lowered = LowerName(field.name);
    const auto same =
        std::find_if(merged.begin(), merged.begin() + static_cast<std::ptrdiff_t>(table.size()),
                     [&](const Field& other) { return LowerName(other.name) == lowered; });
    if (same != merged.begin() + static_cast<std::ptrdiff_t>(table.size())) {
      same->type = MergeType(same->type, field.type, Below(above, field.name), how);
      continue;
    }
    Field added = field;
    added.nullable = true;
    merged.push_back(std::move(added));
  }
  return merged;
}

void CheckType(const DataType& type, const std::string& column, bool mapped);

void CheckFields(const std::vector<Field>& fields, const std::string& above, bool mapped) {
  std::set<std::string> seen;
  for (const Field& field : fields) {
    const std::string column = Below(above, field.name);
    if (field.name.empty()) {
      throw Error(ErrorCode::kInvalid, "a column of a table needs a name");
    }
    if (!mapped && field.name.find_first_of(" ,;{}()\n\t=") != std::string::npos) {
      throw Error(ErrorCode::kInvalid,
                  "column name " + column +
                      " has one of the characters ' ,;{}()=', tab or line feed, which names of "
                      "stored columns must not have; give it another name (AS ...), or map the "
                      "table's columns: TBLPROPERTIES ('delta.columnMapping.mode' = 'name')")
          .WithCondition("DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES");
    }
    if (!seen.insert(LowerName(field.name)).second) {
      throw Error(ErrorCode::kInvalid,
                  "column " + column + " is there twice (names compare without case)")
          .WithCondition("DELTA_DUPLICATE_COLUMNS_FOUND");
    }
    CheckType(field.type, column, mapped);
  }
}

void CheckType(const DataType& type, const std::string& column, bool mapped) {
  switch (type.id()) {
    case TypeId::kStruct:
      if (type.fields().empty()) {
        throw Error(ErrorCode::kUnsupported,
                    "column " + column + " is a struct without members, which can't be stored");
      }
      return CheckFields(type.fields(), column, mapped);
    case TypeId::kArray:
      return CheckType(type.element(), column + ".element", mapped);
    case TypeId::kMap:
      CheckType(type.key(), column + ".key", mapped);
      return CheckType(type.value(), column + ".value", mapped);
    case TypeId::kVoid:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
    case TypeId::kTime:
      throw Error(ErrorCode::kUnsupported, "column " + column + " has the type " + type.ToSql() +
                                               ", which Delta tables can't store; cast it")
          .WithCondition("DELTA_UNSUPPORTED_DATA_TYPES");
    default:
      return;
  }
}

[[noreturn]] void BadPartition(const std::string& column, const std::string& problem,
                               const char* condition) {
  throw Error(ErrorCode::kInvalid, "partition column " + QuoteName(column) + " " + problem)
      .WithCondition(condition);
}

}  // namespace

namespace {

Schema Merged(const Schema& table, const Schema& data, const Merging& how) {
  Schema merged(MergeFields(table.fields(), WithoutTableDetails(data).fields(), "", how));
  return how.widens ? WithTypeChanges(table, merged) : merged;
}

}  // namespace

Schema MergeSchema(const Schema& table, const Schema& data, const Configuration& properties) {
  return Merged(table, data, {IsTrue(properties, kEnableTypeWidening), false});
}

Schema EvolvedSchema(const Schema& table, const Schema& data, const Configuration& properties) {
  return Merged(table, data, {IsTrue(properties, kEnableTypeWidening), true});
}

void CheckTableSchema(const Schema& schema, const Configuration& properties) {
  if (schema.size() == 0) {
    throw Error(ErrorCode::kInvalid, "a table needs at least one column");
  }
  CheckFields(schema.fields(), "", MappingOf(properties) != ColumnMapping::kNone);
}

void CheckPartitionColumns(const Schema& schema, const std::vector<std::string>& columns) {
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    const auto field = std::find_if(schema.fields().begin(), schema.fields().end(),
                                    [&](const Field& each) { return each.name == column; });
    if (field == schema.fields().end()) {
      BadPartition(column, "is not a column of the table", "DELTA_PARTITION_COLUMN_NOT_FOUND");
    }
    if (field->type.IsNested() || field->type.id() == TypeId::kVariant) {
      BadPartition(column, "is of type " + field->type.ToSql() + ", which can't partition a table",
                   "INVALID_PARTITION_COLUMN_DATA_TYPE");
    }
    if (!seen.insert(column).second) {
      BadPartition(column, "is named twice", "DELTA_DUPLICATE_COLUMNS_FOUND");
    }
  }
  if (!columns.empty() && seen.size() == schema.size()) {
    throw Error(ErrorCode::kInvalid,
                "a table can't be partitioned by all of its columns: none is left for the data")
        .WithCondition("ALL_PARTITION_COLUMNS_NOT_ALLOWED");
  }
}

Schema FileColumns(const Schema& schema, const std::vector<std::string>& partition_columns) {
  std::vector<Field> fields;
  for (const Field& field : schema.fields()) {
    if (std::find(partition_columns.begin(), partition_columns.end(), field.name) ==
        partition_columns.end()) {
      fields.push_back(field);
    }
  }
  return Schema(std::move(fields));
}

}  // namespace weir::delta
