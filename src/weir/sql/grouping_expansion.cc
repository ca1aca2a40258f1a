#include "weir/sql/grouping_expansion.h"

#include <algorithm>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

// Null unless it is grouping() or grouping_id().
const BoundAggregate* GroupingCallIn(const BoundExpr& expr) {
  const auto* call = std::get_if<BoundAggregate>(&expr.node);
  const bool is = call != nullptr && (call->signature == &GroupingSignature() ||
                                      call->signature == &GroupingIdSignature());
  return is ? call : nullptr;
}

class OneSet {
 public:
  OneSet(const AggregatePlan& aggregate, const std::vector<size_t>& set, FreshIds& ids)
      : aggregate_(aggregate), set_(set), ids_(ids) {}

  PlanPtr Rows(const std::vector<PlanColumn>& columns) {
    AggregatePlan own{aggregate_.child, {}, {}, {}};
    std::vector<PlanColumn> given;
    for (const size_t key : set_) {
      own.keys.push_back(aggregate_.keys[key]);
      given.push_back(aggregate_.keys[key].column);
    }
    for (const NamedExpr& one : aggregate_.aggregates) {
      if (GroupingCallIn(*one.expr) != nullptr) continue;
      own.aggregates.push_back(one);
      given.push_back(one.column);
    }
    // Of no rows there is no total either, as there is none of any other set.
    const bool is_total = set_.empty();
    const PlanColumn count = ids_.Column("count", TypeId::kLong, false);
    if (is_total) {
      const Signature& signature = FittingSignature("count", {WeightlessOne()});
      own.aggregates.push_back(
          {count, MakeExpr({}, TypeId::kLong, false,
                           BoundAggregate{&signature, {WeightlessOne()}, false, nullptr, {}})});
      given.push_back(count);
    }
    PlanPtr rows = MakePlan(std::move(given), std::move(own));
    if (is_total) {
      rows = MakeFilter(rows, MakeCall(">", {ColumnOf(count, {}), LiteralOf(Value::Long(0), {})}));
    }
    return MakeProject(std::move(rows), Items(columns));
  }

 private:
  static BoundExprPtr WeightlessOne() { return LiteralOf(Value::Long(1), {}); }

  std::vector<NamedExpr> Items(const std::vector<PlanColumn>& columns) const {
    std::vector<NamedExpr> items;
    for (const PlanColumn& column : columns) items.push_back({column, ItemOf(column)});
    return items;
  }

  BoundExprPtr ItemOf(const PlanColumn& column) const {
    for (size_t key = 0; key < aggregate_.keys.size(); ++key) {
      if (aggregate_.keys[key].column.id != column.id) continue;
      return Has(key) ? ColumnOf(column, {}) : LiteralOf(Value::Null(column.type), {});
    }
    for (const NamedExpr& one : aggregate_.aggregates) {
      const BoundAggregate* grouping = GroupingCallIn(*one.expr);
      if (one.column.id != column.id || grouping == nullptr) continue;
      return LiteralOf(Value(column.type, BitsOf(*grouping)), {});
    }
    return ColumnOf(column, {});
  }

  // One for each key that the set leaves out, the first being the highest.
  int64_t BitsOf(const BoundAggregate& grouping) const {
    int64_t bits = 0;
    for (const BoundExprPtr& argument : grouping.arguments) {
      const ColumnId id = AsColumn(*argument)->id;
      bool has = false;
      for (const size_t key : set_) has |= aggregate_.keys[key].column.id == id;
      bits = bits * 2 + (has ? 0 : 1);
    }
    return bits;
  }

  bool Has(size_t key) const { return std::find(set_.begin(), set_.end(), key) != set_.end(); }

  const AggregatePlan& aggregate_;
  const std::vector<size_t>& set_;
  FreshIds& ids_;
};

}  // namespace

PlanPtr WithoutGroupingSets(const PlanPtr& plan, FreshIds& ids) {
  return RewritePlans(plan, [&](const PlanPtr& one) -> PlanPtr {
    const auto* aggregate = std::get_if<AggregatePlan>(&one->node);
    if (aggregate == nullptr || aggregate->grouping_sets.empty()) return nullptr;
    AggregatePlan below = *aggregate;
    below.child = WithoutGroupingSets(aggregate->child, ids);
    SetPlan all{SetKind::kUnion, true, {}};
    for (const auto& set : below.grouping_sets) {
      all.inputs.push_back(OneSet(below, set, ids).Rows(one->columns));
    }
    if (all.inputs.size() == 1) return all.inputs.front();
    return MakePlan(one->columns, std::move(all));
  });
}

}  // namespace weir::sql
