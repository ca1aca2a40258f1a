#pragma once

#include <unordered_map>

#include "weir/sql/plan.h"

// Which columns of a query of streams hold the time by which WATERMARK says that rows come late.
namespace weir::sql {

// Those of the plan: the column of a WATERMARK wherever it is passed on, and windows of it.
std::unordered_map<ColumnId, PlanColumn> EventTimesOf(const Plan& plan);
// Whether an expression gives the event time that it is made of: the column itself, the window that
// it is in, the session that it begins, or what stands for the time of a window.
bool GivesEventTime(const BoundExpr& expr,
                    const std::unordered_map<ColumnId, PlanColumn>& event_times);
// The moment that a watermark is compared with: of a window its end.
BoundExprPtr MomentOf(const BoundExprPtr& event_time);

}  // namespace weir::sql
