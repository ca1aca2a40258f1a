#pragma once

#include <vector>

#include "weir/sql/fresh_ids.h"
#include "weir/sql/plan.h"

namespace weir::sql {

// Whether two values of one type are the same one, as where rows are grouped: NULL is NULL. Never
// NULL, and of any type, also those that `=` does not take.
BoundExprPtr IsSameValue(BoundExprPtr left, BoundExprPtr right);
// The same for a condition that rows are picked by, where one of them is known not to be NULL:
// engines look for such rows more quickly.
BoundExprPtr IsEqualValue(BoundExprPtr left, BoundExprPtr right);
BoundExprPtr AllOf(const std::vector<BoundExprPtr>& conditions);

// Rows of keys, to be read wherever some are wanted.
class KeyRows {
 public:
  virtual ~KeyRows() = default;
  // All of them, under ids of their own; the columns are the keys, always in the same order.
  virtual PlanPtr Read(FreshIds& ids) const = 0;
  // Whether none of them has NULL at this position.
  virtual bool IsNeverNull(size_t) const { return false; }
};

// The rows of `plan` whose values of `exprs` are those of a row of `keys`; all rows where there are
// no `exprs`. The restriction goes down to the scans as far as it may, also to the other side of a
// join whose condition equates a key with one of its columns.
PlanPtr RestrictTo(const PlanPtr& plan, const std::vector<BoundExprPtr>& exprs, const KeyRows& keys,
                   FreshIds& ids);

// The expressions by which all windows of a node are partitioned.
std::vector<BoundExprPtr> CommonPartitions(const WindowPlan& window);

}  // namespace weir::sql
