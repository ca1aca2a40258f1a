// Whether a query gives the same rows each time. What is not sure to counts as what does not.
#include <algorithm>
#include <array>
#include <string_view>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

template <size_t n>
bool IsOneOf(const std::array<std::string_view, n>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool HoldsReals(const DataType& type) {
  switch (type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kVariant:
      return true;
    case TypeId::kArray:
      return HoldsReals(type.element());
    case TypeId::kMap:
      return HoldsReals(type.key()) || HoldsReals(type.value());
    case TypeId::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(),
                         [](const Field& field) { return HoldsReals(field.type); });
    default:
      return false;
  }
}

// Whatever order the rows come in. Sums of reals are rounded on the way, and 0.0 is no less than
// -0.0; the others tell of the first row, or of one of several.
bool IsOfAnyOrder(std::string_view name, const std::vector<BoundExprPtr>& arguments) {
  static constexpr std::array<std::string_view, 14> kOfAll = {
      "count",         "approx_count_distinct",
      "count_if",      "regr_count",
      "bool_and",      "every",
      "bool_or",       "any",
      "some",          "bit_and",
      "bit_or",        "bit_xor",
      "bitmap_or_agg", "bitmap_and_agg"};
  static constexpr std::array<std::string_view, 7> kOfWholeNumbers = {
      "sum", "try_sum", "avg", "mean", "try_avg", "min", "max"};
  if (IsOneOf(kOfAll, name)) return true;
  return IsOneOf(kOfWholeNumbers, name) &&
         std::none_of(arguments.begin(), arguments.end(),
                      [](const BoundExprPtr& argument) { return HoldsReals(argument->type); });
}

// Rows that the order does not tell apart are told apart by where a frame of rows ends.
bool SeesWholePeers(const BoundWindow& window) {
  if (window.unit != FrameUnit::kRows) return true;
  return window.frame && window.frame->first.kind == FrameBoundKind::kUnboundedPreceding &&
         window.frame->second.kind == FrameBoundKind::kUnboundedFollowing;
}

bool IsSettledItself(const BoundExpr& expr) {
  if (const auto* call = std::get_if<BoundCall>(&expr.node)) {
    // The time of the statement is bound once.
    return call->signature->deterministic || call->signature == &StatementConstant();
  }
  if (const auto* aggregate = std::get_if<BoundAggregate>(&expr.node)) {
    return IsOfAnyOrder(aggregate->signature->name, aggregate->arguments);
  }
  if (const auto* window = std::get_if<BoundWindow>(&expr.node)) {
    static constexpr std::array<std::string_view, 4> kOfPeers = {"rank", "dense_rank",
                                                                 "percent_rank", "cume_dist"};
    const std::string_view name = window->signature->name;
    return IsOneOf(kOfPeers, name) ||
           (SeesWholePeers(*window) && IsOfAnyOrder(name, window->arguments));
  }
  const auto* query = std::get_if<BoundSubquery>(&expr.node);
  return query == nullptr || IsSettled(*query->plan);
}

bool IsSettledNode(const Plan& plan) {
  if (const auto* limit = std::get_if<LimitPlan>(&plan.node)) {
    // Which rows come first is not said even where they are sorted: several may be equal.
    return limit->limit ? *limit->limit == 0 : limit->offset == 0;
  }
  if (std::holds_alternative<DedupPlan>(plan.node)) return false;
  // A seed does not help: several threads take rows as they come.
  if (const auto* sample = std::get_if<SamplePlan>(&plan.node)) {
    return sample->percent <= 0 || sample->percent >= 100;
  }
  const auto* generate = std::get_if<GeneratePlan>(&plan.node);
  return generate == nullptr || generate->signature->deterministic;
}

}  // namespace

bool IsSettled(const BoundExpr& expr) {
  bool settled = IsSettledItself(expr);
  ForEachChild(expr, [&](const BoundExprPtr& child) { settled = settled && IsSettled(*child); });
  return settled;
}

bool IsSettled(const Plan& plan) {
  bool settled = IsSettledNode(plan);
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) { settled = settled && IsSettled(*expr); });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { settled = settled && IsSettled(*child); });
  return settled;
}

}  // namespace weir::sql
