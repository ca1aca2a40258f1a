#pragma once

#include <optional>

#include "weir/sql/functions_table.h"

// + - * / of dates, times and lengths of time, by Spark's BinaryArithmeticWithDatetimeResolver:
// what an operator stands for by the types beside it. Nothing: for none of these. Internal to
// functions_arithmetic.cc.
namespace weir::sql {

std::optional<Resolution> AddTimes(const Call& call);
std::optional<Resolution> SubtractTimes(const Call& call);
std::optional<Resolution> ScaleInterval(const Call& call);  // Named "*" or "/".

}  // namespace weir::sql
