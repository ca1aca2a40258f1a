#pragma once

#include <string>
#include <string_view>

#include "weir/types/value.h"

namespace weir::app {

std::string Base64(std::string_view bytes);

// A value as a table shows it: as Spark prints it, but bytes in base64, as Databricks shows them.
std::string CellText(const Value& value);

}  // namespace weir::app
