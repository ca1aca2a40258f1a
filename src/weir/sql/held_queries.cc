#include "weir/sql/held_queries.h"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "weir/base/check.h"

namespace weir::sql {
namespace {

using OnPlan = std::function<void(const Plan&)>;

// The plan and all below it, those of sub-queries included.
void ForEachPlan(const Plan& plan, const OnPlan& visit);

void ForEachPlanIn(const BoundExpr& expr, const OnPlan& visit) {
  if (const auto* query = std::get_if<BoundSubquery>(&expr.node)) ForEachPlan(*query->plan, visit);
  ForEachChild(expr, [&](const BoundExprPtr& child) { ForEachPlanIn(*child, visit); });
}

void ForEachPlan(const Plan& plan, const OnPlan& visit) {
  visit(plan);
  ForEachOwnExpr(plan, [&](const BoundExprPtr& expr) { ForEachPlanIn(*expr, visit); });
  ForEachChildPlan(plan, [&](const PlanPtr& child) { ForEachPlan(*child, visit); });
}

// Whether it refers to no column and no CTE of what is around it.
bool StandsAlone(const Plan& plan) {
  std::unordered_set<ColumnId> made;
  std::unordered_set<CteId> defined;
  std::unordered_set<CteId> read;
  ForEachPlan(plan, [&](const Plan& one) {
    for (const PlanColumn& column : one.columns) made.insert(column.id);
    if (const auto* cte = std::get_if<CtePlan>(&one.node)) defined.insert(cte->id);
    if (const auto* ref = std::get_if<CteRefPlan>(&one.node)) read.insert(ref->id);
  });
  ForEachExpr(plan, [&](const BoundExpr& expr) {
    const auto* lambda = std::get_if<BoundLambda>(&expr.node);
    if (lambda == nullptr) return;
    for (const BoundColumn& parameter : lambda->parameters) made.insert(parameter.id);
  });
  std::unordered_set<ColumnId> used;
  CollectColumns(plan, used);
  return std::all_of(used.begin(), used.end(), [&](ColumnId id) { return made.contains(id); }) &&
         std::all_of(read.begin(), read.end(), [&](CteId id) { return defined.contains(id); });
}

std::string NameInFile(ColumnId id) { return "c" + std::to_string(id); }

}  // namespace

bool CanBeHeld(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
    case TypeId::kTime:
      return false;
    case TypeId::kArray:
      return CanBeHeld(type.element());
    case TypeId::kMap:
      return CanBeHeld(type.key()) && CanBeHeld(type.value());
    case TypeId::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const Field& field) { return CanBeHeld(field.type); });
    default:
      return true;
  }
}

PlanPtr HeldQueries::Hold(const PlanPtr& plan, const Span& span) {
  for (const Held& held : held_) {
    if (held.plan == plan) return held.rows;
  }
  std::vector<PlanColumn> columns;
  std::vector<NamedExpr> exprs;
  std::unordered_set<ColumnId> seen;
  for (const PlanColumn& column : plan->columns) {
    // There is nothing to keep of these.
    const bool is_null = column.type.id() == TypeId::kVoid;
    exprs.push_back(
        {column, is_null ? LiteralOf(Value::Null(column.type), {}) : ColumnOf(column, {})});
    if (is_null || !seen.insert(column.id).second) continue;
    columns.push_back({column.id, NameInFile(column.id), column.type, column.nullable});
  }
  const InputId input = --next_;
  PlanPtr rows =
      MakeProject(MakePlan(std::move(columns), ScanPlan{input, "rows that are computed once"}),
                  std::move(exprs));
  held_.push_back({input, plan, rows, span});
  return rows;
}

BoundExprPtr HeldQueries::WithHeld(const BoundExprPtr& expr, const Span& span) {
  BoundExprPtr held =
      Rewrite(expr, [&](const BoundExprPtr& one) { return HeldSubquery(one, span); });
  if (IsSettled(*held)) return held;
  binding_.Report("UNSUPPORTED_FEATURE", span,
                  "a sub-query that may give something else each time, and that refers to the rows "
                  "around it, is not supported here",
                  "compute it in the source of the MERGE, or leave out what depends on the order "
                  "of rows: LIMIT, TABLESAMPLE, first() and such");
  return nullptr;
}

// Null: it is none, is settled, or does not stand alone.
BoundExprPtr HeldQueries::HeldSubquery(const BoundExprPtr& expr, const Span& span) {
  const auto* query = std::get_if<BoundSubquery>(&expr->node);
  if (query == nullptr || IsSettled(*query->plan) || !StandsAlone(*query->plan)) return nullptr;
  BoundSubquery held = *query;
  held.plan = Hold(query->plan, span);
  for (BoundExprPtr& operand : held.operands) {
    operand = Rewrite(operand, [&](const BoundExprPtr& one) { return HeldSubquery(one, span); });
  }
  return MakeExpr(expr->span, expr->type, expr->nullable, std::move(held));
}

std::vector<HeldQuery> HeldQueries::ReadBy(const std::vector<PlanPtr>& plans) {
  std::unordered_map<InputId, std::set<ColumnId>> columns;
  for (const PlanPtr& plan : plans) {
    if (plan == nullptr) continue;
    ForEachPlan(*plan, [&](const Plan& one) {
      const auto* scan = std::get_if<ScanPlan>(&one.node);
      if (scan == nullptr) return;
      auto& read = columns[scan->input];
      for (const PlanColumn& column : one.columns) {
        if (column.name != kFileColumn && column.name != kRowColumn) read.insert(column.id);
      }
    });
  }
  std::vector<HeldQuery> queries;
  for (const Held& held : held_) {
    const auto read = columns.find(held.input);
    if (read == columns.end()) continue;
    queries.push_back(Narrowed(held, {read->second.begin(), read->second.end()}));
  }
  return queries;
}

HeldQuery HeldQueries::Narrowed(const Held& held, const std::vector<ColumnId>& columns) {
  std::vector<NamedExpr> exprs;
  for (const ColumnId id : columns) {
    const auto column = std::find_if(held.plan->columns.begin(), held.plan->columns.end(),
                                     [&](const PlanColumn& one) { return one.id == id; });
    WEIR_CHECK(column != held.plan->columns.end());
    if (!CanBeHeld(column->type)) {
      binding_.Report("UNSUPPORTED_FEATURE", held.span,
                      "column " + QuoteName(column->name) + " is of type " + column->type.ToSql() +
                          ", and these rows are first written to files, which can't hold it: they "
                          "may come out otherwise when they are computed twice",
                      "convert it with CAST");
    }
    exprs.push_back({{id, NameInFile(id), column->type, column->nullable}, ColumnOf(*column, {})});
  }
  // How many rows there are counts even so.
  if (exprs.empty()) {
    exprs.push_back({{binding_.NewColumn(), "present", TypeId::kBoolean, false},
                     LiteralOf(Value::Boolean(true), {})});
  }
  return {held.input,
          InForce(Simplify(MakeProject(held.plan, std::move(exprs))), binding_.options())};
}

}  // namespace weir::sql
