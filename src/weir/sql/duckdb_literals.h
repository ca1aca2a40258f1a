#pragma once

#include <string>

#include "weir/types/value.h"

namespace weir::sql {

// A value as DuckDB text of exactly DuckdbType(value.type()).
std::string DuckdbLiteral(const Value& value);

}  // namespace weir::sql
