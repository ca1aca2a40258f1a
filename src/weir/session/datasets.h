#pragma once

#include <variant>
#include <vector>

#include "weir/session/dataset.h"
#include "weir/session/session.h"
#include "weir/types/diagnostic.h"

namespace weir::session {

// The columns of a dataset's table, from its declaration and those of its flows' queries. Pure:
// nothing is looked up. What is wrong is kUnsupported where it is columns that were found, and
// kInvalid where it is the text.
std::variant<Schema, Diagnostics> TableSchema(const Dataset& dataset,
                                              const std::vector<CheckedFlow>& flows);

}  // namespace weir::session
