// Calls of aggregate functions.
#include <utility>

#include "weir/sql/ast_visit.h"
#include "weir/sql/expression_binder.h"

namespace weir::sql {

bool TakesNullsFlag(const std::string& name) {
  return name == "first" || name == "last" || name == "any_value" || name == "first_value" ||
         name == "last_value";
}

namespace {

bool MayIgnoreNulls(const std::string& name) {
  return TakesNullsFlag(name) || name == "lag" || name == "lead" || name == "nth_value";
}

// percentile_cont(0.5) WITHIN GROUP (ORDER BY x) is a function of x and 0.5.
bool OrdersItsArgument(const std::string& name) {
  return name == "percentile_cont" || name == "percentile_disc" || name == "mode";
}

bool JoinsTexts(const std::string& name) { return name == "listagg" || name == "string_agg"; }

}  // namespace

bool ExpressionBinder::CheckAggregateAllowed(const std::string& name, const Span& span) {
  const std::string what = "aggregate function " + QuoteName(name);
  if (inside_aggregate_) {
    binding_.Report("NESTED_AGGREGATE_FUNCTION", span,
                    what + " cannot stand inside another aggregate function",
                    "compute the inner one in a sub-query");
    return false;
  }
  if (context_.aggregates != nullptr) return true;
  switch (context_.clause) {
    case Clause::kWhere:
      binding_.Report("INVALID_WHERE_CONDITION", span, what + " cannot stand in WHERE",
                      "HAVING filters groups");
      break;
    case Clause::kGroupBy:
      binding_.Report("GROUP_BY_AGGREGATE", span, what + " cannot stand in GROUP BY");
      break;
    case Clause::kValues:
      binding_.Report("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", span,
                      what + " cannot stand in VALUES");
      break;
    case Clause::kRoutine:
      binding_.Report("USER_DEFINED_FUNCTIONS.CANNOT_CONTAIN_COMPLEX_FUNCTIONS", span,
                      what + " cannot stand in " + std::string(ClauseName(context_.clause)),
                      "put it into a sub-query");
      break;
    default:
      binding_.Report("UNSUPPORTED_EXPR_FOR_OPERATOR", span,
                      what + " cannot stand in " + std::string(ClauseName(context_.clause)));
  }
  return false;
}

bool ExpressionBinder::BindSorts(const std::vector<SortItem>& items,
                                 std::vector<BoundSort>& sorts) {
  bool ok = true;
  for (const SortItem& item : items) {
    BoundExprPtr expr = Bind(*item.expr);
    if (expr == nullptr) {
      ok = false;
      continue;
    }
    if (!IsOrderable(expr->type)) {
      binding_.Report("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", item.span,
                      "values of type " + QuotedType(expr->type) + " have no order");
      ok = false;
      continue;
    }
    sorts.push_back(
        {std::move(expr), item.descending, item.nulls_first.value_or(!item.descending)});
  }
  return ok;
}

bool ExpressionBinder::CheckWithinGroup(const std::string& name, const CallExpr& call,
                                        const Span& span) {
  const size_t orders = call.within_group.size();
  const bool whole = name == "mode" && !call.arguments.empty();  // mode(x) orders nothing.
  if (call.distinct) {
    binding_.Report("INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED", span,
                    "function " + QuoteName(name) + " does not take DISTINCT");
    return false;
  }
  if (orders == (whole ? 0 : 1)) return true;
  if (orders == 0) {
    binding_.Report("INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", span,
                    "function " + QuoteName(name) + " needs WITHIN GROUP",
                    name + (name == "mode" ? "()" : "(0.5)") + " WITHIN GROUP (ORDER BY x)");
    return false;
  }
  binding_.Report("INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS", span,
                  "function " + QuoteName(name) + " takes " + (whole ? "no" : "one") +
                      " order in WITHIN GROUP, not " + std::to_string(orders));
  return false;
}

// What is ordered becomes the first argument; which end comes first is told by the function.
void ExpressionBinder::TakeOrder(AggregateCall& bound) {
  BoundSort order = std::move(bound.order_by[0]);
  bound.order_by.clear();
  if (order.descending) {
    bound.function += " desc";
  } else if (bound.function == "mode") {
    bound.function += " asc";
  }
  bound.arguments.insert(bound.arguments.begin(), std::move(order.expr));
}

std::optional<ExpressionBinder::AggregateCall> ExpressionBinder::BindAggregateCall(
    const std::string& name, const CallExpr& call, const Span& span) {
  AggregateCall bound;
  bound.function = name;
  if (call.ignore_nulls && !MayIgnoreNulls(name)) {
    binding_.Report("FUNCTION_WITH_UNSUPPORTED_SYNTAX", span,
                    "function " + QuoteName(name) + " cannot be told to ignore or respect NULLs");
    return std::nullopt;
  }
  bound.ignore_nulls = call.ignore_nulls.value_or(false);
  auto arguments = BindArguments(call.arguments, name, span);
  if (call.filter != nullptr) {
    bound.filter = BindCondition(*call.filter, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
  }
  const bool filtered = call.filter == nullptr || bound.filter != nullptr;
  const bool sorted = BindSorts(call.within_group, bound.order_by);
  if (!filtered || !sorted || !arguments) return std::nullopt;
  bound.arguments = std::move(*arguments);
  if (OrdersItsArgument(name)) {
    if (!CheckWithinGroup(name, call, span)) return std::nullopt;
    if (!bound.order_by.empty()) TakeOrder(bound);
  }
  if (TakesNullsFlag(name) && bound.arguments.size() == 2) {
    const Value* flag = AsLiteral(*bound.arguments[1]);
    if (flag == nullptr || flag->is_null() || flag->type().id() != TypeId::kBoolean) {
      binding_.Report("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", span,
                      "the second argument of " + name + " must be true or false");
      return std::nullopt;
    }
    bound.ignore_nulls = flag->boolean();
    bound.arguments.pop_back();
  }
  return bound;
}

// Whether all columns that the call names are those of a query around this one.
bool ExpressionBinder::IsOuterAggregate(const CallExpr& call) const {
  if (context_.scope->outer == nullptr || context_.scope->unknown) return false;
  bool any = false;
  bool all = true;
  const std::function<void(const Expr&)> visit = [&](const Expr& expr) {
    if (const auto* name = std::get_if<NameExpr>(&expr.node)) {
      const auto parts = LowerParts(name->name);
      any = true;
      all &= FindLambda(parts[0]) == nullptr &&
             std::holds_alternative<std::monostate>(context_.scope->Find(parts));
    }
    all &= QueryOf(expr) == nullptr;
    ForEachChild(expr, [&](const ExprPtr& child) { visit(*child); });
  };
  for (const Argument& argument : call.arguments) visit(*argument.value);
  return any && all;
}

// max(outer.x) in a sub-query of HAVING is an aggregate of the query that has the HAVING.
BoundExprPtr ExpressionBinder::BindOuterAggregate(const std::string& name, const CallExpr& call,
                                                  const Span& span) {
  const ExprContext* outer = context_.around->outer_context;
  const bool having = outer != nullptr && outer->clause == Clause::kHaving;
  ExpressionBinder binder(binding_, having ? *outer : context_);
  if (having) return binder.BindAggregate(name, call, span);
  // Unresolved names are the plainer mistake.
  const size_t before = binding_.diagnostics().size();
  for (const Argument& argument : call.arguments) binder.Bind(*argument.value);
  if (binding_.diagnostics().size() == before) {
    binding_.Report("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE", span,
                    "aggregate function " + QuoteName(name) +
                        " takes only columns of the query around this one",
                    "compute it there");
  }
  return nullptr;
}

BoundExprPtr ExpressionBinder::BindAggregate(const std::string& name, const CallExpr& call,
                                             const Span& span) {
  if (!inside_aggregate_ && IsOuterAggregate(call)) return BindOuterAggregate(name, call, span);
  if (!CheckAggregateAllowed(name, span)) return nullptr;
  if (call.arguments.empty() && !call.is_star && name == "count") {
    binding_.Report("WRONG_NUM_ARGS.WITH_SUGGESTION", span, "count needs an argument",
                    "count(*) counts rows");
    return nullptr;
  }
  inside_aggregate_ = true;
  auto bound = BindAggregateCall(name, call, span);
  inside_aggregate_ = false;
  if (!bound) return nullptr;
  if (bound->ignore_nulls && TakesNullsFlag(name) && bound->arguments.size() == 1) {
    BoundExprPtr known = Call("is not null", {bound->arguments[0]}, span);
    if (known == nullptr) return nullptr;
    bound->filter = bound->filter == nullptr
                        ? std::move(known)
                        : Call("and", {std::move(bound->filter), std::move(known)}, span);
  }
  const BoundExprPtr first = bound->arguments.empty() ? nullptr : bound->arguments[0];
  const Signature* signature =
      FindSignature(bound->function, bound->arguments, span, call.distinct);
  if (signature == nullptr) return nullptr;
  if (call.distinct && bound->order_by.empty() && JoinsTexts(name)) {
    bound->order_by.push_back({bound->arguments[0], false, true});  // Else it is left to chance.
  }
  if (call.distinct && !bound->order_by.empty() &&
      (bound->order_by.size() > 1 || !SameExpr(*bound->order_by[0].expr, *first))) {
    binding_.Report("INVALID_WITHIN_GROUP_EXPRESSION.MISMATCH_WITH_DISTINCT_INPUT", span,
                    "with DISTINCT, " + name + " can only be ordered by what it takes");
    return nullptr;
  }
  const bool nullable = !signature->never_null;  // Of no rows, or of NULLs only.
  BoundAggregate aggregate{signature, std::move(bound->arguments), call.distinct,
                           std::move(bound->filter), std::move(bound->order_by)};
  return context_.aggregates->Add(
      binding_, MakeExpr(span, signature->result, nullable, std::move(aggregate)), name);
}

}  // namespace weir::sql
