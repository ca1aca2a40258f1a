// Joins of two streams: the rows of each wait for those of the other, as long as there may be some
// that meet them.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/event_time.h"
#include "weir/sql/functions.h"
#include "weir/sql/join_bounds.h"
#include "weir/sql/key_restriction.h"
#include "weir/sql/stateful_builder.h"

namespace weir::sql {

// One side. A row that comes out by itself, where it meets none or where it meets one for the first
// time, has a name of its own, by which it is kept that it did.
struct StatefulBuilder::Side {
  std::vector<PlanColumn> columns;  // As the join calls them.
  size_t part = 0;
  InputId incoming = 0;
  bool is_named = false;
  size_t matched_part = 0;  // Where it is.
};

namespace {

bool IsOfLeftAlone(JoinKind kind) {
  return kind == JoinKind::kLeftSemi || kind == JoinKind::kLeftAnti;
}

BoundExprPtr NullOf(const DataType& type) { return LiteralOf(Value::Null(type), {}); }

// Rows that fail what the condition asks of their own side alone meet nobody: they end at once.
BoundExprPtr EndingAtOnceUnless(const std::vector<BoundExprPtr>& own_parts, BoundExprPtr expires) {
  if (own_parts.empty()) return expires;
  BoundCase either;
  either.branches.emplace_back(AllOf(own_parts), std::move(expires));
  either.otherwise = LiteralOf(Value(TypeId::kTimestamp, int64_t{0}), {});
  return MakeExpr({}, TypeId::kTimestamp, true, std::move(either));
}

BoundExprPtr InTermsOf(const BoundExprPtr& expr,
                       const std::unordered_map<ColumnId, PlanColumn>& columns) {
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    const BoundColumn* column = AsColumn(*one);
    if (column == nullptr) return nullptr;
    const auto at = columns.find(column->id);
    return at == columns.end() ? nullptr : ColumnOf(at->second, one->span);
  });
}

// The same rows as these columns.
PlanPtr Under(const std::vector<PlanColumn>& columns, const PlanPtr& rows) {
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < columns.size(); ++i) {
    exprs.push_back({columns[i], ColumnOf(rows->columns[i], {})});
  }
  return MakeProject(rows, std::move(exprs));
}

size_t IndexIn(const std::vector<PlanColumn>& columns, ColumnId id) {
  size_t i = 0;
  while (i < columns.size() && columns[i].id != id) ++i;
  return i;
}

}  // namespace

StatefulBuilder::Side StatefulBuilder::SideOf(const JoinPlan& join, bool is_left) {
  const PlanPtr& own = is_left ? join.left : join.right;
  Side side;
  side.columns = own->columns;
  side.is_named = join.kind == JoinKind::kFull ||
                  join.kind == (is_left ? JoinKind::kLeft : JoinKind::kRight) ||
                  (is_left && IsOfLeftAlone(join.kind));
  std::vector<BoundExprPtr> own_parts;
  for (const BoundExprPtr& part : ConditionParts(join.condition)) {
    if (IsOf(*part, *own)) own_parts.push_back(part);
  }
  const auto wait = WaitOf(join, is_left, streams_);
  BoundExprPtr expires = wait ? wait->until : NullOf(TypeId::kTimestamp);
  std::string shape = join.condition == nullptr ? "" : ShapeTextOf(join.condition);
  std::vector<PlanColumn> kept = own->columns;
  std::vector<BoundExprPtr> values;
  for (const PlanColumn& column : kept) values.push_back(ColumnOf(column, {}));
  if (side.is_named) {
    kept.push_back(ids_.Column("row", TypeId::kString));
    values.push_back(MakeCall("uuid", {}));
  }
  side.part = AddKept(is_left ? "left" : "right", kept, std::move(shape));
  side.incoming = HoldFor(side.part, OnTime(Convert(own), ArrivalOf(join, *own, wait)), values,
                          EndingAtOnceUnless(own_parts, std::move(expires)));
  if (side.is_named) {
    side.matched_part =
        AddKept(is_left ? "left matched" : "right matched", {kept.back()}, std::string());
  }
  KeepOn(side.part, {ReadEnded(side.part), Read(side.part, side.incoming)}, /*is_all=*/false);
  return side;
}

// The moment by which rows of a side come late: of what they wait by, else of the first there is.
BoundExprPtr StatefulBuilder::ArrivalOf(const JoinPlan& join, const Plan& own,
                                        const std::optional<Wait>& wait) const {
  const auto times = EventTimesOf(own, streams_);
  const int64_t lag_ms = std::max(EventTimesOf(*join.left, streams_).lag_ms,
                                  EventTimesOf(*join.right, streams_).lag_ms);
  if (wait && wait->time) return LastMomentOf({ColumnOf(*wait->time, {})}, lag_ms);
  for (const PlanColumn& column : own.columns) {
    if (times.Has(column.id)) return LastMomentOf({ColumnOf(column, {})}, lag_ms);
  }
  return nullptr;
}

// New rows of one side with all of the other, but for new ones that were met already.
PlanPtr StatefulBuilder::Joined(const JoinPlan& join, const Side& left, const Side& right,
                                bool incoming_left) {
  const auto all_of = [&](const Side& side) {
    const Rows kept = ReadKept(side.part);
    const Rows incoming = Read(side.part, side.incoming);
    Rows all{nullptr, ids_.Like(kept.columns), ids_.Like(kept.expires)};
    auto columns = all.columns;
    columns.push_back(all.expires);
    all.plan =
        MakePlan(std::move(columns), SetPlan{SetKind::kUnion, true, {kept.plan, incoming.plan}});
    return all;
  };
  const Rows of_left = incoming_left ? Read(left.part, left.incoming) : ReadKept(left.part);
  const Rows of_right = incoming_left ? all_of(right) : Read(right.part, right.incoming);
  std::unordered_map<ColumnId, PlanColumn> now;
  for (size_t i = 0; i < left.columns.size(); ++i)
    now.emplace(left.columns[i].id, of_left.columns[i]);
  for (size_t i = 0; i < right.columns.size(); ++i) {
    now.emplace(right.columns[i].id, of_right.columns[i]);
  }
  JoinPlan met{join.condition == nullptr ? JoinKind::kCross : JoinKind::kInner, of_left.plan,
               of_right.plan, join.condition == nullptr ? nullptr : InTermsOf(join.condition, now)};
  auto columns = of_left.plan->columns;
  columns.insert(columns.end(), of_right.plan->columns.begin(), of_right.plan->columns.end());
  return MakePlan(std::move(columns), std::move(met));
}

PlanPtr StatefulBuilder::OfJoin(const JoinPlan& join, const PlanPtr& plan) {
  const Side left = SideOf(join, true);
  const Side right = SideOf(join, false);
  // The columns of both sides as they are kept, each with when it expires.
  std::vector<PlanColumn> columns = ids_.Like(batch_.kept[left.part].columns);
  const size_t left_expires = columns.size();
  columns.push_back(ids_.Column("left_expires", TypeId::kTimestamp));
  for (const PlanColumn& column : ids_.Like(batch_.kept[right.part].columns)) {
    columns.push_back(column);
  }
  const size_t right_expires = columns.size();
  columns.push_back(ids_.Column("right_expires", TypeId::kTimestamp));
  PlanPtr met = MakePlan(
      columns, SetPlan{SetKind::kUnion,
                       true,
                       {Joined(join, left, right, true), Joined(join, left, right, false)}});
  if (!left.is_named && !right.is_named) return FromSides(plan, met, columns, left, right);

  const Met rows{NewHeld(std::move(met)), columns};
  if (join.kind == JoinKind::kLeftSemi) return FirstMet(plan, rows, left, left_expires);
  SetPlan out{SetKind::kUnion, true, {}};
  if (join.kind != JoinKind::kLeftAnti) {
    std::vector<PlanColumn> seen;
    PlanPtr pairs = ReadMet(rows, seen);
    out.inputs.push_back(FromSides(plan, std::move(pairs), seen, left, right));
  }
  const auto add = [&](const Side& side, size_t expires) {
    if (!side.is_named) return;
    const Rows matches = MatchesOf(rows, expires - 1, expires, side);
    out.inputs.push_back(Unmatched(side, matches, plan->columns));
  };
  add(left, left_expires);
  add(right, right_expires);
  if (out.inputs.size() > 1) return MakePlan(plan->columns, std::move(out));
  return Under(plan->columns, out.inputs[0]);
}

PlanPtr StatefulBuilder::ReadMet(const Met& met, std::vector<PlanColumn>& columns) {
  columns = ids_.Like(met.columns);
  return MakePlan(columns, ScanPlan{met.held, "rows that met"});
}

// What a join gives of rows that met: those of the right side stand behind those of the left one
// and when they expire. Under other ids where more stands beside it.
PlanPtr StatefulBuilder::FromSides(const PlanPtr& plan, PlanPtr met,
                                   const std::vector<PlanColumn>& columns, const Side& left,
                                   const Side& right) {
  const size_t right_begins = batch_.kept[left.part].columns.size() + 1;
  const bool is_alone = !left.is_named && !right.is_named;
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : plan->columns) {
    const size_t on_left = IndexIn(left.columns, column.id);
    const size_t at =
        on_left < left.columns.size() ? on_left : right_begins + IndexIn(right.columns, column.id);
    exprs.push_back({is_alone ? column : ids_.Like(column), ColumnOf(columns[at], {})});
  }
  return MakeProject(std::move(met), std::move(exprs));
}

// The names of rows of a side that met now. They are kept.
StatefulBuilder::Rows StatefulBuilder::MatchesOf(const Met& met, size_t name, size_t expires,
                                                 const Side& side) {
  const auto read = [&] {
    std::vector<PlanColumn> columns;
    PlanPtr rows = ReadMet(met, columns);
    Rows matched{nullptr, {ids_.Like(columns[name])}, ids_.Like(columns[expires])};
    rows = MakeProject(std::move(rows), {{matched.columns[0], ColumnOf(columns[name], {})},
                                         {matched.expires, ColumnOf(columns[expires], {})}});
    auto both = rows->columns;
    matched.plan = MakePlan(std::move(both), DistinctPlan{std::move(rows)});
    return matched;
  };
  KeepOn(side.matched_part, {ReadEnded(side.matched_part), read()}, /*is_all=*/false);
  return read();
}

// Rows of the left side that met now, and did not before.
PlanPtr StatefulBuilder::FirstMet(const PlanPtr& plan, const Met& met, const Side& left,
                                  size_t left_expires) {
  MatchesOf(met, left_expires - 1, left_expires, left);
  std::vector<PlanColumn> columns;
  PlanPtr rows = ReadMet(met, columns);
  std::vector<NamedExpr> exprs;
  std::vector<PlanColumn> own;
  for (size_t i = 0; i < left_expires; ++i) {
    own.push_back(ids_.Like(columns[i]));
    exprs.push_back({own.back(), ColumnOf(columns[i], {})});
  }
  rows = MakePlan(own, DistinctPlan{MakeProject(std::move(rows), std::move(exprs))});
  const Rows before = ReadKept(left.matched_part);
  BoundExprPtr same = MakeCall("=", {ColumnOf(own.back(), {}), ColumnOf(before.columns[0], {})});
  rows =
      MakePlan(own, JoinPlan{JoinKind::kLeftAnti, std::move(rows), before.plan, std::move(same)});
  std::vector<NamedExpr> named;
  for (const PlanColumn& column : plan->columns) {
    named.push_back({column, ColumnOf(own[IndexIn(left.columns, column.id)], {})});
  }
  return MakeProject(std::move(rows), std::move(named));
}

// The rows of a side that have ended and met nobody.
PlanPtr StatefulBuilder::Unmatched(const Side& side, const Rows& met,
                                   const std::vector<PlanColumn>& columns) {
  std::vector<Rows> both{ReadEnded(side.part), Read(side.part, side.incoming)};
  for (Rows& rows : both) {
    BoundExprPtr condition = HasEnded(rows.expires);
    rows = Where(std::move(rows), std::move(condition));
  }
  const std::vector<PlanColumn> ended = ids_.Like(batch_.kept[side.part].columns);
  PlanPtr rows = Together(both, ended);
  const PlanColumn name = ids_.Column("row", TypeId::kString);
  const PlanPtr names = Together({ReadEnded(side.matched_part), met}, {name});
  BoundExprPtr same = MakeCall("=", {ColumnOf(ended.back(), {}), ColumnOf(name, {})});
  rows = MakePlan(ended, JoinPlan{JoinKind::kLeftAnti, std::move(rows), names, std::move(same)});
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : columns) {
    const size_t at = IndexIn(side.columns, column.id);
    exprs.push_back({ids_.Like(column),
                     at < side.columns.size() ? ColumnOf(ended[at], {}) : NullOf(column.type)});
  }
  return MakeProject(std::move(rows), std::move(exprs));
}

}  // namespace weir::sql
