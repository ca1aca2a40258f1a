#pragma once

#include <vector>

#include "weir/sql/plan.h"
#include "weir/types/predicate.h"

namespace weir::sql {

// What a condition may say of a row: three truths, and what is left when one of two is ruled out.
enum class Truth { kTrue, kFalse, kNotTrue, kNotFalse };

// A predicate that holds for every row of which `condition` says `truth`, in the names that
// `columns` have. Never narrower: what can't be said as a predicate becomes TRUE. So a file whose
// statistics rule out PredicateOf(c, kTrue) holds no row that c picks, and one that rules out
// PredicateOf(c, kNotTrue) holds only such rows.
Predicate PredicateOf(const BoundExpr& condition, Truth truth,
                      const std::vector<PlanColumn>& columns);

}  // namespace weir::sql
