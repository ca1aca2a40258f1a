#include "weir/sql/expression_binder.h"

#include <algorithm>
#include <utility>

#include "weir/sql/declared_strings.h"

namespace weir::sql {

std::string_view ClauseName(Clause clause) {
  switch (clause) {
    case Clause::kSelect:
      return "SELECT";
    case Clause::kWhere:
      return "WHERE";
    case Clause::kJoin:
      return "JOIN ON";
    case Clause::kGroupBy:
      return "GROUP BY";
    case Clause::kHaving:
      return "HAVING";
    case Clause::kQualify:
      return "QUALIFY";
    case Clause::kOrderBy:
      return "ORDER BY";
    case Clause::kValues:
      return "VALUES";
    case Clause::kConstant:
      return "a constant";
    case Clause::kGenerator:
      return "a generator";
    case Clause::kExpectation:
      return "EXPECT";
    case Clause::kRoutine:
      return "the body of a function";
  }
  return "";
}

std::string QuotedType(const DataType& type) { return "\"" + type.ToSql() + "\""; }

std::string QuotedText(const Span& span) {
  constexpr size_t kMost = 60;
  if (span.source == nullptr) return "\"\"";
  std::string text(span.Text());
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return "\"" + text + "\"";
}

std::optional<int64_t> OrdinalOf(const Expr& expr) {
  if (const auto* literal = std::get_if<LiteralExpr>(&expr.node)) {
    const Value& value = literal->value;
    if (value.is_null() || value.type().id() != TypeId::kInt) return std::nullopt;
    return value.integer();
  }
  const auto* unary = std::get_if<UnaryExpr>(&expr.node);
  if (unary == nullptr || unary->op != UnaryOp::kMinus) return std::nullopt;
  const auto positive = OrdinalOf(*unary->operand);
  if (!positive) return std::nullopt;
  return -*positive;
}

BoundExprPtr ComputedList::Add(Binding& binding, BoundExprPtr expr, const std::string& name) {
  if (const auto known = index_.Find(*expr)) return ColumnOf(exprs_[*known].column, expr->span);
  PlanColumn column{binding.NewColumn(), name, expr->type, expr->nullable};
  Span span = expr->span;
  index_.Add(expr, exprs_.size());
  exprs_.push_back({column, std::move(expr)});
  return ColumnOf(column, std::move(span));
}

BoundExprPtr ExpressionBinder::Bind(const Expr& expr) {
  return std::visit([&](const auto& node) { return BindNode(node, expr); }, expr.node);
}

BoundExprPtr ExpressionBinder::BindCondition(const Expr& expr, const std::string& condition) {
  BoundExprPtr bound = Bind(expr);
  if (bound == nullptr) return nullptr;
  if (bound->type.id() == TypeId::kBoolean) return bound;
  if (bound->type.id() == TypeId::kVoid) return CastTo(std::move(bound), TypeId::kBoolean);
  binding_.Report(
      condition, expr.span,
      "this must be a condition of type BOOLEAN, but is of type " + QuotedType(bound->type));
  return nullptr;
}

bool ExpressionBinder::Unify(std::vector<BoundExprPtr*> exprs, const Span& span,
                             std::string_view what) {
  std::optional<DataType> common = (*exprs[0])->type;
  for (size_t i = 1; i < exprs.size(); ++i) {
    const DataType& type = (*exprs[i])->type;
    if (type == *common) continue;
    const auto wider = CommonType(*common, type);
    if (!wider) {
      binding_.Report("DATATYPE_MISMATCH.DATA_DIFF_TYPES", span,
                      std::string(what) + " must have one type, but here are " +
                          QuotedType(*common) + " and " + QuotedType(type),
                      "convert one with CAST");
      return false;
    }
    common = wider;
  }
  for (BoundExprPtr* expr : exprs) *expr = CastTo(*expr, *common);
  return true;
}

BoundExprPtr ExpressionBinder::BindNode(const LiteralExpr& node, const Expr& expr) {
  if (node.value.is_null() || node.value.type().id() != TypeId::kTimestamp) {
    return LiteralOf(node.value, expr.span);
  }
  auto moment = MomentOf(node, binding_);
  if (moment) return LiteralOf(std::move(*moment), expr.span);
  binding_.Report(
      "INVALID_TYPED_LITERAL", expr.span,
      "The value of the typed literal \"TIMESTAMP\" is invalid: there is no time zone '" +
          *node.zone + "'.",
      "write a region such as 'Europe/Berlin', or an offset such as '+01:00'");
  return nullptr;
}

BoundExprPtr ExpressionBinder::BindNode(const StarExpr&, const Expr& expr) {
  binding_.Report("INVALID_USAGE_OF_STAR_OR_REGEX", expr.span,
                  "* cannot stand in this place of " + std::string(ClauseName(context_.clause)));
  return nullptr;
}

BoundExprPtr ExpressionBinder::BindNode(const UnaryExpr& node, const Expr& expr) {
  BoundExprPtr operand = Bind(*node.operand);
  if (operand == nullptr) return nullptr;
  switch (node.op) {
    case UnaryOp::kNot:
      if (const auto* query = std::get_if<BoundSubquery>(&operand->node);
          query != nullptr && query->kind == SubqueryKind::kIn) {
        BoundSubquery turned = *query;
        turned.negated = !turned.negated;
        return MakeExpr(expr.span, TypeId::kBoolean, false, std::move(turned));
      }
      return Call("not", {std::move(operand)}, expr.span);
    case UnaryOp::kMinus:
      return Call("-", {std::move(operand)}, expr.span);
    case UnaryOp::kPlus:
      return Call("+", {std::move(operand)}, expr.span);
    case UnaryOp::kBitNot:
      return Call("~", {std::move(operand)}, expr.span);
  }
  return nullptr;
}

namespace {

std::string_view OperatorName(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr:
      return "or";
    case BinaryOp::kAnd:
      return "and";
    case BinaryOp::kEq:
      return "=";
    case BinaryOp::kNe:
      return "<>";
    case BinaryOp::kNullSafeEq:
      return "<=>";
    case BinaryOp::kLt:
      return "<";
    case BinaryOp::kLe:
      return "<=";
    case BinaryOp::kGt:
      return ">";
    case BinaryOp::kGe:
      return ">=";
    case BinaryOp::kAdd:
      return "+";
    case BinaryOp::kSubtract:
      return "-";
    case BinaryOp::kMultiply:
      return "*";
    case BinaryOp::kDivide:
      return "/";
    case BinaryOp::kModulo:
      return "%";
    case BinaryOp::kIntDivide:
      return "div";
    case BinaryOp::kConcat:
      return "||";
    case BinaryOp::kBitAnd:
      return "&";
    case BinaryOp::kBitOr:
      return "|";
    case BinaryOp::kBitXor:
      return "^";
    case BinaryOp::kShiftLeft:
      return "<<";
    case BinaryOp::kShiftRight:
      return ">>";
    case BinaryOp::kShiftRightUnsigned:
      return ">>>";
  }
  return "";
}

}  // namespace

namespace {

bool Compares(BinaryOp op) {
  return op == BinaryOp::kEq || op == BinaryOp::kNe || op == BinaryOp::kNullSafeEq ||
         op == BinaryOp::kLt || op == BinaryOp::kLe || op == BinaryOp::kGt || op == BinaryOp::kGe;
}

}  // namespace

BoundExprPtr ExpressionBinder::Negate(BoundExprPtr expr, bool negated, const Span& span) {
  if (expr == nullptr || !negated) return expr;
  return Call("not", {std::move(expr)}, span);
}

BoundExprPtr ExpressionBinder::BindNode(const BinaryExpr& node, const Expr& expr) {
  BoundExprPtr left = Bind(*node.left);
  BoundExprPtr right = Bind(*node.right);
  if (left == nullptr || right == nullptr) return nullptr;
  const bool arithmetic =
      node.op == BinaryOp::kAdd || node.op == BinaryOp::kSubtract || node.op == BinaryOp::kMultiply;
  if (arithmetic && (IsTemporal(left->type) || IsTemporal(right->type))) {
    binding_.temporal_operands[&expr] = {left->type.id(), right->type.id()};
  }
  if (Compares(node.op)) PadForComparison(binding_, {&left, &right});
  return Call(OperatorName(node.op), {std::move(left), std::move(right)}, expr.span);
}

BoundExprPtr ExpressionBinder::BindNode(const BetweenExpr& node, const Expr& expr) {
  BoundExprPtr operand = Bind(*node.operand);
  BoundExprPtr low = Bind(*node.low);
  BoundExprPtr high = Bind(*node.high);
  if (operand == nullptr || low == nullptr || high == nullptr) return nullptr;
  BoundExprPtr upper = operand;
  PadForComparison(binding_, {&operand, &low});
  PadForComparison(binding_, {&upper, &high});
  BoundExprPtr from = Call(">=", {std::move(operand), std::move(low)}, expr.span);
  if (from == nullptr) return nullptr;  // The other comparison would say the same.
  BoundExprPtr to = Call("<=", {std::move(upper), std::move(high)}, expr.span);
  if (to == nullptr) return nullptr;
  return Negate(Call("and", {std::move(from), std::move(to)}, expr.span), node.negated, expr.span);
}

namespace {

// (a, b) IN ((1, 2)): rows are compared by position, whatever their fields are called.
BoundExprPtr AsRowOf(const DataType& row, BoundExprPtr item) {
  if (row.id() != TypeId::kStruct || item->type.id() != TypeId::kStruct ||
      row.fields().size() != item->type.fields().size()) {
    return item;
  }
  std::vector<Field> fields = item->type.fields();
  for (size_t i = 0; i < fields.size(); ++i) fields[i].name = row.fields()[i].name;
  return CastTo(std::move(item), DataType::Struct(std::move(fields)));
}

}  // namespace

BoundExprPtr ExpressionBinder::BindNode(const InListExpr& node, const Expr& expr) {
  std::vector<BoundExprPtr> parts{Bind(*node.operand)};
  for (const ExprPtr& item : node.items) {
    BoundExprPtr bound = Bind(*item);
    if (bound != nullptr && parts[0] != nullptr) bound = AsRowOf(parts[0]->type, std::move(bound));
    parts.push_back(std::move(bound));
  }
  std::vector<BoundExprPtr*> all;
  for (BoundExprPtr& part : parts) {
    if (part == nullptr) return nullptr;
    all.push_back(&part);
  }
  PadForComparison(binding_, all);
  if (!Unify(std::move(all), expr.span, "the operand and the items of IN")) return nullptr;
  if (!IsOrderable(parts[0]->type)) {
    binding_.Report("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", expr.span,
                    "IN cannot compare values of type " + QuotedType(parts[0]->type));
    return nullptr;
  }
  if (parts.size() == 2) {
    return Negate(Call("=", std::move(parts), expr.span), node.negated, expr.span);
  }
  return Negate(Call("in", std::move(parts), expr.span), node.negated, expr.span);
}

BoundExprPtr ExpressionBinder::BindNode(const LikeExpr& node, const Expr& expr) {
  const std::string_view name = node.kind == LikeKind::kLike    ? "like"
                                : node.kind == LikeKind::kIlike ? "ilike"
                                                                : "rlike";
  BoundExprPtr operand = Bind(*node.operand);
  BoundExprPtr result;
  bool failed = operand == nullptr;
  for (const ExprPtr& pattern : node.patterns) {
    BoundExprPtr bound = Bind(*pattern);
    if (bound == nullptr || operand == nullptr) {
      failed = true;
      continue;
    }
    std::vector<BoundExprPtr> arguments{operand, std::move(bound)};
    if (node.escape) {
      arguments.push_back(LiteralOf(Value::String(std::string(1, *node.escape)), expr.span));
    }
    BoundExprPtr one = Call(name, std::move(arguments), expr.span);
    // NOT LIKE ANY: not like at least one; so the negation stands on each.
    if (node.quantifier != LikeQuantifier::kNone) one = Negate(one, node.negated, expr.span);
    failed |= one == nullptr;
    if (failed) continue;
    const std::string_view join = node.quantifier == LikeQuantifier::kAny ? "or" : "and";
    result = result == nullptr ? one : Call(join, {result, one}, expr.span);
  }
  if (failed) return nullptr;
  if (node.quantifier != LikeQuantifier::kNone) return result;
  return Negate(std::move(result), node.negated, expr.span);
}

BoundExprPtr ExpressionBinder::BindNode(const IsExpr& node, const Expr& expr) {
  if (node.kind == IsKind::kNull) {
    BoundExprPtr operand = Bind(*node.operand);
    if (operand == nullptr) return nullptr;
    return Call(node.negated ? "is not null" : "is null", {std::move(operand)}, expr.span);
  }
  BoundExprPtr operand = BindCondition(*node.operand, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
  if (operand == nullptr) return nullptr;
  BoundExprPtr result;
  if (node.kind == IsKind::kUnknown) {
    result = Call("is null", {std::move(operand)}, expr.span);
  } else {
    BoundExprPtr wanted = LiteralOf(Value::Boolean(node.kind == IsKind::kTrue), expr.span);
    result = Call("<=>", {std::move(operand), std::move(wanted)}, expr.span);
  }
  return Negate(std::move(result), node.negated, expr.span);
}

BoundExprPtr ExpressionBinder::BindNode(const IsDistinctExpr& node, const Expr& expr) {
  BoundExprPtr left = Bind(*node.left);
  BoundExprPtr right = Bind(*node.right);
  if (left == nullptr || right == nullptr) return nullptr;
  PadForComparison(binding_, {&left, &right});
  return Negate(Call("<=>", {std::move(left), std::move(right)}, expr.span), !node.negated,
                expr.span);
}

BoundExprPtr ExpressionBinder::BindNode(const CaseExpr& node, const Expr& expr) {
  BoundExprPtr operand = node.operand == nullptr ? nullptr : Bind(*node.operand);
  bool failed = node.operand != nullptr && operand == nullptr;
  BoundCase bound;
  for (const auto& [when, then] : node.branches) {
    BoundExprPtr condition;
    if (node.operand == nullptr) {
      condition = BindCondition(*when, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
    } else if (BoundExprPtr value = Bind(*when); value != nullptr && operand != nullptr) {
      BoundExprPtr compared = operand;
      PadForComparison(binding_, {&compared, &value});
      condition = Call("=", {std::move(compared), std::move(value)}, when->span);
    }
    BoundExprPtr result = Bind(*then);
    failed |= condition == nullptr || result == nullptr;
    bound.branches.emplace_back(std::move(condition), std::move(result));
  }
  if (node.otherwise != nullptr) {
    bound.otherwise = Bind(*node.otherwise);
    failed |= bound.otherwise == nullptr;
  }
  if (failed) return nullptr;
  std::vector<BoundExprPtr*> results;
  for (auto& branch : bound.branches) results.push_back(&branch.second);
  if (bound.otherwise != nullptr) results.push_back(&bound.otherwise);
  if (!Unify(results, expr.span, "the results of CASE")) return nullptr;
  bool nullable = bound.otherwise == nullptr;
  for (BoundExprPtr* result : results) nullable |= (*result)->nullable;
  const DataType type = (*results[0])->type;
  return MakeExpr(expr.span, type, nullable, std::move(bound));
}

BoundExprPtr ExpressionBinder::BindNode(const CastExpr& node, const Expr& expr) {
  const CastMode mode = node.is_try ? CastMode::kTry : CastMode::kAnsi;
  return Convert(Bind(*node.operand), node.type, mode, expr.span);
}

BoundExprPtr ExpressionBinder::Convert(BoundExprPtr operand, const DataType& type, CastMode mode,
                                       const Span& span) {
  if (operand == nullptr) return nullptr;
  if (!CanCast(operand->type, type)) {
    binding_.Report(std::string(RefusedCast(operand->type, type)), span,
                    QuotedType(operand->type) + " cannot be cast to " + QuotedType(type));
    return nullptr;
  }
  return ExplicitCast(std::move(operand), type, mode, span);
}
BoundExprPtr ExpressionBinder::BindNode(const IndexExpr& node, const Expr& expr) {
  BoundExprPtr operand = Bind(*node.operand);
  BoundExprPtr index = Bind(*node.index);
  if (operand == nullptr || index == nullptr) return nullptr;
  if (operand->type.id() != TypeId::kStruct) {
    return Call("[]", {std::move(operand), std::move(index)}, expr.span);
  }
  const Value* name = AsLiteral(*index);
  if (name == nullptr || name->is_null() || name->type().id() != TypeId::kString) {
    binding_.Report("INVALID_EXTRACT_FIELD_TYPE", node.index->span,
                    "a field of a STRUCT is named by a string literal");
    return nullptr;
  }
  return ExtractField(std::move(operand), {name->text(), node.index->span}, expr.span);
}

BoundExprPtr ExpressionBinder::BindNode(const FieldExpr& node, const Expr& expr) {
  BoundExprPtr operand = Bind(*node.operand);
  if (operand == nullptr) return nullptr;
  return ExtractField(std::move(operand), node.field, expr.span);
}

namespace {

// One unit as an interval; nothing for an unknown one.
std::optional<Value> UnitInterval(std::string_view unit) {
  constexpr int64_t kSecond = 1'000'000;
  if (unit == "year") return Value(TypeId::kYearMonthInterval, int64_t{12});
  if (unit == "month") return Value(TypeId::kYearMonthInterval, int64_t{1});
  if (unit == "week") return Value(TypeId::kDayTimeInterval, 7 * 86'400 * kSecond);
  if (unit == "day") return Value(TypeId::kDayTimeInterval, 86'400 * kSecond);
  if (unit == "hour") return Value(TypeId::kDayTimeInterval, 3'600 * kSecond);
  if (unit == "minute") return Value(TypeId::kDayTimeInterval, 60 * kSecond);
  if (unit == "second") return Value(TypeId::kDayTimeInterval, kSecond);
  if (unit == "millisecond") return Value(TypeId::kDayTimeInterval, int64_t{1'000});
  if (unit == "microsecond") return Value(TypeId::kDayTimeInterval, int64_t{1});
  return std::nullopt;
}

}  // namespace

BoundExprPtr ExpressionBinder::BindNode(const IntervalExpr& node, const Expr& expr) {
  BoundExprPtr sum;
  for (const auto& [amount, unit] : node.parts) {
    const auto interval = UnitInterval(unit);
    if (!interval) {
      binding_.Report("INVALID_INTERVAL_FORMAT.INVALID_UNIT", expr.span,
                      "there is no interval unit " + QuoteName(unit));
      return nullptr;
    }
    BoundExprPtr bound = Bind(*amount);
    if (bound == nullptr) return nullptr;
    if (bound->type.id() == TypeId::kString) bound = CastTo(std::move(bound), TypeId::kDouble);
    BoundExprPtr part = Call("*", {LiteralOf(*interval, expr.span), std::move(bound)}, expr.span);
    if (part == nullptr) return nullptr;
    sum = sum == nullptr ? part : Call("+", {sum, part}, expr.span);
    if (sum == nullptr) return nullptr;
  }
  return sum;
}

BoundExprPtr ExpressionBinder::BindNode(const ParameterExpr& node, const Expr& expr) {
  const BindOptions& options = binding_.options();
  if (node.name) {
    const auto found = options.named_parameters.find(*node.name);
    if (found != options.named_parameters.end()) return LiteralOf(found->second, expr.span);
  } else if (node.position < options.positional_parameters.size()) {
    return LiteralOf(options.positional_parameters[node.position], expr.span);
  }
  const std::string name =
      node.name ? ":" + *node.name : "? number " + std::to_string(node.position + 1);
  binding_.Report("UNBOUND_SQL_PARAMETER", expr.span, "no value was given for parameter " + name);
  return nullptr;
}

}  // namespace weir::sql
