#pragma once

#include <set>

#include "weir/sql/plan.h"
#include "weir/types/diagnostic.h"

namespace weir::session {

// What a flow into a streaming table can't do, as each batch sees only what is new: aggregates,
// DISTINCT, windows, ORDER BY, LIMIT, INTERSECT, EXCEPT over a stream, joins of two streams, joins
// that keep the rows of the other side. Watermarks, which would allow some of these, are not
// supported yet.
Diagnostics StreamProblems(const sql::Plan& plan, const std::set<sql::InputId>& streams,
                           const Span& query);

}  // namespace weir::session
