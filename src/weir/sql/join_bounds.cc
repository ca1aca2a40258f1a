#include "weir/sql/join_bounds.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

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
    if (!times.Has(column->id) || expr.type.id() != TypeId::kTimestamp) return std::nullopt;
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

// By which event time of a row, and by how much later than it in milliseconds, the watermark makes
// `lesser < greater` false for all rows of the other side that still come.
std::optional<std::pair<ColumnId, int64_t>> AheadBy(const BoundExprPtr& part, const EventTimes& own,
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
  return std::pair(greater->column,
                   -FloorMillis(lesser->micros - greater->micros) + (strict ? 0 : 1));
}

// What waits, and what it waits for.
struct TimedSide {
  TimedSide(const PlanPtr& side, const std::set<InputId>& streams)
      : plan(*side), times(EventTimesOf(*side, streams)) {}
  const Plan& plan;
  EventTimes times;
};

std::optional<Wait> ByEqualTime(const std::vector<BoundExprPtr>& parts, const TimedSide& own,
                                const TimedSide& other) {
  for (const BoundExprPtr& part : parts) {
    const auto* call = std::get_if<BoundCall>(&part->node);
    if (call == nullptr || call->arguments.size() != 2) continue;
    const std::string_view name = call->signature->name;
    if (name != "=" && name != "==" && name != "<=>" && name != "equal_null") continue;
    for (const size_t mine : {0, 1}) {
      const BoundExprPtr& key = call->arguments[mine];
      const BoundExprPtr& theirs = call->arguments[1 - mine];
      if (!IsOf(*key, own.plan) || !IsOf(*theirs, other.plan)) continue;
      const bool is_time = GivesEventTime(*key, own.times);
      if (!is_time && !GivesEventTime(*theirs, other.times)) continue;
      Wait wait{MomentOf(key), {}, 0};
      const BoundColumn* column = is_time ? AsColumn(*key) : nullptr;
      if (column != nullptr) wait.time = own.times.columns.at(column->id);
      return wait;
    }
  }
  return std::nullopt;
}

// By the first event time that is compared at all. The last of what its comparisons say is sure of
// all of them.
std::optional<Wait> ByComparedTimes(const std::vector<BoundExprPtr>& parts, const TimedSide& own,
                                    const TimedSide& other) {
  std::unordered_map<ColumnId, int64_t> ahead;
  for (const BoundExprPtr& part : parts) {
    const auto one = AheadBy(part, own.times, other.times);
    if (!one) continue;
    const auto [at, is_new] = ahead.insert(*one);
    if (!is_new) at->second = std::max(at->second, one->second);
  }
  for (const PlanColumn& column : own.plan.columns) {
    const auto at = ahead.find(column.id);
    if (at == ahead.end()) continue;
    return Wait{ColumnOf(column, {}), column, at->second};
  }
  return std::nullopt;
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

std::optional<Wait> WaitOf(const JoinPlan& join, bool is_left, const std::set<InputId>& streams) {
  const TimedSide own(is_left ? join.left : join.right, streams);
  const TimedSide other(is_left ? join.right : join.left, streams);
  const auto parts = ConditionParts(join.condition);
  auto wait = ByEqualTime(parts, own, other);
  if (!wait) wait = ByComparedTimes(parts, own, other);
  if (!wait) return std::nullopt;
  wait->until = Later(wait->until, wait->ms + std::max(own.times.lag_ms, other.times.lag_ms));
  return wait;
}

}  // namespace weir::sql
