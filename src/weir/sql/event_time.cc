#include "weir/sql/event_time.h"

#include <algorithm>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"
#include "weir/sql/join_bounds.h"
#include "weir/sql/stateful_query.h"

namespace weir::sql {
namespace {

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
      found.columns.emplace(one.column.id, one.column);
    }
  }
}

EventTimes OfProject(const ProjectPlan& project, const std::set<InputId>& streams) {
  const EventTimes below = EventTimesOf(*project.child, streams);
  EventTimes found{{}, below.delay_ms, below.lag_ms};
  // Merged sessions are made of the windows beside them, under the id of what they were before.
  if (const auto* window = std::get_if<WindowPlan>(&project.child->node);
      window != nullptr && window->merges_sessions) {
    for (const NamedExpr& one : project.exprs) {
      if (below.Has(one.column.id)) found.columns.emplace(one.column.id, one.column);
    }
    return found;
  }
  AddNamed(project.exprs, below, found);
  return found;
}

EventTimes OfSet(const SetPlan& set, const Plan& plan, const std::set<InputId>& streams) {
  EventTimes found;
  std::vector<EventTimes> inputs;
  for (const PlanPtr& input : set.inputs) {
    inputs.push_back(EventTimesOf(*input, streams));
    found.delay_ms = std::max(found.delay_ms, inputs.back().delay_ms);
    found.lag_ms = std::max(found.lag_ms, inputs.back().lag_ms);
  }
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    bool all = true;
    for (size_t n = 0; n < inputs.size(); ++n) {
      all = all && inputs[n].Has(set.inputs[n]->columns[i].id);
    }
    if (all) found.columns.emplace(plan.columns[i].id, plan.columns[i]);
  }
  return found;
}

EventTimes OfChildren(const Plan& plan, const std::set<InputId>& streams) {
  EventTimes found;
  ForEachChildPlan(plan, [&](const PlanPtr& child) {
    EventTimes one = EventTimesOf(*child, streams);
    found.columns.merge(one.columns);
    found.delay_ms = std::max(found.delay_ms, one.delay_ms);
    found.lag_ms = std::max(found.lag_ms, one.lag_ms);
  });
  return found;
}

// What a row of a join of two streams waited by; by another time it may be as old as can be.
EventTimes OfJoin(const JoinPlan& join, const Plan& plan, const std::set<InputId>& streams) {
  EventTimes found = OfChildren(plan, streams);
  if (!IsStreaming(*join.left, streams) || !IsStreaming(*join.right, streams)) return found;
  found.columns.clear();
  const int64_t lag_ms = found.lag_ms;
  for (const bool is_left : {true, false}) {
    const auto wait = WaitOf(join, is_left, streams);
    if (!wait || !wait->time) continue;
    found.columns.emplace(wait->time->id, *wait->time);
    found.lag_ms = std::max(found.lag_ms, lag_ms + wait->ms);
  }
  return found;
}

}  // namespace

bool GivesEventTime(const BoundExpr& expr, const EventTimes& known) {
  if (const BoundColumn* column = AsColumn(expr)) return known.Has(column->id);
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

EventTimes EventTimesOf(const Plan& plan, const std::set<InputId>& streams) {
  if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) {
    return OfProject(*project, streams);
  }
  if (const auto* set = std::get_if<SetPlan>(&plan.node)) return OfSet(*set, plan, streams);
  if (const auto* join = std::get_if<JoinPlan>(&plan.node)) return OfJoin(*join, plan, streams);
  if (const auto* aggregate = std::get_if<AggregatePlan>(&plan.node)) {
    const EventTimes below = EventTimesOf(*aggregate->child, streams);
    EventTimes found{{}, below.delay_ms, below.lag_ms};
    AddNamed(aggregate->keys, below, found);
    return found;
  }
  if (const auto* watermark = std::get_if<WatermarkPlan>(&plan.node)) {
    EventTimes found{{}, watermark->delay_ms, 0};
    for (const PlanColumn& column : plan.columns) {
      if (column.id == watermark->time) found.columns.emplace(column.id, column);
    }
    return found;
  }
  EventTimes found = OfChildren(plan, streams);
  if (const auto* generate = std::get_if<GeneratePlan>(&plan.node)) {
    if (generate->signature->name == "window" && !generate->generated.empty() &&
        GivesEventTime(*generate->arguments[0], found)) {
      const PlanColumn& window = generate->generated[0];
      if (CanBeEventTime(window.type)) found.columns.emplace(window.id, window);
    }
  }
  return found;
}

BoundExprPtr MomentOf(const BoundExprPtr& event_time) {
  if (event_time->type.id() != TypeId::kStruct) return event_time;
  return MakeExpr(event_time->span, event_time->type.fields()[1].type, true,
                  BoundField{event_time, 1});
}

BoundExprPtr Later(const BoundExprPtr& moment, int64_t ms) {
  if (ms == 0) return moment;
  return MakeCall("+", {moment, LiteralOf(Value(TypeId::kDayTimeInterval, ms * 1000), {})});
}

BoundExprPtr LastMomentOf(const std::vector<BoundExprPtr>& event_times, int64_t lag_ms) {
  std::vector<BoundExprPtr> moments;
  for (const BoundExprPtr& one : event_times) moments.push_back(MomentOf(one));
  return Later(moments.size() == 1 ? moments[0] : MakeCall("least", moments), lag_ms);
}

}  // namespace weir::sql
