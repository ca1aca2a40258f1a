#pragma once

#include <string>
#include <string_view>

#include "weir/types/time_zone.h"
#include "weir/types/value.h"

namespace weir::app {

// A value as a table shows it: as Spark prints it, but bytes in base64, as Databricks shows them.
// `zone`: what the moments within a VARIANT are shown in; others are on its clocks already.
std::string CellText(const Value& value, const TimeZone& zone = *UtcZone());

}  // namespace weir::app
