#pragma once

#include <string>

#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

// Which `delta.*` properties there are. docs/guide/table_properties.md says what each does.
namespace weir::delta {

// Throws unless weir can keep the promise of each property that `now` sets other than `before`:
// kUnsupported names one it can't, kInvalid an unknown `delta.*` one or a value out of range.
void CheckProperties(const Configuration& before, const Configuration& now);

// Throws Error{kInvalid}, DELTA_COLUMN_NOT_FOUND_IN_SCHEMA, unless the columns are there that
// delta.dataSkippingStatsColumns names.
void CheckStatisticsColumns(const Configuration& configuration, const Schema& schema);

// Throws Error{kInvalid}, DELTA_CANNOT_MODIFY_TABLE_PROPERTY, for a property that only writers set.
void CheckMayBeSet(const std::string& property);

// How Delta spells the property that people may write in any case: "delta.appendOnly" for
// "DELTA.APPENDONLY". One of no known name, or of their own, is as it is written.
std::string PropertyName(const std::string& property);

}  // namespace weir::delta
