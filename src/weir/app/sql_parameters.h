#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/sql/ast.h"

namespace weir::app {

// The values of --param, each "name=value" for a STRING or "name:TYPE=value", read as CAST reads
// it. Throws Error{kInvalid} on what is neither.
std::shared_ptr<const sql::Parameters> SqlParametersOf(const std::vector<std::string>& texts);

}  // namespace weir::app
