#include "weir/sql/clocks.h"

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/types/civil_time.h"

namespace weir::sql {
namespace {

Value SaidAt(const BoundExpr& clock, Instant moment) {
  if (clock.type.id() == TypeId::kTimestamp) return {TypeId::kTimestamp, moment.micros};
  const TimeZonePtr& zone = std::get<BoundCall>(clock.node).zone;
  const int64_t local = (zone == nullptr ? *UtcZone() : *zone).ToLocal(moment.micros);
  if (clock.type.id() == TypeId::kTimestampNtz) return {TypeId::kTimestampNtz, local};
  return {TypeId::kDate, FloorDiv(local, kMicrosPerDay)};
}

// Of what is no clock: yes.
bool SaysTheSameAt(const BoundExpr& expr, Instant moment) {
  if (!IsClockCall(expr)) return true;
  return *AsLiteral(*std::get<BoundCall>(expr.node).arguments[0]) == SaidAt(expr, moment);
}

BoundExprPtr SaidAsLiteral(const BoundExprPtr& expr) {
  return IsClockCall(*expr) ? std::get<BoundCall>(expr->node).arguments[0] : nullptr;
}

}  // namespace

bool IsClockCall(const BoundExpr& expr) {
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->signature != &StatementConstant()) return false;
  const TypeId type = expr.type.id();
  return type == TypeId::kTimestamp || type == TypeId::kTimestampNtz || type == TypeId::kDate;
}

bool HasClockCall(const BoundExpr& expr) {
  bool found = false;
  ForEachExpr(expr, [&](const BoundExpr& one) { found |= IsClockCall(one); });
  return found;
}

bool HasClockCall(const Plan& plan) {
  bool found = false;
  ForEachExpr(plan, [&](const BoundExpr& one) { found |= IsClockCall(one); });
  return found;
}

BoundExprPtr WithClocksAt(const BoundExprPtr& expr, Instant moment) {
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    if (!IsClockCall(*one)) return nullptr;
    BoundCall clock = std::get<BoundCall>(one->node);
    clock.arguments[0] = LiteralOf(SaidAt(*one, moment), one->span);
    return MakeExpr(one->span, one->type, one->nullable, std::move(clock));
  });
}

bool SayTheSameAt(const BoundExpr& expr, Instant moment) {
  bool same = true;
  ForEachExpr(expr, [&](const BoundExpr& one) { same &= SaysTheSameAt(one, moment); });
  return same;
}

bool SayTheSameAt(const Plan& plan, Instant moment) {
  bool same = true;
  ForEachExpr(plan, [&](const BoundExpr& one) { same &= SaysTheSameAt(one, moment); });
  return same;
}

bool VariesByTimeAlone(const BoundExprPtr& expr) {
  return HasClockCall(*expr) && IsDeterministic(*Rewrite(expr, SaidAsLiteral));
}

bool VariesByTimeAlone(const PlanPtr& plan) {
  return HasClockCall(*plan) && IsDeterministic(*Rewrite(plan, SaidAsLiteral));
}

}  // namespace weir::sql
