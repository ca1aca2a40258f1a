#pragma once

#include "weir/sql/fresh_ids.h"
#include "weir/sql/plan.h"

namespace weir::sql {

// The same rows with one aggregate for each grouping set, put together by UNION ALL.
PlanPtr WithoutGroupingSets(const PlanPtr& plan, FreshIds& ids);

}  // namespace weir::sql
