#include "weir/sql/unnested_queries.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"
#include "weir/sql/key_restriction.h"

namespace weir::sql {
namespace {

using Ids = std::unordered_set<ColumnId>;
using Exprs = std::vector<BoundExprPtr>;

void CollectDefined(const Plan& plan, Ids& ids) {
  for (const PlanColumn& column : plan.columns) ids.insert(column.id);
  ForEachOwnExpr(plan, [&](const BoundExprPtr& own) {
    ForEachExpr(*own, [&](const BoundExpr& expr) {
      if (const auto* lambda = std::get_if<BoundLambda>(&expr.node)) {
        for (const BoundColumn& parameter : lambda->parameters) ids.insert(parameter.id);
      }
      if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) {
        CollectDefined(*query->plan, ids);
      }
    });
  });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { CollectDefined(*child, ids); });
}

// Whether it refers to nothing around it.
bool IsByItself(const Plan& plan) {
  Ids defined;
  CollectDefined(plan, defined);
  Ids used;
  CollectColumns(plan, used);
  return std::all_of(used.begin(), used.end(), [&](ColumnId id) { return defined.contains(id); });
}

Ids IdsOfColumns(const Plan& plan) {
  Ids ids;
  for (const PlanColumn& column : plan.columns) ids.insert(column.id);
  return ids;
}

enum class Uses { kNone, kSome, kOnly };
Uses UseOf(const BoundExpr& expr, const Ids& ids) {
  Ids used;
  CollectColumns(expr, used);
  const auto count =
      std::count_if(used.begin(), used.end(), [&](ColumnId id) { return ids.contains(id); });
  if (count == 0) return Uses::kNone;
  return static_cast<size_t>(count) == used.size() ? Uses::kOnly : Uses::kSome;
}

bool HoldsQuery(const BoundExpr& expr) {
  bool holds = false;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    holds = holds || std::holds_alternative<BoundSubquery>(one.node);
  });
  return holds;
}

using Definition = std::function<BoundExprPtr(ColumnId)>;

BoundExprPtr Replaced(const BoundExprPtr& expr, const Definition& of) {
  return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
    const BoundColumn* column = AsColumn(*one);
    return column == nullptr ? nullptr : of(column->id);
  });
}

Definition DefinitionsOf(const std::vector<NamedExpr>& exprs) {
  return [&exprs](ColumnId id) -> BoundExprPtr {
    for (const NamedExpr& one : exprs) {
      if (one.column.id == id) return one.expr;
    }
    return nullptr;
  };
}

void SplitByAnd(const BoundExprPtr& condition, Exprs& parts) {
  const auto* call = std::get_if<BoundCall>(&condition->node);
  if (call == nullptr || call->signature->name != "and") {
    parts.push_back(condition);
    return;
  }
  for (const BoundExprPtr& argument : call->arguments) SplitByAnd(argument, parts);
}

// A sub-query taken apart: rows of a plan that stands alone, conditions on them and on the outer
// row, and what the query makes of them.
struct TakenApart {
  PlanPtr rows;
  Exprs conditions;  // That refer to the outer row.
  Exprs outputs;
};

// Through projections and filters; `apart.rows` is where to begin.
void TakeApart(TakenApart& apart, Exprs& conditions) {
  for (;;) {
    const Plan& plan = *apart.rows;
    if (const auto* project = std::get_if<ProjectPlan>(&plan.node)) {
      const Definition of = DefinitionsOf(project->exprs);
      for (BoundExprPtr& output : apart.outputs) output = Replaced(output, of);
      for (BoundExprPtr& condition : conditions) condition = Replaced(condition, of);
      apart.rows = PlanPtr(project->child);
    } else if (const auto* filter = std::get_if<FilterPlan>(&plan.node)) {
      SplitByAnd(filter->condition, conditions);
      apart.rows = PlanPtr(filter->child);
    } else if (const auto* sort = std::get_if<SortPlan>(&plan.node)) {
      apart.rows = PlanPtr(sort->child);
    } else {
      return;
    }
  }
}

// Those conditions that need no outer row become a filter. Nothing where that can't be.
bool Settle(TakenApart& apart, const Exprs& conditions) {
  if (!IsByItself(*apart.rows)) return false;
  const Ids own = IdsOfColumns(*apart.rows);
  for (const BoundExprPtr& condition : conditions) {
    if (HoldsQuery(*condition)) return false;
    Ids used;
    CollectColumns(*condition, used);
    if (used.empty() || UseOf(*condition, own) == Uses::kOnly) {
      apart.rows = MakeFilter(apart.rows, condition);
    } else {
      apart.conditions.push_back(condition);
    }
  }
  return true;
}

// What an aggregate gives of no rows; nothing where that is not known.
std::optional<Value> OfNoRows(const BoundExpr& expr) {
  static constexpr std::array<std::string_view, 18> kNull = {
      "sum",     "min",        "max",         "avg",      "mean",    "stddev",
      "std",     "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp",
      "try_sum", "try_avg",    "bool_and",    "bool_or",  "every",   "any"};
  const auto* aggregate = std::get_if<BoundAggregate>(&expr.node);
  if (aggregate == nullptr) return std::nullopt;
  const std::string_view name = aggregate->signature->name;
  if (name == "count" || name == "count_if" || name == "approx_count_distinct") {
    return Value::Long(0);
  }
  if (std::find(kNull.begin(), kNull.end(), name) == kNull.end()) return std::nullopt;
  return Value::Null(expr.type);
}

class Unnester {
 public:
  explicit Unnester(FreshIds& ids) : ids_(ids) {}

  PlanPtr Run(const PlanPtr& plan) {
    // Below first: what is joined here is looked at already.
    bool at_top = true;
    const PlanPtr rewritten = RewritePlans(plan, [&](const PlanPtr& one) -> PlanPtr {
      if (std::exchange(at_top, false)) return nullptr;
      return Run(one);
    });
    if (const auto* filter = std::get_if<FilterPlan>(&rewritten->node)) return Of(*filter);
    if (const auto* project = std::get_if<ProjectPlan>(&rewritten->node)) return Of(*project);
    return rewritten;
  }

 private:
  PlanPtr Of(const FilterPlan& filter) {
    if (!HoldsQuery(*filter.condition)) return MakeFilter(filter.child, filter.condition);
    const auto columns = filter.child->columns;
    PlanPtr rows = filter.child;
    Exprs parts;
    SplitByAnd(filter.condition, parts);
    Exprs rest;
    for (const BoundExprPtr& part : parts) {
      if (PlanPtr asked = Asked(rows, part)) {
        rows = std::move(asked);
      } else {
        rest.push_back(part);
      }
    }
    for (BoundExprPtr& part : rest) part = WithValues(part, rows);
    if (!rest.empty()) rows = MakeFilter(rows, AllOf(rest));
    return Only(rows, columns);
  }

  PlanPtr Of(const ProjectPlan& project) {
    PlanPtr rows = project.child;
    std::vector<NamedExpr> exprs = project.exprs;
    for (NamedExpr& one : exprs) one.expr = WithValues(one.expr, rows);
    return MakeProject(std::move(rows), std::move(exprs));
  }

  static PlanPtr Only(const PlanPtr& rows, const std::vector<PlanColumn>& columns) {
    if (rows->columns.size() == columns.size()) return rows;
    std::vector<NamedExpr> exprs;
    for (const PlanColumn& column : columns) exprs.push_back({column, ColumnOf(column, {})});
    return MakeProject(rows, std::move(exprs));
  }

  // The rows for which EXISTS or IN, or its opposite, is true; null where `part` is none.
  PlanPtr Asked(const PlanPtr& rows, const BoundExprPtr& part) {
    const BoundExpr* asked = part.get();
    bool opposite = false;
    while (const auto* call = std::get_if<BoundCall>(&asked->node)) {
      if (call->signature->name != "not" && call->signature->name != "!") return nullptr;
      opposite = !opposite;
      asked = call->arguments[0].get();
    }
    const auto* query = std::get_if<BoundSubquery>(&asked->node);
    if (query == nullptr || query->kind == SubqueryKind::kScalar) return nullptr;
    TakenApart apart{query->plan, {}, {}};
    for (const PlanColumn& column : query->plan->columns) {
      apart.outputs.push_back(ColumnOf(column, {}));
    }
    Exprs conditions;
    TakeApart(apart, conditions);
    if (std::holds_alternative<DistinctPlan>(apart.rows->node)) {
      // How often a row is there is not asked.
      apart.rows = PlanPtr(std::get<DistinctPlan>(apart.rows->node).child);
      TakeApart(apart, conditions);
    }
    if (!Settle(apart, conditions)) return nullptr;
    for (size_t i = 0; i < query->operands.size(); ++i) {
      if (HoldsQuery(*query->operands[i]) || HoldsQuery(*apart.outputs[i])) return nullptr;
    }
    if (!query->operands.empty()) apart.conditions.push_back(IsIn(*query, apart.outputs));
    const Definition renamed = Rename(apart.rows);
    for (BoundExprPtr& condition : apart.conditions) condition = Replaced(condition, renamed);
    // NOT IN is true where no row is, or may be, equal.
    const bool anti = opposite != query->negated;
    return MakePlan(rows->columns,
                    JoinPlan{anti ? JoinKind::kLeftAnti : JoinKind::kLeftSemi, rows, apart.rows,
                             apart.conditions.empty() ? nullptr : AllOf(apart.conditions)});
  }

  // Whether a row is among those asked for by IN; of NOT IN also where that is not known.
  static BoundExprPtr IsIn(const BoundSubquery& query, const Exprs& outputs) {
    Exprs equal;
    for (size_t i = 0; i < query.operands.size(); ++i) {
      equal.push_back(MakeCall("=", {query.operands[i], outputs[i]}));
    }
    BoundExprPtr all = AllOf(equal);
    if (!query.negated) return all;
    return MakeCall("not", {MakeCall("<=>", {all, LiteralOf(Value::Boolean(false), {})})});
  }

  // Gives `rows` ids of their own, and what its columns are called now.
  Definition Rename(PlanPtr& rows) {
    const auto before = rows->columns;
    rows = ids_.Renamed(rows);
    return [before, after = rows->columns](ColumnId id) -> BoundExprPtr {
      for (size_t i = 0; i < before.size(); ++i) {
        if (before[i].id == id) return ColumnOf(after[i], {});
      }
      return nullptr;
    };
  }

  // `expr` with columns in place of the values of queries; they are joined to `rows`.
  BoundExprPtr WithValues(const BoundExprPtr& expr, PlanPtr& rows) {
    if (!HoldsQuery(*expr)) return expr;
    return Rewrite(expr, [&](const BoundExprPtr& one) -> BoundExprPtr {
      const auto* query = std::get_if<BoundSubquery>(&one->node);
      if (query == nullptr) return nullptr;
      if (query->kind != SubqueryKind::kScalar) return one;
      BoundExprPtr value = JoinedValue(query->plan, rows);
      return value == nullptr ? one : value;
    });
  }

  BoundExprPtr JoinedValue(const PlanPtr& query, PlanPtr& rows) {
    TakenApart above{query, {}, {ColumnOf(query->columns[0], {})}};
    Exprs having;
    TakeApart(above, having);
    const auto* aggregate = std::get_if<AggregatePlan>(&above.rows->node);
    if (aggregate == nullptr || !aggregate->keys.empty() || !having.empty() ||
        !aggregate->grouping_sets.empty() || HoldsQuery(*above.outputs[0])) {
      return nullptr;
    }
    if (IsByItself(*above.rows)) {
      if (UseOf(*above.outputs[0], IdsOfColumns(*above.rows)) != Uses::kOnly) return nullptr;
      PlanPtr one_row = above.rows;
      const Definition renamed = Rename(one_row);
      rows = Joined(JoinKind::kCross, rows, one_row, nullptr);
      return Replaced(above.outputs[0], renamed);
    }
    return JoinedGroup(*aggregate, above.outputs[0], rows);
  }

  // An aggregate of the rows that are equal to the outer row in some columns: of each group of
  // such rows, joined.
  BoundExprPtr JoinedGroup(const AggregatePlan& aggregate, const BoundExprPtr& output,
                           PlanPtr& rows) {
    TakenApart apart{aggregate.child, {}, {}};
    for (const NamedExpr& one : aggregate.aggregates) {
      if (!OfNoRows(*one.expr)) return nullptr;
      apart.outputs.push_back(one.expr);
    }
    Exprs conditions;
    TakeApart(apart, conditions);
    if (!Settle(apart, conditions) || apart.conditions.empty()) return nullptr;
    const Ids own = IdsOfColumns(*apart.rows);
    AggregatePlan groups{apart.rows, {}, {}, {}};
    Exprs equal;
    for (const BoundExprPtr& condition : apart.conditions) {
      const auto* call = std::get_if<BoundCall>(&condition->node);
      if (call == nullptr || (call->signature->name != "=" && call->signature->name != "==")) {
        return nullptr;
      }
      BoundExprPtr inner = call->arguments[0];
      BoundExprPtr outer = call->arguments[1];
      if (UseOf(*inner, own) != Uses::kOnly) std::swap(inner, outer);
      if (UseOf(*inner, own) != Uses::kOnly || UseOf(*outer, own) != Uses::kNone) return nullptr;
      const PlanColumn key = ids_.Column("key", inner->type);
      groups.keys.push_back({key, inner});
      equal.push_back(MakeCall("=", {ColumnOf(key, {}), std::move(outer)}));
    }
    std::vector<PlanColumn> columns;
    for (const NamedExpr& key : groups.keys) columns.push_back(key.column);
    const BoundExprPtr is_none = MakeCall("is null", {ColumnOf(columns.front(), {})});
    std::vector<NamedExpr> values;
    for (size_t i = 0; i < aggregate.aggregates.size(); ++i) {
      const NamedExpr& one = aggregate.aggregates[i];
      Ids used;
      CollectColumns(*apart.outputs[i], used);
      if (!used.empty() && UseOf(*apart.outputs[i], own) != Uses::kOnly) return nullptr;
      const PlanColumn column = ids_.Like(one.column);
      groups.aggregates.push_back({column, apart.outputs[i]});
      columns.push_back(column);
      const BoundExprPtr nothing = LiteralOf(*OfNoRows(*one.expr), {});
      values.push_back(
          {one.column,
           MakeExpr({}, column.type, true, BoundCase{{{is_none, nothing}}, ColumnOf(column, {})})});
    }
    rows = Joined(JoinKind::kLeft, rows, MakePlan(columns, std::move(groups)), AllOf(equal));
    return Replaced(output, DefinitionsOf(values));
  }

  static PlanPtr Joined(JoinKind kind, PlanPtr left, PlanPtr right, BoundExprPtr condition) {
    auto columns = left->columns;
    columns.insert(columns.end(), right->columns.begin(), right->columns.end());
    return MakePlan(std::move(columns),
                    JoinPlan{kind, std::move(left), std::move(right), std::move(condition)});
  }

  FreshIds& ids_;
};

}  // namespace

PlanPtr WithoutSubqueries(const PlanPtr& plan, FreshIds& ids) { return Unnester(ids).Run(plan); }

}  // namespace weir::sql
