#pragma once

#include <vector>

#include "weir/sql/plan.h"

namespace weir::engine {

// The expectations of every ExpectPlan in the plan, in the order in which the printer meets them.
std::vector<std::vector<sql::BoundExpectation>> ExpectationsOf(const sql::Plan& plan);

}  // namespace weir::engine
