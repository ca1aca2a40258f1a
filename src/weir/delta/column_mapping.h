#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

// Columns whose name in files is not the one people use (PROTOCOL.md, "Column Mapping").
namespace weir::delta {

inline constexpr const char* kMappingMode = "delta.columnMapping.mode";
inline constexpr const char* kMaxColumnId = "delta.columnMapping.maxColumnId";

enum class ColumnMapping : uint8_t { kNone, kName, kId };

// Throws Error{kInvalid}, DELTA_MODE_NOT_SUPPORTED, for a mode that there is not.
ColumnMapping MappingOf(const Configuration& configuration);

// Throws Error{kInvalid}, DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE, unless a table with files
// can go from one mode to the other.
void CheckMappingChange(const Configuration& before, const Configuration& now);

// What data files, partition values and statistics know of a field of the schema.
struct StoredField {
  std::string name;                   // The physical name.
  std::optional<int32_t> id;          // Parquet's field_id.
  bool was_float = false;             // A DOUBLE; older files have it as FLOAT.
  std::vector<StoredField> children;  // Of a struct; of an array one, of a map key and value.
  bool operator==(const StoredField&) const = default;
};

// In the order of the schema. Throws Error{kCorrupt} for a field that is not mapped though the
// table's are.
std::vector<StoredField> StoredFieldsOf(const Schema& schema, const Configuration& configuration);

// The stored name of a top-level column, which is there.
const std::string& StoredName(const Schema& schema, const std::vector<StoredField>& stored,
                              const std::string& column);

// The metadata with an id and a physical name for each field that has none, where its mode asks for
// them. New names are made of the table's id and the column's, so that whoever writes files before
// the commit and the commit itself agree. Throws Error{kCorrupt} when two fields share an id.
Metadata WithMappedColumns(Metadata metadata);

// The metadata that comes after `before`, for the same files: where the mapping begins, they call
// the columns as the schema does. Checks the change of the mode.
Metadata WithColumnsMappedSince(Metadata metadata, const Metadata& before);

// The metadata with ids that `old`, of the same table, has given out counted as such.
Metadata WithIdsAfter(Metadata metadata, const Metadata& old);

// The metadata that replaces `old`, table and rows: columns of the same path and type keep their
// mapping, others get ids that were never used.
Metadata WithMappingOf(Metadata metadata, const Metadata& old);

// A field of `before`, at any depth, that `now` has by the same name, but with a mapping that is
// new: files would not have it any more. Nothing where there is none.
std::optional<std::string> LostMapping(const Metadata& before, const Metadata& now);

// Whether files call every column as the schema does, and never had other columns: they read the
// same without the mapping.
bool MapsNothing(const Schema& schema, const Configuration& configuration);

// The same columns without their mapping, or without the changes of types that are noted with them,
// at every depth.
Schema WithoutMapping(const Schema& schema);
Schema WithoutTypeChanges(const Schema& schema);
// The same columns without what is of one table alone: mapping and changes of types, at every
// depth. So a schema leaves its table.
Schema WithoutTableDetails(const Schema& schema);

}  // namespace weir::delta
