#pragma once

#include <variant>
#include <vector>

#include "weir/session/dataset.h"
#include "weir/types/diagnostic.h"

namespace weir::session {

// The columns of a dataset's table, from its declaration and the schemas of its flows' queries.
// Pure: nothing is looked up.
std::variant<Schema, Diagnostics> TableSchema(const Dataset& dataset,
                                              const std::vector<Schema>& flows);

}  // namespace weir::session
