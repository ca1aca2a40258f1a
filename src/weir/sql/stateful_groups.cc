// GROUP BY and DISTINCT over streams: rows are kept until the watermark has passed their group.
// DISTINCT ON: of rows that came out the keys are kept.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "weir/base/check.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/event_time.h"
#include "weir/sql/functions.h"
#include "weir/sql/key_restriction.h"
#include "weir/sql/stateful_builder.h"

namespace weir::sql {
namespace {

std::vector<BoundExprPtr> ValuesOf(const std::vector<PlanColumn>& columns) {
  std::vector<BoundExprPtr> values;
  for (const PlanColumn& column : columns) values.push_back(ColumnOf(column, {}));
  return values;
}

// What merging sessions begins with; null where no sessions are merged.
PlanPtr BeforeMerging(const PlanPtr& merged) {
  PlanPtr before;
  PlanPtr at = merged;
  for (;;) {
    if (const auto* project = std::get_if<ProjectPlan>(&at->node)) {
      at = project->child;
      continue;
    }
    const auto* window = std::get_if<WindowPlan>(&at->node);
    if (window == nullptr || !window->merges_sessions) return before;
    before = at = window->child;
  }
}

PlanPtr InPlaceOf(const PlanPtr& old, const PlanPtr& now, const PlanPtr& plan) {
  return RewritePlans(plan, [&](const PlanPtr& one) { return one == old ? now : nullptr; });
}

// How the windows of an event time are cut: what calls of window() and session_window() say.
void AddWindowTexts(const Plan& plan, ColumnId time, std::string& text) {
  if (const auto* generate = std::get_if<GeneratePlan>(&plan.node)) {
    if (!generate->generated.empty() && generate->generated[0].id == time) {
      text += " ";
      for (const BoundExprPtr& argument : generate->arguments) text += ShapeTextOf(argument);
    }
  }
  if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) {
    for (const NamedExpr& one : project->exprs) {
      const bool computed = one.column.id == time && AsColumn(*one.expr) == nullptr;
      if (computed) text += " " + ShapeTextOf(one.expr);
    }
  }
  ForEachChildPlan(plan, [&](const PlanPtr& child) { AddWindowTexts(*child, time, text); });
}

bool HasColumn(const Plan& plan, ColumnId id) {
  return std::any_of(plan.columns.begin(), plan.columns.end(),
                     [&](const PlanColumn& column) { return column.id == id; });
}

// Of the columns of its rows those that an aggregate looks at. A filter below it may see more.
std::vector<PlanColumn> ColumnsUsedBy(const AggregatePlan& aggregate) {
  std::unordered_set<ColumnId> used;
  for (const NamedExpr& key : aggregate.keys) CollectColumns(*key.expr, used);
  for (const NamedExpr& one : aggregate.aggregates) CollectColumns(*one.expr, used);
  std::vector<PlanColumn> columns;
  for (const PlanColumn& column : aggregate.child->columns) {
    if (used.contains(column.id)) columns.push_back(column);
  }
  return columns;
}

// An aggregate of which what may fail is computed when a row comes: it fails in the batch that
// brings the row, and not in a later one, which can do nothing about it.
struct EarlyAggregate {
  AggregatePlan aggregate;          // Of columns that do not fail.
  std::vector<NamedExpr> computed;  // Those that its rows do not have.
};

EarlyAggregate ComputedEarly(const AggregatePlan& aggregate, FreshIds& ids) {
  EarlyAggregate early{aggregate, {}};
  const auto compute = [&](BoundExprPtr& expr, const BoundExprPtr& only_where) {
    if (!MayFail(*expr)) return;
    BoundExprPtr value = expr;
    if (only_where != nullptr) {
      value = MakeExpr({}, expr->type, true,
                       BoundCase{{{only_where, expr}}, LiteralOf(Value::Null(expr->type), {})});
    }
    const PlanColumn column = ids.Column(ShapeTextOf(value), expr->type, value->nullable);
    early.computed.push_back({column, std::move(value)});
    expr = ColumnOf(column, {});
  };
  for (NamedExpr& key : early.aggregate.keys) compute(key.expr, nullptr);
  for (NamedExpr& one : early.aggregate.aggregates) {
    const auto* found = std::get_if<BoundAggregate>(&one.expr->node);
    if (found == nullptr) continue;
    BoundAggregate call = *found;
    for (BoundExprPtr& argument : call.arguments) compute(argument, call.filter);
    for (BoundSort& sort : call.order_by) compute(sort.expr, call.filter);
    if (call.filter != nullptr) compute(call.filter, nullptr);
    one.expr = MakeExpr(one.expr->span, one.expr->type, one.expr->nullable, std::move(call));
  }
  return early;
}

}  // namespace

PlanPtr StatefulBuilder::Ended(size_t part, InputId incoming,
                               const std::vector<PlanColumn>& columns) {
  const auto both = [&] { return std::vector<Rows>{ReadEnded(part), Read(part, incoming)}; };
  KeepOn(part, both(), /*is_all=*/false);
  std::vector<Rows> ended;
  for (Rows& rows : both()) {
    BoundExprPtr condition = HasEnded(rows.expires);
    ended.push_back(Where(std::move(rows), std::move(condition)));
  }
  return Together(ended, columns);
}

PlanPtr StatefulBuilder::OfGroups(const AggregatePlan& aggregate, const PlanPtr& plan) {
  const PlanPtr before = BeforeMerging(aggregate.child);
  const PlanPtr rows = before != nullptr ? before : aggregate.child;
  const auto times = EventTimesOf(*rows, streams_);
  std::vector<BoundExprPtr> event_times;
  std::string shape;
  for (const NamedExpr& key : aggregate.keys) {
    shape += (shape.empty() ? "" : ", ") + ShapeTextOf(key.expr);
    if (!GivesEventTime(*key.expr, times)) continue;
    event_times.push_back(key.expr);
    if (const BoundColumn* column = AsColumn(*key.expr)) AddWindowTexts(*rows, column->id, shape);
  }
  WEIR_CHECK(!event_times.empty());
  const BoundExprPtr moment = LastMomentOf(event_times, times.lag_ms);
  if (event_times.size() > 1) shape += " until " + ShapeTextOf(moment);
  if (before != nullptr) {
    const size_t part = AddKept("session", rows->columns, shape);
    const InputId incoming =
        HoldFor(part, OnTime(Convert(rows), moment), ValuesOf(rows->columns), moment);
    return OfSessions(aggregate, plan, rows, moment, part, incoming);
  }
  EarlyAggregate early = ComputedEarly(aggregate, ids_);
  std::vector<PlanColumn> columns = ColumnsUsedBy(early.aggregate);
  std::vector<BoundExprPtr> values = ValuesOf(columns);
  for (const NamedExpr& one : early.computed) {
    columns.push_back(one.column);
    values.push_back(one.expr);
  }
  const size_t part = AddKept("aggregate", columns, shape);
  const InputId incoming = HoldFor(part, OnTime(Convert(rows), moment), values, moment);
  early.aggregate.child = Ended(part, incoming, columns);
  return MakePlan(plan->columns, std::move(early.aggregate));
}

// A session that has ended by itself may be a part of one that goes on.
PlanPtr StatefulBuilder::OfSessions(const AggregatePlan& aggregate, const PlanPtr& plan,
                                    const PlanPtr& rows, const BoundExprPtr& moment, size_t part,
                                    InputId incoming) {
  const auto merged = [&] {
    const PlanPtr all = Together({ReadKept(part), Read(part, incoming)}, rows->columns);
    return InPlaceOf(rows, all, aggregate.child);
  };
  Rows kept{nullptr, {}, ids_.Column(kExpiresColumn, TypeId::kTimestamp)};
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : rows->columns) {
    kept.columns.push_back(ids_.Like(column));
    // What only a filter saw is of no use any more.
    exprs.push_back({kept.columns.back(), HasColumn(*aggregate.child, column.id)
                                              ? ColumnOf(column, {})
                                              : LiteralOf(Value::Null(column.type), {})});
  }
  exprs.push_back({kept.expires, moment});
  kept.plan = MakeProject(merged(), std::move(exprs));
  KeepOn(part, {std::move(kept)}, /*is_all=*/true);

  AggregatePlan ended = aggregate;
  ended.child = MakeFilter(merged(), IsUpTo(moment, watermarks_.now_ms));
  return MakePlan(plan->columns, std::move(ended));
}

PlanPtr StatefulBuilder::OfDistinct(const DistinctPlan& distinct, const PlanPtr& plan) {
  const PlanPtr& rows = distinct.child;
  const auto times = EventTimesOf(*rows, streams_);
  std::vector<BoundExprPtr> event_times;
  for (const PlanColumn& column : rows->columns) {
    if (times.Has(column.id)) event_times.push_back(ColumnOf(column, {}));
  }
  WEIR_CHECK(!event_times.empty());
  const BoundExprPtr moment = LastMomentOf(event_times, times.lag_ms);
  const size_t part = AddKept("distinct", rows->columns,
                              event_times.size() > 1 ? "until " + ShapeTextOf(moment) : "");
  const InputId incoming =
      HoldFor(part, OnTime(Convert(rows), moment), ValuesOf(rows->columns), moment);
  return MakePlan(plan->columns, DistinctPlan{Ended(part, incoming, rows->columns)});
}

// A key that is kept was there; rows come out at once.
PlanPtr StatefulBuilder::OfDedup(const DedupPlan& dedup, const PlanPtr& plan) {
  const PlanPtr& rows = dedup.child;
  const auto times = EventTimesOf(*rows, streams_);
  std::vector<BoundExprPtr> event_times;
  std::vector<BoundExprPtr> times_of_keys;
  std::vector<PlanColumn> keys;
  std::string shape = dedup.within_watermark ? "within watermark" : "";
  for (const PlanColumn& column : rows->columns) {
    const bool is_time = times.Has(column.id);
    if (is_time) event_times.push_back(ColumnOf(column, {}));
    if (std::find(dedup.keys.begin(), dedup.keys.end(), column.id) == dedup.keys.end()) continue;
    if (is_time) times_of_keys.push_back(ColumnOf(column, {}));
    keys.push_back(column);
    shape += (shape.empty() ? "" : ", ") + column.name;
  }
  const BoundExprPtr moment =
      event_times.empty() ? nullptr : LastMomentOf(event_times, times.lag_ms);
  BoundExprPtr expires = LiteralOf(Value::Null(TypeId::kTimestamp), {});
  if (dedup.within_watermark) {
    WEIR_CHECK(moment != nullptr);
    // Without a time a key counts in its own batch only, as in Spark: for ever would be too long.
    const BoundExprPtr begin = LiteralOf(Value(TypeId::kTimestamp, int64_t{0}), {});
    expires = Later(MakeCall("coalesce", {moment, begin}), times.delay_ms);
  } else if (!times_of_keys.empty()) {
    expires = LastMomentOf(times_of_keys, times.lag_ms);
  }
  const size_t part = AddKept("first", keys, std::move(shape));
  const FirstRows first = FirstOf(rows->columns, keys, OnTime(Convert(rows), moment), expires);
  KeepOn(part, {ReadEnded(part), KeysOf(part, first)}, /*is_all=*/false);

  std::vector<PlanColumn> columns;
  PlanPtr out = NewAmong(part, first, columns);
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < plan->columns.size(); ++i) {
    exprs.push_back({plan->columns[i], ColumnOf(columns[i], {})});
  }
  return MakeProject(std::move(out), std::move(exprs));
}

// Of the new rows with equal keys one, held.
StatefulBuilder::FirstRows StatefulBuilder::FirstOf(const std::vector<PlanColumn>& columns,
                                                    const std::vector<PlanColumn>& keys,
                                                    PlanPtr rows, BoundExprPtr expires) {
  FirstRows first;
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : columns) {
    first.columns.push_back(ids_.Column("c" + std::to_string(first.columns.size()), column.type));
    exprs.push_back({first.columns.back(), ColumnOf(column, {})});
  }
  first.columns.push_back(ids_.Column(kExpiresColumn, TypeId::kTimestamp));
  exprs.push_back({first.columns.back(), std::move(expires)});
  DedupPlan dedup{MakeProject(std::move(rows), std::move(exprs)), {}};
  for (const PlanColumn& key : keys) {
    size_t at = 0;
    while (columns[at].id != key.id) ++at;
    first.keys.push_back(at);
    dedup.keys.push_back(first.columns[at].id);
  }
  auto all = first.columns;
  first.held = NewHeld(MakePlan(std::move(all), std::move(dedup)));
  return first;
}

// Those whose keys were not there before, under new ids.
PlanPtr StatefulBuilder::NewAmong(size_t part, const FirstRows& first,
                                  std::vector<PlanColumn>& columns) {
  columns = ids_.Like(first.columns);
  PlanPtr rows = MakePlan(columns, ScanPlan{first.held, "first of new rows"});
  const Rows before = ReadKept(part);
  std::vector<BoundExprPtr> same;
  for (size_t i = 0; i < first.keys.size(); ++i) {
    same.push_back(
        MakeCall("<=>", {ColumnOf(columns[first.keys[i]], {}), ColumnOf(before.columns[i], {})}));
  }
  return MakePlan(columns,
                  JoinPlan{JoinKind::kLeftAnti, std::move(rows), before.plan, AllOf(same)});
}

StatefulBuilder::Rows StatefulBuilder::KeysOf(size_t part, const FirstRows& first) {
  std::vector<PlanColumn> columns;
  PlanPtr rows = NewAmong(part, first, columns);
  Rows keys{nullptr, {}, ids_.Like(columns.back())};
  std::vector<NamedExpr> exprs;
  for (const size_t at : first.keys) {
    keys.columns.push_back(ids_.Like(columns[at]));
    exprs.push_back({keys.columns.back(), ColumnOf(columns[at], {})});
  }
  exprs.push_back({keys.expires, ColumnOf(columns.back(), {})});
  keys.plan = MakeProject(std::move(rows), std::move(exprs));
  return keys;
}

}  // namespace weir::sql
