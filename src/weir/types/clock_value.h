#pragma once

#include "weir/types/time_zone.h"
#include "weir/types/value.h"

namespace weir {

// A value with each TIMESTAMP in it as if the clocks of `zone` were those of UTC: its texts are
// then what they show.
Value OnClocksOf(const TimeZone& zone, Value value);

}  // namespace weir
