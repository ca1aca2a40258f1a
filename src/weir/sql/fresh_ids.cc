#include "weir/sql/fresh_ids.h"

#include <map>
#include <utility>

#include "weir/sql/bound_exprs.h"

namespace weir::sql {

FreshIds::FreshIds(const Plan& plan) { Skip(plan); }

void FreshIds::Skip(const Plan& plan) {
  for (const PlanColumn& column : plan.columns) Skip(column.id);
  if (const auto* cte = std::get_if<CtePlan>(&plan.node)) {
    next_cte_ = std::max(next_cte_, cte->id + 1);
  }
  ForEachOwnExpr(plan, [&](const BoundExprPtr& own) {
    ForEachExpr(*own, [&](const BoundExpr& expr) {
      if (const BoundColumn* column = AsColumn(expr)) Skip(column->id);
      if (const auto* lambda = std::get_if<BoundLambda>(&expr.node)) {
        for (const BoundColumn& parameter : lambda->parameters) Skip(parameter.id);
      }
      if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) Skip(*query->plan);
    });
  });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { Skip(*child); });
}

PlanColumn FreshIds::Column(std::string name, DataType type, bool nullable) {
  return {next_++, std::move(name), std::move(type), nullable};
}

PlanColumn FreshIds::Like(const PlanColumn& column) {
  PlanColumn fresh = column;
  fresh.id = next_++;
  return fresh;
}

std::vector<PlanColumn> FreshIds::Like(const std::vector<PlanColumn>& columns) {
  std::vector<PlanColumn> fresh;
  fresh.reserve(columns.size());
  for (const PlanColumn& column : columns) fresh.push_back(Like(column));
  return fresh;
}

PlanPtr FreshIds::Renamed(const PlanPtr& plan) {
  std::vector<NamedExpr> exprs;
  for (const PlanColumn& column : plan->columns) {
    exprs.push_back({Like(column), ColumnOf(column, {})});
  }
  return MakeProject(plan, std::move(exprs));
}

namespace {

class CteInliner {
 public:
  PlanPtr Run(const PlanPtr& plan) {
    return RewritePlans(plan, [&](const PlanPtr& one) -> PlanPtr {
      if (const auto* cte = std::get_if<CtePlan>(&one->node); cte != nullptr && !cte->recursive) {
        definitions_[cte->id] = Run(cte->definition);
        return Run(cte->child);
      }
      const auto* ref = std::get_if<CteRefPlan>(&one->node);
      if (ref == nullptr) return nullptr;
      const auto found = definitions_.find(ref->id);
      return found == definitions_.end() ? nullptr : As(found->second, one->columns);
    });
  }

 private:
  // The columns of a reference stand for those of the definition, in order.
  static PlanPtr As(const PlanPtr& definition, const std::vector<PlanColumn>& columns) {
    std::vector<NamedExpr> exprs;
    for (size_t i = 0; i < columns.size(); ++i) {
      exprs.push_back({columns[i], ColumnOf(definition->columns[i], {})});
    }
    return MakeProject(definition, std::move(exprs));
  }

  std::map<CteId, PlanPtr> definitions_;
};

}  // namespace

PlanPtr WithoutCtes(const PlanPtr& plan) { return CteInliner().Run(plan); }

}  // namespace weir::sql
