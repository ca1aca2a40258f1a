#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/types/variant.h"

namespace weir {

// A variant that is neither NULL, object nor array as a value of a type that is not nested, by
// Spark's ANSI casts; nothing when it can't be one. `zone` says what clocks show at a moment;
// `regions`, if there are any, know the zones that texts name.
std::optional<Value> CastVariant(const VariantView& value, const DataType& to,
                                 const TimeZone& zone = *UtcZone(),
                                 const TimeZones* regions = nullptr);

// The type that schema_of_variant tells. Objects are structs, and what holds several kinds of
// values is VARIANT.
DataType TypeOfVariant(const VariantView& value);
DataType CommonVariantType(const DataType& left, const DataType& right);
// "OBJECT<a: BIGINT>"
std::string VariantTypeToSql(const DataType& type);

}  // namespace weir
