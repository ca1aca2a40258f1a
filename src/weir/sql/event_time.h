#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "weir/sql/plan.h"

// Which columns of a query of streams hold the time by which WATERMARK says that rows come late.
namespace weir::sql {

struct EventTimes {
  // The column of a WATERMARK wherever it is passed on, and windows of it.
  std::unordered_map<ColumnId, PlanColumn> columns;
  // How late rows may be by the WATERMARK that says most.
  int64_t delay_ms = 0;
  // What comes is at most that far behind the watermark: rows of joins waited for others.
  int64_t lag_ms = 0;

  bool Has(ColumnId id) const { return columns.contains(id); }
};

// Those of the plan, whose inputs of these numbers are streams.
EventTimes EventTimesOf(const Plan& plan, const std::set<InputId>& streams);
// Whether an expression gives the event time that it is made of: the column itself, the window that
// it is in, the session that it begins, or what stands for the time of a window.
bool GivesEventTime(const BoundExpr& expr, const EventTimes& known);
// The moment that a watermark is compared with: of a window its end.
BoundExprPtr MomentOf(const BoundExprPtr& event_time);
// The same, `ms` later.
BoundExprPtr Later(const BoundExprPtr& moment, int64_t ms);
// What the watermark has to reach before no row comes any more with these values, of which there is
// at least one and some may be NULL: the moment of the earliest, the lag later.
BoundExprPtr LastMomentOf(const std::vector<BoundExprPtr>& event_times, int64_t lag_ms);

}  // namespace weir::sql
