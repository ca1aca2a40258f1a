#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "weir/sql/declared_strings.h"
#include "weir/sql/expression_binder.h"

namespace weir::sql {

namespace {

struct Sides {
  BoundFrom left;
  BoundFrom right;
};

bool LeftNullable(JoinKind kind) { return kind == JoinKind::kRight || kind == JoinKind::kFull; }
bool RightNullable(JoinKind kind) { return kind == JoinKind::kLeft || kind == JoinKind::kFull; }
bool OnlyLeft(JoinKind kind) { return kind == JoinKind::kLeftSemi || kind == JoinKind::kLeftAnti; }

PlanPtr MakeJoin(const Sides& sides, JoinKind kind, BoundExprPtr condition, bool lateral) {
  std::vector<PlanColumn> columns = sides.left.plan->columns;
  for (PlanColumn& column : columns) column.nullable |= LeftNullable(kind);
  if (!OnlyLeft(kind)) {
    for (PlanColumn column : sides.right.plan->columns) {
      column.nullable |= RightNullable(kind);
      columns.push_back(std::move(column));
    }
  }
  return MakePlan(std::move(columns),
                  JoinPlan{kind, sides.left.plan, sides.right.plan, std::move(condition), lateral});
}

// FROM t, LATERAL explode(t.a): rows of t, each with what the generator gives for it, in their
// order. Null where it takes a join.
PlanPtr MakeGenerate(const Sides& sides, JoinKind kind, const BoundExprPtr& condition) {
  const auto* generate = std::get_if<GeneratePlan>(&sides.right.plan->node);
  if (generate == nullptr || !std::holds_alternative<ValuesPlan>(generate->child->node) ||
      !generate->child->columns.empty()) {
    return nullptr;
  }
  const Value* const constant = condition == nullptr ? nullptr : AsLiteral(*condition);
  const bool always =
      condition == nullptr || (constant != nullptr && *constant == Value::Boolean(true));
  const bool inner = kind == JoinKind::kInner || kind == JoinKind::kCross;
  if (!inner && (kind != JoinKind::kLeft || !always)) return nullptr;
  GeneratePlan beside = *generate;
  beside.child = sides.left.plan;
  beside.outer |= !inner;
  for (PlanColumn& column : beside.generated) column.nullable |= beside.outer;
  std::vector<PlanColumn> columns = beside.child->columns;
  columns.insert(columns.end(), beside.generated.begin(), beside.generated.end());
  PlanPtr plan = MakePlan(std::move(columns), std::move(beside));
  return always ? plan : MakeFilter(std::move(plan), condition);
}

bool RefersTo(const BoundExpr& expr, const PlanPtr& plan) {
  std::unordered_set<ColumnId> used;
  CollectColumns(expr, used);
  return std::any_of(plan->columns.begin(), plan->columns.end(),
                     [&](const PlanColumn& column) { return used.count(column.id) > 0; });
}

// Engines take no sub-query in the condition of an outer join. One that looks at one side only is
// a column of that side.
BoundExprPtr WithQueriesBelow(Binding& binding, Sides& sides, const BoundExprPtr& condition) {
  std::vector<NamedExpr> left;
  std::vector<NamedExpr> right;
  BoundExprPtr result = Rewrite(condition, [&](const BoundExprPtr& expr) -> BoundExprPtr {
    if (!std::holds_alternative<BoundSubquery>(expr->node)) return nullptr;
    const bool of_left = RefersTo(*expr, sides.left.plan);
    const bool of_right = RefersTo(*expr, sides.right.plan);
    if (of_left && of_right) return expr;
    const PlanColumn column{binding.NewColumn(), "query", expr->type, expr->nullable};
    (of_right ? right : left).push_back({column, expr});
    return ColumnOf(column, expr->span);
  });
  for (const auto& [side, added] : {std::tie(sides.left, left), std::tie(sides.right, right)}) {
    if (added.empty()) continue;
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : side.plan->columns) {
      exprs.push_back({column, ColumnOf(column, {})});
    }
    exprs.insert(exprs.end(), added.begin(), added.end());
    side.plan = MakeProject(side.plan, std::move(exprs));
  }
  return result;
}

// Marks a column of a scope as merged by USING. Null: it is not there, or twice.
const PlanColumn* MergedColumn(Binding& binding, Scope& scope, const Identifier& name,
                               std::string_view side) {
  const ScopeLookup found = scope.Find({LowerName(name.text)});
  if (const auto* match = std::get_if<ScopeMatch>(&found)) {
    for (ScopeEntry& entry : scope.entries) {
      const auto& columns = entry.relation->columns();
      for (size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].id != match->column.id) continue;
        if (entry.merged.empty()) entry.merged.resize(columns.size());
        if (entry.merged[i]) continue;
        entry.merged[i] = true;
        return &columns[i];
      }
    }
  }
  if (std::holds_alternative<ScopeAmbiguity>(found)) {
    binding.Report("AMBIGUOUS_REFERENCE", name.span,
                   "USING names " + QuoteName(name.text) + ", of which the " + std::string(side) +
                       " side has more than one");
  } else if (!scope.unknown) {
    binding.Report("UNRESOLVED_USING_COLUMN_FOR_JOIN", name.span,
                   "USING names " + QuoteName(name.text) + ", which the " + std::string(side) +
                       " side does not have",
                   DidYouMean(scope.Suggestions(name.text)));
  }
  return nullptr;
}

// The names that both sides have, in the order of the left one.
std::vector<Identifier> CommonNames(const Sides& sides, const Span& span) {
  std::vector<Identifier> names;
  const auto left = sides.left.scope.Star({});
  const auto right = sides.right.scope.Star({});
  for (const PlanColumn& column : *left) {
    const std::string lower = LowerName(column.name);
    const bool shared = std::any_of(right->begin(), right->end(), [&](const PlanColumn& other) {
      return LowerName(other.name) == lower;
    });
    if (shared) names.push_back({column.name, span});
  }
  return names;
}

// JOIN ... USING: the condition, and a scope in which each shared name stands once, first.
class UsingJoin {
 public:
  UsingJoin(Binding& binding, const Sides& sides, JoinKind kind, const Surroundings& around)
      : binding_(binding), sides_(sides), kind_(kind), around_(around) {}

  std::optional<BoundFrom> Bind(const std::vector<Identifier>& names, const Span& span) {
    Scope none;
    ExprContext context;
    context.clause = Clause::kJoin;
    context.scope = &none;
    context.around = &around_;
    ExpressionBinder binder(binding_, std::move(context));
    bool failed = false;
    for (const Identifier& name : names) failed |= !AddName(binder, name, span);
    if (failed) return std::nullopt;
    BoundFrom from;
    from.plan = MakeJoin(sides_, kind_, condition_, false);
    if (kind_ == JoinKind::kFull) AddFullColumns(from.plan);
    if (!merged_.empty()) {
      from.scope.Add(std::make_shared<ScopeRelation>(std::vector<std::string>{}, merged_));
    }
    from.scope.Append(sides_.left.scope, LeftNullable(kind_));
    if (!OnlyLeft(kind_)) from.scope.Append(sides_.right.scope, RightNullable(kind_));
    return from;
  }

 private:
  bool AddName(ExpressionBinder& binder, const Identifier& name, const Span& span) {
    const PlanColumn* left = MergedColumn(binding_, sides_.left.scope, name, "left");
    const PlanColumn* right = MergedColumn(binding_, sides_.right.scope, name, "right");
    if (left == nullptr || right == nullptr) return false;
    BoundExprPtr left_value = ColumnOf(*left, span);
    BoundExprPtr right_value = ColumnOf(*right, span);
    NoteLength(binding_, *left);
    NoteLength(binding_, *right);
    PadForComparison(binding_, {&left_value, &right_value});
    BoundExprPtr equal = binder.Call("=", {std::move(left_value), std::move(right_value)}, span);
    if (equal == nullptr) return false;
    condition_ = condition_ == nullptr ? equal : binder.Call("and", {condition_, equal}, span);
    PlanColumn merged = kind_ == JoinKind::kRight ? *right : *left;
    if (kind_ == JoinKind::kFull) {
      BoundExprPtr both =
          binder.Call("coalesce", {ColumnOf(*left, span), ColumnOf(*right, span)}, span);
      if (both == nullptr) return false;
      merged = {binding_.NewColumn(), left->name, both->type, both->nullable};
      full_.push_back({merged, std::move(both)});
    }
    merged_.push_back(std::move(merged));
    return true;
  }

  void AddFullColumns(PlanPtr& plan) {
    std::vector<NamedExpr> exprs = full_;
    for (const PlanColumn& column : plan->columns) exprs.push_back({column, ColumnOf(column, {})});
    plan = MakeProject(std::move(plan), std::move(exprs));
  }

  Binding& binding_;
  Sides sides_;
  JoinKind kind_;
  const Surroundings& around_;
  BoundExprPtr condition_;
  std::vector<PlanColumn> merged_;
  std::vector<NamedExpr> full_;
};

}  // namespace

BoundFrom BindJoin(Binding& binding, const FromItem& item, const JoinFrom& join,
                   const Surroundings& around) {
  Sides sides{BindFrom(binding, *join.left, around), {}};
  const auto* query = std::get_if<QueryFrom>(&join.right->node);
  const bool lateral = (query != nullptr && query->lateral) ||
                       std::holds_alternative<FunctionFrom>(join.right->node);
  Surroundings beside = around;
  sides.left.scope.outer = around.outer;
  if (lateral) beside.outer = &sides.left.scope;
  sides.right = BindFrom(binding, *join.right, beside);
  bool failed = sides.left.plan == nullptr || sides.right.plan == nullptr;

  std::vector<Identifier> names = join.using_;
  if (join.natural && !failed) names = CommonNames(sides, item.span);
  const bool by_name = !failed && !names.empty();
  if (by_name) {
    auto from = UsingJoin(binding, sides, join.kind, around).Bind(names, item.span);
    if (from) return std::move(*from);
    failed = true;
  }
  // ON sees both sides as they are; what stands above sees them made nullable.
  Scope both = sides.left.scope;
  both.Append(sides.right.scope, false);
  both.outer = around.outer;
  BoundExprPtr condition;
  if (join.on != nullptr) {
    ExprContext context;
    context.clause = Clause::kJoin;
    context.scope = &both;
    context.around = &around;
    ExpressionBinder binder(binding, std::move(context));
    condition = binder.BindCondition(*join.on, "JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE");
    failed |= condition == nullptr;
  }
  BoundFrom from;
  from.scope.Append(sides.left.scope, LeftNullable(join.kind));
  if (!OnlyLeft(join.kind)) from.scope.Append(sides.right.scope, RightNullable(join.kind));
  if (failed) return from;
  bool refers = false;
  if (lateral) {
    std::unordered_set<ColumnId> used;
    CollectColumns(*sides.right.plan, used);
    for (const PlanColumn& column : sides.left.plan->columns) refers |= used.count(column.id) > 0;
  }
  const bool outer = join.kind != JoinKind::kInner && join.kind != JoinKind::kCross;
  if (outer && condition != nullptr && !refers) {
    condition = WithQueriesBelow(binding, sides, condition);
  }
  if (refers) from.plan = MakeGenerate(sides, join.kind, condition);
  if (from.plan == nullptr) from.plan = MakeJoin(sides, join.kind, std::move(condition), refers);
  return from;
}

}  // namespace weir::sql
