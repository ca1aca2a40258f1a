#pragma once

#include <set>

#include "weir/sql/plan.h"
#include "weir/types/diagnostic.h"

namespace weir::session {

// What a flow into a streaming table can't do, as each batch sees only what is new: window
// functions, ORDER BY, LIMIT, INTERSECT, EXCEPT over a stream, joins that keep the rows of a table;
// aggregates, DISTINCT and outer joins of two streams without a watermark that ends them
// (sql/stateful_query.h). `plan` has no CTEs, but for recursive ones.
Diagnostics StreamProblems(const sql::Plan& plan, const std::set<sql::InputId>& streams,
                           const Span& query);

}  // namespace weir::session
