#include "weir/sql/event_time.h"

#include <algorithm>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {
namespace {

using EventTimes = std::unordered_map<ColumnId, PlanColumn>;

bool IsWindowType(const DataType& type) {
  return type.id() == TypeId::kStruct && type.fields().size() == 2 &&
         type.fields()[0].name == "start" && type.fields()[1].name == "end" &&
         type.fields()[1].type.id() == TypeId::kTimestamp;
}

bool CanBeEventTime(const DataType& type) {
  return type.id() == TypeId::kTimestamp || IsWindowType(type);
}

void AddNamed(const std::vector<NamedExpr>& exprs, const EventTimes& below, EventTimes& found) {
  for (const NamedExpr& one : exprs) {
    if (CanBeEventTime(one.column.type) && GivesEventTime(*one.expr, below)) {
      found.emplace(one.column.id, one.column);
    }
  }
}

EventTimes OfProject(const ProjectPlan& project) {
  EventTimes below = EventTimesOf(*project.child);
  // Merged sessions are made of the windows beside them, under the id of what they were before.
  if (const auto* window = std::get_if<WindowPlan>(&project.child->node);
      window != nullptr && window->merges_sessions) {
    EventTimes found;
    for (const NamedExpr& one : project.exprs) {
      if (below.contains(one.column.id)) found.emplace(one.column.id, one.column);
    }
    return found;
  }
  EventTimes found;
  AddNamed(project.exprs, below, found);
  return found;
}

EventTimes OfSet(const SetPlan& set, const Plan& plan) {
  EventTimes found;
  std::vector<EventTimes> inputs;
  for (const PlanPtr& input : set.inputs) inputs.push_back(EventTimesOf(*input));
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    bool all = true;
    for (size_t n = 0; n < inputs.size(); ++n) {
      all = all && inputs[n].contains(set.inputs[n]->columns[i].id);
    }
    if (all) found.emplace(plan.columns[i].id, plan.columns[i]);
  }
  return found;
}

}  // namespace

bool GivesEventTime(const BoundExpr& expr, const EventTimes& known) {
  if (const BoundColumn* column = AsColumn(expr)) return known.contains(column->id);
  if (const auto* cast = std::get_if<BoundCast>(&expr.node)) {
    return IsWindowType(expr.type) && GivesEventTime(*cast->operand, known);
  }
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->arguments.empty()) return false;
  const std::string_view name = call->signature->name;
  if (name == "window" || name == "window_time") return GivesEventTime(*call->arguments[0], known);
  // session_window(time, gap)
  return name == "named_struct" && call->arguments.size() == 4 && IsWindowType(expr.type) &&
         GivesEventTime(*call->arguments[1], known);
}

EventTimes EventTimesOf(const Plan& plan) {
  if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) return OfProject(*project);
  if (const auto* set = std::get_if<SetPlan>(&plan.node)) return OfSet(*set, plan);
  EventTimes found;
  if (const auto* aggregate = std::get_if<AggregatePlan>(&plan.node)) {
    AddNamed(aggregate->keys, EventTimesOf(*aggregate->child), found);
    return found;
  }
  if (const auto* watermark = std::get_if<WatermarkPlan>(&plan.node)) {
    for (const PlanColumn& column : plan.columns) {
      if (column.id == watermark->time) found.emplace(column.id, column);
    }
    return found;
  }
  ForEachChildPlan(plan, [&](const PlanPtr& child) { found.merge(EventTimesOf(*child)); });
  if (const auto* generate = std::get_if<GeneratePlan>(&plan.node)) {
    if (generate->signature->name == "window" && !generate->generated.empty() &&
        GivesEventTime(*generate->arguments[0], found)) {
      const PlanColumn& window = generate->generated[0];
      if (CanBeEventTime(window.type)) found.emplace(window.id, window);
    }
  }
  return found;
}

BoundExprPtr MomentOf(const BoundExprPtr& event_time) {
  if (event_time->type.id() != TypeId::kStruct) return event_time;
  return MakeExpr(event_time->span, event_time->type.fields()[1].type, true,
                  BoundField{event_time, 1});
}

}  // namespace weir::sql
