// Queries inside expressions.
#include <algorithm>
#include <utility>

#include "weir/sql/ast_printer.h"
#include "weir/sql/ast_visit.h"
#include "weir/sql/expression_binder.h"

namespace weir::sql {

namespace {

constexpr size_t kLongestCompared = 4096;

// What a sub-query can name.
Binding::SubqueryPlan InSight(const Surroundings& around) {
  Binding::SubqueryPlan sight;
  sight.names = around.names;
  for (const Scope* scope = around.outer; scope != nullptr; scope = scope->outer) {
    for (const ScopeEntry& entry : scope->entries) {
      sight.scopes.push_back(entry.relation);
      sight.nullable.push_back(entry.nullable);
    }
    sight.scopes.push_back(nullptr);
    sight.nullable.push_back(scope->unknown);
  }
  for (const CteFrame* frame = around.ctes; frame != nullptr; frame = frame->outer) {
    const size_t first = sight.ctes.size();
    for (const auto& [name, cte] : frame->ctes) sight.ctes.emplace_back(name, cte.id);
    std::sort(sight.ctes.begin() + static_cast<ptrdiff_t>(first), sight.ctes.end());
  }
  return sight;
}

bool SeesTheSame(const Binding::SubqueryPlan& left, const Binding::SubqueryPlan& right) {
  return left.names == right.names && left.zone == right.zone && left.scopes == right.scopes &&
         left.nullable == right.nullable && left.ctes == right.ctes;
}

}  // namespace

PlanPtr ExpressionBinder::BindSubplan(const Query& query) {
  Surroundings around = *context_.around;
  around.outer = context_.scope;
  around.outer_context = &context_;
  const bool compared = query.span.end - query.span.begin <= kLongestCompared && lambdas_.empty();
  std::string text;
  Binding::SubqueryPlan sight;
  if (compared) {
    text = ToSql(query);
    sight = InSight(around);
    sight.zone = binding_.zone();
    const auto [begin, end] = binding_.subqueries.equal_range(text);
    for (auto found = begin; found != end; ++found) {
      if (!SeesTheSame(found->second, sight)) continue;
      NoteOuterNames(query, *found->second.plan);
      return found->second.plan;
    }
  }
  const size_t mistakes = binding_.diagnostics().size();
  PlanPtr plan = BindQueryPlan(binding_, query, around);
  if (plan == nullptr) return nullptr;
  NoteOuterNames(query, *plan);
  if (compared && binding_.diagnostics().size() == mistakes && IsDeterministic(*plan)) {
    sight.plan = plan;
    binding_.subqueries.emplace(std::move(text), std::move(sight));
  }
  return plan;
}

namespace {

// Ids of columns that a plan makes itself.
void CollectMade(const Plan& plan, std::unordered_set<ColumnId>& made) {
  for (const PlanColumn& column : plan.columns) made.insert(column.id);
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) {
    ForEachExpr(*expr, [&](const BoundExpr& one) {
      if (const auto* lambda = std::get_if<BoundLambda>(&one.node)) {
        for (const auto& parameter : lambda->parameters) made.insert(parameter.id);
      }
      if (const auto* query = std::get_if<BoundSubquery>(&one.node))
        CollectMade(*query->plan, made);
    });
  });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { CollectMade(*child, made); });
}

}  // namespace

void ExpressionBinder::NoteOuterNames(const Query& query, const Plan& plan) {
  std::unordered_set<ColumnId> made;
  CollectMade(plan, made);
  std::vector<std::string> names;
  ForEachExpr(plan, [&](const BoundExpr& expr) {
    const BoundColumn* column = AsColumn(expr);
    if (column != nullptr && made.count(column->id) == 0) names.push_back(column->name);
  });
  binding_.outer_names[&query] = std::move(names);
}

BoundExprPtr ExpressionBinder::BindNode(const SubqueryExpr& node, const Expr& expr) {
  PlanPtr plan = BindSubplan(*node.query);
  if (plan == nullptr) return nullptr;
  if (plan->columns.size() != 1) {
    binding_.Report(
        "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", expr.span,
        "a sub-query used as a value must give one column, and this one gives " +
            std::to_string(plan->columns.size()));
    return nullptr;
  }
  const DataType type = plan->columns[0].type;
  return MakeExpr(expr.span, type, true,
                  BoundSubquery{SubqueryKind::kScalar, std::move(plan), {}, false});
}

namespace {

bool HoldsPredicate(const Expr& expr) {
  bool holds = std::holds_alternative<InQueryExpr>(expr.node) ||
               std::holds_alternative<ExistsExpr>(expr.node);
  ForEachChild(expr, [&](const ExprPtr& child) { holds = holds || HoldsPredicate(*child); });
  return holds;
}

}  // namespace

bool CheckSortable(Binding& binding, const Expr& expr) {
  if (!HoldsPredicate(expr)) return true;
  binding.Report("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY",
                 expr.span, "IN and EXISTS with a sub-query cannot stand in ORDER BY",
                 "make it a column of the query");
  return false;
}

BoundExprPtr ExpressionBinder::BindNode(const ExistsExpr& node, const Expr& expr) {
  PlanPtr plan = BindSubplan(*node.query);
  if (plan == nullptr) return nullptr;
  return MakeExpr(expr.span, TypeId::kBoolean, false,
                  BoundSubquery{SubqueryKind::kExists, std::move(plan), {}, false});
}

namespace {

// The parts of (a, b), or the one value.
std::vector<const Expr*> Operands(const Expr& expr) {
  const auto* call = std::get_if<CallExpr>(&expr.node);
  const bool row = call != nullptr && call->function.parts.size() == 1 &&
                   LowerName(call->function.parts[0].text) == "struct" &&
                   call->function.span.Text().starts_with('(');
  if (!row) return {&expr};
  std::vector<const Expr*> operands;
  for (const Argument& argument : call->arguments) operands.push_back(argument.value.get());
  return operands;
}

}  // namespace

BoundExprPtr ExpressionBinder::BindNode(const InQueryExpr& node, const Expr& expr) {
  std::vector<const Expr*> parts = Operands(*node.operand);
  PlanPtr plan = BindSubplan(*node.query);
  BoundSubquery query{SubqueryKind::kIn, nullptr, {}, node.negated};
  bool failed = plan == nullptr;
  for (const Expr* part : parts) {
    BoundExprPtr operand = Bind(*part);
    failed |= operand == nullptr;
    query.operands.push_back(std::move(operand));
  }
  if (failed) return nullptr;
  if (query.operands.size() != plan->columns.size()) {
    binding_.Report("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH", expr.span,
                    "IN compares " + std::to_string(query.operands.size()) +
                        " values with a sub-query of " + std::to_string(plan->columns.size()) +
                        " columns");
    return nullptr;
  }
  std::vector<NamedExpr> columns;
  for (size_t i = 0; i < plan->columns.size(); ++i) {
    BoundExprPtr column = ColumnOf(plan->columns[i], expr.span);
    BoundExprPtr& operand = query.operands[i];
    const auto common = CommonType(operand->type, column->type);
    if (!common) {
      binding_.Report(
          "DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH", expr.span,
          "IN compares " + QuotedType(operand->type) + " with " + QuotedType(column->type));
      return nullptr;
    }
    operand = CastTo(std::move(operand), *common);
    PlanColumn named = plan->columns[i];
    column = CastTo(std::move(column), *common);
    if (AsColumn(*column) == nullptr) named.id = binding_.NewColumn();
    named.type = *common;
    columns.push_back({std::move(named), std::move(column)});
  }
  query.plan = MakeProject(std::move(plan), std::move(columns));
  return MakeExpr(expr.span, TypeId::kBoolean, false, std::move(query));
}

}  // namespace weir::sql
