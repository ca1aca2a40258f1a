#include "weir/sql/binding.h"

#include <algorithm>

#include "weir/base/edit_distance.h"

namespace weir::sql {

const CteDefinition* CteFrame::Find(const std::string& lower_name) const {
  for (const CteFrame* frame = this; frame != nullptr; frame = frame->outer) {
    const auto found = frame->ctes.find(lower_name);
    if (found != frame->ctes.end()) return &found->second;
  }
  return nullptr;
}

void Binding::Report(std::string condition, const Span& span, std::string message,
                     std::string hint) {
  const std::string state(SqlStateOf(condition));
  diagnostics_.push_back({std::move(condition), state, span, std::move(message), std::move(hint)});
}

void Binding::Report(Diagnostic diagnostic) { diagnostics_.push_back(std::move(diagnostic)); }

namespace {

void HighestIds(const Plan& plan, ColumnId& column, CteId& cte) {
  for (const PlanColumn& one : plan.columns) column = std::max(column, one.id + 1);
  if (const auto* define = std::get_if<CtePlan>(&plan.node)) cte = std::max(cte, define->id + 1);
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) {
    ForEachExpr(*expr, [&](const BoundExpr& one) {
      if (const BoundColumn* used = AsColumn(one)) column = std::max(column, used->id + 1);
      if (const auto* lambda = std::get_if<BoundLambda>(&one.node)) {
        for (const auto& parameter : lambda->parameters) {
          column = std::max(column, parameter.id + 1);
        }
      }
      if (const auto* query = std::get_if<BoundSubquery>(&one.node)) {
        HighestIds(*query->plan, column, cte);
      }
    });
  });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { HighestIds(*child, column, cte); });
}

}  // namespace

void Binding::StartAfter(const Plan& plan) { HighestIds(plan, next_column_, next_cte_); }

std::optional<Value> MomentOf(const LiteralExpr& literal, const Binding& binding) {
  const Value& value = literal.value;
  if (value.is_null() || value.type().id() != TypeId::kTimestamp) return std::nullopt;
  if (!literal.zone) return value;
  TimeZonePtr zone = binding.zone();
  if (!literal.zone->empty()) {
    const TimeZones* const zones = binding.options().zones;
    zone = zones == nullptr ? FixedZone(*literal.zone) : zones->Find(*literal.zone);
  }
  if (zone == nullptr) return std::nullopt;
  return Value(TypeId::kTimestamp, zone->ToInstant(value.integer()));
}

PlanPtr OneRow() { return MakePlan({}, ValuesPlan{{{}}}); }

PlanPtr Renamed(Binding& binding, const PlanPtr& plan, const std::vector<Identifier>& names) {
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < plan->columns.size(); ++i) {
    PlanColumn column = plan->columns[i];
    BoundExprPtr expr = ColumnOf(column, {});
    column.id = binding.NewColumn();
    if (i < names.size()) column.name = names[i].text;
    exprs.push_back({std::move(column), std::move(expr)});
  }
  return MakeProject(plan, std::move(exprs));
}

std::string JoinNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

std::string DidYouMean(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return "did you mean " + JoinNames(names) + "?";
}

std::vector<std::string> Nearest(const std::string& name, const std::vector<std::string>& names) {
  constexpr size_t kMost = 3;
  std::vector<std::pair<size_t, std::string>> ranked;
  const std::string lower = LowerName(name);
  for (const std::string& other : names) {
    const size_t distance = EditDistance(lower, LowerName(other));
    if (distance <= std::max<size_t>(2, lower.size() / 2)) {
      ranked.emplace_back(distance, QuoteName(other));
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  std::vector<std::string> best;
  for (size_t i = 0; i < ranked.size() && i < kMost; ++i) best.push_back(ranked[i].second);
  return best;
}

}  // namespace weir::sql
