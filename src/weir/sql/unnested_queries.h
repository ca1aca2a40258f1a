#pragma once

#include "weir/sql/fresh_ids.h"
#include "weir/sql/plan.h"

namespace weir::sql {

// The same rows with joins in place of sub-queries in expressions, as far as that goes: EXISTS and
// IN that a filter asks for (semi and anti joins), aggregates of rows that are equal to the outer
// row in some columns, and values of queries that stand alone. What else there is stays. CTEs are
// put in place already.
PlanPtr WithoutSubqueries(const PlanPtr& plan, FreshIds& ids);

}  // namespace weir::sql
