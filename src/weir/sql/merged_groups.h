#pragma once

#include <string>
#include <vector>

#include "weir/sql/fresh_ids.h"
#include "weir/sql/plan_changes.h"
#include "weir/sql/refresh_shape.h"

// Groups whose aggregates become others by what came to them and what went, so that the rows that
// did not change need not be read.
namespace weir::sql {

// Whether an aggregate's value is told by the one before and by what came and went: counts, and
// sums that are the same in whatever order they are made.
bool IsMergeable(const BoundExpr& aggregate);

// What the two queries give that merge the groups of `shape.merged`, which is not null. What is
// passed outlives this object.
class GroupMerge {
 public:
  GroupMerge(const RefreshShape& shape, FreshIds& ids);

  // What came to each group and what went: its keys, and behind them the columns of Parts().
  // `changes` are those of `shape.keyed`.
  PlanPtr Differences(const PlanChanges& changes, ChangeDeriver& deriver);
  // Under ids of their own; the same names each time, and none of them that of a found row.
  std::vector<PlanColumn> Parts();

  // Differences, read again, side by side with the view's row of each group.
  struct Pairs {
    PlanPtr plan;
    std::vector<PlanColumn> keys;   // Of Differences.
    std::vector<PlanColumn> parts;  // In the order of Parts().
    std::vector<PlanColumn> view;   // The columns of the view.
    PlanColumn file, row;           // Where its row stands: NULL where it has none.
  };
  // The groups that become others: the columns of `shape.query`, and BIGINTs.
  struct Groups {
    PlanPtr plan;
    PlanColumn weight;     // 1: there is such a row now; 0: there is none.
    PlanColumn file, row;  // Of the view's row that goes; -1: none does.
    PlanColumn unsure;     // 1: only computing the group anew can tell.
    // Behind them come Pairs::view.
  };
  Groups Merged(const Pairs& pairs);

 private:
  const AggregatePlan& aggregate_;
  const RefreshShape& shape_;
  FreshIds& ids_;
};

}  // namespace weir::sql
