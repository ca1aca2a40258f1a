// Expectations: a call that judges each row and says whether it stays.
#include <set>
#include <string>
#include <utility>

#include "weir/sql/duckdb_plan_printer.h"
#include "weir/sql/duckdb_printer.h"

namespace weir::sql {
namespace {

// The columns that messages about a failing row show, by lower name: all of them where an
// expectation of a user fails the update; nothing where none is shown.
std::set<std::string> ShownColumns(const ExpectPlan& expect) {
  std::set<std::string> shown;
  for (const BoundExpectation& one : expect.expectations) {
    if (one.action != ViolationAction::kFailUpdate) continue;
    for (const std::string& name : one.error_columns) shown.insert(LowerName(name));
    if (!one.error_condition.empty() || !one.error_columns.empty()) continue;
    for (const PlanColumn& column : expect.child->columns) shown.insert(LowerName(column.name));
  }
  return shown;
}

// As a struct, by the names of the columns; of those that share a name, the first.
std::string RowText(const std::vector<PlanColumn>& columns, std::set<std::string> shown) {
  std::string members;
  for (const PlanColumn& column : columns) {
    if (shown.erase(LowerName(column.name)) == 0) continue;
    members +=
        (members.empty() ? "" : ", ") + DuckdbQuote(column.name) + " := " + ColumnName(column.id);
  }
  return "struct_pack(" + members + ")";
}

}  // namespace

SelectBlock DuckdbPlanPrinter::Block(const ExpectPlan& expect, const Plan& plan) {
  const size_t ordinal = next_expect_++;
  SelectBlock block = Block(*expect.child);
  Wrap(block, expect.child->columns);
  std::string conditions;
  for (const BoundExpectation& one : expect.expectations) {
    conditions += ", " + ExprIn(*one.condition, block);
  }
  // The row behind the conditions is for the message.
  auto shown = ShownColumns(expect);
  if (!shown.empty()) conditions += ", " + RowText(expect.child->columns, std::move(shown));
  // A column of its own: a filter on it stays where it is, while the engine moves a filter that
  // calls the function below joins, UNNEST and DISTINCT, where it would judge other rows.
  block.from = "(SELECT *, weir_expect(" + std::to_string(ordinal) + conditions +
               ") AS expected FROM " + block.from + ") AS " + NewAlias();
  block.where.push_back("expected");
  return MakeStatement(Close(block, plan.columns), plan.columns);
}

}  // namespace weir::sql
