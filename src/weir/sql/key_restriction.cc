#include "weir/sql/key_restriction.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {

BoundExprPtr IsSameValue(BoundExprPtr left, BoundExprPtr right) {
  return MakeExpr({}, TypeId::kBoolean, false,
                  BoundCall{&SameValueSignature(), {std::move(left), std::move(right)}});
}

BoundExprPtr IsEqualValue(BoundExprPtr left, BoundExprPtr right) {
  // What is in them may be NULL.
  if (left->type.IsNested() || !IsOrderable(left->type)) {
    return IsSameValue(std::move(left), std::move(right));
  }
  return MakeCall("=", {std::move(left), std::move(right)});
}

BoundExprPtr AllOf(const std::vector<BoundExprPtr>& conditions) {
  BoundExprPtr all;
  for (const BoundExprPtr& condition : conditions) {
    all = all == nullptr ? condition : MakeCall("and", {all, condition});
  }
  return all == nullptr ? LiteralOf(Value::Boolean(true), {}) : all;
}

namespace {

// What a row's key at a position is, in terms of some plan.
struct KeyPart {
  BoundExprPtr expr;
  size_t position;
};
using KeyParts = std::vector<KeyPart>;

using ColumnSet = std::unordered_set<ColumnId>;

ColumnSet IdSetOf(const Plan& plan) {
  ColumnSet ids;
  for (const PlanColumn& column : plan.columns) ids.insert(column.id);
  return ids;
}

bool UsesOnly(const BoundExpr& expr, const ColumnSet& ids) {
  ColumnSet used;
  CollectColumns(expr, used);
  return std::all_of(used.begin(), used.end(), [&](ColumnId id) { return ids.contains(id); });
}

KeyParts Among(const KeyParts& parts, const ColumnSet& ids) {
  KeyParts some;
  for (const KeyPart& part : parts) {
    if (UsesOnly(*part.expr, ids)) some.push_back(part);
  }
  return some;
}

// `expr` with what columns are defined as in their place.
BoundExprPtr Substituted(const BoundExprPtr& expr, const std::vector<NamedExpr>& definitions) {
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    const BoundColumn* column = AsColumn(*one);
    if (column == nullptr) return nullptr;
    for (const NamedExpr& definition : definitions) {
      if (definition.column.id == column->id) return definition.expr;
    }
    return nullptr;
  });
}

// The columns that a condition equates, joined by AND.
void CollectEqual(const BoundExpr& condition,
                  std::vector<std::pair<BoundExprPtr, BoundExprPtr>>& equal) {
  const auto* call = std::get_if<BoundCall>(&condition.node);
  if (call == nullptr) return;
  const std::string_view name = call->signature->name;
  if (name == "and") {
    for (const BoundExprPtr& argument : call->arguments) CollectEqual(*argument, equal);
  } else if ((name == "=" || name == "==" || name == "<=>" || name == "equal_null") &&
             call->arguments[0]->type == call->arguments[1]->type) {
    equal.emplace_back(call->arguments[0], call->arguments[1]);
  }
}

// A side of a join sees the keys that its own columns are, and those that they are equal to in
// every row that the join gives.
KeyParts Through(const KeyParts& parts, const BoundExprPtr& condition, const Plan& side) {
  KeyParts seen = Among(parts, IdSetOf(side));
  if (condition == nullptr) return seen;
  std::vector<std::pair<BoundExprPtr, BoundExprPtr>> equal;
  CollectEqual(*condition, equal);
  const ColumnSet ids = IdSetOf(side);
  for (const KeyPart& part : parts) {
    if (UsesOnly(*part.expr, ids)) continue;
    for (const auto& [left, right] : equal) {
      if (SameExpr(*left, *part.expr) && UsesOnly(*right, ids)) {
        seen.push_back({right, part.position});
      } else if (SameExpr(*right, *part.expr) && UsesOnly(*left, ids)) {
        seen.push_back({left, part.position});
      }
    }
  }
  return seen;
}

size_t SeenBy(const Plan& side, const KeyParts& parts, const BoundExprPtr& condition) {
  return static_cast<size_t>(std::count_if(parts.begin(), parts.end(), [&](const KeyPart& part) {
    return !Through({part}, condition, side).empty();
  }));
}

bool IsPushable(const BoundExpr& expr) { return AsLiteral(expr) == nullptr && IsSettled(expr); }

class Restriction {
 public:
  Restriction(const KeyRows& keys, FreshIds& ids) : keys_(keys), ids_(ids) {}

  PlanPtr Push(const PlanPtr& plan, const KeyParts& parts) {
    if (parts.empty()) return plan;
    if (PlanPtr pushed =
            std::visit([&](const auto& node) { return Into(node, *plan, parts); }, plan->node)) {
      return pushed;
    }
    return Here(plan, parts);
  }

 private:
  PlanPtr Here(const PlanPtr& plan, const KeyParts& parts) {
    const PlanPtr keys = keys_.Read(ids_);
    std::vector<BoundExprPtr> same;
    for (const KeyPart& part : parts) {
      const BoundExprPtr key = ColumnOf(keys->columns[part.position], {});
      same.push_back(keys_.IsNeverNull(part.position) ? IsEqualValue(part.expr, key)
                                                      : IsSameValue(part.expr, key));
    }
    return MakePlan(plan->columns, JoinPlan{JoinKind::kLeftSemi, plan, keys, AllOf(same)});
  }

  // `plan` has `pushed` of the parts below it; what is not all of them is asked for above it.
  PlanPtr Above(PlanPtr plan, const KeyParts& parts, size_t pushed) {
    return pushed == parts.size() ? plan : Here(plan, parts);
  }

  PlanPtr Into(const ProjectPlan& project, const Plan&, const KeyParts& parts) {
    KeyParts below;
    for (const KeyPart& part : parts) {
      BoundExprPtr expr = Substituted(part.expr, project.exprs);
      if (IsPushable(*expr)) below.push_back({std::move(expr), part.position});
    }
    if (below.empty()) return nullptr;
    return Above(MakeProject(Push(project.child, below), project.exprs), parts, below.size());
  }

  PlanPtr Into(const FilterPlan& filter, const Plan&, const KeyParts& parts) {
    return MakeFilter(Push(filter.child, parts), filter.condition);
  }

  PlanPtr Into(const SortPlan& sort, const Plan&, const KeyParts& parts) {
    return Push(sort.child, parts);
  }

  PlanPtr Into(const AggregatePlan& aggregate, const Plan& plan, const KeyParts& parts) {
    if (!aggregate.grouping_sets.empty()) return nullptr;
    ColumnSet keys;
    for (const NamedExpr& key : aggregate.keys) keys.insert(key.column.id);
    KeyParts below;
    for (const KeyPart& part : Among(parts, keys)) {
      below.push_back({Substituted(part.expr, aggregate.keys), part.position});
    }
    if (below.empty()) return nullptr;
    AggregatePlan pushed = aggregate;
    pushed.child = Push(aggregate.child, below);
    return Above(MakePlan(plan.columns, std::move(pushed)), parts, below.size());
  }

  PlanPtr Into(const WindowPlan& window, const Plan& plan, const KeyParts& parts) {
    const auto partitions = CommonPartitions(window);
    KeyParts below;
    for (const KeyPart& part : parts) {
      const bool partitions_by_it =
          std::any_of(partitions.begin(), partitions.end(),
                      [&](const BoundExprPtr& one) { return SameExpr(*one, *part.expr); });
      if (partitions_by_it) below.push_back(part);
    }
    if (below.empty()) return nullptr;
    WindowPlan pushed = window;
    pushed.child = Push(window.child, below);
    return Above(MakePlan(plan.columns, std::move(pushed)), parts, below.size());
  }

  PlanPtr Into(const DistinctPlan& distinct, const Plan& plan, const KeyParts& parts) {
    return MakePlan(plan.columns, DistinctPlan{Push(distinct.child, parts)});
  }

  PlanPtr Into(const GeneratePlan& generate, const Plan& plan, const KeyParts& parts) {
    KeyParts below = Among(parts, IdSetOf(*generate.child));
    if (below.empty()) return nullptr;
    GeneratePlan pushed = generate;
    pushed.child = Push(generate.child, below);
    return Above(MakePlan(plan.columns, std::move(pushed)), parts, below.size());
  }

  // Rows of a set operation are grouped by all their columns.
  PlanPtr Into(const SetPlan& set, const Plan& plan, const KeyParts& parts) {
    SetPlan pushed = set;
    for (PlanPtr& input : pushed.inputs) {
      std::vector<NamedExpr> definitions;
      for (size_t i = 0; i < plan.columns.size(); ++i) {
        definitions.push_back({plan.columns[i], ColumnOf(input->columns[i], {})});
      }
      KeyParts below;
      for (const KeyPart& part : parts) {
        below.push_back({Substituted(part.expr, definitions), part.position});
      }
      input = Push(input, below);
    }
    return MakePlan(plan.columns, std::move(pushed));
  }

  PlanPtr Into(const JoinPlan& join, const Plan& plan, const KeyParts& parts) {
    if (join.lateral) return nullptr;
    JoinPlan pushed = join;
    size_t complete = 0;
    switch (join.kind) {
      case JoinKind::kInner:
      case JoinKind::kCross:
        pushed.left = Push(join.left, Through(parts, join.condition, *join.left));
        pushed.right = Push(join.right, Through(parts, join.condition, *join.right));
        complete = std::max(SeenBy(*join.left, parts, join.condition),
                            SeenBy(*join.right, parts, join.condition));
        break;
      case JoinKind::kLeft:
      case JoinKind::kLeftSemi:
      case JoinKind::kLeftAnti: {
        const KeyParts kept = Among(parts, IdSetOf(*join.left));
        pushed.left = Push(join.left, kept);
        pushed.right = Push(join.right, Through(kept, join.condition, *join.right));
        complete = kept.size();
        break;
      }
      case JoinKind::kRight: {
        const KeyParts kept = Among(parts, IdSetOf(*join.right));
        pushed.right = Push(join.right, kept);
        pushed.left = Push(join.left, Through(kept, join.condition, *join.left));
        complete = kept.size();
        break;
      }
      case JoinKind::kFull:
        return nullptr;
    }
    return Above(MakePlan(plan.columns, std::move(pushed)), parts, complete);
  }

  PlanPtr Into(const auto&, const Plan&, const KeyParts&) { return nullptr; }

  const KeyRows& keys_;
  FreshIds& ids_;
};

}  // namespace

PlanPtr RestrictTo(const PlanPtr& plan, const std::vector<BoundExprPtr>& exprs, const KeyRows& keys,
                   FreshIds& ids) {
  KeyParts parts;
  for (size_t i = 0; i < exprs.size(); ++i) parts.push_back({exprs[i], i});
  return Restriction(keys, ids).Push(plan, parts);
}

std::vector<BoundExprPtr> CommonPartitions(const WindowPlan& window) {
  std::vector<BoundExprPtr> common;
  for (size_t i = 0; i < window.windows.size(); ++i) {
    const auto& partitions = std::get<BoundWindow>(window.windows[i].expr->node).partition_by;
    if (i == 0) {
      common = partitions;
      continue;
    }
    std::erase_if(common, [&](const BoundExprPtr& one) {
      return std::none_of(partitions.begin(), partitions.end(),
                          [&](const BoundExprPtr& other) { return SameExpr(*one, *other); });
    });
  }
  return common;
}

}  // namespace weir::sql
