#include "weir/sql/binder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "weir/sql/expression_binder.h"

namespace weir::sql {

Diagnostics InTextOrder(Diagnostics diagnostics) {
  std::map<const SourceText*, size_t> texts;  // In the order in which they were met.
  for (const Diagnostic& one : diagnostics) texts.emplace(one.span.source.get(), texts.size());
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const Diagnostic& left, const Diagnostic& right) {
                     const size_t left_text = texts[left.span.source.get()];
                     const size_t right_text = texts[right.span.source.get()];
                     if (left_text != right_text) return left_text < right_text;
                     return left.span.begin < right.span.begin;
                   });
  // One text may be bound twice: a lambda is when what it is given was converted.
  const auto same = [](const Diagnostic& left, const Diagnostic& right) {
    return left.condition == right.condition && left.span.source == right.span.source &&
           left.span.begin == right.span.begin && left.span.end == right.span.end &&
           left.message == right.message;
  };
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end(), same), diagnostics.end());
  return diagnostics;
}

// Clocks of UTC need no mention; other names of them may be printed.
PlanPtr InForce(PlanPtr plan, const BindOptions& options) {
  return options.zone->name() == UtcZone()->name() ? plan : InZone(plan, options.zone);
}

BindResult BindQuery(const Query& query, NameResolver& names, const BindOptions& options) {
  Binding binding(options);
  Surroundings around;
  around.names = &names;
  PlanPtr plan = BindQueryPlan(binding, query, around);
  if (!binding.diagnostics().empty()) {
    return InTextOrder(std::move(binding.diagnostics()));
  }
  return BoundQuery{InForce(Simplify(plan), options)};
}

namespace {

// A condition over the columns of a plan, as `clause`; null: reported.
BoundExprPtr BindOver(Binding& binding, const Plan& plan, const Expr& condition, Clause clause,
                      NameResolver& names) {
  Surroundings around;
  around.names = &names;
  Scope scope;
  scope.Add(std::make_shared<ScopeRelation>(std::vector<std::string>{}, plan.columns));
  ExprContext context;
  context.clause = clause;
  context.scope = &scope;
  context.around = &around;
  return ExpressionBinder(binding, std::move(context))
      .BindCondition(condition, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
}

void CheckPicksRows(Binding& binding, const BoundExpr& condition, const Span& span) {
  bool has_query = false;
  ForEachExpr(condition, [&](const BoundExpr& expr) {
    has_query |= std::holds_alternative<BoundSubquery>(expr.node);
  });
  if (has_query) {
    binding.Report("UNSUPPORTED_FEATURE", span,
                   "a condition that picks the rows to replace can't hold a sub-query",
                   "compare columns with values");
  } else if (!IsSettled(condition)) {
    binding.Report("INVALID_NON_DETERMINISTIC_EXPRESSIONS", span,
                   "a condition that picks the rows to replace must say the same each time",
                   "leave out functions such as rand()");
  }
}

}  // namespace

std::variant<BoundCondition, Diagnostics> BindRowCondition(const Plan& plan, const Expr& condition,
                                                           NameResolver& names,
                                                           const BindOptions& options) {
  Binding binding(options);
  binding.StartAfter(plan);
  BoundExprPtr bound = BindOver(binding, plan, condition, Clause::kWhere, names);
  if (bound != nullptr) CheckPicksRows(binding, *bound, condition.span);
  if (!binding.diagnostics().empty()) return InTextOrder(std::move(binding.diagnostics()));
  if (options.zone->name() != UtcZone()->name()) bound = InZone(bound, options.zone);
  return BoundCondition{std::move(bound)};
}

BindResult BindExpectations(PlanPtr plan, const std::vector<Expectation>& expectations,
                            NameResolver& names, const BindOptions& options) {
  Binding binding(options);
  binding.StartAfter(*plan);
  ExpectPlan expect;
  for (const Expectation& expectation : expectations) {
    BoundExprPtr condition =
        BindOver(binding, *plan, *expectation.condition, Clause::kExpectation, names);
    for (const BoundExpectation& other : expect.expectations) {
      if (LowerName(other.name) != LowerName(expectation.name.text)) continue;
      binding.Report("DUPLICATED_EXPECTATION", expectation.name.span,
                     "there are two expectations named " + QuoteName(expectation.name.text));
    }
    expect.expectations.push_back(
        {expectation.name.text, expectation.action, std::move(condition)});
  }
  if (!binding.diagnostics().empty()) {
    return InTextOrder(std::move(binding.diagnostics()));
  }
  if (expect.expectations.empty()) return BoundQuery{std::move(plan)};
  auto columns = plan->columns;
  expect.child = std::move(plan);
  return BoundQuery{InForce(MakePlan(std::move(columns), std::move(expect)), options)};
}

}  // namespace weir::sql
