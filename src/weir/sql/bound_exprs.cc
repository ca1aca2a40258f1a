#include "weir/sql/bound_exprs.h"

#include <cmath>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/functions_table.h"
#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"

namespace weir::sql {

BoundExprPtr MakeExpr(Span span, DataType type, bool nullable, decltype(BoundExpr::node) node) {
  return std::make_shared<const BoundExpr>(
      BoundExpr{std::move(span), std::move(type), nullable, std::move(node)});
}

BoundExprPtr ColumnOf(const PlanColumn& column, Span span) {
  return MakeExpr(std::move(span), column.type, column.nullable,
                  BoundColumn{column.id, column.name});
}

BoundExprPtr LiteralOf(Value value, Span span) {
  DataType type = value.type();
  const bool null = value.is_null();
  return MakeExpr(std::move(span), std::move(type), null, BoundLiteral{std::move(value)});
}

const Signature& FittingSignature(std::string_view name,
                                  const std::vector<BoundExprPtr>& arguments) {
  std::vector<ArgumentShape> shapes;
  for (const BoundExprPtr& argument : arguments) {
    shapes.push_back({argument->type, argument->nullable, false, nullptr, 0});
  }
  const FunctionLookup found = LookUp(name, shapes);
  const auto* const signature = std::get_if<const Signature*>(&found);
  WEIR_CHECK(signature != nullptr);
  return **signature;
}

BoundExprPtr MakeCall(std::string_view name, std::vector<BoundExprPtr> arguments) {
  const Signature& signature = FittingSignature(name, arguments);
  return MakeExpr({}, signature.result, true, BoundCall{&signature, std::move(arguments)});
}

const BoundColumn* AsColumn(const BoundExpr& expr) { return std::get_if<BoundColumn>(&expr.node); }

const Value* AsLiteral(const BoundExpr& expr) {
  const auto* literal = std::get_if<BoundLiteral>(&expr.node);
  return literal == nullptr ? nullptr : &literal->value;
}

namespace {

bool FitsInteger(int64_t value, TypeId type) {
  switch (type) {
    case TypeId::kByte:
      return value >= INT8_MIN && value <= INT8_MAX;
    case TypeId::kShort:
      return value >= INT16_MIN && value <= INT16_MAX;
    case TypeId::kInt:
      return value >= INT32_MIN && value <= INT32_MAX;
    default:
      return type == TypeId::kLong;
  }
}

std::optional<Value> IntegerTo(int64_t value, const DataType& type) {
  if (type.IsIntegral()) {
    if (!FitsInteger(value, type.id())) return std::nullopt;
    return Value(type, value);
  }
  if (type.id() == TypeId::kDouble) return Value(type, static_cast<double>(value));
  if (type.id() == TypeId::kDecimal) {
    Int128 unscaled = value;
    int digits = 0;
    for (Int128 rest = value; rest != 0; rest /= 10) ++digits;
    if (digits > type.precision() - type.scale()) return std::nullopt;
    for (int i = 0; i < type.scale(); ++i) unscaled *= 10;
    return Value(type, unscaled);
  }
  return std::nullopt;
}

// What a literal is in another type; nothing where a conversion at run time is the safer way.
std::optional<Value> ConvertLiteral(const Value& value, const DataType& type) {
  if (value.is_null()) return Value::Null(type);
  if (value.type().IsIntegral()) return IntegerTo(value.integer(), type);
  if (value.type().id() == TypeId::kString) {
    switch (type.id()) {
      case TypeId::kDate:
      case TypeId::kBoolean:
      case TypeId::kTimestampNtz:
      case TypeId::kTime:
      case TypeId::kDouble:
      case TypeId::kByte:
      case TypeId::kShort:
      case TypeId::kInt:
      case TypeId::kLong:
        return ParseValue(value.text(), type);
      default:
        return std::nullopt;
    }
  }
  if (value.type().IsInterval() && value.type().id() == type.id() &&
      value.type().to() <= type.to()) {
    return Value(type, value.integer());
  }
  if (value.type().id() == TypeId::kDate && type.id() == TypeId::kTimestampNtz) {
    return Value(type, value.integer() * kMicrosPerDay);
  }
  return std::nullopt;
}

// The same of a TIMESTAMP, or to one, by the clocks of a zone.
std::optional<Value> ConvertMoment(const Value& value, const DataType& type, const TimeZone& zone) {
  const TypeId from = value.type().id();
  if (value.is_null()) return Value::Null(type);
  if (type.id() == TypeId::kTimestamp) {
    if (from == TypeId::kDate) return Value(type, zone.StartOfDay(value.integer() * kMicrosPerDay));
    if (from == TypeId::kTimestampNtz) return Value(type, zone.ToInstant(value.integer()));
    if (from != TypeId::kString) return std::nullopt;
    const auto time = ParseClock(value.text());
    if (!time) return std::nullopt;
    if (time->zone.empty()) return Value(type, zone.ToInstant(time->local));
    return time->at ? std::optional(Value(type, *time->at)) : std::nullopt;
  }
  if (from != TypeId::kTimestamp) return std::nullopt;
  const int64_t local = zone.ToLocal(value.integer());
  if (type.id() == TypeId::kTimestampNtz) return Value(type, local);
  if (type.id() == TypeId::kString) {
    return Value::String(Value(TypeId::kTimestampNtz, local).ToString());
  }
  if (type.id() != TypeId::kDate) return std::nullopt;
  return Value(type, local / kMicrosPerDay - (local % kMicrosPerDay < 0 ? 1 : 0));
}

// Conversions that Spark takes for nullable, since without ANSI mode they give NULL for some
// values.
bool CountsAsNullable(const DataType& from, const DataType& to) {
  const TypeId source = from.id();
  const TypeId target = to.id();
  if (source == TypeId::kVariant) return target != TypeId::kVariant;
  if (source == TypeId::kVoid || target == TypeId::kString) return false;
  if (source == TypeId::kString) return target != TypeId::kBinary;
  if (target == TypeId::kDate) return source != TypeId::kTimestamp;
  if (source == TypeId::kDate) return target != TypeId::kTimestamp;
  if (source == TypeId::kTimestamp) {
    return target == TypeId::kByte || target == TypeId::kShort || target == TypeId::kInt;
  }
  const bool real = source == TypeId::kFloat || source == TypeId::kDouble;
  if (target == TypeId::kTimestamp) return real;
  if (target == TypeId::kDecimal) {
    const int digits = to.precision() - to.scale();
    if (source == TypeId::kDecimal) {
      return digits < from.precision() - from.scale() || to.scale() < from.scale();
    }
    const int needed = source == TypeId::kByte    ? 3
                       : source == TypeId::kShort ? 5
                       : source == TypeId::kInt   ? 10
                       : source == TypeId::kLong  ? 20
                                                  : 39;
    return digits < needed;
  }
  return to.IsIntegral() && (real || source == TypeId::kDecimal);
}

}  // namespace

BoundExprPtr CastTo(BoundExprPtr expr, const DataType& type, CastMode mode) {
  if (expr->type.EqualsIgnoringNullability(type)) return expr;
  if (const Value* literal = AsLiteral(*expr)) {
    if (auto value = ConvertLiteral(*literal, type)) {
      const bool nullable = value->is_null() || CountsAsNullable(expr->type, type);
      return MakeExpr(expr->span, type, nullable, BoundLiteral{std::move(*value)});
    }
  }
  const Span span = expr->span;
  return ExplicitCast(std::move(expr), type, mode, span);
}

BoundExprPtr ExplicitCast(BoundExprPtr expr, const DataType& type, CastMode mode,
                          const Span& span) {
  // CAST(1 AS INT) has the digits of an INT, not those of a literal.
  const bool counts_digits = AsLiteral(*expr) != nullptr && type.IsIntegral();
  if (expr->type.EqualsIgnoringNullability(type) && !counts_digits) return expr;
  const bool nullable =
      expr->nullable || mode == CastMode::kTry || CountsAsNullable(expr->type, type);
  return MakeExpr(span, type, nullable, BoundCast{std::move(expr), mode});
}

namespace {

std::optional<Value> Negated(const Value& value) {
  if (value.is_null()) return value;
  if (value.type().IsIntegral() || value.type().IsInterval()) {
    if (value.integer() == INT64_MIN) return std::nullopt;
    return Value(value.type(), -value.integer());
  }
  if (value.type().id() == TypeId::kDouble || value.type().id() == TypeId::kFloat) {
    return Value(value.type(), -value.real());
  }
  if (value.type().id() == TypeId::kDecimal) return Value(value.type(), -value.decimal());
  return std::nullopt;
}

std::optional<Value> ConstantOfCast(const BoundExpr& expr, const BoundCast& cast,
                                    const TimeZone& zone) {
  auto inner = ConstantOf(*cast.operand, zone);
  if (!inner) return std::nullopt;
  if (IsMoment(inner->type()) || IsMoment(expr.type)) {
    return ConvertMoment(*inner, expr.type, cast.zone != nullptr ? *cast.zone : zone);
  }
  if (auto value = ConvertLiteral(*inner, expr.type)) return value;
  if (expr.type.id() == TypeId::kString) return Value::String(inner->ToString());
  if (!inner->is_null() && inner->type().id() == TypeId::kDouble && expr.type.IsIntegral()) {
    const double whole = std::trunc(inner->real());
    const bool in_range = std::fabs(whole) < 0x1p63;  // Not so for NaN.
    if (!in_range || !FitsInteger(static_cast<int64_t>(whole), expr.type.id())) return std::nullopt;
    return Value(expr.type, static_cast<int64_t>(whole));
  }
  if (inner->type().id() == TypeId::kString && !expr.type.IsNested()) {
    return ParseValue(inner->text(), expr.type);
  }
  return std::nullopt;
}

std::optional<Value> Arithmetic(const BoundExpr& expr, const BoundCall& call,
                                const std::vector<Value>& values) {
  if (values.size() != 2 || !expr.type.IsIntegral()) return std::nullopt;
  for (const Value& value : values) {
    if (value.is_null() || !value.type().IsIntegral()) return std::nullopt;
  }
  int64_t result = 0;
  bool overflow = true;
  const int64_t left = values[0].integer();
  const int64_t right = values[1].integer();
  if (call.signature->name == "+") overflow = __builtin_add_overflow(left, right, &result);
  if (call.signature->name == "-") overflow = __builtin_sub_overflow(left, right, &result);
  if (call.signature->name == "*") overflow = __builtin_mul_overflow(left, right, &result);
  if (overflow || !FitsInteger(result, expr.type.id())) return std::nullopt;
  return Value(expr.type, result);
}

// The digits of a decimal or a whole number behind so many places; nothing where they are too many.
std::optional<Int128> UnscaledAt(const Value& value, int scale) {
  const bool decimal = value.type().id() == TypeId::kDecimal;
  if (value.is_null() || (!decimal && !value.type().IsIntegral())) return std::nullopt;
  Int128 digits = decimal ? value.decimal() : Int128{value.integer()};
  for (int i = decimal ? value.type().scale() : 0; i < scale; ++i) {
    if (__builtin_mul_overflow(digits, Int128{10}, &digits)) return std::nullopt;
  }
  return digits;
}

// Sums and differences of decimals, as far as they are exact.
std::optional<Value> DecimalArithmetic(const BoundExpr& expr, std::string_view name,
                                       const std::vector<Value>& values) {
  if (values.size() != 2 || (name != "+" && name != "-")) return std::nullopt;
  for (const Value& value : values) {
    if (value.type().id() == TypeId::kDecimal && value.type().scale() > expr.type.scale()) {
      return std::nullopt;
    }
  }
  const auto left = UnscaledAt(values[0], expr.type.scale());
  const auto right = UnscaledAt(values[1], expr.type.scale());
  if (!left || !right) return std::nullopt;
  Int128 result = 0;
  const bool overflow = name == "+" ? __builtin_add_overflow(*left, *right, &result)
                                    : __builtin_sub_overflow(*left, *right, &result);
  Int128 limit = 1;
  for (int i = 0; i < expr.type.precision(); ++i) limit *= 10;
  if (overflow || result >= limit || result <= -limit) return std::nullopt;
  return Value(expr.type, result);
}

std::optional<Value> Quotient(const std::vector<Value>& values) {
  for (const Value& value : values) {
    if (value.is_null() || value.type().id() != TypeId::kDouble) return std::nullopt;
  }
  if (values.size() != 2 || values[1].real() == 0) return std::nullopt;
  return Value::Double(values[0].real() / values[1].real());
}

std::optional<Value> Concatenated(const std::vector<Value>& values) {
  std::string text;
  for (const Value& value : values) {
    if (value.is_null() || value.type().id() != TypeId::kString) return std::nullopt;
    text += value.text();
  }
  return Value::String(std::move(text));
}

std::optional<Value> ConstantOfCall(const BoundExpr& expr, const BoundCall& call,
                                    const TimeZone& zone) {
  std::vector<Value> values;
  for (const BoundExprPtr& argument : call.arguments) {
    auto value = ConstantOf(*argument, zone);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  const std::string_view name = call.signature->name;
  if (name == "array" || name == "map") return Value(expr.type, std::move(values));
  if (name == "-" && values.size() == 1) return Negated(values[0]);
  if (name == "/") return Quotient(values);
  if (expr.type.id() == TypeId::kDecimal) return DecimalArithmetic(expr, name, values);
  if (name == "concat" || name == "||") return Concatenated(values);
  if (name == "struct") return Value(expr.type, std::move(values));
  if (name == "named_struct") {
    std::vector<Value> members;
    for (size_t i = 1; i < values.size(); i += 2) members.push_back(std::move(values[i]));
    return Value(expr.type, std::move(members));
  }
  return Arithmetic(expr, call, values);
}

}  // namespace

std::optional<Value> ConstantOf(const BoundExpr& expr, const TimeZone& zone) {
  if (const Value* literal = AsLiteral(expr)) return *literal;
  if (const auto* cast = std::get_if<BoundCast>(&expr.node)) {
    return ConstantOfCast(expr, *cast, zone);
  }
  if (const auto* call = std::get_if<BoundCall>(&expr.node)) {
    return ConstantOfCall(expr, *call, zone);
  }
  return std::nullopt;
}

std::vector<PlanColumn> NumberedColumns(const Schema& schema) {
  std::vector<PlanColumn> columns;
  for (size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema[i];
    columns.push_back(
        {static_cast<ColumnId>(i), field.name, field.type, field.nullable, field.metadata});
  }
  return columns;
}

PlanPtr MakePlan(std::vector<PlanColumn> columns, decltype(Plan::node) node) {
  return std::make_shared<const Plan>(Plan{std::move(columns), std::move(node)});
}

PlanPtr MakeFilter(PlanPtr child, BoundExprPtr condition) {
  auto columns = child->columns;
  return MakePlan(std::move(columns), FilterPlan{std::move(child), std::move(condition)});
}

PlanPtr MakeProject(PlanPtr child, std::vector<NamedExpr> exprs) {
  bool same = exprs.size() == child->columns.size();
  for (size_t i = 0; same && i < exprs.size(); ++i) {
    const BoundColumn* column = AsColumn(*exprs[i].expr);
    same = column != nullptr && column->id == child->columns[i].id &&
           exprs[i].column.id == column->id && exprs[i].column.name == child->columns[i].name &&
           exprs[i].column.nullable == child->columns[i].nullable &&
           exprs[i].column.metadata == child->columns[i].metadata;
  }
  if (same) return child;
  std::vector<PlanColumn> columns;
  columns.reserve(exprs.size());
  for (const NamedExpr& expr : exprs) columns.push_back(expr.column);
  return MakePlan(std::move(columns), ProjectPlan{std::move(child), std::move(exprs)});
}

}  // namespace weir::sql
