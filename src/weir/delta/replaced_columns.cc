#include "weir/delta/replaced_columns.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/delta/column_changes.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/delta/statistics_columns.h"
#include "weir/delta/type_widening.h"
#include "weir/types/column_rules.h"
#include "weir/types/raw_type.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

[[noreturn]] void RefuseReplacing(const std::string& what, const std::string& hint) {
  throw Error(ErrorCode::kInvalid, "REPLACE COLUMNS can't " + what + "; " + hint)
      .WithCondition("DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP");
}

std::string ColumnText(const ColumnPath& path) {
  std::string text;
  for (const std::string& name : path) text += (text.empty() ? "" : ".") + QuoteName(name);
  return text;
}

ColumnPath PathBelow(ColumnPath path, const std::string& name) {
  path.push_back(name);
  return path;
}

class Replacement {
 public:
  explicit Replacement(const Metadata& metadata)
      : mapped_(MappingOf(metadata.configuration) != ColumnMapping::kNone),
        widens_(PropertiesOf(metadata.configuration).type_widening),
        partition_columns_(metadata.partition_columns) {}

  // `now` with what it keeps of `before`; both stand at `path`.
  std::vector<Field> Fields(const std::vector<Field>& before, const std::vector<Field>& now,
                            const ColumnPath& path) {
    std::vector<Field> fields;
    std::string added;
    for (const Field& field : now) {
      const auto old = Schema(before).Find(field.name);
      if (old) {
        fields.push_back(Kept(before[*old], field, PathBelow(path, field.name)));
      } else {
        added = ColumnText(PathBelow(path, field.name));
        RequireNullable(field, added);
        fields.push_back(field);
      }
    }
    for (const Field& field : before) {
      if (!Schema(now).Find(field.name)) Drop(PathBelow(path, field.name), added);
    }
    return fields;
  }

  const std::vector<ColumnPath>& dropped() const { return dropped_; }

 private:
  Field Kept(const Field& before, const Field& now, const ColumnPath& path) {
    if (before.nullable && !now.nullable) {
      RefuseReplacing("make " + ColumnText(path) + " NOT NULL", "leave NOT NULL out");
    }
    Field kept{before.name, Type(before.type, now.type, path), now.nullable, before.metadata};
    // Strings may have a length.
    if (LowerName(DeclaredType(before)) != LowerName(DeclaredType(now))) {
      if (kept.type.EqualsIgnoringNullability(before.type)) {
        RefuseReplacing("change " + ColumnText(path) + " from " + DeclaredType(before) + " to " +
                            DeclaredType(now),
                        "repeat the type as it is");
      }
      if (const auto raw = RawTypeOf(now.metadata)) {
        kept.metadata = WithRawType(kept.metadata, *raw);
      }
    }
    if (const auto comment = now.Comment()) kept = kept.WithComment(*comment);
    return kept;
  }

  DataType Type(const DataType& before, const DataType& now, const ColumnPath& path) {
    if (before.id() == now.id()) {
      switch (now.id()) {
        case TypeId::kStruct:
          return DataType::Struct(Fields(before.fields(), now.fields(), path));
        case TypeId::kArray:
          return DataType::Array(Type(before.element(), now.element(), PathBelow(path, "element")),
                                 now.contains_null());
        case TypeId::kMap:
          return DataType::Map(Type(before.key(), now.key(), PathBelow(path, "key")),
                               Type(before.value(), now.value(), PathBelow(path, "value")),
                               now.contains_null());
        default:
          break;
      }
    }
    if (before.EqualsIgnoringNullability(now)) return before;
    if (IsWidening(before, now)) {
      if (widens_) return now;
      RefuseReplacing("change the type of " + ColumnText(path) + " from " + before.ToSql() +
                          " to " + now.ToSql(),
                      "ALTER TABLE ... SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true') "
                      "allows it, and then only readers that know type widening can read the "
                      "table");
    }
    RefuseReplacing(
        "change the type of " + ColumnText(path) + " from " + before.ToSql() + " to " + now.ToSql(),
        "the files that are there keep the old one");
  }

  static void RequireNullable(const Field& field, const std::string& column) {
    if (field == AsNullable(field)) return;
    RefuseReplacing("add " + column + " with NOT NULL",
                    "rows that are there have no value for it; leave NOT NULL out");
  }

  void Drop(const ColumnPath& column, const std::string& added) {
    const std::string text = ColumnText(column);
    if (!mapped_) {
      RefuseReplacing("drop " + text,
                      "only a table whose columns are mapped can lose one: ALTER TABLE ... SET "
                      "TBLPROPERTIES ('delta.columnMapping.mode' = 'name') maps them, and then "
                      "only readers that know column mapping can read the table");
    }
    if (!added.empty()) {
      RefuseReplacing("both drop " + text + " and add " + added,
                      "it is not told from renaming; use ADD, DROP and RENAME COLUMN");
    }
    if (column.size() == 1 &&
        std::any_of(partition_columns_.begin(), partition_columns_.end(),
                    [&](const auto& name) { return LowerName(name) == LowerName(column[0]); })) {
      throw Error(ErrorCode::kInvalid,
                  "the table is partitioned by " + text + ", so the column can't be dropped")
          .WithCondition("DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN");
    }
    dropped_.push_back(column);
  }

  bool mapped_;
  bool widens_;
  const std::vector<std::string>& partition_columns_;
  std::vector<ColumnPath> dropped_;
};

}  // namespace

void ReplaceColumns(Metadata& metadata, const Schema& columns) {
  const Schema before = SchemaFromJson(metadata.schema_json);
  Replacement replacement(metadata);
  const Schema now(replacement.Fields(before.fields(), columns.fields(), {}));
  metadata.schema_json = SchemaToJson(WithTypeChanges(before, now));
  for (const ColumnPath& column : replacement.dropped()) {
    ChangeStatisticsColumns(metadata, column, std::nullopt);
  }
}

}  // namespace weir::delta
