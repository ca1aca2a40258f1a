#pragma once

#include <string>

#include "weir/types/value.h"

namespace weir::spark_sql {

// A cell as Spark's SQL tests print it (HiveResult.toHiveString): text as it is at the top and in
// quotes when nested, arrays and maps and structs in the shape of JSON, intervals as Hive has them.
std::string HiveText(const Value& value);

}  // namespace weir::spark_sql
