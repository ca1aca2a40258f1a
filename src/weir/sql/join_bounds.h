#pragma once

#include <optional>
#include <vector>

#include "weir/sql/event_time.h"
#include "weir/sql/plan.h"

// How long rows of one stream may wait for those of another.
namespace weir::sql {

// The parts of a condition that all must hold; none where it is null.
std::vector<BoundExprPtr> ConditionParts(const BoundExprPtr& condition);
// Whether an expression refers to columns of this plan, and to no others.
bool IsOf(const BoundExpr& expr, const Plan& plan);

// When a row of `own` can't meet any row of `other` any more, where the condition tells: the moment
// that the watermark has to reach, in terms of own's columns. As Spark has it: by an event time
// among the columns that are to be equal, else by comparisons of the event times of both sides.
// Null: it may for ever.
BoundExprPtr LastMeeting(const BoundExprPtr& condition, const Plan& own, const Plan& other);

}  // namespace weir::sql
