#pragma once

#include <optional>

#include "weir/sql/bound_exprs.h"

// Constants of the statement: its own time and what is so far from it.
namespace weir::sql {

// As ConstantOf, but current_timestamp(), current_user() and such are what they are in this
// statement, and intervals are added to points in time and taken from them, by the clocks of
// `zone`.
std::optional<Value> ConstantInStatement(const BoundExprPtr& expr, const TimeZone& zone);

}  // namespace weir::sql
