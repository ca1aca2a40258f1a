#pragma once

#include <string>

#include "conformance/spark_sql/cases.h"
#include "conformance/spark_sql/home.h"

namespace weir::spark_sql {

// Empty where weir did what Spark did; else why not, in one line that stays the same from run to
// run: "no function foo", "DIVIDE_BY_ZERO, not CAST_INVALID_INPUT", "other rows". What weir does
// not support never agrees with anything. Doubles may differ by 1e-9 of their size.
std::string Difference(const Case& expected, const Outcome& actual);

// Rows as they are compared: without the order that a query did not ask for.
bool SameRows(const std::string& expected, std::vector<std::string> actual, bool ordered);

}  // namespace weir::spark_sql
