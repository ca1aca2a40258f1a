// Functions that give rows: in SELECT, LATERAL VIEW and FROM; and range().
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/select_binder.h"

namespace weir::sql {

BoundGenerator BindGeneratorCall(ExpressionBinder& binder, const std::string& name,
                                 const std::vector<Argument>& arguments, const Span& span) {
  constexpr std::string_view kOuter = "_outer";
  BoundGenerator generator;
  std::string plain = name;
  if (plain.size() > kOuter.size() && plain.ends_with(kOuter)) {
    plain.resize(plain.size() - kOuter.size());
    generator.outer = true;
  }
  auto bound = binder.BindArguments(arguments, name, span);
  if (!bound) return generator;
  generator.arguments = std::move(*bound);
  generator.signature = binder.FindSignature(plain, generator.arguments, span);
  return generator;
}

std::optional<std::vector<PlanColumn>> GeneratedColumns(Binding& binding,
                                                        const BoundGenerator& generator,
                                                        const std::vector<Identifier>& names,
                                                        const Span& span) {
  const std::vector<Field>& fields = generator.signature->generated;
  if (!names.empty() && names.size() != fields.size()) {
    binding.Report("UDTF_ALIAS_NUMBER_MISMATCH", span,
                   "the generator gives " + std::to_string(fields.size()) + " columns, but " +
                       std::to_string(names.size()) + " names stand here");
    return std::nullopt;
  }
  std::vector<PlanColumn> columns;
  for (size_t i = 0; i < fields.size(); ++i) {
    PlanColumn column{binding.NewColumn(), fields[i].name, fields[i].type,
                      fields[i].nullable || generator.outer};
    if (!names.empty()) column.name = names[i].text;
    columns.push_back(std::move(column));
  }
  return columns;
}

namespace {

PlanPtr Generate(PlanPtr child, BoundGenerator generator, std::vector<PlanColumn> generated) {
  std::vector<PlanColumn> columns = child->columns;
  columns.insert(columns.end(), generated.begin(), generated.end());
  return MakePlan(std::move(columns), GeneratePlan{std::move(child), generator.signature,
                                                   std::move(generator.arguments), generator.outer,
                                                   std::move(generated)});
}

std::vector<std::string> QualifierOf(const FromItem& item) {
  if (!item.alias.name) return {};
  return {item.alias.name->text};
}

// range([start,] end[, step[, partitions]])
BoundGenerator BindRange(Binding& binding, ExpressionBinder& binder, const FunctionFrom& call,
                         const Span& span) {
  BoundGenerator range;
  auto arguments = binder.BindArguments(call.arguments, "range", span);
  if (!arguments) return range;
  if (arguments->empty() || arguments->size() > 4) {
    binding.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span,
                   "range takes an end, or a start, an end, a step and a number of partitions");
    return range;
  }
  std::vector<int64_t> values;
  for (const BoundExprPtr& argument : *arguments) {
    auto value = ConstantOf(*CastTo(argument, TypeId::kLong));
    if (!value || value->is_null() || argument->type.IsNested()) {
      binding.Report("UNEXPECTED_INPUT_TYPE", argument->span,
                     "range takes whole numbers that are constants");
      return range;
    }
    values.push_back(value->integer());
  }
  if (values.size() == 1) values.insert(values.begin(), 0);
  if (values.size() == 2) values.push_back(1);
  if (values[2] == 0) {
    binding.Report("FAILED_FUNCTION_CALL", span, "the step of range cannot be 0");
    return range;
  }
  for (size_t i = 0; i < 3; ++i) {
    range.arguments.push_back(LiteralOf(Value::Long(values[i]), span));
  }
  range.signature = &RangeSignature();
  return range;
}

}  // namespace

std::optional<BoundFrom> BindKnownTableFunction(Binding& binding, const FromItem& item,
                                                const FunctionFrom& call,
                                                const Surroundings& around) {
  if (call.function.parts.size() != 1) return std::nullopt;
  const std::string name = LowerName(call.function.parts[0].text);
  if (name != "range" && !IsGenerator(name)) return std::nullopt;
  BoundFrom from;
  from.scope.unknown = true;
  Scope none;
  none.outer = around.outer;
  ExprContext context;
  context.clause = Clause::kGenerator;
  context.scope = &none;
  context.around = &around;
  ExpressionBinder binder(binding, std::move(context));
  BoundGenerator generator = name == "range"
                                 ? BindRange(binding, binder, call, item.span)
                                 : BindGeneratorCall(binder, name, call.arguments, item.span);
  if (generator.signature == nullptr) return from;
  const size_t names = item.alias.columns.size();
  if (names > 0 && names != generator.signature->generated.size()) {
    binding.Report("NUM_TABLE_VALUE_ALIASES_MISMATCH", item.span,
                   "the function gives " + std::to_string(generator.signature->generated.size()) +
                       " columns, but " + std::to_string(names) + " names stand here");
    return from;
  }
  auto columns = GeneratedColumns(binding, generator, item.alias.columns, item.span);
  if (!columns) return from;
  from.scope.unknown = false;
  from.scope.Add(std::make_shared<ScopeRelation>(QualifierOf(item), *columns));
  from.plan = Generate(OneRow(), std::move(generator), std::move(*columns));
  return from;
}

BoundFrom BindLateralView(Binding& binding, const FromItem& item, const LateralViewFrom& view,
                          const Surroundings& around) {
  BoundFrom from = BindFrom(binding, *view.input, around);
  Scope input = from.scope;
  input.outer = around.outer;
  ExprContext context;
  context.clause = Clause::kGenerator;
  context.scope = &input;
  context.around = &around;
  ExpressionBinder binder(binding, std::move(context));
  const std::string name = LowerName(view.function.parts.back().text);
  if (!IsGenerator(name)) {
    binding.Report(
        "UNRESOLVED_ROUTINE", view.function.span,
        "LATERAL VIEW needs a generator such as explode, and " + QuoteName(name) + " is none");
    from.scope.unknown = true;
    from.plan = nullptr;
    return from;
  }
  BoundGenerator generator = BindGeneratorCall(binder, name, view.arguments, item.span);
  generator.outer |= view.outer;
  std::optional<std::vector<PlanColumn>> columns;
  if (generator.signature != nullptr) {
    columns = GeneratedColumns(binding, generator, item.alias.columns, item.span);
  }
  if (!columns) {
    from.scope.unknown = true;
    from.plan = nullptr;
    return from;
  }
  from.scope.Add(std::make_shared<ScopeRelation>(QualifierOf(item), *columns));
  if (from.plan != nullptr) {
    from.plan = Generate(std::move(from.plan), std::move(generator), std::move(*columns));
  }
  return from;
}

}  // namespace weir::sql
