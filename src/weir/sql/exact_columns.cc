#include "weir/sql/exact_columns.h"

#include <algorithm>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {

bool ExactColumns::Has(const BoundExpr& expr) const {
  if (!IsSettled(expr)) return false;
  std::unordered_set<ColumnId> used;
  CollectColumns(expr, used);
  return std::none_of(used.begin(), used.end(), [&](ColumnId id) { return inexact_.contains(id); });
}

bool ExactColumns::HasAll(const Plan& plan) const {
  return std::all_of(plan.columns.begin(), plan.columns.end(),
                     [&](const PlanColumn& column) { return Has(column.id); });
}

void ExactColumns::Name(const std::vector<NamedExpr>& exprs) {
  for (const NamedExpr& one : exprs) {
    if (!Has(*one.expr)) inexact_.insert(one.column.id);
  }
}

void ExactColumns::Look(const Plan& plan) {
  bool rows = true;
  ForEachChildPlan(plan, [&](const PlanPtr& child) {
    Look(*child);
    rows &= RowsOf(*child);
  });
  if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) {
    Name(project->exprs);
  } else if (const auto* filter = std::get_if<FilterPlan>(&plan.node)) {
    rows &= Has(*filter->condition);
  } else if (const auto* aggregate = std::get_if<AggregatePlan>(&plan.node)) {
    for (const NamedExpr& key : aggregate->keys) rows &= Has(*key.expr);
    Name(aggregate->aggregates);
  } else if (const auto* window = std::get_if<WindowPlan>(&plan.node)) {
    Name(window->windows);
  } else if (const auto* join = std::get_if<JoinPlan>(&plan.node)) {
    if (join->condition != nullptr) rows &= Has(*join->condition);
  } else if (const auto* set = std::get_if<SetPlan>(&plan.node)) {
    for (size_t i = 0; i < plan.columns.size(); ++i) {
      for (const PlanPtr& input : set->inputs) {
        if (!Has(input->columns[i].id)) inexact_.insert(plan.columns[i].id);
      }
    }
    if (set->kind != SetKind::kUnion || !set->all) rows &= HasAll(plan);
  } else if (std::holds_alternative<DistinctPlan>(plan.node)) {
    rows &= HasAll(plan);
  } else if (const auto* generate = std::get_if<GeneratePlan>(&plan.node)) {
    bool exact = generate->signature->deterministic;
    for (const BoundExprPtr& argument : generate->arguments) exact &= Has(*argument);
    rows &= exact;
    for (const PlanColumn& column : generate->generated) {
      if (!exact) inexact_.insert(column.id);
    }
  } else if (std::holds_alternative<LimitPlan>(plan.node) ||
             std::holds_alternative<SamplePlan>(plan.node) ||
             std::holds_alternative<DedupPlan>(plan.node)) {
    rows = false;
  }
  if (!rows) unsure_.insert(&plan);
}

}  // namespace weir::sql
