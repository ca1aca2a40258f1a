// Rows of a query into the columns of a table.
#include <algorithm>
#include <set>
#include <utility>

#include "weir/sql/column_expr.h"
#include "weir/sql/declared_strings.h"
#include "weir/sql/evolved_columns.h"
#include "weir/sql/expression_binder.h"
#include "weir/types/column_rules.h"

namespace weir::sql {

namespace {

class InsertBinder {
 public:
  // `evolves`: `target` has taken in what the query gives, and members of structs go by names.
  InsertBinder(Binding& binding, const Query& query, const Schema& target, bool accept_new,
               bool evolves)
      : binding_(binding),
        query_(query),
        target_(target),
        accept_new_(accept_new),
        evolves_(evolves) {}

  PlanPtr ByPosition(PlanPtr plan) {
    const size_t given = plan->columns.size();
    if (given < target_.size() || (given > target_.size() && !accept_new_)) {
      const bool few = given < target_.size();
      binding_.Report(few ? "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
                          : "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
                      query_.span,
                      "the query gives " + std::to_string(given) + " columns (" +
                          Names(plan->columns) + "), and the table has " +
                          std::to_string(target_.size()) + " (" + Names(target_) + ")");
      return nullptr;
    }
    plan_ = plan;
    for (size_t i = 0; i < target_.size(); ++i) Store(plan->columns[i], target_[i]);
    for (size_t i = target_.size(); i < given; ++i) AddNew(plan->columns[i]);
    return Finish(std::move(plan));
  }

  // Columns that the query leaves out hold what the table gives them.
  PlanPtr ByName(PlanPtr plan) {
    std::set<std::string> used;
    for (const PlanColumn& column : plan->columns) {
      if (used.insert(LowerName(column.name)).second) continue;
      binding_.Report("AMBIGUOUS_REFERENCE", query_.span,
                      "the query gives two columns named " + QuoteName(column.name) +
                          ", so they cannot be stored by name");
      failed_ = true;
    }
    plan_ = plan;
    by_name_ = true;
    generated_.resize(target_.size());
    for (size_t i = 0; i < target_.size(); ++i) StoreNamed(*plan, i);
    for (const PlanColumn& column : plan->columns) {
      if (target_.Find(column.name)) continue;
      if (accept_new_) {
        AddNew(column);
        continue;
      }
      std::vector<std::string> names;
      for (const Field& field : target_.fields()) names.push_back(field.name);
      binding_.Report(
          "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", query_.span,
          "the query gives " + QuoteName(column.name) + ", a column that the table does not have",
          DidYouMean(Nearest(column.name, names)));
      failed_ = true;
    }
    return Finish(std::move(plan));
  }

 private:
  template <class Columns>
  static std::string NamesOf(const Columns& columns) {
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(QuoteName(column.name));
    return JoinNames(names);
  }
  static std::string Names(const std::vector<PlanColumn>& columns) { return NamesOf(columns); }
  static std::string Names(const Schema& schema) { return NamesOf(schema.fields()); }

  void StoreNamed(const Plan& plan, size_t position) {
    const Field& field = target_[position];
    const std::string lower = LowerName(field.name);
    const auto found =
        std::find_if(plan.columns.begin(), plan.columns.end(),
                     [&](const PlanColumn& column) { return LowerName(column.name) == lower; });
    if (found != plan.columns.end()) {
      Store(*found, field);
    } else if (IsComputed(field)) {
      generated_[position] = LiteralOf(Value::Boolean(true), query_.span);
      Add(field, LiteralOf(Value::Null(field.type), query_.span));
    } else if (field.nullable || MetadataText(field, kDefaultKey)) {
      BoundExprPtr value = DefaultOf(binding_, field);
      failed_ |= value == nullptr;
      if (value != nullptr) Add(field, std::move(value));
    } else {
      binding_.Report("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_FIND_DATA", query_.span,
                      "the query gives no column " + QuoteName(field.name) +
                          ", which may not be NULL in the table");
      failed_ = true;
    }
  }

  void Store(const PlanColumn& column, const Field& field) {
    if (const auto rule = IdentityOf(field); rule && rule->always) {
      ReportExplicitNumber(binding_, field, query_.span);
      failed_ = true;
      return;
    }
    BoundExprPtr value = Fitted(column, field);
    if (value == nullptr) {
      binding_.Report("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST", query_.span,
                      "column " + QuoteName(field.name) + " of the table is of type " +
                          QuotedType(field.type) + ", in which a value of type " +
                          QuotedType(column.type) + " cannot be stored",
                      "convert it with CAST");
      failed_ = true;
      return;
    }
    Add(field, StoredStrings(binding_, std::move(value), field.metadata));
  }

  // Null: it can't be stored.
  BoundExprPtr Fitted(const PlanColumn& column, const Field& field) {
    BoundExprPtr value = ColumnOf(column, PlaceOf(column));
    if (evolves_) return FitByName(binding_, std::move(value), field.type);
    if (by_name_) {
      if (!HaveSameMembers(column.type, field.type)) return nullptr;
      return FitByName(binding_, std::move(value), field.type);
    }
    return CanCast(column.type, field.type) ? CastTo(std::move(value), field.type) : nullptr;
  }

  // What gives the column; the query where that is no one expression.
  Span PlaceOf(const PlanColumn& column) const {
    if (const auto* project = std::get_if<ProjectPlan>(&plan_->node)) {
      for (const NamedExpr& one : project->exprs) {
        if (one.column.id == column.id && one.expr->span.source) return one.expr->span;
      }
    } else if (const auto* values = std::get_if<ValuesPlan>(&plan_->node)) {
      for (size_t i = 0; i < plan_->columns.size() && values->rows.size() == 1; ++i) {
        const Span& span = values->rows[0][i]->span;
        if (plan_->columns[i].id == column.id && span.source) return span;
      }
    }
    return query_.span;
  }

  void Add(const Field& field, BoundExprPtr expr) {
    const BoundColumn* column = AsColumn(*expr);
    const bool own = column == nullptr || !ids_.insert(column->id).second;
    const ColumnId id = own ? binding_.NewColumn() : column->id;
    exprs_.push_back({{id, field.name, field.type, expr->nullable, field.metadata}, expr});
  }

  void AddNew(const PlanColumn& column) {
    Add({column.name, column.type, true, column.metadata}, ColumnOf(column, query_.span));
  }

  PlanPtr Finish(PlanPtr plan) {
    if (failed_) return nullptr;
    PlanPtr stored = MakeProject(std::move(plan), std::move(exprs_));
    if (generated_.empty()) return stored;
    std::vector<PlanColumn> columns = stored->columns;
    columns.resize(target_.size());  // New ones stay as they are.
    return WithGenerated(binding_, std::move(stored), columns, target_, generated_);
  }

  Binding& binding_;
  const Query& query_;
  const Schema& target_;
  bool accept_new_;
  bool evolves_;
  bool by_name_ = false;
  bool failed_ = false;
  std::vector<BoundExprPtr> generated_;  // Where the table computes the column: TRUE.
  PlanPtr plan_;                         // What the query gives.
  std::vector<NamedExpr> exprs_;
  std::set<ColumnId> ids_;
};

}  // namespace

BindResult BindInsert(const Query& query, const Schema& target, bool by_name,
                      bool accept_new_columns, NameResolver& names, const BindOptions& options,
                      const Evolution* evolution) {
  Binding binding(options);
  Surroundings around;
  around.names = &names;
  PlanPtr plan = BindQueryPlan(binding, query, around);
  if (plan != nullptr && binding.diagnostics().empty()) {
    const Schema columns = evolution == nullptr ? target
                                                : EvolvedColumns(*plan, target, by_name,
                                                                 accept_new_columns, *evolution);
    InsertBinder binder(binding, query, columns, accept_new_columns && evolution == nullptr,
                        evolution != nullptr);
    plan = by_name ? binder.ByName(std::move(plan)) : binder.ByPosition(std::move(plan));
  }
  if (!binding.diagnostics().empty()) {
    return InTextOrder(std::move(binding.diagnostics()));
  }
  return BoundQuery{InForce(Simplify(plan), options)};
}

}  // namespace weir::sql
