// Bound expressions put in a time zone.
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {

namespace {

// A variant may hold one.
bool HasMoment(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return HasMoment(type.element());
    case TypeId::kMap:
      return HasMoment(type.key()) || HasMoment(type.value());
    case TypeId::kStruct: {
      bool found = false;
      for (const Field& field : type.fields()) found = found || HasMoment(field.type);
      return found;
    }
    default:
      return type.id() == TypeId::kTimestamp || type.id() == TypeId::kVariant;
  }
}

bool IsMeasuredByClocks(const BoundWindow& window) {
  return window.frame && window.unit == FrameUnit::kRange && window.order_by.size() == 1 &&
         window.order_by[0].expr->type.id() == TypeId::kTimestamp;
}

// Where the node says in which zone it is; null: its result depends on none.
TimeZonePtr* ZoneOf(decltype(BoundExpr::node)& node, const DataType& type) {
  if (auto* cast = std::get_if<BoundCast>(&node)) {
    return HasMoment(cast->operand->type) || HasMoment(type) ? &cast->zone : nullptr;
  }
  if (auto* call = std::get_if<BoundCall>(&node)) {
    const Clock clock = call->signature->clock;
    return clock == Clock::kLocal || clock == Clock::kZone ? &call->zone : nullptr;
  }
  auto* window = std::get_if<BoundWindow>(&node);
  return window != nullptr && IsMeasuredByClocks(*window) ? &window->zone : nullptr;
}

// What waits for a zone; most nodes do not, and are not copied.
bool MayHaveZone(const BoundExpr& expr) {
  return std::holds_alternative<BoundCast>(expr.node) ||
         std::holds_alternative<BoundCall>(expr.node) ||
         std::holds_alternative<BoundWindow>(expr.node);
}

Replacement PutIn(const TimeZonePtr& zone) {
  return [zone](const BoundExprPtr& expr) -> BoundExprPtr {
    if (!MayHaveZone(*expr)) return nullptr;
    auto node = expr->node;
    TimeZonePtr* const own = ZoneOf(node, expr->type);
    if (own == nullptr || *own != nullptr) return nullptr;
    *own = zone;
    // Now that it has one, what is below it comes next.
    return Rewrite(MakeExpr(expr->span, expr->type, expr->nullable, std::move(node)), PutIn(zone));
  };
}

}  // namespace

PlanPtr InZone(const PlanPtr& plan, const TimeZonePtr& zone) { return Rewrite(plan, PutIn(zone)); }

BoundExprPtr InZone(const BoundExprPtr& expr, const TimeZonePtr& zone) {
  return Rewrite(expr, PutIn(zone));
}

}  // namespace weir::sql
