#pragma once

#include <string>
#include <vector>

#include "weir/sql/plan.h"

namespace weir::sql {

// Ids of columns and CTEs that a plan does not have yet.
class FreshIds {
 public:
  explicit FreshIds(const Plan& plan);

  PlanColumn Column(std::string name, DataType type, bool nullable = true);
  PlanColumn Like(const PlanColumn& column);
  std::vector<PlanColumn> Like(const std::vector<PlanColumn>& columns);
  CteId Cte() { return next_cte_++; }
  // The same rows under other ids, for standing beside `plan`.
  PlanPtr Renamed(const PlanPtr& plan);

 private:
  void Skip(const Plan& plan);
  void Skip(ColumnId id) { next_ = id >= next_ ? id + 1 : next_; }

  ColumnId next_ = 0;
  CteId next_cte_ = 0;
};

// The same query with the definition of each CTE in place of what refers to it. Recursive ones
// stay.
PlanPtr WithoutCtes(const PlanPtr& plan);

}  // namespace weir::sql
