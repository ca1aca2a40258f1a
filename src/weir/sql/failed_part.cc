#include "weir/sql/failed_part.h"

#include <string>
#include <utility>

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

}  // namespace

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
