#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/types/time_zone.h"

namespace weir::app {

// The values of --param, each "name=value" for a STRING or "name:TYPE=value", read as CAST reads
// it by the clocks of `zone`. Throws Error{kInvalid} on what is neither.
std::shared_ptr<const sql::Parameters> SqlParametersOf(const std::vector<std::string>& texts,
                                                       const TimeZone& zone = *UtcZone());

}  // namespace weir::app
