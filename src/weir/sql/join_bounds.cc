#include "weir/sql/join_bounds.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

using EventTimes = std::unordered_map<ColumnId, PlanColumn>;

// A moment: an event time and so many microseconds.
struct Shifted {
  ColumnId column;
  int64_t micros = 0;
};

std::optional<int64_t> MicrosOf(const BoundExpr& expr) {
  const auto value = ConstantOf(expr);
  if (!value || value->is_null()) return std::nullopt;
  if (value->type().id() == TypeId::kDayTimeInterval) return value->integer();
  return std::nullopt;
}

std::optional<Shifted> ShiftedOf(const BoundExpr& expr, const EventTimes& times) {
  if (const BoundColumn* column = AsColumn(expr)) {
    if (!times.contains(column->id) || expr.type.id() != TypeId::kTimestamp) return std::nullopt;
    return Shifted{column->id, 0};
  }
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->arguments.size() != 2) return std::nullopt;
  const bool plus = call->signature->name == "+";
  if (!plus && call->signature->name != "-") return std::nullopt;
  auto moment = ShiftedOf(*call->arguments[0], times);
  auto length = MicrosOf(*call->arguments[1]);
  if (!moment && plus) {
    moment = ShiftedOf(*call->arguments[1], times);
    length = MicrosOf(*call->arguments[0]);
  }
  if (!moment || !length) return std::nullopt;
  moment->micros += plus ? *length : -*length;
  return moment;
}

int64_t FloorMillis(int64_t micros) { return micros / 1000 - (micros % 1000 < 0 ? 1 : 0); }

// What the watermark must be ahead of a row by, in milliseconds, before `lesser < greater` is false
// for all rows of the other side that still come.
std::optional<int64_t> AheadBy(const BoundExprPtr& part, const EventTimes& own,
                               const EventTimes& other) {
  const auto* call = std::get_if<BoundCall>(&part->node);
  if (call == nullptr || call->arguments.size() != 2) return std::nullopt;
  const std::string_view name = call->signature->name;
  const bool less = name == "<" || name == "<=";
  if (!less && name != ">" && name != ">=") return std::nullopt;
  // Of the other side the lesser one: as its event times grow, they pass that of the row.
  const auto lesser = ShiftedOf(*call->arguments[less ? 0 : 1], other);
  const auto greater = ShiftedOf(*call->arguments[less ? 1 : 0], own);
  if (!lesser || !greater) return std::nullopt;
  const bool strict = name == "<" || name == ">";
  return -FloorMillis(lesser->micros - greater->micros) + (strict ? 0 : 1);
}

BoundExprPtr EqualEventTime(const std::vector<BoundExprPtr>& parts, const Plan& own,
                            const EventTimes& own_times, const Plan& other,
                            const EventTimes& other_times) {
  for (const BoundExprPtr& part : parts) {
    const auto* call = std::get_if<BoundCall>(&part->node);
    if (call == nullptr || call->arguments.size() != 2) continue;
    const std::string_view name = call->signature->name;
    if (name != "=" && name != "==" && name != "<=>" && name != "equal_null") continue;
    for (const size_t mine : {0, 1}) {
      const BoundExprPtr& key = call->arguments[mine];
      const BoundExprPtr& theirs = call->arguments[1 - mine];
      if (!IsOf(*key, own) || !IsOf(*theirs, other)) continue;
      if (GivesEventTime(*key, own_times) || GivesEventTime(*theirs, other_times)) {
        return MomentOf(key);
      }
    }
  }
  return nullptr;
}

}  // namespace

std::vector<BoundExprPtr> ConditionParts(const BoundExprPtr& condition) {
  if (condition == nullptr) return {};
  const auto* call = std::get_if<BoundCall>(&condition->node);
  if (call == nullptr || call->signature->name != "and") return {condition};
  std::vector<BoundExprPtr> parts;
  for (const BoundExprPtr& argument : call->arguments) {
    for (BoundExprPtr& part : ConditionParts(argument)) parts.push_back(std::move(part));
  }
  return parts;
}

bool IsOf(const BoundExpr& expr, const Plan& plan) {
  std::unordered_set<ColumnId> used;
  CollectColumns(expr, used);
  const auto has = [&](ColumnId id) {
    return std::any_of(plan.columns.begin(), plan.columns.end(),
                       [&](const PlanColumn& column) { return column.id == id; });
  };
  return !used.empty() && std::all_of(used.begin(), used.end(), has);
}

BoundExprPtr LastMeeting(const BoundExprPtr& condition, const Plan& own, const Plan& other) {
  const auto parts = ConditionParts(condition);
  const EventTimes own_times = EventTimesOf(own);
  const EventTimes other_times = EventTimesOf(other);
  if (auto key = EqualEventTime(parts, own, own_times, other, other_times)) return key;
  // The last of what the comparisons say is sure of all of them.
  std::optional<int64_t> ahead;
  for (const BoundExprPtr& part : parts) {
    const auto one = AheadBy(part, own_times, other_times);
    if (one) ahead = std::max(ahead.value_or(*one), *one);
  }
  if (!ahead) return nullptr;
  for (const PlanColumn& column : own.columns) {
    if (!own_times.contains(column.id) || column.type.id() != TypeId::kTimestamp) continue;
    return MakeCall(
        "+", {ColumnOf(column, {}), LiteralOf(Value(TypeId::kDayTimeInterval, *ahead * 1000), {})});
  }
  return nullptr;
}

}  // namespace weir::sql
