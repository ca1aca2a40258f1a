#pragma once

#include <vector>

#include "weir/sql/refresh_shape.h"

namespace weir::sql {

// What stands in a query without CTEs, and in expectations of its rows, that keeps it from being
// kept up by changes whatever way is taken. Each thing once.
std::vector<IncrementalIssue> IssuesOf(const Plan& query,
                                       const std::vector<BoundExpectation>& expectations);

}  // namespace weir::sql
