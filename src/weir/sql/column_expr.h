#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weir/sql/binding.h"
#include "weir/sql/expression_binder.h"

// Expressions that belong to a table: its constraints, defaults and generated columns. Internal to
// the binder.
namespace weir::sql {

// The text of an expression over these columns, bound; null: reported. It may name nothing but the
// columns and the functions that everybody has. `what` names the text in messages.
BoundExprPtr BindColumnText(Binding& binding, const std::vector<PlanColumn>& columns,
                            const std::string& text, const std::string& what);
// A call of a function over arguments that fit it.
BoundExprPtr CallOf(Binding& binding, std::string_view name, std::vector<BoundExprPtr> arguments);
// The columns of a table, without rows.
PlanPtr ColumnsOnly(Binding& binding, const Schema& schema);

// Reports, under `condition`, what an expression that a table keeps may not hold: sub-queries, and
// functions that give something else each time; those that tell the time of the statement only
// where `of_the_moment`. `what`: "a CHECK constraint".
void CheckColumnExpr(Binding& binding, const BoundExpr& expr, const Span& span,
                     const std::string& condition, const std::string& what, bool of_the_moment);

// Whether a statement gives the word DEFAULT where a value can stand.
bool IsDefaultWord(const Expr& expr);
// What the table gives a column that a statement leaves out, as the column stores it: its DEFAULT,
// or NULL. Null: reported.
BoundExprPtr DefaultOf(Binding& binding, const Field& field);

// Whether the table computes the column: it is generated, or an identity column.
bool IsComputed(const Field& field);
// Reports that a statement gives a number for an identity column whose table alone gives them.
void ReportExplicitNumber(Binding& binding, const Field& field, const Span& span);

// `plan` gives the columns of `schema` among others, as `columns`. The result gives all that `plan`
// does, with the columns that the table computes computed where `when` of their position is TRUE
// (null: never); `columns` then names the new ones. What is computed sees the values that `plan`
// gives.
PlanPtr WithGenerated(Binding& binding, PlanPtr plan, std::vector<PlanColumn>& columns,
                      const Schema& schema, const std::vector<BoundExprPtr>& when);

}  // namespace weir::sql
