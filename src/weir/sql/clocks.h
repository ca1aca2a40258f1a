#pragma once

#include "weir/base/clock.h"
#include "weir/sql/plan.h"

// The clocks that a query asks: current_date(), current_timestamp(), now(), localtimestamp(). Each
// is bound once, as what it says at the time of the statement.
namespace weir::sql {

// Whether it is a call of one.
bool IsClockCall(const BoundExpr& expr);
// Whether there is one in it, those in plans of sub-queries included.
bool HasClockCall(const BoundExpr& expr);
bool HasClockCall(const Plan& plan);
// Whether what it gives of the same rows depends on the time alone.
bool VariesByTimeAlone(const BoundExprPtr& expr);
bool VariesByTimeAlone(const PlanPtr& plan);

// The same with its clocks at another moment, each in the zone that it was bound in.
BoundExprPtr WithClocksAt(const BoundExprPtr& expr, Instant moment);
// Whether all of them say the same at that moment as they do now: dates on one day.
bool SayTheSameAt(const BoundExpr& expr, Instant moment);
bool SayTheSameAt(const Plan& plan, Instant moment);

}  // namespace weir::sql
