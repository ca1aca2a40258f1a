#pragma once

#include <string>

#include "weir/delta/actions.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

// Columns whose type grew while older files keep the narrower one (PROTOCOL.md, "Type Widening").
namespace weir::delta {

inline constexpr const char* kEnableTypeWidening = "delta.enableTypeWidening";
inline constexpr const char* kTypeChanges = "delta.typeChanges";  // In a field's metadata.

// Whether a column may be changed from one type to the other, both without parts.
bool IsWidening(const DataType& from, const DataType& to);
// Of those, the ones that data may bring about by itself: within the integers, the floating-point
// numbers and the decimals.
bool IsWideningByData(const DataType& from, const DataType& to);

// `after` with what changed since `before` noted in its fields' metadata: fields are the same that
// go by the same names. Throws Error{kInvalid}, DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP, for a
// change that is not a widening.
Schema WithTypeChanges(const Schema& before, const Schema& after);

// Whether some field of the schema notes a change.
bool HasTypeChanges(const Schema& schema);

// Throws Error{kUnsupported}, DELTA_UNSUPPORTED_TYPE_CHANGE_IN_SCHEMA, when a field notes a change
// by which weir can't read older files.
void CheckTypeChanges(const Schema& schema);

// Whether the field itself was a FLOAT.
bool WasFloat(const Field& field);

}  // namespace weir::delta
