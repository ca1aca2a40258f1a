#include "weir/sql/routine_binder.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "weir/sql/expression_binder.h"

namespace weir::sql {

namespace {

constexpr size_t kMostRoutines = 100;  // One inside the other, views between them too.

// What a body sees: the parameters, as columns of a row that is not there.
struct ParameterRow {
  std::vector<PlanColumn> columns;
  Scope scope;
};

ParameterRow ParametersOf(Binding& binding, const ResolvedRoutine& routine) {
  ParameterRow parameters;
  for (const ResolvedRoutine::Parameter& one : routine.parameters) {
    parameters.columns.push_back({binding.NewColumn(), one.name, one.type});
  }
  parameters.scope.Add(std::make_shared<ScopeRelation>(routine.qualifier, parameters.columns));
  return parameters;
}

bool NestsTooDeeply(Binding& binding, const ResolvedRoutine& routine, const Span& span,
                    const Surroundings& around) {
  if (around.views < kMostRoutines) return false;
  binding.Report("VIEW_EXCEED_MAX_NESTED_DEPTH", span,
                 "function " + routine.display_name + " stands inside more than " +
                     std::to_string(kMostRoutines) + " other functions and views");
  return true;
}

Surroundings Inside(const ResolvedRoutine& routine, const Surroundings& around) {
  Surroundings inside;
  inside.names = routine.names == nullptr ? around.names : routine.names.get();
  inside.views = around.views + 1;
  return inside;
}

// While it lives, texts are bound in the zone that the function was made under.
class ItsZone {
 public:
  ItsZone(Binding& binding, const ResolvedRoutine& routine)
      : binding_(binding), outer_(binding.zone()) {
    if (routine.zone == nullptr || routine.zone->name() == outer_->name()) return;
    zone_ = routine.zone;
    binding_.SetZone(zone_);
  }
  ~ItsZone() { binding_.SetZone(outer_); }
  ItsZone(const ItsZone&) = delete;
  ItsZone& operator=(const ItsZone&) = delete;

  // What was bound, in that zone: what it is given later goes by another. Null stays null.
  template <typename Bound>
  Bound Of(Bound bound) const {
    return bound == nullptr || zone_ == nullptr ? bound : InZone(bound, zone_);
  }

 private:
  Binding& binding_;
  const TimeZonePtr outer_;
  TimeZonePtr zone_;
};

BoundExprPtr BindAlone(Binding& binding, const Expr& expr, const Scope& scope,
                       const Surroundings& around) {
  ExprContext context;
  context.clause = Clause::kRoutine;
  context.scope = &scope;
  context.around = &around;
  return ExpressionBinder(binding, std::move(context)).Bind(expr);
}

// What may as well be computed again wherever it is used.
bool IsCheap(const BoundExpr& expr) {
  if (AsColumn(expr) != nullptr || AsLiteral(expr) != nullptr) return true;
  if (const auto* cast = std::get_if<BoundCast>(&expr.node)) return IsCheap(*cast->operand);
  if (const auto* field = std::get_if<BoundField>(&expr.node)) return IsCheap(*field->operand);
  return false;
}

// How often a body asks for each of its columns; within a lambda counts as often.
class Uses {
 public:
  explicit Uses(const BoundExpr& expr) { Count(expr, 1); }
  explicit Uses(const Plan& plan) { Count(plan); }

  size_t Of(ColumnId id) const {
    const auto found = counts_.find(id);
    return found == counts_.end() ? 0 : found->second;
  }
  bool has_query() const { return has_query_; }

 private:
  void Count(const BoundExpr& expr, size_t weight) {
    if (const BoundColumn* column = AsColumn(expr)) counts_[column->id] += weight;
    const bool is_lambda = std::holds_alternative<BoundLambda>(expr.node);
    ForEachChild(expr, [&](const BoundExprPtr& child) { Count(*child, is_lambda ? 2 : weight); });
    if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) {
      has_query_ = true;
      Count(*query->plan);
    }
  }
  void Count(const Plan& plan) {
    ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) { Count(*expr, 1); });
    ForEachChildPlan(plan, [&](const PlanPtr& child) { Count(*child); });
  }

  std::unordered_map<ColumnId, size_t> counts_;
  bool has_query_ = false;
};

// The parameters whose arguments have to be computed once, before the body.
std::vector<size_t> ComputedFirst(const std::vector<PlanColumn>& columns,
                                  const std::vector<BoundExprPtr>& arguments, const Uses& uses) {
  std::vector<size_t> first;
  for (size_t i = 0; i < columns.size(); ++i) {
    const size_t times = uses.Of(columns[i].id);
    if (times == 0 || IsCheap(*arguments[i])) continue;
    if (times > 1 || !IsDeterministic(*arguments[i])) first.push_back(i);
  }
  return first;
}

// Puts the arguments in place of the parameters, but for those that are computed first.
Replacement Arguments(const std::vector<PlanColumn>& columns,
                      const std::vector<BoundExprPtr>& arguments,
                      const std::vector<size_t>& computed) {
  std::unordered_map<ColumnId, BoundExprPtr> values;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (std::find(computed.begin(), computed.end(), i) != computed.end()) continue;
    values.emplace(columns[i].id, arguments[i]);
  }
  return [values = std::move(values)](const BoundExprPtr& expr) -> BoundExprPtr {
    const BoundColumn* column = AsColumn(*expr);
    if (column == nullptr) return nullptr;
    const auto found = values.find(column->id);
    return found == values.end() ? nullptr : found->second;
  };
}

// One row of the arguments that are computed first.
PlanPtr ComputedRow(const std::vector<PlanColumn>& columns,
                    const std::vector<BoundExprPtr>& arguments,
                    const std::vector<size_t>& computed) {
  std::vector<NamedExpr> exprs;
  for (const size_t i : computed) exprs.push_back({columns[i], arguments[i]});
  return MakeProject(OneRow(), std::move(exprs));
}

// The value of `body` where a column stands for a value that is computed once: the only element of
// transform(array(value), column -> body).
BoundExprPtr Let(Binding& binding, const PlanColumn& column, BoundExprPtr value, BoundExprPtr body,
                 const Surroundings& around) {
  Scope none;
  ExprContext context;
  context.scope = &none;
  context.around = &around;
  ExpressionBinder binder(binding, std::move(context));
  const Span span = body->span;
  const DataType type = body->type;
  const bool nullable = body->nullable;
  BoundExprPtr lambda = MakeExpr(
      span, type, nullable, BoundLambda{{BoundColumn{column.id, column.name}}, std::move(body)});
  BoundExprPtr one = binder.Call("array", {std::move(value)}, span);
  BoundExprPtr all = binder.Call("transform", {std::move(one), std::move(lambda)}, span);
  return binder.Call("[]", {std::move(all), LiteralOf(Value::Int(0), span)}, span);
}

BoundExprPtr PutArguments(Binding& binding, const ParameterRow& parameters,
                          const std::vector<BoundExprPtr>& arguments, BoundExprPtr body,
                          const Surroundings& around) {
  const Uses uses(*body);
  const auto computed = ComputedFirst(parameters.columns, arguments, uses);
  body = Rewrite(body, Arguments(parameters.columns, arguments, computed));
  if (computed.empty()) return body;
  if (uses.has_query()) {  // No lambda can hold a query.
    const PlanColumn value{binding.NewColumn(), "value", body->type};
    const Span span = body->span;
    PlanPtr row = ComputedRow(parameters.columns, arguments, computed);
    PlanPtr plan = MakeProject(std::move(row), {{value, std::move(body)}});
    return MakeExpr(span, value.type, true,
                    BoundSubquery{SubqueryKind::kScalar, std::move(plan), {}, false});
  }
  for (const size_t i : computed) {
    body = Let(binding, parameters.columns[i], arguments[i], std::move(body), around);
  }
  return body;
}

// The columns of a query as those that the function says it returns; null: reported.
PlanPtr ReturnedColumns(Binding& binding, const ResolvedRoutine& routine, PlanPtr plan,
                        const Span& span) {
  if (routine.columns.empty()) return plan;
  const size_t count = plan->columns.size();
  if (count != routine.columns.size()) {
    binding.Report("USER_DEFINED_FUNCTIONS.RETURN_COLUMN_COUNT_MISMATCH", span,
                   "function " + routine.display_name + " returns " +
                       std::to_string(routine.columns.size()) + " columns, but its query gives " +
                       std::to_string(count));
    return nullptr;
  }
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < count; ++i) {
    const Field& field = routine.columns[i];
    BoundExprPtr value = ConvertedTo(binding, ColumnOf(plan->columns[i], span), field.type, span);
    if (value == nullptr) return nullptr;
    const bool nullable = value->nullable;
    exprs.push_back({{binding.NewColumn(), field.name, field.type, nullable, field.metadata},
                     std::move(value)});
  }
  return MakeProject(std::move(plan), std::move(exprs));
}

// The body of a scalar function over its parameters; null: reported.
BoundExprPtr BindBody(Binding& binding, const ResolvedRoutine& routine, const Scope& scope,
                      const Surroundings& inside) {
  binding.made.push_back(routine.body);
  const ItsZone zone(binding, routine);
  BoundExprPtr body = BindAlone(binding, *routine.body, scope, inside);
  if (body == nullptr || routine.columns.empty()) return zone.Of(std::move(body));
  return zone.Of(
      ConvertedTo(binding, std::move(body), routine.columns[0].type, routine.body->span));
}

PlanPtr BindRows(Binding& binding, const ResolvedRoutine& routine, const Scope& scope,
                 Surroundings inside) {
  binding.made.push_back(routine.query);
  inside.outer = &scope;
  const ItsZone zone(binding, routine);
  PlanPtr plan = BindQueryPlan(binding, *routine.query, inside);
  if (plan == nullptr) return nullptr;
  return zone.Of(ReturnedColumns(binding, routine, std::move(plan), routine.query->span));
}

// A call again, with the same arguments: where the body reads something, the same query, so that
// GROUP BY f(x) and SELECT f(x) are seen to mean the same.
BoundExprPtr FoundAgain(const Binding& binding, const ResolvedRoutine& routine,
                        const std::vector<BoundExprPtr>& arguments) {
  for (const Binding::RoutineCall& call : binding.routine_calls) {
    if (call.routine != routine.display_name || call.zone != binding.zone()) continue;
    const bool same =
        std::equal(arguments.begin(), arguments.end(), call.arguments.begin(), call.arguments.end(),
                   [](const BoundExprPtr& left, const BoundExprPtr& right) {
                     return SameExpr(*left, *right);
                   });
    if (same) return call.value;
  }
  return nullptr;
}

bool HoldsQuery(const BoundExpr& expr) {
  bool holds = false;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    holds = holds || std::holds_alternative<BoundSubquery>(one.node);
  });
  return holds;
}

}  // namespace

BoundExprPtr ConvertedTo(Binding& binding, BoundExprPtr expr, const DataType& type,
                         const Span& span) {
  if (CanCast(expr->type, type)) return CastTo(std::move(expr), type);
  binding.Report("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", span,
                 QuotedType(expr->type) + " cannot be cast to " + QuotedType(type));
  return nullptr;
}

BoundExprPtr BindDefault(Binding& binding, const ResolvedRoutine& routine,
                         const ResolvedRoutine::Parameter& parameter, const Surroundings& around) {
  binding.made.push_back(parameter.otherwise);
  const ItsZone zone(binding, routine);
  return zone.Of(BindAlone(binding, *parameter.otherwise, Scope(), Inside(routine, around)));
}

BoundExprPtr BindRoutineValue(Binding& binding, const ResolvedRoutine& routine,
                              std::vector<BoundExprPtr> arguments, const Span& span,
                              const Surroundings& around) {
  if (NestsTooDeeply(binding, routine, span, around)) return nullptr;
  if (BoundExprPtr again = FoundAgain(binding, routine, arguments)) return again;
  const ParameterRow parameters = ParametersOf(binding, routine);
  const Surroundings inside = Inside(routine, around);
  BoundExprPtr body = BindBody(binding, routine, parameters.scope, inside);
  if (body == nullptr) return nullptr;
  BoundExprPtr value = PutArguments(binding, parameters, arguments, std::move(body), around);
  if (HoldsQuery(*value) && IsDeterministic(*value)) {
    binding.routine_calls.push_back(
        {routine.display_name, std::move(arguments), value, binding.zone()});
  }
  return value;
}

PlanPtr BindRoutineRows(Binding& binding, const ResolvedRoutine& routine,
                        std::vector<BoundExprPtr> arguments, const Span& span,
                        const Surroundings& around) {
  if (NestsTooDeeply(binding, routine, span, around)) return nullptr;
  const ParameterRow parameters = ParametersOf(binding, routine);
  PlanPtr plan = BindRows(binding, routine, parameters.scope, Inside(routine, around));
  if (plan == nullptr) return nullptr;
  const auto computed = ComputedFirst(parameters.columns, arguments, Uses(*plan));
  plan = Rewrite(plan, Arguments(parameters.columns, arguments, computed));
  if (computed.empty()) return plan;
  std::vector<NamedExpr> returned;
  for (const PlanColumn& column : plan->columns)
    returned.push_back({column, ColumnOf(column, span)});
  PlanPtr row = ComputedRow(parameters.columns, arguments, computed);
  std::vector<PlanColumn> columns = row->columns;
  columns.insert(columns.end(), plan->columns.begin(), plan->columns.end());
  PlanPtr joined = MakePlan(std::move(columns), JoinPlan{JoinKind::kCross, std::move(row),
                                                         std::move(plan), nullptr, true});
  return MakeProject(std::move(joined), std::move(returned));
}

namespace {

// The default of a parameter stands alone, and gives a value of its type.
void CheckDefault(Binding& binding, const ResolvedRoutine& routine,
                  const ResolvedRoutine::Parameter& parameter, const Surroundings& around) {
  if (parameter.otherwise == nullptr) return;
  BoundExprPtr value = BindDefault(binding, routine, parameter, around);
  if (value == nullptr) return;
  if (HoldsQuery(*value)) {
    binding.Report("USER_DEFINED_FUNCTIONS.NOT_A_VALID_DEFAULT_EXPRESSION",
                   parameter.otherwise->span,
                   "the default of " + QuoteName(parameter.name) + " of function " +
                       routine.display_name + " cannot hold a sub-query");
    return;
  }
  ConvertedTo(binding, std::move(value), parameter.type, parameter.otherwise->span);
}

}  // namespace

std::variant<BoundRoutine, Diagnostics> BindRoutine(const ResolvedRoutine& routine,
                                                    NameResolver& names,
                                                    const BindOptions& options) {
  Binding binding(options);
  Surroundings inside;
  inside.names = &names;
  for (const auto& parameter : routine.parameters) {
    CheckDefault(binding, routine, parameter, inside);
  }
  const ParameterRow parameters = ParametersOf(binding, routine);
  BoundRoutine bound;
  if (routine.is_table) {
    if (const PlanPtr plan = BindRows(binding, routine, parameters.scope, inside)) {
      bound.columns = SchemaOf(*plan).fields();
      bound.deterministic = IsDeterministic(*plan);
    }
  } else if (const BoundExprPtr body = BindBody(binding, routine, parameters.scope, inside)) {
    bound.columns = {{"value", body->type}};
    bound.deterministic = IsDeterministic(*body);
  }
  if (!binding.diagnostics().empty()) return InTextOrder(std::move(binding.diagnostics()));
  return bound;
}

}  // namespace weir::sql
