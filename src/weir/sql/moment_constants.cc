#include "weir/sql/moment_constants.h"

#include <string_view>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/types/civil_time.h"

namespace weir::sql {
namespace {

bool IsPointInTime(const DataType& type) {
  return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp ||
         type.id() == TypeId::kTimestampNtz;
}

// The same day of another month, or the last one that it has.
int64_t DayMonthsLater(int64_t day, int64_t months) {
  const CivilDay civil = CivilDayOf(day);
  const int64_t month = civil.year * 12 + (civil.month - 1) + months;
  CivilDay later{FloorDiv(month, 12), 0, civil.day};
  later.month = static_cast<int>(month - later.year * 12) + 1;
  while (!IsValidDay(later)) --later.day;
  return DaysSinceEpoch(later);
}

// So many months or days later, by the clocks, and then so many microseconds; nothing where that is
// out of range.
std::optional<int64_t> LaterByClocks(int64_t time, int64_t months, int64_t days, int64_t micros,
                                     const TimeZone* zone) {
  const int64_t local = zone != nullptr ? zone->ToLocal(time) : time;
  const int64_t day = FloorDiv(local, kMicrosPerDay);
  int64_t moved = (months != 0 ? DayMonthsLater(day, months) : day) + days;
  if (__builtin_mul_overflow(moved, kMicrosPerDay, &moved) ||
      __builtin_add_overflow(moved, local - day * kMicrosPerDay, &moved)) {
    return std::nullopt;
  }
  if (zone != nullptr) moved = zone->ToInstant(moved, time);
  if (__builtin_add_overflow(moved, micros, &moved)) return std::nullopt;
  return moved;
}

std::optional<Value> MovedBy(const Value& point, const Value& by, bool minus, const DataType& type,
                             const TimeZone& zone) {
  if (point.is_null() || by.is_null()) return Value::Null(type);
  const int64_t amount = minus ? -by.integer() : by.integer();
  const bool by_months = by.type().id() == TypeId::kYearMonthInterval;
  const int64_t months = by_months ? amount : 0;
  const int64_t micros = by_months ? 0 : amount;
  if (point.type().id() == TypeId::kDate) {
    if (micros % kMicrosPerDay != 0) return std::nullopt;
    const int64_t day = point.integer();
    return Value(type, (months != 0 ? DayMonthsLater(day, months) : day) + micros / kMicrosPerDay);
  }
  const auto time =
      LaterByClocks(point.integer(), months, micros / kMicrosPerDay, micros % kMicrosPerDay,
                    point.type().id() == TypeId::kTimestamp ? &zone : nullptr);
  if (!time) return std::nullopt;
  return Value(type, *time);
}

// Null where it is something else.
BoundExprPtr MovedPoint(const BoundExpr& expr, const BoundCall& call, const TimeZone& zone) {
  const std::string_view name = call.signature->name;
  if ((name != "+" && name != "-") || call.arguments.size() != 2) return nullptr;
  BoundExprPtr point = call.arguments[0];
  BoundExprPtr by = call.arguments[1];
  if (name == "+" && point->type.IsInterval()) std::swap(point, by);
  if (!IsPointInTime(point->type) || !by->type.IsInterval() || point->type.id() != expr.type.id()) {
    return nullptr;
  }
  const auto at = ConstantInStatement(point, zone);
  const auto distance = at ? ConstantInStatement(by, zone) : std::nullopt;
  if (!distance || (!distance->is_null() && distance->integer() == INT64_MIN)) return nullptr;
  auto value = MovedBy(*at, *distance, name == "-", expr.type, zone);
  return value ? LiteralOf(*std::move(value), expr.span) : nullptr;
}

}  // namespace

std::optional<Value> ConstantInStatement(const BoundExprPtr& expr, const TimeZone& zone) {
  const BoundExprPtr known = Rewrite(expr, [&](const BoundExprPtr& part) -> BoundExprPtr {
    const auto* const call = std::get_if<BoundCall>(&part->node);
    if (call == nullptr) return nullptr;
    if (call->signature == &StatementConstant()) return call->arguments[0];
    return MovedPoint(*part, *call, zone);
  });
  return ConstantOf(*known, zone);
}

}  // namespace weir::sql
