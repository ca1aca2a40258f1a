// WITH RECURSIVE.
#include <algorithm>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/expression_binder.h"

namespace weir::sql {

namespace {

constexpr int64_t kMostLevels = 100;  // As Spark limits them where the text does not.

bool Names(const Query& query, const std::string& lower_name) {
  const auto inputs = InputsOf(query);
  return std::any_of(inputs.begin(), inputs.end(), [&](const NamedInput& input) {
    return !input.is_function && !input.stream && input.name.parts.size() == 1 &&
           LowerName(input.name.parts[0].text) == lower_name;
  });
}

// The UNION in a query without anything around it; null: none.
const SetOperation* UnionOf(const Query& query) {
  const bool bare = query.with.empty() && query.order_by.empty() && !query.order_by_all &&
                    query.limit == nullptr && query.offset == nullptr;
  if (!bare) return nullptr;
  if (const auto* inner = std::get_if<QueryPtr>(&query.body)) return UnionOf(**inner);
  const auto* operation = std::get_if<SetOperation>(&query.body);
  return operation != nullptr && operation->kind == SetKind::kUnion ? operation : nullptr;
}

// Looks for references where a row may not yet be known: below aggregates, windows, on the side of
// a join that is filled up with NULL, in a value of a sub-query.
class PlaceCheck {
 public:
  explicit PlaceCheck(CteId id) : id_(id) {}

  bool Allowed(const Plan& plan, bool free = true) {
    if (const auto* ref = std::get_if<CteRefPlan>(&plan.node)) return free || ref->id != id_;
    bool allowed = true;
    ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) {
      ForEachExpr(*expr, [&](const BoundExpr& one) {
        const auto* query = std::get_if<BoundSubquery>(&one.node);
        if (query == nullptr) return;
        allowed = allowed && Allowed(*query->plan, query->kind == SubqueryKind::kExists);
      });
    });
    if (const auto* join = std::get_if<JoinPlan>(&plan.node)) {
      const bool keeps_left = join->kind == JoinKind::kLeft || join->kind == JoinKind::kFull ||
                              join->kind == JoinKind::kLeftSemi ||
                              join->kind == JoinKind::kLeftAnti;
      const bool keeps_right = join->kind == JoinKind::kRight || join->kind == JoinKind::kFull;
      return allowed && Allowed(*join->left, free && !keeps_right) &&
             Allowed(*join->right, free && !keeps_left);
    }
    const bool whole = std::holds_alternative<AggregatePlan>(plan.node) ||
                       std::holds_alternative<WindowPlan>(plan.node);
    ForEachChildPlan(
        plan, [&](const PlanPtr& child) { allowed = allowed && Allowed(*child, free && !whole); });
    return allowed;
  }

 private:
  CteId id_;
};

class RecursionBinder {
 public:
  RecursionBinder(Binding& binding, const Cte& cte, const Surroundings& around)
      : binding_(binding), cte_(cte), around_(around) {
    frame_.outer = around.ctes;
    around_.ctes = &frame_;
  }

  CteDefinition Bind() {
    CteDefinition definition{binding_.NewCte(), nullptr, true};
    const SetOperation* both = UnionOf(*cte_.query);
    const std::string name = LowerName(cte_.name.text);
    if (both == nullptr || Names(*both->left, name)) {
      binding_.Report("INVALID_RECURSIVE_CTE", cte_.name.span,
                      "the recursive query " + QuoteName(cte_.name.text) +
                          " must be a UNION ALL of a query without reference to itself and one "
                          "with it");
      return definition;
    }
    if (!both->all) {
      binding_.Report("UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", cte_.name.span,
                      "a recursive query takes UNION ALL only", "write UNION ALL");
      return definition;
    }
    const PlanPtr anchor = BindAnchor(*both->left);
    definition.plan = anchor;
    frame_.ctes.emplace(name, definition);
    definition.plan = anchor == nullptr ? nullptr : BindStep(*both->right, definition);
    return definition;
  }

 private:
  static BoundExprPtr Number(int64_t number) {
    return LiteralOf(Value::Int(static_cast<int32_t>(number)), {});
  }

  // The rows to begin with, at level 1.
  PlanPtr BindAnchor(const Query& query) {
    PlanPtr plan = BindQueryPlan(binding_, query, around_);
    if (plan == nullptr) return nullptr;
    if (!cte_.columns.empty() && cte_.columns.size() != plan->columns.size()) {
      binding_.Report("ASSIGNMENT_ARITY_MISMATCH", cte_.name.span,
                      "the query of " + QuoteName(cte_.name.text) + " gives " +
                          std::to_string(plan->columns.size()) + " columns, but " +
                          std::to_string(cte_.columns.size()) + " names stand here");
      return nullptr;
    }
    if (cte_.most_levels != nullptr) {
      const auto most = BindRowCount(binding_, *cte_.most_levels, "MAX RECURSION LEVEL", around_);
      if (!most) return nullptr;
      most_ = *most;
    }
    std::vector<NamedExpr> exprs;
    for (size_t i = 0; i < plan->columns.size(); ++i) {
      PlanColumn column = plan->columns[i];
      BoundExprPtr expr = ColumnOf(column, {});
      column.id = binding_.NewColumn();
      column.nullable = true;
      if (!cte_.columns.empty()) column.name = cte_.columns[i].text;
      exprs.push_back({std::move(column), std::move(expr)});
    }
    BoundExprPtr first = Number(1);
    if (most_ < 1) {
      BoundCall fails{&NextLevelSignature(), {Number(1), Number(most_)}};
      first = MakeExpr({}, TypeId::kInt, false, std::move(fails));
    }
    exprs.push_back({{binding_.NewColumn(), "level", TypeId::kInt, false}, std::move(first)});
    return MakeProject(std::move(plan), std::move(exprs));
  }

  // The rows of the next level, each with its number, after those of `definition`.
  PlanPtr BindStep(const Query& query, const CteDefinition& definition) {
    PlanPtr step = BindQueryPlan(binding_, query, around_);
    if (step == nullptr) return nullptr;
    const std::vector<PlanColumn>& columns = definition.plan->columns;
    if (step->columns.size() + 1 != columns.size()) {
      binding_.Report("NUM_COLUMNS_MISMATCH", query.span,
                      "UNION joins queries of " + std::to_string(columns.size() - 1) + " and " +
                          std::to_string(step->columns.size()) + " columns");
      return nullptr;
    }
    if (!PlaceCheck(definition.id).Allowed(*step)) {
      binding_.Report("INVALID_RECURSIVE_REFERENCE.PLACE", query.span,
                      "a recursive query cannot refer to itself below an aggregate or window "
                      "function, on the optional side of a join, or in the value of a sub-query");
      return nullptr;
    }
    const PlanPtr levels = LastLevel(definition);
    const PlanColumn level = levels->columns[0];
    std::vector<PlanColumn> joined = step->columns;
    joined.push_back(level);
    PlanPtr both = MakePlan(joined, JoinPlan{JoinKind::kCross, step, levels, nullptr});
    std::vector<NamedExpr> exprs;
    for (size_t i = 0; i + 1 < columns.size(); ++i) {
      const PlanColumn& given = step->columns[i];
      const auto common = CommonType(columns[i].type, given.type);
      if (!common || *common != columns[i].type) {
        binding_.Report("INVALID_RECURSIVE_REFERENCE.DATA_TYPE", query.span,
                        "column " + QuoteName(columns[i].name) + " begins as " +
                            QuotedType(columns[i].type) + " and goes on as " +
                            QuotedType(given.type),
                        "cast one of them");
        return nullptr;
      }
      PlanColumn column{binding_.NewColumn(), columns[i].name, columns[i].type, true};
      exprs.push_back({std::move(column), CastTo(ColumnOf(given, {}), columns[i].type)});
    }
    BoundCall next{&NextLevelSignature(), {ColumnOf(level, {}), Number(most_)}};
    exprs.push_back({{binding_.NewColumn(), "level", TypeId::kInt, false},
                     MakeExpr({}, TypeId::kInt, false, std::move(next))});
    std::vector<PlanColumn> result = columns;
    for (PlanColumn& column : result) column.id = binding_.NewColumn();
    std::vector<PlanPtr> inputs{definition.plan, MakeProject(std::move(both), std::move(exprs))};
    return MakePlan(std::move(result), SetPlan{SetKind::kUnion, true, std::move(inputs)});
  }

  // One row: the level of the rows that the step sees.
  PlanPtr LastLevel(const CteDefinition& definition) {
    std::vector<PlanColumn> columns = definition.plan->columns;
    for (PlanColumn& column : columns) column.id = binding_.NewColumn();
    const PlanColumn level = columns.back();
    PlanPtr ref = MakePlan(std::move(columns), CteRefPlan{definition.id});
    Scope none;
    ExprContext context;
    context.scope = &none;
    context.around = &around_;
    ExpressionBinder binder(binding_, std::move(context));
    std::vector<BoundExprPtr> arguments{ColumnOf(level, {})};
    const Signature* max = binder.FindSignature("max", arguments, cte_.name.span);
    const PlanColumn last{binding_.NewColumn(), "level", TypeId::kInt, true};
    BoundAggregate aggregate{max, std::move(arguments), false, nullptr, {}};
    AggregatePlan plan;
    plan.child = std::move(ref);
    plan.aggregates.push_back({last, MakeExpr({}, TypeId::kInt, true, std::move(aggregate))});
    return MakePlan({last}, std::move(plan));
  }

  Binding& binding_;
  const Cte& cte_;
  Surroundings around_;
  CteFrame frame_;
  int64_t most_ = kMostLevels;
};

}  // namespace

bool RefersToItself(const Cte& cte) { return Names(*cte.query, LowerName(cte.name.text)); }

CteDefinition BindRecursiveCte(Binding& binding, const Cte& cte, const Surroundings& around) {
  return RecursionBinder(binding, cte, around).Bind();
}

PlanPtr StoppedAt(const PlanPtr& recursion, int64_t levels) {
  auto set = std::get<SetPlan>(recursion->node);
  const auto& step = std::get<ProjectPlan>(set.inputs[1]->node);
  const auto& next = std::get<BoundCall>(step.exprs.back().expr->node);
  const Value* most = AsLiteral(*next.arguments[1]);
  if (levels > most->integer()) return recursion;
  // The level before is below the last one that is wanted.
  const auto& level = next.arguments[0];
  BoundCall below{&BelowLevelSignature(),
                  {level, LiteralOf(Value::Int(static_cast<int32_t>(levels)), {})}};
  BoundExprPtr wanted = MakeExpr({}, TypeId::kBoolean, false, std::move(below));
  set.inputs[1] = MakeProject(MakeFilter(step.child, std::move(wanted)), step.exprs);
  return MakePlan(recursion->columns, std::move(set));
}

}  // namespace weir::sql
