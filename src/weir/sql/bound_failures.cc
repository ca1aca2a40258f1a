// What may end a statement when it is evaluated.
#include <set>
#include <string_view>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"
#include "weir/sql/functions_table.h"

namespace weir::sql {
namespace {

// Functions that give a value for whatever they are given; others may fail.
bool NeverFails(std::string_view name) {
  static const std::set<std::string_view> names = {"!",
                                                   "!=",
                                                   "<",
                                                   "<=",
                                                   "<=>",
                                                   "<>",
                                                   "=",
                                                   "==",
                                                   ">",
                                                   ">=",
                                                   "and",
                                                   "array",
                                                   "array_contains",
                                                   "char_length",
                                                   "coalesce",
                                                   "concat",
                                                   "contains",
                                                   "day",
                                                   "endswith",
                                                   "equal_null",
                                                   "greatest",
                                                   "hour",
                                                   "if",
                                                   "ifnull",
                                                   "iff",
                                                   "ilike",
                                                   "in",
                                                   "is not null",
                                                   "is null",
                                                   "isnan",
                                                   "isnotnull",
                                                   "isnull",
                                                   "least",
                                                   "left",
                                                   "length",
                                                   "like",
                                                   "lower",
                                                   "ltrim",
                                                   "map_contains_key",
                                                   "minute",
                                                   "month",
                                                   "named_struct",
                                                   "not",
                                                   "nullif",
                                                   "nvl",
                                                   "nvl2",
                                                   "or",
                                                   "padded_char",
                                                   "quarter",
                                                   "right",
                                                   "rtrim",
                                                   "second",
                                                   "size",
                                                   "startswith",
                                                   "struct",
                                                   "substr",
                                                   "substring",
                                                   "trim",
                                                   "try_add",
                                                   "try_divide",
                                                   "try_element_at",
                                                   "try_multiply",
                                                   "try_subtract",
                                                   "upper",
                                                   "year",
                                                   "||"};
  return names.contains(name);
}

bool IsWholeNumber(const DataType& type) {
  return type.id() == TypeId::kByte || type.id() == TypeId::kShort || type.id() == TypeId::kInt ||
         type.id() == TypeId::kLong;
}

// Casts that have a value for all that they are given.
bool NeverFails(const DataType& from, const DataType& to) {
  if (from == to || to.id() == TypeId::kString) return true;
  if (IsReal(to)) return IsWholeNumber(from) || IsReal(from) || from.id() == TypeId::kDecimal;
  if (IsWholeNumber(from) && IsWholeNumber(to)) {
    return static_cast<int>(from.id()) < static_cast<int>(to.id());
  }
  if (to.id() == TypeId::kDecimal) return !CastIsNullable(from, to);
  return from.id() == TypeId::kDate && to.id() == TypeId::kTimestamp;
}

}  // namespace

bool MayFail(const BoundExpr& expr) {
  if (const auto* call = std::get_if<BoundCall>(&expr.node)) {
    const std::string_view name = call->signature->name;
    const bool real = IsReal(expr.type) && (name == "+" || name == "-" || name == "*");
    if (!real && !NeverFails(name)) return true;
  } else if (const auto* cast = std::get_if<BoundCast>(&expr.node)) {
    if (cast->mode != CastMode::kTry && !NeverFails(cast->operand->type, expr.type)) return true;
  } else if (std::holds_alternative<BoundSubquery>(expr.node)) {
    return false;  // A join wherever it stands.
  }
  bool found = false;
  ForEachChild(expr, [&](const BoundExprPtr& child) { found = found || MayFail(*child); });
  return found;
}

}  // namespace weir::sql
