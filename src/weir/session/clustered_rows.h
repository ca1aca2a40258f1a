#pragma once

#include <string>
#include <vector>

#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/types/predicate.h"

namespace weir::session {

// A plan that reads all columns of a table, as input 0, in their order.
sql::PlanPtr WholeRows(const Schema& schema, const std::string& name);

// The column, or member of a struct, that a path leads to among columns that have it.
sql::BoundExprPtr ColumnAtPath(const std::vector<sql::PlanColumn>& columns,
                               const Predicate::Path& path);

// `rows`, which scans these files as input 0, sorted partition by partition so that rows which are
// near each other in all of `columns` come near each other: along a Z-order curve over the ranges
// that values fall into, by the column itself where there is one. What the ranges are is told by a
// sample of the rows, which is read here. The engine sorts, in bounded memory.
sql::PlanPtr ClusteredRows(const Services& services, const std::string& statement_id,
                           const engine::TableInput& input, const sql::PlanPtr& rows,
                           const std::vector<Predicate::Path>& columns);

}  // namespace weir::session
