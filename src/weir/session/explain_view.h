#pragma once

#include <string>
#include <vector>

#include "weir/session/binding.h"
#include "weir/session/session.h"
#include "weir/sql/refresh_shape.h"

namespace weir::session {

// What EXPLAIN CREATE MATERIALIZED VIEW tells: how the view can be refreshed, what is picked by its
// policy, and why not in other ways. Nothing is run.
std::string RefreshText(const sql::RefreshShape& shape, sql::RefreshPolicy policy,
                        int64_t input_rows, size_t inputs);

// The shape of a bound view, with what keeps its inputs from being followed.
sql::RefreshShape ShapeOver(const sql::PlanPtr& plan, const std::vector<BoundInput>& inputs);

// What is wrong with a view whose policy asks for what its query does not allow.
Diagnostics PolicyProblems(const sql::PlanPtr& plan, const std::vector<BoundInput>& inputs,
                           const sql::TableClauses& clauses);

}  // namespace weir::session
