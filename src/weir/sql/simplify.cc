// Columns that nothing needs are dropped, from the top down; CTEs that are used once are put in
// place, those never used left out. What all branches of an OR ask for comes before it.
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "weir/sql/binding.h"

namespace weir::sql {

namespace {

using Needed = std::unordered_set<ColumnId>;

class Simplifier {
 public:
  PlanPtr Run(const PlanPtr& plan) {
    CountRefs(*plan);
    Needed needed;
    for (const PlanColumn& column : plan->columns) needed.insert(column.id);
    return Prune(plan, std::move(needed));
  }

 private:
  void CountRefs(const Plan& plan) {
    if (const auto* ref = std::get_if<CteRefPlan>(&plan.node)) ++refs_[ref->id];
    ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) { CountRefs(*expr); });
    ForEachChildPlan(plan, [&](const PlanPtr& child) { CountRefs(*child); });
  }
  void CountRefs(const BoundExpr& expr) {
    if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) CountRefs(*query->plan);
    ForEachChild(expr, [&](const BoundExprPtr& child) { CountRefs(*child); });
  }

  // The expression with the plans in it pruned; what it refers to is added to `needed`.
  BoundExprPtr Use(const BoundExprPtr& expr, Needed& needed) {
    if (expr == nullptr) return nullptr;
    BoundExprPtr result = Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
      const auto* query = std::get_if<BoundSubquery>(&one->node);
      return query == nullptr ? nullptr : PruneQuery(*one, *query);
    });
    CollectColumns(*result, needed);
    return result;
  }

  BoundExprPtr PruneQuery(const BoundExpr& expr, const BoundSubquery& query) {
    BoundSubquery pruned = query;
    Needed wanted;
    if (query.kind != SubqueryKind::kExists) {
      for (const PlanColumn& column : query.plan->columns) wanted.insert(column.id);
    }
    pruned.plan = Prune(query.plan, std::move(wanted));
    Needed ignored;
    for (BoundExprPtr& operand : pruned.operands) operand = Use(operand, ignored);
    return MakeExpr(expr.span, expr.type, expr.nullable, std::move(pruned));
  }

  static void Keep(std::vector<PlanColumn>& columns, const Needed& needed) {
    std::erase_if(columns, [&](const PlanColumn& one) { return needed.count(one.id) == 0; });
  }

  PlanPtr Prune(const PlanPtr& plan, Needed needed) {
    return std::visit([&](const auto& node) { return PruneNode(node, *plan, needed); }, plan->node);
  }

  PlanPtr PruneNode(const ScanPlan& scan, const Plan& plan, Needed& needed) {
    auto columns = plan.columns;
    Keep(columns, needed);
    return MakePlan(std::move(columns), scan);
  }

  PlanPtr PruneNode(const ValuesPlan& values, const Plan& plan, Needed& needed) {
    ValuesPlan pruned;
    Needed outer;
    for (const auto& row : values.rows) {
      std::vector<BoundExprPtr> kept;
      for (size_t i = 0; i < row.size(); ++i) {
        if (needed.count(plan.columns[i].id) > 0) kept.push_back(Use(row[i], outer));
      }
      pruned.rows.push_back(std::move(kept));
    }
    auto columns = plan.columns;
    Keep(columns, needed);
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const ProjectPlan& project, const Plan&, Needed& needed) {
    std::vector<NamedExpr> exprs;
    Needed below;
    for (const NamedExpr& one : project.exprs) {
      if (needed.count(one.column.id) == 0) continue;
      exprs.push_back({one.column, Use(one.expr, below)});
    }
    PlanPtr child = Prune(project.child, std::move(below));
    return MakeProject(std::move(child), std::move(exprs));
  }

  PlanPtr PruneNode(const FilterPlan& filter, const Plan&, Needed& needed) {
    BoundExprPtr condition = Use(WithSharedParts(filter.condition), needed);
    return MakeFilter(Prune(filter.child, std::move(needed)), std::move(condition));
  }

  PlanPtr PruneNode(const AggregatePlan& aggregate, const Plan&, Needed& needed) {
    AggregatePlan pruned;
    pruned.grouping_sets = aggregate.grouping_sets;
    std::vector<PlanColumn> columns;
    Needed below;
    for (const NamedExpr& key : aggregate.keys) {
      columns.push_back(key.column);
      pruned.keys.push_back({key.column, Use(key.expr, below)});
    }
    for (const NamedExpr& one : aggregate.aggregates) {
      // Without keys and aggregates there would be nothing that gives the one row.
      const bool last = &one == &aggregate.aggregates.back() && columns.empty();
      if (needed.count(one.column.id) == 0 && !last) continue;
      columns.push_back(one.column);
      pruned.aggregates.push_back({one.column, Use(one.expr, below)});
    }
    pruned.child = Prune(aggregate.child, std::move(below));
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const WindowPlan& window, const Plan&, Needed& needed) {
    WindowPlan pruned;
    pruned.merges_sessions = window.merges_sessions;
    Needed below = needed;
    for (const NamedExpr& one : window.windows) {
      if (needed.count(one.column.id) == 0) continue;
      pruned.windows.push_back({one.column, Use(one.expr, below)});
    }
    pruned.child = Prune(window.child, std::move(below));
    if (pruned.windows.empty()) return pruned.child;
    auto columns = pruned.child->columns;
    for (const NamedExpr& one : pruned.windows) columns.push_back(one.column);
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const JoinPlan& join, const Plan& plan, Needed& needed) {
    BoundExprPtr condition = join.condition == nullptr ? nullptr : WithSharedParts(join.condition);
    JoinPlan pruned{join.kind, nullptr, nullptr, Use(condition, needed), join.lateral};
    pruned.right = Prune(join.right, needed);
    if (join.lateral) CollectColumns(*pruned.right, needed);
    pruned.left = Prune(join.left, needed);
    Needed given;
    for (const PlanColumn& column : pruned.left->columns) given.insert(column.id);
    for (const PlanColumn& column : pruned.right->columns) given.insert(column.id);
    auto columns = plan.columns;
    Keep(columns, given);
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const SetPlan& set, const Plan& plan, Needed& needed) {
    SetPlan pruned{set.kind, set.all, {}};
    // Rows are compared whole unless they are only put one after the other.
    const bool whole = !(set.kind == SetKind::kUnion && set.all);
    std::vector<PlanColumn> columns;
    for (const PlanColumn& column : plan.columns) {
      if (whole || needed.count(column.id) > 0) columns.push_back(column);
    }
    for (const PlanPtr& input : set.inputs) {
      Needed below;
      std::vector<NamedExpr> exprs;
      for (size_t i = 0; i < plan.columns.size(); ++i) {
        if (!whole && needed.count(plan.columns[i].id) == 0) continue;
        below.insert(input->columns[i].id);
        exprs.push_back({input->columns[i], ColumnOf(input->columns[i], {})});
      }
      // What is below may keep more than is asked for.
      pruned.inputs.push_back(MakeProject(Prune(input, std::move(below)), std::move(exprs)));
    }
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const SortPlan& sort, const Plan&, Needed& needed) {
    SortPlan pruned;
    for (const BoundSort& key : sort.keys) {
      pruned.keys.push_back({Use(key.expr, needed), key.descending, key.nulls_first});
    }
    pruned.child = Prune(sort.child, std::move(needed));
    auto columns = pruned.child->columns;
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const LimitPlan& limit, const Plan&, Needed& needed) {
    PlanPtr child = Prune(limit.child, std::move(needed));
    auto columns = child->columns;
    return MakePlan(std::move(columns), LimitPlan{std::move(child), limit.limit, limit.offset});
  }

  PlanPtr PruneNode(const DistinctPlan& distinct, const Plan&, Needed&) {
    PlanPtr child = PruneAll(distinct.child);
    auto columns = child->columns;
    return MakePlan(std::move(columns), DistinctPlan{std::move(child)});
  }

  PlanPtr PruneNode(const DedupPlan& dedup, const Plan&, Needed& needed) {
    needed.insert(dedup.keys.begin(), dedup.keys.end());
    // One of them says how late it is.
    if (dedup.within_watermark) {
      for (const PlanColumn& column : dedup.child->columns) needed.insert(column.id);
    }
    PlanPtr child = Prune(dedup.child, std::move(needed));
    auto columns = child->columns;
    return MakePlan(std::move(columns),
                    DedupPlan{std::move(child), dedup.keys, dedup.within_watermark});
  }

  PlanPtr PruneNode(const WatermarkPlan& watermark, const Plan&, Needed& needed) {
    needed.insert(watermark.time);
    PlanPtr child = Prune(watermark.child, std::move(needed));
    auto columns = child->columns;
    return MakePlan(std::move(columns),
                    WatermarkPlan{std::move(child), watermark.time, watermark.delay_ms});
  }

  PlanPtr PruneNode(const SamplePlan& sample, const Plan&, Needed& needed) {
    PlanPtr child = Prune(sample.child, std::move(needed));
    auto columns = child->columns;
    return MakePlan(std::move(columns), SamplePlan{std::move(child), sample.percent, sample.seed});
  }

  PlanPtr PruneNode(const GeneratePlan& generate, const Plan&, Needed& needed) {
    GeneratePlan pruned = generate;
    Needed below = needed;
    for (BoundExprPtr& argument : pruned.arguments) argument = Use(argument, below);
    pruned.child = Prune(generate.child, std::move(below));
    // What only the generator needed is not worth repeating for each of its rows.
    auto columns = pruned.child->columns;
    Keep(columns, needed);
    columns.insert(columns.end(), pruned.generated.begin(), pruned.generated.end());
    return MakePlan(std::move(columns), std::move(pruned));
  }

  PlanPtr PruneNode(const CtePlan& cte, const Plan&, Needed& needed) {
    const auto refs = refs_.find(cte.id);
    if (refs == refs_.end()) return Prune(cte.child, std::move(needed));
    if (refs->second == 1 && !cte.recursive) {
      inlined_[cte.id] = cte.definition;
      return Prune(cte.child, std::move(needed));
    }
    PlanPtr definition = PruneAll(cte.definition);
    PlanPtr child = Prune(cte.child, std::move(needed));
    auto columns = child->columns;
    return MakePlan(std::move(columns), CtePlan{cte.id, cte.name, std::move(definition),
                                                std::move(child), cte.recursive});
  }

  PlanPtr PruneNode(const CteRefPlan& ref, const Plan& plan, Needed& needed) {
    const auto found = inlined_.find(ref.id);
    if (found == inlined_.end()) return MakePlan(plan.columns, ref);
    const PlanPtr definition = found->second;
    std::vector<NamedExpr> exprs;
    for (size_t i = 0; i < plan.columns.size(); ++i) {
      exprs.push_back({plan.columns[i], ColumnOf(definition->columns[i], {})});
    }
    const ProjectPlan project{definition, std::move(exprs)};
    return PruneNode(project, plan, needed);
  }

  // It may give less than what its conditions see.
  PlanPtr PruneNode(const ExpectPlan& expect, const Plan& plan, Needed& needed) {
    if (CountsAllRows(expect)) {
      ExpectPlan pruned{Prune(expect.child, needed), expect.expectations};
      auto columns = plan.columns;
      Keep(columns, needed);
      return MakePlan(std::move(columns), std::move(pruned));
    }
    ExpectPlan pruned{PruneAll(expect.child), expect.expectations};
    return MakePlan(plan.columns, std::move(pruned));
  }

  // Without looking at any.
  static bool CountsAllRows(const ExpectPlan& expect) {
    return std::all_of(expect.expectations.begin(), expect.expectations.end(),
                       [](const BoundExpectation& one) {
                         return one.action == ViolationAction::kWarn &&
                                std::holds_alternative<BoundLiteral>(one.condition->node);
                       });
  }

  PlanPtr PruneAll(const PlanPtr& plan) {
    Needed needed;
    for (const PlanColumn& column : plan->columns) needed.insert(column.id);
    return Prune(plan, std::move(needed));
  }

  std::unordered_map<CteId, size_t> refs_;
  std::unordered_map<CteId, PlanPtr> inlined_;
};

}  // namespace

PlanPtr Simplify(const PlanPtr& plan) { return Simplifier().Run(plan); }

}  // namespace weir::sql
