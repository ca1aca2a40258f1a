#include "weir/session/replaced_rows.h"

#include <set>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/change_data.h"
#include "weir/sql/functions.h"
#include "weir/sql/row_predicate.h"

namespace weir::session {
namespace {

constexpr sql::InputId kReplacedTable = 0;

sql::BoundExprPtr Bind(const sql::Plan& plan, const sql::Expr& condition, sql::NameResolver& names,
                       const sql::BindOptions& options) {
  auto bound = sql::BindRowCondition(plan, condition, names, options);
  if (auto* diagnostics = std::get_if<Diagnostics>(&bound)) throw DiagnosticError(*diagnostics);
  return std::get<sql::BoundCondition>(std::move(bound)).expr;
}

sql::BoundExprPtr Call(std::string_view name, std::vector<sql::BoundExprPtr> arguments) {
  std::vector<sql::ArgumentShape> shapes;
  for (const auto& argument : arguments) {
    shapes.push_back({argument->type, argument->nullable, false, nullptr, 0});
  }
  const auto found = sql::LookUp(name, shapes);
  const auto* signature = std::get_if<const sql::Signature*>(&found);
  WEIR_CHECK(signature != nullptr);
  return std::make_shared<sql::BoundExpr>(
      sql::BoundExpr{{}, TypeId::kBoolean, true, sql::BoundCall{*signature, std::move(arguments)}});
}

// Rows that the condition does not pick: it is FALSE or NULL.
sql::PlanPtr Others(const RowCondition& rows) {
  const auto yes = std::make_shared<sql::BoundExpr>(
      sql::BoundExpr{{}, TypeId::kBoolean, false, sql::BoundLiteral{Value::Boolean(true)}});
  return std::make_shared<sql::Plan>(
      sql::Plan{rows.scan->columns,
                sql::FilterPlan{rows.scan, Call("not", {Call("<=>", {rows.condition, yes})})}});
}

}  // namespace

RowCondition BindRows(const sql::Expr& condition, const Schema& table, sql::NameResolver& names,
                      const sql::BindOptions& options) {
  std::vector<sql::PlanColumn> columns;
  for (size_t i = 0; i < table.size(); ++i) {
    columns.push_back({static_cast<sql::ColumnId>(i), table[i].name, table[i].type,
                       table[i].nullable, table[i].metadata});
  }
  auto scan = std::make_shared<sql::Plan>(
      sql::Plan{std::move(columns), sql::ScanPlan{kReplacedTable, "the rows that stay"}});
  auto bound = Bind(*scan, condition, names, options);
  return {std::move(scan), std::move(bound), std::string(condition.span.Text())};
}

sql::PlanPtr RequirePicked(sql::PlanPtr plan, const sql::Expr& condition, const std::string& text,
                           sql::NameResolver& names, const sql::BindOptions& options) {
  sql::BoundExpectation picked{"REPLACE WHERE", sql::ViolationAction::kFailUpdate,
                               Bind(*plan, condition, names, options)};
  picked.error_condition = "DELTA_REPLACE_WHERE_MISMATCH";
  picked.error_message = "a new row does not match the condition of REPLACE WHERE (" + text +
                         "), so running the statement again would not replace it; nothing was "
                         "written. Filter the rows by the same condition";
  auto columns = plan->columns;
  return std::make_shared<sql::Plan>(
      sql::Plan{std::move(columns), sql::ExpectPlan{std::move(plan), {std::move(picked)}}});
}

void RemoveRows(const Services& services, const std::string& statement_id, const RowCondition& rows,
                const delta::Table& table, TableChange& change) {
  const delta::Snapshot& base = *change.base;
  const auto& columns = rows.scan->columns;
  const Predicate picked = sql::PredicateOf(*rows.condition, sql::Truth::kTrue, columns);
  const auto others =
      base.FilesFor(sql::PredicateOf(*rows.condition, sql::Truth::kNotTrue, columns));
  const std::set<size_t> with_others(others.begin(), others.end());
  std::vector<size_t> mixed;
  for (const size_t at : base.FilesFor(picked)) {
    change.removed.push_back(base.files()[at]);
    if (with_others.contains(at)) mixed.push_back(at);
  }
  change.reads.push_back(picked);
  if (mixed.empty()) return;
  CheckFilesAreInside(base, change.removed, table.location());
  engine::WriteResult kept;
  try {
    // Without them the rows that are copied would look as if they went and came.
    if (HasChangeFeed(base)) {
      change.changes = WriteReplacement(services, statement_id, rows, table, base.metadata(),
                                        change.removed, change.files);
    }
    kept = WriteFiles(services, statement_id, Others(rows),
                      {{kReplacedTable, engine::TableInput{table.location(), change.base, mixed}}},
                      table.location(), base.metadata());
  } catch (const Error&) {
    DeleteFiles(table.location(), change.files);
    DeleteFiles(table.location(), change.changes);
    throw;
  }
  change.files.insert(change.files.end(), kept.files.begin(), kept.files.end());
  change.commit.metrics["numCopiedRows"] = std::to_string(kept.statistics.rows);
}

}  // namespace weir::session
