#pragma once

#include <unordered_map>
#include <vector>

#include "weir/sql/binding.h"
#include "weir/sql/change_binder.h"

// What a change computes once, since it might come out otherwise a second time. Internal to the
// binder.
namespace weir::sql {

class HeldQueries {
 public:
  // Their rows become inputs below `above`.
  HeldQueries(Binding& binding, InputId above) : binding_(binding), next_(above) {}

  // The columns of `plan`, with rows that are computed once, by themselves: it refers to nothing
  // around it.
  PlanPtr Hold(const PlanPtr& plan, const Span& span);
  // The same expression over sub-queries that are settled, or held. Null: reported, of a sub-query
  // that is neither since it refers to what is around it.
  BoundExprPtr WithHeld(const BoundExprPtr& expr, const Span& span);
  // What those plans, bound and simplified, read of them. What can't be held is reported.
  std::vector<HeldQuery> ReadBy(const std::vector<PlanPtr>& plans);

 private:
  struct Held {
    InputId input;
    PlanPtr plan;
    PlanPtr rows;  // In its place.
    Span span;
  };
  BoundExprPtr HeldSubquery(const BoundExprPtr& expr, const Span& span);
  HeldQuery Narrowed(const Held& held, const std::vector<ColumnId>& columns);

  Binding& binding_;
  InputId next_;
  std::vector<Held> held_;
};

}  // namespace weir::sql
