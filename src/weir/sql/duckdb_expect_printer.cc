// Expectations: a call that judges each row and says whether it stays.
#include <algorithm>
#include <set>

#include "weir/sql/duckdb_plan_printer.h"
#include "weir/sql/duckdb_printer.h"

namespace weir::sql {
namespace {

// The row behind the conditions is for the message of a user's expectation that fails the update.
bool NamesFailingRow(const ExpectPlan& expect) {
  return std::any_of(expect.expectations.begin(), expect.expectations.end(), [](const auto& one) {
    return one.action == ViolationAction::kFailUpdate && one.error_condition.empty();
  });
}

// As a struct, by the names of the columns; of those that share a name, the first.
std::string RowText(const std::vector<PlanColumn>& columns) {
  std::string members;
  std::set<std::string> known;
  for (const PlanColumn& column : columns) {
    if (!known.insert(LowerName(column.name)).second) continue;
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
  if (NamesFailingRow(expect)) conditions += ", " + RowText(expect.child->columns);
  // A column of its own: a filter on it stays where it is, while the engine moves a filter that
  // calls the function below joins, UNNEST and DISTINCT, where it would judge other rows.
  block.from = "(SELECT *, weir_expect(" + std::to_string(ordinal) + conditions +
               ") AS expected FROM " + block.from + ") AS " + NewAlias();
  block.where.push_back("expected");
  return MakeStatement(Close(block, plan.columns), plan.columns);
}

}  // namespace weir::sql
