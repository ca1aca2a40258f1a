// Walking and rewriting bound expressions and plans.
#include <type_traits>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

namespace weir::sql {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

template <class Node>
constexpr bool kHasChild = requires(Node node) {
  node.child;
};

using Change = std::function<BoundExprPtr(const BoundExprPtr&)>;

// Calls `change` on each expression that a node holds and puts its result in place. All walking is
// built on these two, so that a new kind of node is added in one place.
void ChangeAll(std::vector<BoundExprPtr>& exprs, const Change& change) {
  for (BoundExprPtr& expr : exprs) expr = change(expr);
}
void ChangeOne(BoundExprPtr& expr, const Change& change) {
  if (expr != nullptr) expr = change(expr);
}
void ChangeSorts(std::vector<BoundSort>& sorts, const Change& change) {
  for (BoundSort& sort : sorts) sort.expr = change(sort.expr);
}
void ChangeNamed(std::vector<NamedExpr>& exprs, const Change& change) {
  for (NamedExpr& expr : exprs) expr.expr = change(expr.expr);
}

void ChangeWindow(BoundWindow& window, const Change& change) {
  ChangeAll(window.arguments, change);
  ChangeOne(window.filter, change);
  ChangeAll(window.partition_by, change);
  ChangeSorts(window.order_by, change);
  if (window.frame) {
    ChangeOne(window.frame->first.offset, change);
    ChangeOne(window.frame->second.offset, change);
  }
}

void ChangeChildren(decltype(BoundExpr::node)& node, const Change& change) {
  std::visit(Overloaded{[](BoundLiteral&) {}, [](BoundColumn&) {},
                        [&](BoundCall& call) { ChangeAll(call.arguments, change); },
                        [&](BoundCast& cast) { ChangeOne(cast.operand, change); },
                        [&](BoundCase& node) {
                          for (auto& [when, then] : node.branches) {
                            when = change(when);
                            then = change(then);
                          }
                          ChangeOne(node.otherwise, change);
                        },
                        [&](BoundLambda& lambda) { ChangeOne(lambda.body, change); },
                        [&](BoundField& field) { ChangeOne(field.operand, change); },
                        [&](BoundSubquery& query) { ChangeAll(query.operands, change); },
                        [&](BoundAggregate& aggregate) {
                          ChangeAll(aggregate.arguments, change);
                          ChangeOne(aggregate.filter, change);
                          ChangeSorts(aggregate.order_by, change);
                        },
                        [&](BoundWindow& window) { ChangeWindow(window, change); }},
             node);
}

void ChangeOwn(decltype(Plan::node)& node, const Change& change) {
  std::visit(Overloaded{[&](ValuesPlan& values) {
                          for (auto& row : values.rows) ChangeAll(row, change);
                        },
                        [&](ProjectPlan& project) { ChangeNamed(project.exprs, change); },
                        [&](FilterPlan& filter) { ChangeOne(filter.condition, change); },
                        [&](AggregatePlan& aggregate) {
                          ChangeNamed(aggregate.keys, change);
                          ChangeNamed(aggregate.aggregates, change);
                        },
                        [&](WindowPlan& window) { ChangeNamed(window.windows, change); },
                        [&](JoinPlan& join) { ChangeOne(join.condition, change); },
                        [&](SortPlan& sort) { ChangeSorts(sort.keys, change); },
                        [&](GeneratePlan& generate) { ChangeAll(generate.arguments, change); },
                        [&](ExpectPlan& expect) {
                          for (auto& one : expect.expectations) ChangeOne(one.condition, change);
                        },
                        [](auto&) {}},
             node);
}

void ChangePlans(decltype(Plan::node)& node, const std::function<PlanPtr(const PlanPtr&)>& change) {
  std::visit(
      [&](auto& one) {
        using Node = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Node, CtePlan>) one.definition = change(one.definition);
        if constexpr (kHasChild<Node>) one.child = change(one.child);
        if constexpr (std::is_same_v<Node, JoinPlan>) {
          one.left = change(one.left);
          one.right = change(one.right);
        }
        if constexpr (std::is_same_v<Node, SetPlan>) {
          for (PlanPtr& input : one.inputs) input = change(input);
        }
      },
      node);
}

}  // namespace

void ForEachChild(const BoundExpr& expr, const std::function<void(const BoundExprPtr&)>& visit) {
  std::visit(Overloaded{[](const BoundLiteral&) {}, [](const BoundColumn&) {},
                        [&](const BoundCall& call) {
                          for (const auto& argument : call.arguments) visit(argument);
                        },
                        [&](const BoundCast& cast) { visit(cast.operand); },
                        [&](const BoundField& field) { visit(field.operand); },
                        [&](const auto& node) {
                          decltype(BoundExpr::node) copy = node;
                          ChangeChildren(copy, [&](const BoundExprPtr& child) {
                            visit(child);
                            return child;
                          });
                        }},
             expr.node);
}

void ForEachExpr(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit) {
  visit(expr);
  ForEachChild(expr, [&](const BoundExprPtr& child) { ForEachExpr(*child, visit); });
  if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) ForEachExpr(*query->plan, visit);
}

void ForEachExpr(const Plan& plan, const std::function<void(const BoundExpr&)>& visit) {
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) { ForEachExpr(*expr, visit); });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { ForEachExpr(*child, visit); });
}

void ForEachChildPlan(const Plan& plan, const std::function<void(const PlanPtr&)>& visit) {
  std::visit(
      [&](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, CtePlan>) visit(node.definition);
        if constexpr (kHasChild<Node>) visit(node.child);
        if constexpr (std::is_same_v<Node, JoinPlan>) {
          visit(node.left);
          visit(node.right);
        }
        if constexpr (std::is_same_v<Node, SetPlan>) {
          for (const PlanPtr& input : node.inputs) visit(input);
        }
      },
      plan.node);
}

void ForEachOwnExpr(const Plan& plan, const std::function<void(const BoundExprPtr&)>& visit) {
  std::visit(Overloaded{[&](const ProjectPlan& project) {
                          for (const NamedExpr& one : project.exprs) visit(one.expr);
                        },
                        [&](const ValuesPlan& values) {
                          for (const auto& row : values.rows) {
                            for (const auto& expr : row) visit(expr);
                          }
                        },
                        [&](const FilterPlan& filter) { visit(filter.condition); },
                        [&](const auto& node) {
                          if constexpr (!std::is_same_v<std::decay_t<decltype(node)>, ScanPlan>) {
                            decltype(Plan::node) copy = node;
                            ChangeOwn(copy, [&](const BoundExprPtr& expr) {
                              visit(expr);
                              return expr;
                            });
                          }
                        }},
             plan.node);
}

BoundExprPtr Rewrite(const BoundExprPtr& expr, const Replacement& replace) {
  if (BoundExprPtr replaced = replace(expr)) return replaced;
  bool changed = false;
  auto node = expr->node;
  ChangeChildren(node, [&](const BoundExprPtr& child) {
    BoundExprPtr result = Rewrite(child, replace);
    changed |= result != child;
    return result;
  });
  if (auto* query = std::get_if<BoundSubquery>(&node)) {
    PlanPtr plan = Rewrite(query->plan, replace);
    changed |= plan != query->plan;
    query->plan = std::move(plan);
  }
  if (!changed) return expr;
  return MakeExpr(expr->span, expr->type, expr->nullable, std::move(node));
}

PlanPtr Rewrite(const PlanPtr& plan, const Replacement& replace) {
  bool changed = false;
  auto node = plan->node;
  ChangeOwn(node, [&](const BoundExprPtr& expr) {
    BoundExprPtr result = Rewrite(expr, replace);
    changed |= result != expr;
    return result;
  });
  ChangePlans(node, [&](const PlanPtr& child) {
    PlanPtr result = Rewrite(child, replace);
    changed |= result != child;
    return result;
  });
  if (!changed) return plan;
  return MakePlan(plan->columns, std::move(node));
}

namespace {

// Of the plans in an expression's sub-queries.
BoundExprPtr RewritePlansOf(const BoundExprPtr& expr, const PlanReplacement& replace) {
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    const auto* query = std::get_if<BoundSubquery>(&one->node);
    if (query == nullptr) return nullptr;
    BoundSubquery changed = *query;
    changed.plan = RewritePlans(query->plan, replace);
    bool same = changed.plan == query->plan;
    for (BoundExprPtr& operand : changed.operands) {
      BoundExprPtr other = RewritePlansOf(operand, replace);
      same &= other == operand;
      operand = std::move(other);
    }
    return same ? one : MakeExpr(one->span, one->type, one->nullable, std::move(changed));
  });
}

}  // namespace

PlanPtr RewritePlans(const PlanPtr& plan, const PlanReplacement& replace) {
  if (PlanPtr replaced = replace(plan)) return replaced;
  bool changed = false;
  auto node = plan->node;
  ChangeOwn(node, [&](const BoundExprPtr& expr) {
    BoundExprPtr result = RewritePlansOf(expr, replace);
    changed |= result != expr;
    return result;
  });
  ChangePlans(node, [&](const PlanPtr& child) {
    PlanPtr result = RewritePlans(child, replace);
    changed |= result != child;
    return result;
  });
  if (!changed) return plan;
  return MakePlan(plan->columns, std::move(node));
}

void CollectColumns(const BoundExpr& expr, std::unordered_set<ColumnId>& ids) {
  ForEachExpr(expr, [&](const BoundExpr& one) {
    if (const BoundColumn* column = AsColumn(one)) ids.insert(column->id);
  });
}

void CollectColumns(const Plan& plan, std::unordered_set<ColumnId>& ids) {
  ForEachExpr(plan, [&](const BoundExpr& one) {
    if (const BoundColumn* column = AsColumn(one)) ids.insert(column->id);
  });
}

bool IsDeterministic(const BoundExpr& expr) {
  bool deterministic = true;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    if (const auto* call = std::get_if<BoundCall>(&one.node)) {
      deterministic &= call->signature->deterministic;
    } else if (const auto* aggregate = std::get_if<BoundAggregate>(&one.node)) {
      deterministic &= aggregate->signature->deterministic;
    } else if (const auto* window = std::get_if<BoundWindow>(&one.node)) {
      deterministic &= window->signature->deterministic;
    }
  });
  return deterministic;
}

}  // namespace weir::sql
