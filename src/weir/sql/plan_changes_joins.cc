#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/plan_changes.h"

// Changes of joins.
namespace weir::sql {
namespace {

std::vector<PlanColumn> Behind(std::vector<PlanColumn> first,
                               const std::vector<PlanColumn>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Whether it gives the columns of its left side alone.
bool IsOfLeftAlone(JoinKind kind) {
  return kind == JoinKind::kLeftSemi || kind == JoinKind::kLeftAnti;
}

PlanPtr Join(JoinKind kind, PlanPtr left, PlanPtr right, BoundExprPtr condition) {
  auto columns = IsOfLeftAlone(kind) ? left->columns : Behind(left->columns, right->columns);
  return MakePlan(std::move(columns),
                  JoinPlan{kind, std::move(left), std::move(right), std::move(condition)});
}

PlanPtr RefTo(CteId id, const std::vector<PlanColumn>& columns) {
  return MakePlan(columns, CteRefPlan{id});
}

PlanPtr Defining(CteId id, const char* name, PlanPtr definition, PlanPtr rows) {
  auto columns = rows->columns;
  return MakePlan(std::move(columns), CtePlan{id, name, std::move(definition), std::move(rows)});
}

BoundExprPtr Negative(const BoundExprPtr& weight) { return MakeCall("*", {weight, WeightOf(-1)}); }

}  // namespace

std::optional<PlanChanges> ChangeDeriver::Of(const JoinPlan& join, const PlanPtr& plan) {
  if (!IsTouched(*plan)) return std::nullopt;
  switch (join.kind) {
    case JoinKind::kInner:
    case JoinKind::kCross:
      return OfInner(join, plan);
    case JoinKind::kLeft:
    case JoinKind::kLeftSemi:
    case JoinKind::kLeftAnti:
      return OfKept(join, plan);
    case JoinKind::kRight:
      return OfRight(join, plan);
    case JoinKind::kFull:
      return OfFull(join, plan);
  }
  return std::nullopt;
}

// The pairs of what changed on one side with all of the other; those of two changes are in both.
PlanChanges ChangeDeriver::OfInner(const JoinPlan& join, const PlanPtr& plan) {
  auto left = Of(join.left);
  auto right = Of(join.right);
  const auto pairs = [&](PlanPtr one, PlanPtr other, BoundExprPtr weight, bool only_inserts) {
    return Weighted(Join(join.kind, std::move(one), std::move(other), join.condition),
                    plan->columns, std::move(weight), only_inserts);
  };
  const bool both = left && right;
  const CteId left_id = both ? ids_.Cte() : 0;
  const CteId right_id = both ? ids_.Cte() : 0;
  const auto read = [&](const std::optional<PlanChanges>& side, CteId id) {
    return both ? RefTo(id, side->plan->columns) : side->plan;
  };
  std::vector<PlanChanges> parts;
  // What came on both sides meets itself twice, once less than nothing: not only inserts.
  if (left) {
    parts.push_back(pairs(read(left, left_id), join.right, ColumnOf(left->weight, {}),
                          left->only_inserts && !both));
  }
  if (right) {
    parts.push_back(pairs(join.left, read(right, right_id), ColumnOf(right->weight, {}),
                          right->only_inserts && !both));
  }
  if (!both) return parts.front();
  const BoundExprPtr product =
      MakeCall("*", {ColumnOf(left->weight, {}), ColumnOf(right->weight, {})});
  parts.push_back(pairs(read(left, left_id), read(right, right_id), Negative(product), false));
  PlanChanges all = AllChanges(plan->columns, parts);
  all.plan = Defining(right_id, "right_changes", right->plan, std::move(all.plan));
  all.plan = Defining(left_id, "left_changes", left->plan, std::move(all.plan));
  return all;
}

// Joins that give something for each row of their left side, whatever the others are: changes on
// the left as the right side was, and for the rows that meet a change on the right what they give
// now and what they gave.
PlanChanges ChangeDeriver::OfKept(const JoinPlan& join, const PlanPtr& plan) {
  const auto left = Of(join.left);
  const auto right = Of(join.right);
  std::vector<PlanChanges> parts;
  if (left) {
    parts.push_back(Weighted(Join(join.kind, left->plan, Before(join.right), join.condition),
                             plan->columns, ColumnOf(left->weight, {}), left->only_inserts));
  }
  if (!right) return parts.front();
  const CteId id = ids_.Cte();
  const PlanPtr met = Join(JoinKind::kLeftSemi, join.left, right->plan, join.condition);
  const PlanPtr met_rows = RefTo(id, met->columns);
  parts.push_back(
      Weighted(Join(join.kind, met_rows, join.right, join.condition), plan->columns, WeightOf(1)));
  parts.push_back(Weighted(Join(join.kind, met_rows, Before(join.right), join.condition),
                           plan->columns, WeightOf(-1)));
  PlanChanges all = AllChanges(plan->columns, parts);
  all.plan = Defining(id, "met", met, std::move(all.plan));
  return all;
}

PlanChanges ChangeDeriver::OfRight(const JoinPlan& join, const PlanPtr&) {
  const PlanPtr turned = Join(JoinKind::kLeft, join.right, join.left, join.condition);
  PlanChanges changes = OfKept(std::get<JoinPlan>(turned->node), turned);
  return Weighted(changes.plan, Behind(join.left->columns, join.right->columns),
                  ColumnOf(changes.weight, {}), changes.only_inserts);
}

// A left join, and the rows of the right side that meet none of the left.
PlanChanges ChangeDeriver::OfFull(const JoinPlan& join, const PlanPtr& plan) {
  const PlanPtr kept = Join(JoinKind::kLeft, join.left, join.right, join.condition);
  const PlanPtr alone = Join(JoinKind::kLeftAnti, join.right, join.left, join.condition);
  const PlanChanges of_kept = OfKept(std::get<JoinPlan>(kept->node), kept);
  PlanChanges of_alone = OfKept(std::get<JoinPlan>(alone->node), alone);
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : join.left->columns) {
    exprs.push_back({column, LiteralOf(Value::Null(column.type), {})});
  }
  for (const PlanColumn& column : join.right->columns) {
    exprs.push_back({column, ColumnOf(column, {})});
  }
  exprs.push_back({of_alone.weight, ColumnOf(of_alone.weight, {})});
  of_alone.plan = MakeProject(of_alone.plan, std::move(exprs));
  return AllChanges(plan->columns, {of_kept, of_alone});
}

}  // namespace weir::sql
