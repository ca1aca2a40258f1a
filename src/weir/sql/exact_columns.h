#pragma once

#include <unordered_set>

#include "weir/sql/plan.h"

namespace weir::sql {

// What of a plan comes out the same however often it is computed from the same rows: sums of reals
// and what tells of the first of several rows do not. IsSettled, column by column.
class ExactColumns {
 public:
  // CTEs are put in place already.
  explicit ExactColumns(const Plan& plan) { Look(plan); }

  bool Has(ColumnId column) const { return !inexact_.contains(column); }
  // Whether the columns that `expr` refers to are all exact, and what it makes of them.
  bool Has(const BoundExpr& expr) const;
  // Whether it is always the same rows that the plan has: nothing is filtered, joined or grouped by
  // a column that is not exact. `plan` is that of the constructor or one below it.
  bool RowsOf(const Plan& plan) const { return !unsure_.contains(&plan); }

 private:
  void Look(const Plan& plan);
  void Name(const std::vector<NamedExpr>& exprs);
  bool HasAll(const Plan& plan) const;

  std::unordered_set<ColumnId> inexact_;
  std::unordered_set<const Plan*> unsure_;
};

}  // namespace weir::sql
