#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "weir/sql/event_time.h"
#include "weir/sql/plan.h"

// How long rows of one stream may wait for those of another.
namespace weir::sql {

// The parts of a condition that all must hold; none where it is null.
std::vector<BoundExprPtr> ConditionParts(const BoundExprPtr& condition);
// Whether an expression refers to columns of this plan, and to no others.
bool IsOf(const BoundExpr& expr, const Plan& plan);

// How long the rows of one side of a join wait for those of the other.
struct Wait {
  // What the watermark has to reach before a row can't meet any any more, in terms of its columns.
  BoundExprPtr until;
  // The event time of the side that this goes by, and how much later than it that is, besides how
  // late the rows of both sides are; nothing: it goes by something else.
  std::optional<PlanColumn> time;
  int64_t ms = 0;
};
// Where the condition tells; nothing: they wait for ever. As Spark has it: by an event time among
// the columns that are to be equal, else by comparisons of the event times of both sides.
std::optional<Wait> WaitOf(const JoinPlan& join, bool is_left, const std::set<InputId>& streams);

}  // namespace weir::sql
