// What stands in FROM, but for joins and generators.
#include <utility>

#include "weir/sql/declared_strings.h"
#include "weir/sql/expression_binder.h"
#include "weir/sql/moment_constants.h"
#include "weir/sql/routine_binder.h"
#include "weir/sql/view_binder.h"

namespace weir::sql {

BoundFrom BindJoin(Binding& binding, const FromItem& item, const JoinFrom& join,
                   const Surroundings& around);
BoundFrom BindLateralView(Binding& binding, const FromItem& item, const LateralViewFrom& view,
                          const Surroundings& around);
BoundFrom BindShaped(Binding& binding, const FromItem& item, const Surroundings& around);
BoundFrom BindPipe(Binding& binding, const PipeFrom& pipe, const Surroundings& around);

namespace {

std::optional<Value> BindConstant(Binding& binding, const Expr& expr, const Surroundings& around) {
  Scope none;
  ExprContext context;
  context.clause = Clause::kConstant;
  context.scope = &none;
  context.around = &around;
  const BoundExprPtr bound = ExpressionBinder(binding, std::move(context)).Bind(expr);
  if (bound == nullptr) return std::nullopt;
  auto value = ConstantInStatement(bound, *binding.zone());
  if (!value) {
    binding.Report("NON_FOLDABLE_ARGUMENT", expr.span, "this must be a constant");
  }
  return value;
}

// The relation under its alias, or under `qualifier` without one.
BoundFrom Named(Binding& binding, const FromItem& item, PlanPtr plan,
                std::vector<std::string> qualifier, std::optional<size_t> visible = {}) {
  std::vector<PlanColumn> columns = plan->columns;
  if (item.alias.name) qualifier = {item.alias.name->text};
  const auto& names = item.alias.columns;
  const size_t shown = visible.value_or(columns.size());
  if (!names.empty() && names.size() != shown) {
    binding.Report("ASSIGNMENT_ARITY_MISMATCH", item.span,
                   "there are " + std::to_string(shown) + " columns, but " +
                       std::to_string(names.size()) + " names stand here");
    return FailedFrom();
  }
  for (size_t i = 0; i < names.size(); ++i) columns[i].name = names[i].text;
  if (!columns.empty() && columns.back().name == kTableMetadataColumn) {
    columns.back().name = "_metadata";
  }
  BoundFrom from;
  from.scope.Add(
      std::make_shared<ScopeRelation>(std::move(qualifier), std::move(columns), visible));
  from.plan = std::move(plan);
  return from;
}

BoundFrom BindInput(Binding& binding, const FromItem& item, const ResolvedInput& input) {
  std::vector<PlanColumn> columns;
  columns.reserve(input.schema.size() + 1);
  for (const Field& field : input.schema.fields()) {
    columns.push_back(
        {binding.NewColumn(), field.name, field.type, field.nullable, field.metadata});
  }
  const size_t visible = columns.size();
  if (input.metadata_column) {
    const Field& field = *input.metadata_column;
    columns.push_back({binding.NewColumn(), field.name, field.type, field.nullable});
  } else if (input.tracks_rows) {
    columns.push_back({binding.NewColumn(), kTableMetadataColumn, RowTrackingType(), false});
  }
  PlanPtr plan =
      PaddedScan(binding, MakePlan(std::move(columns), ScanPlan{input.input, input.display_name}));
  return Named(binding, item, std::move(plan), input.qualifier, visible);
}

BoundFrom BindResolved(Binding& binding, const FromItem& item,
                       std::variant<ResolvedRelation, Diagnostic> resolved, const Span& span,
                       const Surroundings& around) {
  if (auto* diagnostic = std::get_if<Diagnostic>(&resolved)) {
    if (diagnostic->span.source == nullptr) diagnostic->span = span;
    binding.Report(std::move(*diagnostic));
    return FailedFrom();
  }
  auto& relation = std::get<ResolvedRelation>(resolved);
  if (const auto* input = std::get_if<ResolvedInput>(&relation)) {
    return BindInput(binding, item, *input);
  }
  const auto& view = std::get<ResolvedView>(relation);
  PlanPtr plan = BindView(binding, view, item.span, around);
  if (plan == nullptr) return FailedFrom();
  return Named(binding, item, std::move(plan), view.qualifier);
}

bool StreamAllowed(Binding& binding, bool stream, const Span& span) {
  if (!stream || binding.options().allow_streams) return true;
  binding.Report("UNSUPPORTED_FEATURE.STREAMING_QUERY", span,
                 "STREAM can only be read by the flows of a pipeline",
                 "leave STREAM out to read everything that is there");
  return false;
}

BoundFrom BindTable(Binding& binding, const FromItem& item, const TableFrom& table,
                    const Surroundings& around) {
  if (!StreamAllowed(binding, table.stream, item.span)) return FailedFrom();
  if (table.name.parts.size() == 1 && !table.stream && around.ctes != nullptr) {
    const CteDefinition* cte = around.ctes->Find(LowerName(table.name.parts[0].text));
    if (cte != nullptr) {
      if (cte->plan == nullptr) return FailedFrom();
      if (!std::holds_alternative<std::monostate>(table.as_of)) {
        binding.Report("UNSUPPORTED_FEATURE.TIME_TRAVEL", item.span,
                       table.name.ToString() + " is defined in WITH, and has no versions",
                       "name a version of the tables that it reads");
        return FailedFrom();
      }
      std::vector<PlanColumn> columns = cte->plan->columns;
      for (PlanColumn& column : columns) column.id = binding.NewColumn();
      PlanPtr plan = MakePlan(std::move(columns), CteRefPlan{cte->id});
      if (cte->recursive) {
        std::vector<NamedExpr> named;
        for (const PlanColumn& column : plan->columns)
          named.push_back({column, ColumnOf(column, {})});
        named.pop_back();
        plan = MakeProject(std::move(plan), std::move(named));
      }
      return Named(binding, item, std::move(plan), {table.name.parts[0].text});
    }
  }
  std::optional<Value> as_of;
  if (const auto* version = std::get_if<VersionAsOf>(&table.as_of)) {
    as_of = BindConstant(binding, *version->version, around);
    if (!as_of) return FailedFrom();
    if (as_of->type().id() == TypeId::kString) as_of = ParseValue(as_of->text(), TypeId::kLong);
    if (!as_of || as_of->is_null() || !as_of->type().IsIntegral()) {
      binding.Report("INVALID_TIME_TRAVEL_SPEC", version->version->span,
                     "VERSION AS OF takes a whole number");
      return FailedFrom();
    }
    as_of = Value::Long(as_of->integer());
  } else if (const auto* time = std::get_if<TimestampAsOf>(&table.as_of)) {
    as_of = BindConstant(binding, *time->timestamp, around);
    if (!as_of) return FailedFrom();
    as_of = ConstantOf(*CastTo(LiteralOf(*as_of, time->timestamp->span), TypeId::kTimestamp),
                       *binding.zone());
    if (!as_of || as_of->is_null()) {
      binding.Report("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", time->timestamp->span,
                     "TIMESTAMP AS OF takes a timestamp");
      return FailedFrom();
    }
  }
  return BindResolved(binding, item, around.names->Table(table.name, table.stream, as_of),
                      table.name.span, around);
}

// The rows of a function that users defined.
BoundFrom BindRoutineFrom(Binding& binding, const FromItem& item, const FunctionFrom& call,
                          const ResolvedRoutine& routine, const Surroundings& around) {
  if (!routine.is_table) {
    binding.Report("NOT_A_TABLE_FUNCTION", call.function.span,
                   "function " + routine.display_name + " gives a value, not rows",
                   "call it in SELECT");
    return FailedFrom();
  }
  Scope none;
  none.outer = around.outer;
  ExprContext context;
  context.clause = Clause::kGenerator;
  context.scope = &none;
  context.around = &around;
  auto arguments = ExpressionBinder(binding, std::move(context))
                       .BindRoutineArguments(routine, call.arguments, item.span);
  if (!arguments) return FailedFrom();
  PlanPtr plan =
      BindRoutineRows(binding, routine, std::move(*arguments), call.function.span, around);
  if (plan == nullptr) return FailedFrom();
  return Named(binding, item, std::move(plan), routine.qualifier);
}

BoundFrom BindFunction(Binding& binding, const FromItem& item, const FunctionFrom& call,
                       const Surroundings& around) {
  if (!StreamAllowed(binding, call.stream, item.span)) return FailedFrom();
  if (!call.stream) {
    if (auto known = BindKnownTableFunction(binding, item, call, around)) {
      return std::move(*known);
    }
    if (auto found = around.names->Routine(call.function)) {
      if (const auto* const routine = std::get_if<ResolvedRoutine>(&*found)) {
        return BindRoutineFrom(binding, item, call, *routine, around);
      }
      binding.Report(std::get<Diagnostic>(std::move(*found)));
      return FailedFrom();
    }
  }
  std::vector<NamedArgument> arguments;
  bool failed = false;
  for (const Argument& argument : call.arguments) {
    auto value = BindConstant(binding, *argument.value, around);
    failed |= !value;
    if (!value) continue;
    arguments.push_back({argument.name ? LowerName(argument.name->text) : "", std::move(*value),
                         argument.value->span,
                         argument.name ? argument.name->span : argument.value->span});
  }
  if (failed) return FailedFrom();
  return BindResolved(binding, item,
                      around.names->TableFunction(call.function, arguments, call.stream),
                      call.function.span, around);
}

}  // namespace

BoundFrom BindFrom(Binding& binding, const FromItem& item, const Surroundings& around) {
  if (const auto* table = std::get_if<TableFrom>(&item.node)) {
    return BindTable(binding, item, *table, around);
  }
  if (const auto* call = std::get_if<FunctionFrom>(&item.node)) {
    return BindFunction(binding, item, *call, around);
  }
  if (const auto* join = std::get_if<JoinFrom>(&item.node)) {
    BoundFrom from = BindJoin(binding, item, *join, around);
    if (!item.alias.name || from.plan == nullptr) return from;
    return Named(binding, item, std::move(from.plan), {});
  }
  if (const auto* view = std::get_if<LateralViewFrom>(&item.node)) {
    return BindLateralView(binding, item, *view, around);
  }
  if (std::holds_alternative<SampleFrom>(item.node) ||
      std::holds_alternative<WatermarkFrom>(item.node)) {
    BoundFrom from = BindShaped(binding, item, around);
    if (!item.alias.name || from.plan == nullptr) return from;
    // Hidden columns come last, and stay hidden.
    const size_t visible = from.scope.Star({})->size();
    return Named(binding, item, std::move(from.plan), {}, visible);
  }
  if (std::holds_alternative<PivotFrom>(item.node) ||
      std::holds_alternative<UnpivotFrom>(item.node)) {
    BoundFrom from = BindShaped(binding, item, around);
    if (!item.alias.name || from.plan == nullptr) return from;
    return Named(binding, item, std::move(from.plan), {});
  }
  if (const auto* pipe = std::get_if<PipeFrom>(&item.node)) {
    BoundFrom from = BindPipe(binding, *pipe, around);
    if (!std::holds_alternative<PipeFrom::As>(pipe->operation) || from.plan == nullptr) return from;
    PlanPtr all = BindAllOver(binding, nullptr, from, around);
    return all == nullptr ? FailedFrom() : Named(binding, item, std::move(all), {});
  }
  PlanPtr plan;
  if (const auto* values = std::get_if<ValuesFrom>(&item.node)) {
    plan = BindValues(binding, values->rows, item.span, around);
  } else {
    const auto& query = std::get<QueryFrom>(item.node);
    Surroundings inside = around;
    // Only LATERAL sees what stands beside it; what is around the whole query stays in sight.
    plan = BindQueryPlan(binding, *query.query, inside);
  }
  if (plan == nullptr) return FailedFrom();
  return Named(binding, item, std::move(plan), {});
}

}  // namespace weir::sql
