// Calls of scalar functions, higher-order ones included, and of what the binder folds.
#include <algorithm>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/expression_binder.h"
#include "weir/sql/functions_table.h"
#include "weir/sql/time_window_binder.h"
#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"

namespace weir::sql {

namespace {

// A constant as far as it is worth knowing for a look-up: literals and conversions of them.
std::optional<Value> ShallowConstant(const BoundExpr& expr, const TimeZone& zone) {
  if (AsLiteral(expr) != nullptr) return std::nullopt;  // Found without a copy.
  const BoundExpr* inner = &expr;
  if (const auto* cast = std::get_if<BoundCast>(&expr.node)) inner = cast->operand.get();
  if (const auto* call = std::get_if<BoundCall>(&expr.node)) {
    if (call->arguments.size() != 1) return std::nullopt;
    inner = call->arguments[0].get();
  }
  if (inner == &expr || AsLiteral(*inner) == nullptr) return std::nullopt;
  return ConstantOf(expr, zone);
}

ArgumentShape ShapeOf(const BoundExpr& expr, std::optional<Value>& constant, const TimeZone& zone) {
  ArgumentShape shape;
  shape.type = expr.type;
  shape.nullable = expr.nullable;
  shape.literal = AsLiteral(expr);
  shape.is_literal = shape.literal != nullptr;
  if (const auto* lambda = std::get_if<BoundLambda>(&expr.node)) {
    shape.lambda_parameters = lambda->parameters.size();
    return shape;
  }
  if (shape.is_literal) return shape;
  constant = ShallowConstant(expr, zone);
  if (constant) shape.literal = &*constant;
  return shape;
}

// Whether an argument is only missed as a constant, and may be one on a closer look.
bool WantsConstants(const FunctionLookup& found) {
  const auto* const wrong = std::get_if<NoSuchSignature>(&found);
  if (wrong == nullptr) return false;
  const std::string& condition = wrong->condition;
  return condition.find("FOLDABLE") != std::string::npos ||
         condition.starts_with("INVALID_SCHEMA.") || condition.starts_with("INVALID_OPTIONS.");
}

void FoldAll(const std::vector<BoundExprPtr>& arguments, std::vector<ArgumentShape>& shapes,
             std::vector<std::optional<Value>>& constants, const TimeZone& zone) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (shapes[i].literal != nullptr) continue;
    constants[i] = ConstantOf(*arguments[i], zone);
    if (constants[i]) shapes[i].literal = &*constants[i];
  }
}

// The function's name as calls may write it: one part, or behind system.builtin. Empty: neither.
std::string CalledName(const Name& name) {
  if (name.parts.size() == 1) return LowerName(name.parts[0].text);
  const auto parts = LowerParts(name);
  const size_t n = parts.size();
  const bool builtin = parts[n - 2] == "builtin" && (n == 2 || (n == 3 && parts[0] == "system"));
  return builtin ? parts[n - 1] : "";
}

bool HasLambda(const CallExpr& call) {
  return std::any_of(call.arguments.begin(), call.arguments.end(), [](const Argument& argument) {
    return std::holds_alternative<LambdaExpr>(argument.value->node);
  });
}

}  // namespace

BoundExprPtr ExpressionBinder::BindNode(const CallExpr& node, const Expr& expr) {
  const std::string name = CalledName(node.function);
  if (!KindOf(name) && context_.around != nullptr) {
    if (auto found = context_.around->names->Routine(node.function)) {
      if (const auto* const routine = std::get_if<ResolvedRoutine>(&*found)) {
        return BindRoutineCall(*routine, node, expr);
      }
      binding_.Report(std::get<Diagnostic>(std::move(*found)));
      return nullptr;
    }
  }
  if (name.empty()) {
    binding_.Report("UNRESOLVED_ROUTINE", node.function.span,
                    "there is no function " + node.function.ToString(),
                    "SHOW USER FUNCTIONS IN a schema lists those that you may execute");
    return nullptr;
  }
  for (const Argument& argument : node.arguments) {
    if (!argument.name || name == "struct") continue;
    if (!NamedParameters(name).empty()) return BindNamedCall(name, node, expr.span);
    binding_.Report("NAMED_PARAMETERS_NOT_SUPPORTED", argument.name->span,
                    "function " + QuoteName(name) + " takes its arguments by position only");
    return nullptr;
  }
  if (name == "grouping" || name == "grouping_id") {
    if (context_.grouping) return context_.grouping(node, expr.span);
    binding_.Report("UNSUPPORTED_GROUPING_EXPRESSION", expr.span,
                    name + "() needs GROUP BY with GROUPING SETS, ROLLUP or CUBE");
    return nullptr;
  }
  if (node.over) return BindWindow(name, node, expr.span);
  if (context_.time_window != nullptr && IsTimeWindow(name)) {
    return ColumnOf(*context_.time_window, expr.span);
  }
  bool folded = false;
  BoundExprPtr constant = BindFolded(name, node, expr.span, folded);
  if (folded) return constant;
  if (IsAggregate(name)) return BindAggregate(name, node, expr.span);
  if (IsWindowOnly(name)) {
    binding_.Report("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", expr.span,
                    "window function " + QuoteName(name) + " needs an OVER clause");
    return nullptr;
  }
  if (IsGenerator(name)) {
    binding_.Report("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", expr.span,
                    "generator " + QuoteName(name) +
                        " gives rows, so it can only be an item of SELECT by itself",
                    "or put it into LATERAL VIEW");
    return nullptr;
  }
  return BindScalar(name, node, expr.span);
}

BoundExprPtr ExpressionBinder::BindScalar(const std::string& name, const CallExpr& call,
                                          const Span& span) {
  const std::string_view extra = call.distinct                ? "DISTINCT"
                                 : call.filter != nullptr     ? "FILTER"
                                 : call.ignore_nulls          ? "IGNORE NULLS"
                                 : !call.within_group.empty() ? "WITHIN GROUP"
                                                              : "";
  if (!extra.empty()) {
    binding_.Report(
        "FUNCTION_WITH_UNSUPPORTED_SYNTAX", span,
        std::string(extra) + " is for aggregate functions, and " + QuoteName(name) + " is none");
    return nullptr;
  }
  if (call.is_star) {
    binding_.Report("INVALID_USAGE_OF_STAR_OR_REGEX", span,
                    "function " + QuoteName(name) + " takes no *");
    return nullptr;
  }
  if (name == "struct") return BindStruct(call, span);
  if (CastFunctionType(name) && call.arguments.size() == 1) return BindCastCall(name, call, span);
  if (HasLambda(call)) return BindHigherOrder(name, call, span);
  auto arguments = BindArguments(call.arguments, name, span);
  if (!arguments) return nullptr;
  const bool from_text = call.extracted && (*arguments)[0]->type.id() == TypeId::kString;
  if (name == "convert_timezone" && arguments->size() == 2) {
    arguments->insert(arguments->begin(),
                      LiteralOf(Value::String(binding_.options().zone->name()), span));
  }
  return Call(from_text ? "get_json_object" : name, std::move(*arguments), span);
}

std::optional<DataType> CastFunctionType(const std::string& lower_name) {
  static const std::unordered_map<std::string, DataType> types = {
      {"boolean", TypeId::kBoolean}, {"tinyint", TypeId::kByte},
      {"smallint", TypeId::kShort},  {"int", TypeId::kInt},
      {"bigint", TypeId::kLong},     {"float", TypeId::kFloat},
      {"double", TypeId::kDouble},   {"decimal", DataType::Decimal(10, 0)},
      {"date", TypeId::kDate},       {"timestamp", TypeId::kTimestamp},
      {"binary", TypeId::kBinary},   {"string", TypeId::kString},
      {"time", TypeId::kTime},
  };
  const auto found = types.find(lower_name);
  if (found == types.end()) return std::nullopt;
  return found->second;
}

BoundExprPtr ExpressionBinder::BindCastCall(const std::string& name, const CallExpr& call,
                                            const Span& span) {
  auto arguments = BindArguments(call.arguments, name, span);
  if (!arguments || arguments->size() != 1) return nullptr;
  return Convert(std::move((*arguments)[0]), *CastFunctionType(name), CastMode::kAnsi, span);
}

// struct(a, b + 1): fields take the names of columns, and col2, col3 elsewhere.
BoundExprPtr ExpressionBinder::BindStruct(const CallExpr& call, const Span& span) {
  std::vector<BoundExprPtr> parts;
  bool failed = false;
  const auto add = [&](const std::string& name, BoundExprPtr value) {
    failed |= value == nullptr;
    parts.push_back(LiteralOf(Value::String(name), span));
    parts.push_back(std::move(value));
  };
  for (const Argument& argument : call.arguments) {
    const Expr& value = *argument.value;
    if (const auto* star = std::get_if<StarExpr>(&value.node)) {
      auto columns = BindStar(*star, value.span);
      failed |= !columns.has_value();
      if (!columns) continue;
      for (auto& [name, column] : *columns) add(name, std::move(column));
      continue;
    }
    std::string name = "col" + std::to_string(parts.size() / 2 + 1);
    if (const auto* column = std::get_if<NameExpr>(&value.node)) {
      name = column->name.parts.back().text;
    } else if (const auto* field = std::get_if<FieldExpr>(&value.node)) {
      name = field->field.text;
    }
    if (argument.name) name = argument.name->text;
    add(name, Bind(value));
  }
  if (failed) return nullptr;
  return Call("named_struct", std::move(parts), span);
}

std::optional<std::vector<BoundExprPtr>> ExpressionBinder::BindArguments(
    const std::vector<Argument>& arguments, std::string_view, const Span&) {
  std::vector<BoundExprPtr> bound;
  bool failed = false;
  for (const Argument& argument : arguments) {
    if (const auto* star = std::get_if<StarExpr>(&argument.value->node)) {
      auto columns = BindStar(*star, argument.value->span);
      failed |= !columns.has_value();
      if (!columns) continue;
      std::vector<std::string> names;
      for (auto& [name, column] : *columns) {
        names.push_back(name);
        bound.push_back(std::move(column));
      }
      binding_.name_texts[argument.value.get()] = JoinNames(names);
      continue;
    }
    bound.push_back(Bind(*argument.value));
    failed |= bound.back() == nullptr;
  }
  if (failed) return std::nullopt;
  return bound;
}

BoundExprPtr ExpressionBinder::Call(std::string_view name, std::vector<BoundExprPtr> arguments,
                                    const Span& span) {
  const Signature* signature = FindSignature(name, arguments, span);
  if (signature == nullptr) return nullptr;
  return Finish(signature, std::move(arguments), span);
}

BoundExprPtr ExpressionBinder::Finish(const Signature* signature,
                                      std::vector<BoundExprPtr> arguments, const Span& span) {
  if (signature->constant) return LiteralOf(*signature->constant, span);
  bool nullable = signature->nullable;
  for (const BoundExprPtr& argument : arguments) nullable |= argument->nullable;
  nullable &= !signature->never_null;
  return MakeExpr(span, signature->result, nullable, BoundCall{signature, std::move(arguments)});
}

const Signature* ExpressionBinder::FindSignature(std::string_view name,
                                                 std::vector<BoundExprPtr>& arguments,
                                                 const Span& span, bool distinct) {
  std::vector<ArgumentShape> shapes;
  std::vector<std::optional<Value>> constants(arguments.size());
  shapes.reserve(arguments.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    shapes.push_back(ShapeOf(*arguments[i], constants[i], *binding_.zone()));
  }
  if (WantsConstants(LookUp(name, shapes, distinct))) {
    FoldAll(arguments, shapes, constants, *binding_.zone());
  }
  const Signature* signature = FindSignature(name, shapes, span, distinct);
  if (signature == nullptr) return nullptr;
  for (size_t i = 0; i < arguments.size() && i < signature->arguments.size(); ++i) {
    arguments[i] = CastTo(std::move(arguments[i]), signature->arguments[i]);
  }
  return signature;
}

const Signature* ExpressionBinder::FindSignature(std::string_view name,
                                                 std::vector<ArgumentShape>& shapes,
                                                 const Span& span, bool distinct) {
  const FunctionLookup found = LookUp(name, shapes, distinct);
  if (const auto* signature = std::get_if<const Signature*>(&found)) return *signature;
  if (const auto* none = std::get_if<NoSuchFunction>(&found)) {
    std::vector<std::string> quoted;
    for (const std::string& suggestion : none->suggestions) quoted.push_back(QuoteName(suggestion));
    binding_.Report("UNRESOLVED_ROUTINE", span,
                    "there is no function " + QuoteName(name) + " in weir", DidYouMean(quoted));
    return nullptr;
  }
  const auto& wrong = std::get<NoSuchSignature>(found);
  binding_.Report(wrong.condition, span, wrong.message);
  return nullptr;
}

BoundExprPtr ExpressionBinder::BindNode(const LambdaExpr&, const Expr& expr) {
  binding_.Report("UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITHOUT_HIGHER_ORDER_FUNCTION", expr.span,
                  "a lambda can only be an argument of a function that takes one");
  return nullptr;
}

BoundExprPtr ExpressionBinder::BindLambda(const LambdaExpr& lambda,
                                          const std::vector<Field>& parameters, const Span& span) {
  BoundLambda bound;
  const size_t before = lambdas_.size();
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    const Field& parameter = parameters[i];
    PlanColumn column{binding_.NewColumn(), lambda.parameters[i].text, parameter.type,
                      parameter.nullable};
    bound.parameters.push_back({column.id, column.name});
    lambdas_.push_back({LowerName(lambda.parameters[i].text), std::move(column)});
  }
  bound.body = Bind(*lambda.body);
  lambdas_.resize(before);
  if (bound.body == nullptr) return nullptr;
  const DataType type = bound.body->type;
  const bool nullable = bound.body->nullable;
  return MakeExpr(span, type, nullable, std::move(bound));
}

namespace {

BoundExprPtr WithBody(const BoundExprPtr& lambda, const DataType& type) {
  BoundLambda node = std::get<BoundLambda>(lambda->node);
  node.body = CastTo(std::move(node.body), type);
  return MakeExpr(lambda->span, type, node.body->nullable, std::move(node));
}

}  // namespace

BoundExprPtr ExpressionBinder::BindHigherOrder(const std::string& name, const CallExpr& call,
                                               const Span& span) {
  const size_t n = call.arguments.size();
  std::vector<BoundExprPtr> arguments(n);
  std::vector<std::optional<Value>> constants(n);
  std::vector<ArgumentShape> shapes(n);
  bool failed = false;
  const auto lambda_at = [&](size_t i) {
    return std::get_if<LambdaExpr>(&call.arguments[i].value->node);
  };
  for (size_t i = 0; i < n; ++i) {
    if (const LambdaExpr* lambda = lambda_at(i)) {
      shapes[i].lambda_parameters = lambda->parameters.size();
      continue;
    }
    arguments[i] = Bind(*call.arguments[i].value);
    failed |= arguments[i] == nullptr;
    if (failed) continue;
    shapes[i] = ShapeOf(*arguments[i], constants[i], *binding_.zone());
  }
  if (failed) return nullptr;  // What the lambdas are given is not known.
  const auto bind_lambdas = [&] {
    for (size_t i = 0; i < n; ++i) {
      const LambdaExpr* lambda = lambda_at(i);
      if (lambda == nullptr) continue;
      const auto parameters = LambdaParameters(name, shapes, i, lambda->parameters.size());
      if (parameters.size() != lambda->parameters.size()) {
        // The look-up says better what is wrong with the other arguments.
        if (FindSignature(name, shapes, span, false) != nullptr) {
          binding_.Report("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                          call.arguments[i].value->span,
                          "function " + QuoteName(name) + " gives this lambda " +
                              std::to_string(parameters.size()) + " arguments, not " +
                              std::to_string(lambda->parameters.size()));
        }
        return false;
      }
      arguments[i] = BindLambda(*lambda, parameters, call.arguments[i].value->span);
      if (arguments[i] == nullptr) return false;
      shapes[i].type = arguments[i]->type;
      shapes[i].nullable = arguments[i]->nullable;
    }
    return true;
  };
  if (!bind_lambdas()) return nullptr;
  const Signature* signature = FindSignature(name, shapes, span, false);
  if (signature == nullptr) return nullptr;
  bool converted = false;
  for (size_t i = 0; i < n && i < signature->arguments.size(); ++i) {
    if (lambda_at(i) != nullptr) continue;
    BoundExprPtr cast = CastTo(arguments[i], signature->arguments[i]);
    converted |= cast != arguments[i];
    arguments[i] = std::move(cast);
    shapes[i] = ShapeOf(*arguments[i], constants[i], *binding_.zone());
  }
  if (converted && !bind_lambdas()) return nullptr;
  for (size_t i = 0; i < n && i < signature->arguments.size(); ++i) {
    if (lambda_at(i) == nullptr) continue;
    if (!arguments[i]->type.EqualsIgnoringNullability(signature->arguments[i])) {
      arguments[i] = WithBody(arguments[i], signature->arguments[i]);
    }
  }
  bool nullable = signature->nullable;
  for (size_t i = 0; i < n; ++i) nullable |= lambda_at(i) == nullptr && arguments[i]->nullable;
  nullable &= !signature->never_null;
  return MakeExpr(span, signature->result, nullable, BoundCall{signature, std::move(arguments)});
}

BoundExprPtr ExpressionBinder::BindTypeOf(const CallExpr& call, const Span& span) {
  auto arguments = BindArguments(call.arguments, "typeof", span);
  if (!arguments) return nullptr;
  if (arguments->size() != 1) {
    binding_.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span, "typeof takes one argument");
    return nullptr;
  }
  return LiteralOf(Value::String((*arguments)[0]->type.ToString()), span);
}

namespace {

std::optional<Value> InstantConstant(const std::string& name, const BindOptions& options) {
  if (name == "current_timestamp" || name == "now") {
    return Value(TypeId::kTimestamp, options.now.micros);
  }
  const int64_t micros = options.zone->ToLocal(options.now.micros);
  if (name == "localtimestamp") return Value(TypeId::kTimestampNtz, micros);
  if (name == "current_date" || name == "curdate") {
    return Value(TypeId::kDate, FloorDiv(micros, kMicrosPerDay));
  }
  if (name == "current_user" || name == "user" || name == "session_user") {
    return Value::String(options.current_user);
  }
  return std::nullopt;
}

std::optional<Value> PlaceConstant(const std::string& name, const BindOptions& options) {
  if (name == "current_catalog") return Value::String(options.current_catalog);
  if (name == "current_schema" || name == "current_database") {
    return Value::String(options.current_schema);
  }
  if (name == "current_timezone") return Value::String(options.zone->name());
  return std::nullopt;
}

}  // namespace

// current_time(), current_time(3): with so many digits of the second.
BoundExprPtr ExpressionBinder::BindCurrentTime(const CallExpr& call, const Span& span) {
  auto arguments = BindArguments(call.arguments, "current_time", span);
  if (!arguments) return nullptr;
  if (arguments->size() > 1) {
    binding_.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span,
                    "The `current_time` requires [0, 1] parameters but the actual number is " +
                        std::to_string(arguments->size()) + ".");
    return nullptr;
  }
  int64_t precision = 6;
  if (!arguments->empty()) {
    if (!CanCoerce((*arguments)[0]->type, TypeId::kInt)) {
      binding_.Report("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", span,
                      "The first parameter of `current_time` requires the \"INT\" type.");
      return nullptr;
    }
    const auto constant = ConstantOf(*CastTo((*arguments)[0], TypeId::kInt), *binding_.zone());
    if (!constant) {
      binding_.Report("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", span,
                      "the precision of current_time must be a constant");
      return nullptr;
    }
    precision = constant->is_null() ? -1 : constant->integer();
  }
  if (precision < 0 || precision > 6) {
    binding_.Report("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", span,
                    "the precision of current_time must be between 0 and 6");
    return nullptr;
  }
  const DataType type = DataType::Time(static_cast<int>(precision));
  const BindOptions& options = binding_.options();
  const int64_t local = options.zone->ToLocal(options.now.micros);
  const int64_t of_day = (local % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay;
  std::vector<BoundExprPtr> argument{
      LiteralOf(Value(type, TruncateTime(of_day, type.precision())), span)};
  return MakeExpr(span, type, false, BoundCall{&StatementConstant(), std::move(argument)});
}

BoundExprPtr ExpressionBinder::BindFolded(const std::string& name, const CallExpr& call,
                                          const Span& span, bool& known) {
  known = name == "typeof" || name == "current_time";
  if (name == "typeof") return BindTypeOf(call, span);
  if (name == "current_time") return BindCurrentTime(call, span);
  auto varying = InstantConstant(name, binding_.options());
  auto fixed = PlaceConstant(name, binding_.options());
  known = varying || fixed;
  if (known && !call.arguments.empty()) {
    binding_.Report("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", span,
                    "function " + QuoteName(name) + " takes no arguments");
    return nullptr;
  }
  if (fixed) return LiteralOf(std::move(*fixed), span);
  if (!varying) return nullptr;
  DataType type = varying->type();
  std::vector<BoundExprPtr> argument{LiteralOf(std::move(*varying), span)};
  const bool is_clock = type.id() != TypeId::kString;
  return MakeExpr(span, type, false,
                  BoundCall{&StatementConstant(), std::move(argument),
                            is_clock ? binding_.options().zone : nullptr});
}

}  // namespace weir::sql
