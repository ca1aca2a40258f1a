#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/types/data_type.h"

// What ALTER TABLE does to columns, as changes of a table's metadata. Nothing here touches files:
// where a change needs the columns to be mapped, or types to widen, it is refused unless the table
// has that.
namespace weir::delta {

// A column, or a field inside: names from the top level down; `element`, `key` and `value` lead
// into arrays and maps. Names compare without case. All throw Error{kInvalid}: with
// UNRESOLVED_COLUMN.WITH_SUGGESTION for a field that is not there, and with the condition that
// Delta has for what can't be done.
using ColumnPath = std::vector<std::string>;

// Before all siblings, or behind one.
struct ColumnPlace {
  std::optional<std::string> after;  // Nothing: before all.
};

// Into the struct at `inside`, or among the columns where it leads nowhere; without a place it is
// the last. Conditions: FIELD_ALREADY_EXISTS, FIELD_NOT_FOUND for a sibling that is not there, and
// INVALID_FIELD_NAME where `inside` is no struct.
void AddColumn(Metadata& metadata, const ColumnPath& inside, const Field& field,
               const std::optional<ColumnPlace>& place);

// Partition columns and delta.dataSkippingStatsColumns follow. Whether a rule of the table looks at
// the column is for the caller to know.
void RenameColumn(Metadata& metadata, const ColumnPath& column, const std::string& to);
void DropColumns(Metadata& metadata, const std::vector<ColumnPath>& columns, bool if_exists);
void ChangeColumnType(Metadata& metadata, const ColumnPath& column, const DataType& type);

void MoveColumn(Metadata& metadata, const ColumnPath& column, const ColumnPlace& place);
void SetColumnNullable(Metadata& metadata, const ColumnPath& column, bool nullable);
void SetColumnComment(Metadata& metadata, const ColumnPath& column, const std::string& comment);

}  // namespace weir::delta
