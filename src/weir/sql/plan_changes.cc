#include "weir/sql/plan_changes.h"

#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/clocks.h"
#include "weir/sql/functions.h"

namespace weir::sql {

BoundExprPtr WeightOf(int64_t weight) { return LiteralOf(Value::Long(weight), {}); }

namespace {

// As a change feed calls it.
constexpr const char* kKindOfChange = "_change_type";

std::vector<BoundExprPtr> ExprsOf(const std::vector<NamedExpr>& named) {
  std::vector<BoundExprPtr> exprs;
  for (const NamedExpr& one : named) exprs.push_back(one.expr);
  return exprs;
}

std::vector<BoundExprPtr> ColumnsOf(const Plan& plan) {
  std::vector<BoundExprPtr> exprs;
  for (const PlanColumn& column : plan.columns) exprs.push_back(ColumnOf(column, {}));
  return exprs;
}

BoundExprPtr IsText(const BoundExprPtr& expr, const char* text) {
  return MakeCall("=", {expr, LiteralOf(Value::String(text), {})});
}

BoundExprPtr IsNotTrue(const BoundExprPtr& condition) {
  return MakeExpr({}, TypeId::kBoolean, false,
                  BoundCase{{{condition, LiteralOf(Value::Boolean(false), {})}},
                            LiteralOf(Value::Boolean(true), {})});
}

// Keys that a CTE holds.
class KeysOfCte final : public KeyRows {
 public:
  KeysOfCte(CteId id, const std::vector<PlanColumn>& columns) : id_(id), columns_(columns) {}
  PlanPtr Read(FreshIds& ids) const override {
    return MakePlan(ids.Like(columns_), CteRefPlan{id_});
  }

 private:
  const CteId id_;
  const std::vector<PlanColumn> columns_;
};

}  // namespace

std::optional<PlanChanges> ChangeDeriver::Of(const PlanPtr& plan) {
  return std::visit([&](const auto& node) { return Of(node, plan); }, plan->node);
}

bool ChangeDeriver::IsMoved(const FilterPlan& filter) const {
  return before_ && !SayTheSameAt(*filter.condition, *before_);
}

bool ChangeDeriver::IsTouched(const Plan& plan) const {
  const auto* scan = std::get_if<ScanPlan>(&plan.node);
  if (scan != nullptr) return changed_.contains(scan->input);
  const auto* filter = std::get_if<FilterPlan>(&plan.node);
  bool touched = filter != nullptr && IsMoved(*filter);
  ForEachChildPlan(plan, [&](const PlanPtr& child) { touched = touched || IsTouched(*child); });
  return touched;
}

PlanPtr ChangeDeriver::Before(const PlanPtr& plan) const {
  return RewritePlans(plan, [&](const PlanPtr& one) -> PlanPtr {
    const auto* filter = std::get_if<FilterPlan>(&one->node);
    if (filter != nullptr && IsMoved(*filter)) {
      return MakeFilter(Before(filter->child), WithClocksAt(filter->condition, *before_));
    }
    const auto* scan = std::get_if<ScanPlan>(&one->node);
    if (scan == nullptr || !changed_.contains(scan->input)) return nullptr;
    return MakePlan(one->columns, ScanPlan{BeforeOf(scan->input), scan->name + " before"});
  });
}

PlanPtr ChangeDeriver::Keys(const PlanChanges& changes, const std::vector<BoundExprPtr>& exprs) {
  std::vector<NamedExpr> keys;
  for (const BoundExprPtr& expr : exprs) {
    keys.push_back({ids_.Column("key", expr->type, expr->nullable), expr});
  }
  PlanPtr all = MakeProject(changes.plan, std::move(keys));
  auto columns = all->columns;
  return MakePlan(std::move(columns), DistinctPlan{std::move(all)});
}

PlanChanges ChangeDeriver::Netted(PlanChanges changes) {
  AggregatePlan sums{changes.plan, {}, {}, {}};
  std::vector<PlanColumn> columns;
  for (const PlanColumn& column : changes.plan->columns) {
    if (column.id == changes.weight.id) continue;
    sums.keys.push_back({column, ColumnOf(column, {})});
    columns.push_back(column);
  }
  const BoundExprPtr weight = ColumnOf(changes.weight, {});
  const Signature& sum = FittingSignature("sum", {weight});
  const PlanColumn total = ids_.Column("weight", sum.result);
  sums.aggregates.push_back(
      {total, MakeExpr({}, sum.result, true, BoundAggregate{&sum, {weight}, false, nullptr, {}})});
  columns.push_back(total);
  PlanPtr rows = MakePlan(std::move(columns), std::move(sums));
  rows = MakeFilter(std::move(rows), MakeCall("<>", {ColumnOf(total, {}), WeightOf(0)}));
  return {std::move(rows), total, false};
}

PlanChanges ChangeDeriver::Weighted(const PlanPtr& rows, const std::vector<PlanColumn>& columns,
                                    BoundExprPtr weight, bool only_inserts) {
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : columns) exprs.push_back({column, ColumnOf(column, {})});
  const PlanColumn own = ids_.Column("weight", TypeId::kLong, false);
  exprs.push_back({own, std::move(weight)});
  return {MakeProject(rows, std::move(exprs)), own, only_inserts};
}

PlanChanges ChangeDeriver::AllChanges(const std::vector<PlanColumn>& columns,
                                      const std::vector<PlanChanges>& parts) {
  if (parts.size() == 1) return parts.front();
  SetPlan all{SetKind::kUnion, true, {}};
  bool only_inserts = true;
  for (const PlanChanges& part : parts) {
    all.inputs.push_back(part.plan);
    only_inserts &= part.only_inserts;
  }
  std::vector<PlanColumn> with_weight = columns;
  with_weight.push_back(ids_.Column("weight", TypeId::kLong, false));
  const PlanColumn weight = with_weight.back();
  return {MakePlan(std::move(with_weight), std::move(all)), weight, only_inserts};
}

// What goes row by row
// -----------------------------------------------------------------------------

std::optional<PlanChanges> ChangeDeriver::Of(const ScanPlan& scan, const PlanPtr& plan) {
  const auto changed = changed_.find(scan.input);
  if (changed == changed_.end()) return std::nullopt;
  std::vector<PlanColumn> columns = plan->columns;
  const bool only_inserts = changed->second.only_inserts;
  if (changed->second.held != HeldChanges::kNone) return OfHeld(scan, plan, changed->second.held);
  BoundExprPtr weight = WeightOf(1);
  if (!only_inserts) {
    columns.push_back(ids_.Column(kKindOfChange, TypeId::kString));
    const BoundExprPtr kind = ColumnOf(columns.back(), {});
    const BoundExprPtr came =
        MakeCall("or", {IsText(kind, "insert"), IsText(kind, "update_postimage")});
    weight = MakeExpr({}, TypeId::kLong, false, BoundCase{{{came, WeightOf(1)}}, WeightOf(-1)});
  }
  const PlanPtr rows =
      MakePlan(std::move(columns), ScanPlan{ChangesOf(scan.input), scan.name + " changes"});
  PlanChanges changes = Weighted(rows, plan->columns, std::move(weight), only_inserts);
  return changed->second.rewritten ? Netted(std::move(changes)) : changes;
}

PlanChanges ChangeDeriver::OfHeld(const ScanPlan& scan, const PlanPtr& plan, HeldChanges held) {
  const ScanPlan changes{ChangesOf(scan.input), scan.name + " changes"};
  std::vector<PlanColumn> came = plan->columns;
  came.push_back(ids_.Column(kHeldWeight, TypeId::kLong, false));
  const BoundExprPtr weight = ColumnOf(came.back(), {});
  PlanPtr rows = MakePlan(std::move(came), changes);
  if (held == HeldChanges::kWeighted) return Weighted(rows, plan->columns, weight);
  rows = MakeFilter(std::move(rows), MakeCall(">", {weight, WeightOf(0)}));
  const std::vector<PlanColumn> columns = ids_.Like(plan->columns);
  std::vector<PlanColumn> went = columns;
  for (PlanColumn& column : went) column.name = kHeldBefore + column.name;
  went.push_back(ids_.Column(kHeldPlace, TypeId::kLong, false));
  const BoundExprPtr place = ColumnOf(went.back(), {});
  const PlanPtr gone =
      MakeFilter(MakePlan(std::move(went), changes), MakeCall(">=", {place, WeightOf(0)}));
  return AllChanges(plan->columns, {Weighted(rows, plan->columns, WeightOf(1)),
                                    Weighted(gone, columns, WeightOf(-1))});
}

std::optional<PlanChanges> ChangeDeriver::Of(const ProjectPlan& project, const PlanPtr&) {
  auto changes = Of(project.child);
  if (!changes) return std::nullopt;
  std::vector<NamedExpr> exprs = project.exprs;
  exprs.push_back({changes->weight, ColumnOf(changes->weight, {})});
  changes->plan = MakeProject(changes->plan, std::move(exprs));
  return changes;
}

// Where time went on, also rows that were there before and which it leaves out now, or did before.
std::optional<PlanChanges> ChangeDeriver::Of(const FilterPlan& filter, const PlanPtr& plan) {
  auto changes = Of(filter.child);
  if (changes) changes->plan = MakeFilter(changes->plan, filter.condition);
  if (!IsMoved(filter)) return changes;
  const BoundExprPtr condition = WithClocksAt(filter.condition, *before_);
  const PlanPtr rows = Before(filter.child);
  std::vector<PlanChanges> parts;
  if (changes) parts.push_back(std::move(*changes));
  parts.push_back(Weighted(MakeFilter(MakeFilter(rows, filter.condition), IsNotTrue(condition)),
                           plan->columns, WeightOf(1)));
  parts.push_back(Weighted(MakeFilter(MakeFilter(rows, condition), IsNotTrue(filter.condition)),
                           plan->columns, WeightOf(-1)));
  return AllChanges(plan->columns, parts);
}

std::optional<PlanChanges> ChangeDeriver::Of(const SortPlan& sort, const PlanPtr&) {
  return Of(sort.child);
}

std::optional<PlanChanges> ChangeDeriver::Of(const GeneratePlan& generate, const PlanPtr& plan) {
  auto changes = Of(generate.child);
  if (!changes) return std::nullopt;
  // The generated columns stand behind those of the child that are needed.
  std::vector<PlanColumn> columns = plan->columns;
  const auto behind = columns.end() - static_cast<ptrdiff_t>(generate.generated.size());
  columns.insert(behind, changes->weight);
  GeneratePlan of_changes = generate;
  of_changes.child = changes->plan;
  const PlanPtr rows = MakePlan(std::move(columns), std::move(of_changes));
  return Weighted(rows, plan->columns, ColumnOf(changes->weight, {}), changes->only_inserts);
}

// What is computed of groups
// -----------------------------------------------------------------------

PlanChanges ChangeDeriver::OfGroups(const PlanPtr& plan, const std::vector<PlanPtr>& inputs,
                                    const std::vector<PlanChanges>& changes,
                                    const std::vector<std::vector<BoundExprPtr>>& keys,
                                    const WithInputs& with) {
  const CteId id = ids_.Cte();
  SetPlan all{SetKind::kUnion, false, {}};
  for (size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].plan != nullptr) all.inputs.push_back(Keys(changes[i], keys[i]));
  }
  const auto columns = all.inputs.front()->columns;
  PlanPtr touched = all.inputs.size() == 1 ? all.inputs.front() : MakePlan(columns, std::move(all));
  const KeysOfCte read(id, columns);
  std::vector<PlanPtr> now;
  std::vector<PlanPtr> before;
  for (size_t i = 0; i < inputs.size(); ++i) {
    now.push_back(RestrictTo(inputs[i], keys[i], read, ids_));
    before.push_back(RestrictTo(Before(inputs[i]), keys[i], read, ids_));
  }
  PlanChanges both =
      AllChanges(plan->columns, {Weighted(with(now), plan->columns, WeightOf(1)),
                                 Weighted(with(before), plan->columns, WeightOf(-1))});
  if (!columns.empty()) {
    auto of_both = both.plan->columns;
    both.plan = MakePlan(std::move(of_both), CtePlan{id, "keys", std::move(touched), both.plan});
  }
  return both;
}

std::optional<PlanChanges> ChangeDeriver::Of(const SetPlan& set, const PlanPtr& plan) {
  std::vector<PlanChanges> changes;
  bool any = false;
  for (const PlanPtr& input : set.inputs) {
    auto of_input = Of(input);
    any |= of_input.has_value();
    changes.push_back(of_input ? std::move(*of_input) : PlanChanges());
  }
  if (!any) return std::nullopt;
  if (set.kind == SetKind::kUnion && set.all) {
    std::vector<PlanChanges> parts;
    for (size_t i = 0; i < changes.size(); ++i) {
      if (changes[i].plan == nullptr) continue;
      std::vector<NamedExpr> exprs;
      for (size_t c = 0; c < plan->columns.size(); ++c) {
        exprs.push_back({plan->columns[c], ColumnOf(set.inputs[i]->columns[c], {})});
      }
      exprs.push_back({changes[i].weight, ColumnOf(changes[i].weight, {})});
      changes[i].plan = MakeProject(changes[i].plan, std::move(exprs));
      parts.push_back(changes[i]);
    }
    return AllChanges(plan->columns, parts);
  }
  std::vector<std::vector<BoundExprPtr>> keys;
  for (const PlanPtr& input : set.inputs) keys.push_back(ColumnsOf(*input));
  return OfGroups(plan, set.inputs, changes, keys, [&](const std::vector<PlanPtr>& inputs) {
    return MakePlan(plan->columns, SetPlan{set.kind, set.all, inputs});
  });
}

std::optional<PlanChanges> ChangeDeriver::Of(const DistinctPlan& distinct, const PlanPtr& plan) {
  const auto changes = Of(distinct.child);
  if (!changes) return std::nullopt;
  return OfGroups(plan, {distinct.child}, {*changes}, {ColumnsOf(*plan)},
                  [&](const std::vector<PlanPtr>& inputs) {
                    return MakePlan(plan->columns, DistinctPlan{inputs[0]});
                  });
}

std::optional<PlanChanges> ChangeDeriver::Of(const AggregatePlan& aggregate, const PlanPtr& plan) {
  const auto changes = Of(aggregate.child);
  if (!changes) return std::nullopt;
  return OfGroups(plan, {aggregate.child}, {*changes}, {ExprsOf(aggregate.keys)},
                  [&](const std::vector<PlanPtr>& inputs) {
                    AggregatePlan of_groups = aggregate;
                    of_groups.child = inputs[0];
                    return MakePlan(plan->columns, std::move(of_groups));
                  });
}

std::optional<PlanChanges> ChangeDeriver::Of(const WindowPlan& window, const PlanPtr& plan) {
  const auto changes = Of(window.child);
  if (!changes) return std::nullopt;
  return OfGroups(plan, {window.child}, {*changes}, {CommonPartitions(window)},
                  [&](const std::vector<PlanPtr>& inputs) {
                    WindowPlan of_groups = window;
                    of_groups.child = inputs[0];
                    return MakePlan(plan->columns, std::move(of_groups));
                  });
}

}  // namespace weir::sql
