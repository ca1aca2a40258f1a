#include "weir/sql/stateful_query.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/event_time.h"
#include "weir/sql/functions.h"
#include "weir/sql/join_bounds.h"
#include "weir/sql/key_restriction.h"
#include "weir/sql/stateful_builder.h"

namespace weir::sql {
namespace {

// What a filter above a WATERMARK asks of columns other than the event time, it asks of the rows
// before they tell how late it is, as Spark's does: rows that are left out tell nothing.
class FilterSinker {
 public:
  PlanPtr Run(const PlanPtr& plan) {
    return RewritePlans(plan, [&](const PlanPtr& one) -> PlanPtr {
      if (const auto* join = std::get_if<JoinPlan>(&one->node)) return OfJoin(*join, *one);
      const auto* filter = std::get_if<FilterPlan>(&one->node);
      if (filter == nullptr) return nullptr;
      PlanPtr child = filter->child;
      std::vector<BoundExprPtr> stay;
      for (const BoundExprPtr& part : ConditionParts(filter->condition)) {
        // What stays may keep rows from it on which it fails.
        const bool may_sink = IsDeterministic(*part) && (stay.empty() || !MayFail(*part));
        PlanPtr sunk = may_sink ? Sink(part, child) : nullptr;
        if (sunk == nullptr) {
          stay.push_back(part);
        } else {
          child = std::move(sunk);
        }
      }
      child = Run(child);
      return stay.empty() ? child : MakeFilter(std::move(child), AllOf(stay));
    });
  }

 private:
  // What ON asks of one side alone of rows that are of no use if they fail it; it stays there, too.
  PlanPtr OfJoin(const JoinPlan& join, const Plan& plan) {
    JoinPlan sunk = join;
    for (const BoundExprPtr& part : ConditionParts(join.condition)) {
      if (!IsDeterministic(*part) || MayFail(*part)) continue;
      for (const bool is_left : {true, false}) {
        if (is_left ? !LosesLeft(join.kind) : !LosesRight(join.kind)) continue;
        PlanPtr& side = is_left ? sunk.left : sunk.right;
        if (!IsOf(*part, *side)) continue;
        if (PlanPtr below = Sink(part, side)) side = std::move(below);
      }
    }
    sunk.left = Run(sunk.left);
    sunk.right = Run(sunk.right);
    return MakePlan(plan.columns, std::move(sunk));
  }
  // Whether rows of that side that meet none are gone.
  static bool LosesLeft(JoinKind kind) {
    return kind == JoinKind::kInner || kind == JoinKind::kCross || kind == JoinKind::kRight ||
           kind == JoinKind::kLeftSemi;
  }
  static bool LosesRight(JoinKind kind) {
    return kind != JoinKind::kRight && kind != JoinKind::kFull;
  }
  // Of a condition above a join the side that may ask it instead; null: it has to stay.
  static PlanPtr SinkIntoJoin(const BoundExprPtr& condition, const JoinPlan& join,
                              const Plan& plan) {
    // Rows that meet none may fail where those that meet one do not.
    if (MayFail(*condition) || join.lateral) return nullptr;
    JoinPlan sunk = join;
    const bool of_left = join.kind != JoinKind::kRight && join.kind != JoinKind::kFull;
    const bool of_right = join.kind == JoinKind::kInner || join.kind == JoinKind::kCross ||
                          join.kind == JoinKind::kRight;
    PlanPtr* side = nullptr;
    if (of_left && IsOf(*condition, *join.left)) side = &sunk.left;
    if (of_right && IsOf(*condition, *join.right)) side = &sunk.right;
    if (side == nullptr) return nullptr;
    *side = Sink(condition, *side);
    return *side == nullptr ? nullptr : MakePlan(plan.columns, std::move(sunk));
  }

  static bool UsesOnlyColumnsOf(const BoundExpr& expr, const Plan& plan) {
    std::unordered_set<ColumnId> used;
    CollectColumns(expr, used);
    return std::all_of(used.begin(), used.end(), [&](ColumnId id) {
      return std::any_of(plan.columns.begin(), plan.columns.end(),
                         [&](const PlanColumn& column) { return column.id == id; });
    });
  }

  static BoundExprPtr InTermsOfChild(const BoundExprPtr& condition,
                                     const std::vector<NamedExpr>& exprs) {
    return Rewrite(condition, [&](const BoundExprPtr& one) -> BoundExprPtr {
      const BoundColumn* column = AsColumn(*one);
      if (column == nullptr) return nullptr;
      for (const NamedExpr& named : exprs) {
        if (named.column.id == column->id) return named.expr;
      }
      return nullptr;
    });
  }

  // `plan` with the condition below its WATERMARK; null: it can't get there.
  static PlanPtr Sink(const BoundExprPtr& condition, const PlanPtr& plan) {
    if (const auto* watermark = std::get_if<WatermarkPlan>(&plan->node)) {
      std::unordered_set<ColumnId> used;
      CollectColumns(*condition, used);
      if (used.contains(watermark->time)) return nullptr;
      WatermarkPlan sunk = *watermark;
      sunk.child = MakeFilter(watermark->child, condition);
      return MakePlan(plan->columns, std::move(sunk));
    }
    const auto into = [&](const auto& node, const BoundExprPtr& below) -> PlanPtr {
      if (!UsesOnlyColumnsOf(*below, *node.child)) return nullptr;
      auto copy = node;
      copy.child = Sink(below, node.child);
      return copy.child == nullptr ? nullptr : MakePlan(plan->columns, std::move(copy));
    };
    if (const auto* project = std::get_if<ProjectPlan>(&plan->node)) {
      const BoundExprPtr below = InTermsOfChild(condition, project->exprs);
      return IsDeterministic(*below) ? into(*project, below) : nullptr;
    }
    if (const auto* filter = std::get_if<FilterPlan>(&plan->node)) return into(*filter, condition);
    if (const auto* generate = std::get_if<GeneratePlan>(&plan->node)) {
      return into(*generate, condition);
    }
    if (const auto* join = std::get_if<JoinPlan>(&plan->node)) {
      return SinkIntoJoin(condition, *join, *plan);
    }
    return nullptr;
  }
};

}  // namespace

bool IsStreaming(const Plan& plan, const std::set<InputId>& streams) {
  if (const auto* scan = std::get_if<ScanPlan>(&plan.node)) return streams.contains(scan->input);
  bool streaming = false;
  ForEachChildPlan(
      plan, [&](const PlanPtr& child) { streaming = streaming || IsStreaming(*child, streams); });
  return streaming;
}

bool IsStateful(const Plan& plan, const std::set<InputId>& streams) {
  const bool keeps = std::holds_alternative<AggregatePlan>(plan.node) ||
                     std::holds_alternative<DistinctPlan>(plan.node) ||
                     std::holds_alternative<DedupPlan>(plan.node);
  if (keeps && IsStreaming(plan, streams)) return true;
  if (const auto* join = std::get_if<JoinPlan>(&plan.node)) {
    if (IsStreaming(*join->left, streams) && IsStreaming(*join->right, streams)) return true;
  }
  bool stateful = false;
  ForEachChildPlan(
      plan, [&](const PlanPtr& child) { stateful = stateful || IsStateful(*child, streams); });
  return stateful;
}

PlanPtr WithoutWatermarks(const PlanPtr& plan) {
  return RewritePlans(plan, [](const PlanPtr& one) -> PlanPtr {
    const auto* watermark = std::get_if<WatermarkPlan>(&one->node);
    return watermark == nullptr ? nullptr : WithoutWatermarks(watermark->child);
  });
}

StatefulBatch BatchOf(const PlanPtr& plan, const std::set<InputId>& streams,
                      const Watermarks& watermarks) {
  const PlanPtr sunk = FilterSinker().Run(WithoutCtes(plan));
  return StatefulBuilder(sunk, streams, watermarks).Run();
}

StatefulBatch StatefulBuilder::Run() {
  batch_.rows = Convert(plan_);
  batch_.next = NextRows();
  return std::move(batch_);
}

PlanPtr StatefulBuilder::NextRows() {
  std::vector<PlanColumn> columns{ids_.Column(kPartColumn, TypeId::kInt),
                                  ids_.Column(kExpiresColumn, TypeId::kTimestamp)};
  for (const KeptRows& kept : batch_.kept) {
    for (const PlanColumn& column : kept.columns) columns.push_back(column);
  }
  SetPlan set{SetKind::kUnion, true, {}};
  size_t own = 2;
  for (size_t part = 0; part < next_.size(); ++part) {
    const Plan& rows = *next_[part];
    const size_t count = batch_.kept[part].columns.size();
    std::vector<NamedExpr> exprs;
    for (size_t i = 0; i < columns.size(); ++i) {
      BoundExprPtr value;
      if (i == 0) value = LiteralOf(Value::Int(static_cast<int32_t>(part)), {});
      if (i == 1) value = ColumnOf(rows.columns.back(), {});
      if (i >= own && i < own + count) value = ColumnOf(rows.columns[i - own], {});
      if (value == nullptr) value = LiteralOf(Value::Null(columns[i].type), {});
      exprs.push_back({ids_.Like(columns[i]), std::move(value)});
    }
    set.inputs.push_back(MakeProject(next_[part], std::move(exprs)));
    own += count;
  }
  if (set.inputs.size() == 1) return set.inputs[0];
  return MakePlan(std::move(columns), std::move(set));
}

PlanPtr StatefulBuilder::Convert(const PlanPtr& plan) {
  return RewritePlans(plan, [&](const PlanPtr& one) -> PlanPtr {
    if (const auto* watermark = std::get_if<WatermarkPlan>(&one->node)) {
      return OfWatermark(*watermark, one);
    }
    if (!IsStreaming(*one, streams_)) return nullptr;
    if (const auto* aggregate = std::get_if<AggregatePlan>(&one->node)) {
      return OfGroups(*aggregate, one);
    }
    if (const auto* distinct = std::get_if<DistinctPlan>(&one->node)) {
      return OfDistinct(*distinct, one);
    }
    if (const auto* dedup = std::get_if<DedupPlan>(&one->node)) return OfDedup(*dedup, one);
    const auto* join = std::get_if<JoinPlan>(&one->node);
    if (join != nullptr && IsStreaming(*join->left, streams_) &&
        IsStreaming(*join->right, streams_)) {
      return OfJoin(*join, one);
    }
    return nullptr;
  });
}

// The rows are read once, for what they are and for the newest of them.
PlanPtr StatefulBuilder::OfWatermark(const WatermarkPlan& watermark, const PlanPtr& plan) {
  std::vector<NamedExpr> exprs;
  std::vector<PlanColumn> names;
  for (const PlanColumn& column : plan->columns) {
    names.push_back(ids_.Column("c" + std::to_string(names.size()), column.type));
    exprs.push_back({names.back(), ColumnOf(column, {})});
  }
  const InputId held = NewHeld(MakeProject(Convert(watermark.child), std::move(exprs)));

  const auto scan = [&](std::vector<PlanColumn>& columns) {
    columns.clear();
    for (const PlanColumn& name : names) columns.push_back(ids_.Like(name));
    return MakePlan(columns, ScanPlan{held, "rows on their way"});
  };
  std::vector<PlanColumn> columns;
  PlanPtr newest = scan(columns);
  size_t at = 0;
  while (plan->columns[at].id != watermark.time) ++at;
  const BoundExprPtr moment = MomentOf(ColumnOf(columns[at], {}));
  std::vector<BoundExprPtr> arguments{moment};
  const Signature& max = FittingSignature("max", arguments);
  const PlanColumn greatest = ids_.Column("newest", TypeId::kTimestamp);
  BoundAggregate call{};
  call.signature = &max;
  call.arguments = std::move(arguments);
  AggregatePlan aggregate{};
  aggregate.child = std::move(newest);
  aggregate.aggregates.push_back(
      {greatest, MakeExpr({}, TypeId::kTimestamp, true, std::move(call))});
  newest = MakePlan({greatest}, std::move(aggregate));
  const BoundExprPtr millis = MakeCall("unix_millis", {ColumnOf(greatest, {})});
  newest = MakeProject(std::move(newest), {{ids_.Column("newest", TypeId::kLong), millis}});
  batch_.seen.push_back({std::move(newest), watermark.delay_ms});

  PlanPtr rows = scan(columns);
  std::vector<NamedExpr> back;
  for (size_t i = 0; i < columns.size(); ++i) {
    back.push_back({plan->columns[i], ColumnOf(columns[i], {})});
  }
  return MakeProject(std::move(rows), std::move(back));
}

InputId StatefulBuilder::NewHeld(PlanPtr plan) {
  const InputId id = kHeldInputs + static_cast<InputId>(batch_.held.size());
  batch_.held.push_back({id, std::move(plan)});
  return id;
}

BoundExprPtr StatefulBuilder::IsUpTo(const BoundExprPtr& moment, int64_t watermark_ms) const {
  const BoundExprPtr watermark = LiteralOf(Value(TypeId::kTimestamp, watermark_ms * 1000), {});
  return MakeCall("coalesce",
                  {MakeCall("<=", {moment, watermark}), LiteralOf(Value::Boolean(false), {})});
}

BoundExprPtr StatefulBuilder::HasEnded(const PlanColumn& expires) const {
  return IsUpTo(ColumnOf(expires, {}), watermarks_.now_ms);
}

PlanPtr StatefulBuilder::OnTime(PlanPtr rows, const BoundExprPtr& moment) const {
  if (moment == nullptr) return rows;
  auto columns = rows->columns;
  ExpectPlan expect{std::move(rows), {}};
  expect.expectations.push_back({"\x01late", ViolationAction::kDropRow,
                                 MakeCall("not", {IsUpTo(moment, watermarks_.late_ms)})});
  return MakePlan(std::move(columns), std::move(expect));
}

size_t StatefulBuilder::AddKept(std::string kind, const std::vector<PlanColumn>& columns,
                                std::string shape) {
  const size_t part = batch_.kept.size();
  KeptRows kept{std::move(kind), {}, {}, std::move(shape)};
  for (const PlanColumn& column : columns) {
    kept.columns.push_back(ids_.Column(
        "p" + std::to_string(part) + "c" + std::to_string(kept.columns.size()), column.type));
    kept.labels.push_back(column.name);
  }
  batch_.kept.push_back(std::move(kept));
  next_.emplace_back();
  return part;
}

InputId StatefulBuilder::HoldFor(size_t part, PlanPtr rows,
                                 const std::vector<BoundExprPtr>& columns, BoundExprPtr expires) {
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < columns.size(); ++i) {
    exprs.push_back({ids_.Like(batch_.kept[part].columns[i]), columns[i]});
  }
  exprs.push_back({ids_.Column(kExpiresColumn, TypeId::kTimestamp), std::move(expires)});
  return NewHeld(MakeProject(std::move(rows), std::move(exprs)));
}

StatefulBuilder::Rows StatefulBuilder::Read(size_t part, InputId input) {
  Rows rows{nullptr, ids_.Like(batch_.kept[part].columns),
            ids_.Column(kExpiresColumn, TypeId::kTimestamp)};
  std::vector<PlanColumn> columns = rows.columns;
  columns.push_back(rows.expires);
  rows.plan = MakePlan(std::move(columns), ScanPlan{input, batch_.kept[part].kind + " state"});
  return rows;
}

StatefulBuilder::Rows StatefulBuilder::Where(Rows rows, BoundExprPtr condition) const {
  rows.plan = MakeFilter(std::move(rows.plan), std::move(condition));
  return rows;
}

PlanPtr StatefulBuilder::Together(const std::vector<Rows>& inputs,
                                  const std::vector<PlanColumn>& columns) {
  SetPlan set{SetKind::kUnion, true, {}};
  for (const Rows& rows : inputs) {
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : rows.columns) exprs.push_back({column, ColumnOf(column, {})});
    set.inputs.push_back(MakeProject(rows.plan, std::move(exprs)));
  }
  return MakePlan(columns, std::move(set));
}

void StatefulBuilder::KeepOn(size_t part, const std::vector<Rows>& inputs, bool is_all) {
  SetPlan set{SetKind::kUnion, true, {}};
  for (const Rows& rows : inputs) {
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : rows.columns) exprs.push_back({column, ColumnOf(column, {})});
    exprs.push_back({rows.expires, ColumnOf(rows.expires, {})});
    PlanPtr left = MakeFilter(rows.plan, MakeCall("not", {HasEnded(rows.expires)}));
    set.inputs.push_back(MakeProject(std::move(left), std::move(exprs)));
  }
  std::vector<PlanColumn> columns = ids_.Like(batch_.kept[part].columns);
  columns.push_back(ids_.Column(kExpiresColumn, TypeId::kTimestamp));
  next_[part] = set.inputs.size() == 1 ? set.inputs[0] : MakePlan(columns, std::move(set));
  batch_.kept[part].is_all = is_all;
}

std::string ShapeTextOf(const BoundExprPtr& expr) {
  const PlanPtr nothing = MakePlan({}, ValuesPlan{{{}}});
  const PlanColumn column{std::numeric_limits<ColumnId>::max(), "", expr->type};
  const std::string text = ToText(*MakeProject(nothing, {{column, expr}}));
  // "Project [<expression> AS #4294967295]", and a line below it.
  const size_t begin = text.find('[') + 1;
  const size_t end = text.rfind(" AS #", text.find('\n'));
  std::string shape;
  for (size_t i = begin; i < end; ++i) {
    if (text[i] != '#') {
      shape += text[i];
      continue;
    }
    while (i + 1 < end && text[i + 1] >= '0' && text[i + 1] <= '9') ++i;
  }
  return shape;
}

}  // namespace weir::sql
