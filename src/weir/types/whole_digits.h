#pragma once

#include "weir/types/data_type.h"

namespace weir {

// How many digits before the point all values of an integer or DECIMAL type need, as Spark counts
// them: DECIMAL(20, 0) stands for BIGINT.
int WholeDigits(const DataType& type);

}  // namespace weir
