// Whole queries: WITH, set operations, VALUES, ORDER BY and LIMIT.
#include <algorithm>
#include <utility>

#include "weir/sql/binder_signatures.h"
#include "weir/sql/expression_binder.h"
#include "weir/types/raw_type.h"

namespace weir::sql {

namespace {

class QueryBinder {
 public:
  QueryBinder(Binding& binding, const Query& query, const Surroundings& around)
      : binding_(binding), query_(query), around_(around) {
    frame_.outer = around.ctes;
  }

  PlanPtr Bind() {
    BindCtes();
    PlanPtr plan = BindBody();
    const bool limited = BindLimit();
    if (plan == nullptr || !limited) return nullptr;
    if (limit_ || offset_ > 0) {
      StopEarly(*plan);
      auto columns = plan->columns;
      plan = MakePlan(std::move(columns), LimitPlan{std::move(plan), limit_, offset_});
    }
    for (auto cte = defined_.rbegin(); cte != defined_.rend(); ++cte) {
      auto columns = plan->columns;
      plan = MakePlan(std::move(columns), CtePlan{cte->second.id, cte->first, cte->second.plan,
                                                  std::move(plan), cte->second.recursive});
    }
    return plan;
  }

  PlanPtr Limit(PlanPtr plan) {
    if (!BindLimit() || plan == nullptr) return nullptr;
    auto columns = plan->columns;
    return MakePlan(std::move(columns), LimitPlan{std::move(plan), limit_, offset_});
  }

  PlanPtr Combine(PlanPtr left) {
    const auto& operation = std::get<SetOperation>(query_.body);
    std::vector<PlanPtr> plans{std::move(left)};
    std::vector<Span> spans{query_.span};
    Gather(operation, *operation.right, plans, spans);
    return BindSet(operation, std::move(plans), spans);
  }

 private:
  void BindCtes() {
    if (query_.with.empty()) return;
    around_.ctes = &frame_;
    for (const Cte& cte : query_.with) BindCte(cte);
  }

  void BindCte(const Cte& cte) {
    const std::string name = LowerName(cte.name.text);
    if (frame_.ctes.count(name) > 0) {
      binding_.Report("DUPLICATED_CTE_NAMES", cte.name.span,
                      "WITH defines " + QuoteName(cte.name.text) + " twice");
      return;
    }
    if (query_.recursive && RefersToItself(cte)) {
      CteDefinition definition = BindRecursiveCte(binding_, cte, around_);
      if (definition.plan != nullptr) defined_.emplace_back(cte.name.text, definition);
      frame_.ctes.emplace(name, std::move(definition));
      return;
    }
    CteDefinition definition{binding_.NewCte(), BindQueryPlan(binding_, *cte.query, around_)};
    if (definition.plan != nullptr && !cte.columns.empty()) {
      if (cte.columns.size() == definition.plan->columns.size()) {
        definition.plan = Renamed(binding_, definition.plan, cte.columns);
      } else {
        binding_.Report("ASSIGNMENT_ARITY_MISMATCH", cte.name.span,
                        "the query of " + QuoteName(cte.name.text) + " gives " +
                            std::to_string(definition.plan->columns.size()) + " columns, but " +
                            std::to_string(cte.columns.size()) + " names stand here");
        definition.plan = nullptr;
      }
    }
    if (definition.plan != nullptr) defined_.emplace_back(cte.name.text, definition);
    frame_.ctes.emplace(name, std::move(definition));
  }

  PlanPtr BindBody() {
    if (const auto* select = std::get_if<Select>(&query_.body)) {
      return BindSelect(binding_, *select, &query_, around_);
    }
    if (const auto* from = std::get_if<FromBody>(&query_.body)) {
      return BindAllOver(binding_, &query_, BindFrom(binding_, *from->from, around_), around_);
    }
    PlanPtr plan;
    if (const auto* operation = std::get_if<SetOperation>(&query_.body)) {
      std::vector<PlanPtr> plans;
      std::vector<Span> spans;
      Gather(*operation, *operation->left, plans, spans);
      Gather(*operation, *operation->right, plans, spans);
      plan = BindSet(*operation, std::move(plans), spans);
    } else if (const auto* values = std::get_if<ValuesBody>(&query_.body)) {
      plan = BindValues(binding_, values->rows, query_.span, around_);
    } else {
      plan = BindQueryPlan(binding_, *std::get<QueryPtr>(query_.body), around_);
    }
    return BindOrder(std::move(plan));
  }

  PlanPtr BindSet(const SetOperation& operation, std::vector<PlanPtr> plans,
                  const std::vector<Span>& spans);
  void StopEarly(const Plan& plan);
  // The operands of a chain of the same UNION, left to right; other operations stand alone.
  void Gather(const SetOperation& operation, const Query& query, std::vector<PlanPtr>& plans,
              std::vector<Span>& spans);
  bool MatchNames(std::vector<PlanPtr>& plans);
  PlanPtr BindOrder(PlanPtr plan);
  bool BindLimit();

  Binding& binding_;
  const Query& query_;
  Surroundings around_;
  CteFrame frame_;
  std::vector<std::pair<std::string, CteDefinition>> defined_;
  std::optional<int64_t> limit_;
  int64_t offset_ = 0;
};

void QueryBinder::Gather(const SetOperation& operation, const Query& query,
                         std::vector<PlanPtr>& plans, std::vector<Span>& spans) {
  const auto* inner = std::get_if<SetOperation>(&query.body);
  const bool same = inner != nullptr && operation.kind == SetKind::kUnion &&
                    inner->kind == SetKind::kUnion && inner->all == operation.all &&
                    !inner->by_name && !operation.by_name && query.with.empty() &&
                    query.order_by.empty() && !query.order_by_all && query.limit == nullptr &&
                    query.offset == nullptr;
  if (same) {
    Gather(operation, *inner->left, plans, spans);
    Gather(operation, *inner->right, plans, spans);
    return;
  }
  plans.push_back(BindQueryPlan(binding_, query, around_));
  spans.push_back(query.span);
}

// UNION BY NAME: the columns of the others in the order of the first.
bool QueryBinder::MatchNames(std::vector<PlanPtr>& plans) {
  bool matched = true;
  for (size_t i = 1; i < plans.size(); ++i) {
    std::vector<NamedExpr> exprs;
    bool found_all = true;
    for (const PlanColumn& wanted : plans[0]->columns) {
      const std::string lower = LowerName(wanted.name);
      const auto& columns = plans[i]->columns;
      const auto found = std::find_if(columns.begin(), columns.end(), [&](const PlanColumn& one) {
        return LowerName(one.name) == lower;
      });
      if (found == columns.end()) {
        binding_.Report(
            "UNRESOLVED_COLUMN.WITH_SUGGESTION", query_.span,
            "BY NAME finds no column " + QuoteName(wanted.name) + " in the other query");
        found_all = false;
        continue;
      }
      exprs.push_back({*found, ColumnOf(*found, {})});
    }
    matched &= found_all;
    // Another number of columns is reported as a mismatch.
    if (!found_all || plans[i]->columns.size() != exprs.size()) continue;
    plans[i] = MakeProject(plans[i], std::move(exprs));
  }
  return matched;
}

std::string_view SetName(SetKind kind) {
  switch (kind) {
    case SetKind::kUnion:
      return "UNION";
    case SetKind::kIntersect:
      return "INTERSECT";
    case SetKind::kExcept:
      return "EXCEPT";
  }
  return "";
}

}  // namespace

bool CheckComparable(Binding& binding, const std::vector<PlanColumn>& columns,
                     std::string_view operation, const Span& span) {
  for (const PlanColumn& column : columns) {
    const bool variant = column.type.Holds(TypeId::kVariant);
    if (!variant && !column.type.Holds(TypeId::kMap)) continue;
    binding.Report(variant ? "UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE"
                           : "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
                   span,
                   std::string(operation) + " cannot compare values of type " +
                       QuotedType(column.type) + ", and column " + QuoteName(column.name) +
                       " holds them");
    return false;
  }
  return true;
}

namespace {

// `plan` with its columns cast to `types`.
PlanPtr CastColumns(Binding& binding, const PlanPtr& plan, const std::vector<DataType>& types) {
  std::vector<NamedExpr> exprs;
  for (size_t i = 0; i < types.size(); ++i) {
    PlanColumn column = plan->columns[i];
    BoundExprPtr expr = CastTo(ColumnOf(column, {}), types[i]);
    if (AsColumn(*expr) == nullptr) column.id = binding.NewColumn();
    column.type = types[i];
    column.nullable = expr->nullable;
    exprs.push_back({std::move(column), std::move(expr)});
  }
  return MakeProject(plan, std::move(exprs));
}

// LIMIT over all rows of a recursive CTE: each level has a row, so that no more levels than rows
// are looked at, and one that never ends is read as far as is asked for.
void QueryBinder::StopEarly(const Plan& plan) {
  if (!limit_) return;
  const Plan* below = &plan;
  while (const auto* project = std::get_if<ProjectPlan>(&below->node)) below = project->child.get();
  const auto* ref = std::get_if<CteRefPlan>(&below->node);
  if (ref == nullptr) return;
  for (auto& [name, definition] : defined_) {
    if (definition.id != ref->id || !definition.recursive) continue;
    definition.plan = StoppedAt(definition.plan, *limit_ + offset_);
  }
}

PlanPtr QueryBinder::BindSet(const SetOperation& operation, std::vector<PlanPtr> plans,
                             const std::vector<Span>& spans) {
  if (std::find(plans.begin(), plans.end(), nullptr) != plans.end()) return nullptr;
  if (operation.by_name && !MatchNames(plans)) return nullptr;
  const size_t width = plans[0]->columns.size();
  bool failed = false;
  for (size_t i = 1; i < plans.size(); ++i) {
    if (plans[i]->columns.size() == width) continue;
    binding_.Report("NUM_COLUMNS_MISMATCH", spans[i],
                    std::string(SetName(operation.kind)) + " joins queries of " +
                        std::to_string(width) + " and " + std::to_string(plans[i]->columns.size()) +
                        " columns");
    failed = true;
  }
  if (failed) return nullptr;
  std::vector<DataType> types;
  std::vector<PlanColumn> columns;
  for (size_t c = 0; c < width; ++c) {
    PlanColumn column = plans[0]->columns[c];
    for (size_t i = 1; i < plans.size(); ++i) {
      const PlanColumn& other = plans[i]->columns[c];
      const auto common = CommonType(column.type, other.type);
      if (!common) {
        binding_.Report("INCOMPATIBLE_COLUMN_TYPE", spans[i],
                        "column " + std::to_string(c + 1) + " of " +
                            std::string(SetName(operation.kind)) + " is of type " +
                            QuotedType(column.type) + " in one query and " +
                            QuotedType(other.type) + " in another");
        failed = true;
        continue;
      }
      column.type = *common;
      // What only some of them were declared as is nobody's declaration.
      if (RawTypeOf(column.metadata) != RawTypeOf(other.metadata)) column.metadata = "{}";
      if (operation.kind == SetKind::kUnion) {
        column.nullable |= other.nullable;
      } else if (operation.kind == SetKind::kIntersect) {
        column.nullable &= other.nullable;
      }
    }
    types.push_back(column.type);
    column.id = binding_.NewColumn();
    columns.push_back(std::move(column));
  }
  if (failed) return nullptr;
  for (PlanPtr& plan : plans) plan = CastColumns(binding_, plan, types);
  const bool distinct_union = operation.kind == SetKind::kUnion && !operation.all;
  const bool compares = operation.kind != SetKind::kUnion || distinct_union;
  if (compares && !CheckComparable(binding_, columns, SetName(operation.kind), spans[0])) {
    return nullptr;
  }
  return MakePlan(std::move(columns),
                  SetPlan{operation.kind, operation.all && !distinct_union, std::move(plans)});
}

PlanPtr QueryBinder::BindOrder(PlanPtr plan) {
  if (query_.order_by.empty() && !query_.order_by_all) return plan;
  Scope scope;
  scope.outer = around_.outer;
  scope.unknown = plan == nullptr;
  if (plan != nullptr) {
    scope.Add(std::make_shared<ScopeRelation>(std::vector<std::string>{}, plan->columns));
  }
  ExprContext context;
  context.clause = Clause::kOrderBy;
  context.scope = &scope;
  context.around = &around_;
  ExpressionBinder binder(binding_, std::move(context));
  std::vector<BoundSort> sorts;
  bool failed = plan == nullptr;
  const auto add = [&](BoundExprPtr expr, const SortItem& sort) {
    sorts.push_back(
        {std::move(expr), sort.descending, sort.nulls_first.value_or(!sort.descending)});
  };
  if (query_.order_by_all && plan != nullptr) {
    SortItem all;
    all.descending = query_.order_by_all_descending;
    all.nulls_first = query_.order_by_all_nulls_first;
    for (const PlanColumn& column : plan->columns) add(ColumnOf(column, query_.span), all);
  } else {
    for (const SortItem& sort : query_.order_by) {
      const auto position = OrdinalOf(*sort.expr);
      if (position && plan != nullptr) {
        if (*position < 1 || *position > static_cast<int64_t>(plan->columns.size())) {
          binding_.Report("ORDER_BY_POS_OUT_OF_RANGE", sort.expr->span,
                          "ORDER BY " + std::to_string(*position) + " names no column: there are " +
                              std::to_string(plan->columns.size()));
          failed = true;
          continue;
        }
        add(ColumnOf(plan->columns[static_cast<size_t>(*position) - 1], sort.expr->span), sort);
        continue;
      }
      BoundExprPtr expr = CheckSortable(binding_, *sort.expr) ? binder.Bind(*sort.expr) : nullptr;
      failed |= expr == nullptr;
      if (expr != nullptr) add(std::move(expr), sort);
    }
  }
  if (failed) return nullptr;
  auto columns = plan->columns;
  return MakePlan(std::move(columns), SortPlan{std::move(plan), std::move(sorts)});
}

bool QueryBinder::BindLimit() {
  bool failed = false;
  if (query_.limit != nullptr) {
    limit_ = BindRowCount(binding_, *query_.limit, "LIMIT", around_);
    failed |= !limit_;
  }
  if (query_.offset != nullptr) {
    const auto offset = BindRowCount(binding_, *query_.offset, "OFFSET", around_);
    failed |= !offset;
    offset_ = offset.value_or(0);
  }
  return !failed;
}

}  // namespace

PlanPtr BindLimits(Binding& binding, const Query& query, PlanPtr plan, const Surroundings& around) {
  return QueryBinder(binding, query, around).Limit(std::move(plan));
}

PlanPtr BindCombination(Binding& binding, const Query& query, PlanPtr left,
                        const Surroundings& around) {
  return QueryBinder(binding, query, around).Combine(std::move(left));
}

std::optional<int64_t> BindRowCount(Binding& binding, const Expr& expr, std::string_view what,
                                    const Surroundings& around) {
  const auto report = [&](const std::string& condition, const std::string& message) {
    binding.Report("INVALID_LIMIT_LIKE_EXPRESSION." + condition, expr.span,
                   std::string(what) + " " + message);
    return std::nullopt;
  };
  Scope none;
  none.unknown = true;  // A name is not unresolved here, but out of place.
  ExprContext context;
  context.clause = Clause::kConstant;
  context.scope = &none;
  context.around = &around;
  const size_t before = binding.diagnostics().size();
  BoundExprPtr bound = ExpressionBinder(binding, std::move(context)).Bind(expr);
  if (bound == nullptr) {
    if (binding.diagnostics().size() > before) return std::nullopt;
    return report("IS_UNFOLDABLE", "must be a constant");
  }
  const auto value = ConstantOf(*bound);
  if (!value) return report("IS_UNFOLDABLE", "must be a constant");
  if (value->is_null()) return report("IS_NULL", "must not be NULL");
  if (!value->type().IsIntegral() || value->type().id() == TypeId::kLong) {
    return report("DATA_TYPE", "must be of type INT, but is " + QuotedType(value->type()));
  }
  if (value->integer() < 0) return report("IS_NEGATIVE", "must not be negative");
  return value->integer();
}

PlanPtr BindQueryPlan(Binding& binding, const Query& query, const Surroundings& around) {
  return QueryBinder(binding, query, around).Bind();
}

namespace {

// A row of VALUES is computed by itself: without columns, queries and chance.
bool CheckComputable(Binding& binding, const BoundExpr& expr, const Span& span) {
  std::unordered_set<ColumnId> parameters;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    const auto* lambda = std::get_if<BoundLambda>(&one.node);
    if (lambda == nullptr) return;
    for (const BoundColumn& parameter : lambda->parameters) parameters.insert(parameter.id);
  });
  bool computable = true;
  ForEachExpr(expr, [&](const BoundExpr& one) {
    const BoundColumn* column = AsColumn(one);
    const auto* call = std::get_if<BoundCall>(&one.node);
    const bool chance = call != nullptr && !call->signature->deterministic &&
                        call->signature != &StatementConstant();
    computable &= column == nullptr || parameters.count(column->id) > 0;
    computable &= !chance && !std::holds_alternative<BoundSubquery>(one.node);
  });
  if (computable) return true;
  binding.Report("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", span,
                 "VALUES takes what can be computed without a column, a query or chance",
                 "write SELECT in its place, with UNION ALL for several rows");
  return false;
}

}  // namespace

PlanPtr BindValues(Binding& binding, const std::vector<std::vector<ExprPtr>>& rows,
                   const Span& span, const Surroundings& around) {
  Scope none;
  none.outer = around.outer;
  ExprContext context;
  context.clause = Clause::kValues;
  context.scope = &none;
  context.around = &around;
  ExpressionBinder binder(binding, std::move(context));
  ValuesPlan values;
  bool failed = false;
  const auto width = [](const std::vector<ExprPtr>& row) { return row.size(); };
  for (const auto& row : rows) {
    if (width(row) != width(rows[0])) {
      binding.Report("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", row[0]->span,
                     "this row has " + std::to_string(row.size()) + " values, and the first has " +
                         std::to_string(rows[0].size()));
      failed = true;
      continue;
    }
    std::vector<BoundExprPtr> bound;
    for (const ExprPtr& expr : row) {
      bound.push_back(binder.Bind(*expr));
      failed |= bound.back() == nullptr || !CheckComputable(binding, *bound.back(), expr->span);
    }
    values.rows.push_back(std::move(bound));
  }
  if (failed || rows.empty()) return nullptr;
  std::vector<PlanColumn> columns;
  for (size_t c = 0; c < rows[0].size(); ++c) {
    DataType type = values.rows[0][c]->type;
    bool nullable = false;
    for (const auto& row : values.rows) {
      const auto common = CommonType(type, row[c]->type);
      if (!common) {
        binding.Report("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", row[c]->span,
                       "column " + std::to_string(c + 1) + " of VALUES is of type " +
                           QuotedType(type) + " in one row and " + QuotedType(row[c]->type) +
                           " in another");
        failed = true;
        break;
      }
      type = *common;
      nullable |= row[c]->nullable;
    }
    if (failed) continue;
    for (auto& row : values.rows) row[c] = CastTo(row[c], type);
    columns.push_back({binding.NewColumn(), "col" + std::to_string(c + 1), type, nullable});
  }
  (void)span;
  if (failed) return nullptr;
  return MakePlan(std::move(columns), std::move(values));
}

}  // namespace weir::sql
