#include "weir/sql/failed_part.h"

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

bool Tells(std::string_view message, std::string_view part) {
  return message.find(part) != std::string_view::npos;
}

// Whether the message names the value, where it is known; `before` and `after` stand around it.
bool MayTell(std::string_view message, const BoundExpr& value, std::string_view before,
             std::string_view after) {
  const Value* const literal = AsLiteral(value);
  if (literal == nullptr || literal->is_null()) return literal == nullptr;
  return Tells(message, std::string(before) + literal->ToString() + std::string(after));
}

// What an overflow's message calls a type of numbers.
std::string_view NameInOverflow(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return "byte overflow: ";
    case TypeId::kShort:
      return "short overflow: ";
    case TypeId::kInt:
      return "integer overflow: ";
    case TypeId::kLong:
      return "long overflow: ";
    default:
      return {};
  }
}

// "integer overflow: 2147483647 + 1."
bool Overflows(const BoundExpr& expr, const BoundCall& call, std::string_view message) {
  const std::string_view name = call.signature->name;
  const std::string_view type = NameInOverflow(expr.type);
  if (type.empty() || call.arguments.size() != 2) return false;
  if (name != "+" && name != "-" && name != "*") return false;
  const std::string sign = " " + std::string(name) + " ";
  return Tells(message, type) && Tells(message, sign) &&
         MayTell(message, *call.arguments[0], " ", sign) &&
         MayTell(message, *call.arguments[1], sign, "");
}

// "The value 'x' of the type "STRING" cannot be cast to "INT" ..."
bool FailsToCast(const BoundExpr& expr, const BoundCast& cast, std::string_view message) {
  const auto type_after = [&](std::string_view words) -> std::string_view {
    const size_t at = message.find(words);
    if (at == std::string_view::npos) return {};
    const size_t begin = at + words.size();
    return message.substr(begin, message.find('"', begin) - begin);
  };
  const std::string_view from = type_after("of the type \"");
  const std::string_view to = type_after("cannot be cast to \"");
  if (cast.mode != CastMode::kAnsi || to.empty()) return false;
  // "DECIMAL" without its digits; types of elements.
  const auto covers = [](const DataType& type, std::string_view name) {
    const std::string sql = type.ToSql();
    return sql.starts_with(name) || (type.IsNested() && Tells(sql, name));
  };
  const std::string_view quote = cast.operand->type.id() == TypeId::kString ? "'" : "";
  return covers(cast.operand->type, from) && covers(expr.type, to) &&
         MayTell(message, *cast.operand, quote, quote);
}

bool MayBeTheOne(const BoundExpr& expr, std::string_view condition, std::string_view message) {
  if (const auto* cast = std::get_if<BoundCast>(&expr.node)) {
    const bool casts = condition == "CAST_INVALID_INPUT" || condition == "CAST_OVERFLOW";
    return casts && FailsToCast(expr, *cast, message);
  }
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr) return false;
  const std::string_view name = call->signature->name;
  if (condition == "DIVIDE_BY_ZERO") return name == "/" || name == "div";
  if (condition == "REMAINDER_BY_ZERO") return name == "%" || name == "mod" || name == "pmod";
  const bool overflow =
      condition == "ARITHMETIC_OVERFLOW" || condition == "BINARY_ARITHMETIC_OVERFLOW";
  return overflow && Overflows(expr, *call, message);
}

// A conversion that nobody wrote has the place of what it converts.
bool IsUnwritten(const BoundExpr& expr, const BoundCast& cast) {
  const Span& inner = cast.operand->span;
  return expr.span.source == inner.source && expr.span.begin == inner.begin &&
         expr.span.end == inner.end;
}

// "... cannot be represented as Decimal(10, 2)."
bool MayLeaveDecimal(const BoundExpr& expr, std::string_view message) {
  const auto* cast = std::get_if<BoundCast>(&expr.node);
  if (cast == nullptr || cast->mode != CastMode::kAnsi || expr.type.id() != TypeId::kDecimal) {
    return false;
  }
  return IsUnwritten(expr, *cast) &&
         Tells(message, "Decimal(" + std::to_string(expr.type.precision()) + ", " +
                            std::to_string(expr.type.scale()) + ")");
}

// The same of other types: a cast that stores the value.
bool MayLeaveType(const BoundExpr& expr, std::string_view message) {
  const auto* cast = std::get_if<BoundCast>(&expr.node);
  return cast != nullptr && IsUnwritten(expr, *cast) && FailsToCast(expr, *cast, message);
}

// "... length limitation: 5."
bool MayBeTooLong(const BoundExpr& expr, std::string_view message) {
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->arguments.size() != 2) return false;
  if (call->signature != &StoredCharSignature() && call->signature != &StoredVarcharSignature()) {
    return false;
  }
  const Value* const limit = AsLiteral(*call->arguments[1]);
  return limit != nullptr && Tells(message, "limitation: " + limit->ToString() + ".");
}

void CollectFailedColumns(const Plan& plan, const std::function<bool(const BoundExpr&)>& may_fail,
                          std::set<std::string>& names) {
  if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) {
    for (const NamedExpr& one : project->exprs) {
      ForEachExpr(*one.expr, [&](const BoundExpr& expr) {
        if (may_fail(expr)) names.insert(one.column.name);
      });
    }
  }
  ForEachChildPlan(plan,
                   [&](const PlanPtr& child) { CollectFailedColumns(*child, may_fail, names); });
}

}  // namespace

std::optional<std::string> FailedColumn(const Plan& plan, std::string_view condition,
                                        std::string_view message) {
  std::function<bool(const BoundExpr&)> may_fail;
  if (condition == "EXCEED_LIMIT_LENGTH") {
    may_fail = [&](const BoundExpr& expr) { return MayBeTooLong(expr, message); };
  } else if (condition.starts_with("NUMERIC_VALUE_OUT_OF_RANGE")) {
    may_fail = [&](const BoundExpr& expr) { return MayLeaveDecimal(expr, message); };
  } else if (condition == "CAST_OVERFLOW") {
    may_fail = [&](const BoundExpr& expr) { return MayLeaveType(expr, message); };
  } else {
    return std::nullopt;
  }
  std::set<std::string> names;
  CollectFailedColumns(plan, may_fail, names);
  if (names.size() != 1 || names.begin()->starts_with('\x01')) return std::nullopt;
  return *names.begin();
}

std::optional<Span> FailedPart(const Plan& plan, std::string_view condition,
                               std::string_view message) {
  std::optional<Span> found;
  bool several = false;
  ForEachExpr(plan, [&](const BoundExpr& expr) {
    if (several || !MayBeTheOne(expr, condition, message)) return;
    // One that was written once may stand in the plan more than once.
    several = expr.span.source == nullptr ||
              (found && (found->source != expr.span.source || found->begin != expr.span.begin ||
                         found->end != expr.span.end));
    found = expr.span;
  });
  return several ? std::nullopt : std::move(found);
}

}  // namespace weir::sql
