#include "weir/session/replaced_rows.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/partition_value.h"
#include "weir/session/binding.h"
#include "weir/session/change_data.h"
#include "weir/sql/ast_clone.h"
#include "weir/sql/bound_exprs.h"
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

sql::PlanPtr Picked(const RowCondition& rows) {
  return std::make_shared<sql::Plan>(
      sql::Plan{rows.scan->columns, sql::FilterPlan{rows.scan, rows.condition}});
}

// Rows that the condition does not pick: it is FALSE or NULL.
sql::PlanPtr Others(const RowCondition& rows) {
  const auto yes = sql::LiteralOf(Value::Boolean(true), {});
  return std::make_shared<sql::Plan>(sql::Plan{
      rows.scan->columns,
      sql::FilterPlan{rows.scan,
                      sql::MakeCall("not", {sql::MakeCall("<=>", {rows.condition, yes})})}});
}

}  // namespace

RowCondition BindRows(const sql::Expr& condition, const Schema& table, sql::NameResolver& names,
                      const sql::BindOptions& options) {
  auto scan = sql::MakePlan(sql::NumberedColumns(table),
                            sql::ScanPlan{kReplacedTable, "the rows that stay"});
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
  const std::vector<size_t> touched = base.FilesFor(picked);
  for (const size_t at : touched) {
    change.removed.push_back(base.files()[at]);
    if (with_others.contains(at)) mixed.push_back(at);
  }
  change.reads.push_back(picked);
  if (mixed.empty()) return;
  CheckFilesAreInside(base, change.removed, table.location());
  const auto reads = [&](std::vector<size_t> files) -> std::map<sql::InputId, engine::Input> {
    return {{kReplacedTable, engine::TableInput{table.location(), change.base, std::move(files)}}};
  };
  engine::WriteResult kept;
  try {
    // Without them the rows that are copied would look as if they went and came.
    if (HasChangeFeed(base)) {
      WriteReplacement(services, statement_id, AsDeleted(Picked(rows)), reads(touched), table,
                       change);
      if (change.changes.empty()) change.removed.clear();
    }
    if (change.removed.empty()) return;  // No row goes.
    kept = CopyRows(services, statement_id, Others(rows), reads(mixed), table.location(),
                    base.metadata());
  } catch (const Error&) {
    DeleteFiles(table.location(), change.files);
    DeleteFiles(table.location(), change.changes);
    throw;
  }
  change.files.insert(change.files.end(), kept.files.begin(), kept.files.end());
  change.commit.metrics["numCopiedRows"] = std::to_string(kept.statistics.rows);
}

namespace {

// No text can name these.
constexpr const char* kTargetAlias = "\x01target";
constexpr const char* kQueryAlias = "\x01query";

sql::ExprPtr NewExpr(const Span& span, decltype(sql::Expr::node) node) {
  return std::make_unique<sql::Expr>(sql::Expr{span, std::move(node)});
}

sql::ExprPtr Qualified(const char* qualifier, const sql::Identifier& column) {
  return NewExpr(column.span,
                 sql::NameExpr{{{sql::Identifier{qualifier, column.span}, column}, column.span}});
}

// Equal in each column.
sql::ExprPtr EqualColumns(const std::vector<sql::Identifier>& columns) {
  sql::ExprPtr all;
  for (const sql::Identifier& column : columns) {
    auto equal =
        NewExpr(column.span, sql::BinaryExpr{sql::BinaryOp::kEq, Qualified(kTargetAlias, column),
                                             Qualified(kQueryAlias, column)});
    all = all == nullptr ? std::move(equal)
                         : NewExpr(column.span, sql::BinaryExpr{sql::BinaryOp::kAnd, std::move(all),
                                                                std::move(equal)});
  }
  return all;
}

}  // namespace

sql::BoundChange BindMatching(const sql::ReplaceMatching& matching, const sql::Query& query,
                              const sql::ChangeTarget& target, sql::NameResolver& names,
                              const sql::BindOptions& options) {
  const bool by_columns = matching.on == nullptr;
  const Span& span = by_columns ? matching.columns[0].span : matching.on->span;
  sql::Select select;
  select.items.push_back({NewExpr(span, sql::LiteralExpr{Value::Int(1)}), std::nullopt, {}});
  select.from = std::make_unique<sql::FromItem>();
  select.from->span = query.span;
  select.from->node = sql::QueryFrom{sql::Clone(query)};
  select.from->alias.name =
      by_columns ? sql::Identifier{kQueryAlias, query.span} : matching.query_alias;
  select.where = by_columns ? EqualColumns(matching.columns) : sql::Clone(*matching.on);
  auto matches = std::make_unique<sql::Query>();
  matches->span = query.span;
  matches->body = std::move(select);
  sql::Delete remove;
  remove.alias.name = by_columns ? sql::Identifier{kTargetAlias, span} : matching.alias;
  remove.where = NewExpr(span, sql::ExistsExpr{std::move(matches)});
  auto bound = sql::BindDelete(remove, target, names, options);
  if (auto* diagnostics = std::get_if<Diagnostics>(&bound)) throw DiagnosticError(*diagnostics);
  return std::get<sql::BoundChange>(std::move(bound));
}

void RemoveMatching(const Services& services, const std::string& statement_id,
                    const sql::BoundChange& matching, std::map<sql::InputId, engine::Input> inputs,
                    const delta::Table& table, TableChange& change) {
  const delta::Snapshot& base = *change.base;
  const Predicate picked = sql::PredicateOf(*matching.picked, sql::Truth::kTrue, matching.columns);
  change.reads.push_back(picked);
  const auto reads = [&](std::vector<size_t> files) {
    inputs[kMatchedTable] = engine::TableInput{table.location(), change.base, std::move(files)};
    return inputs;
  };
  try {
    std::vector<size_t> touched;
    const auto rows = services.engine.Query(
        {statement_id, matching.touched, reads(base.FilesFor(picked)), std::nullopt});
    while (const auto batch = rows->Next()) {
      for (int64_t row = 0; row < batch->rows(); ++row) {
        touched.push_back(static_cast<size_t>(batch->At(0, row).integer()));
      }
    }
    std::sort(touched.begin(), touched.end());
    for (const size_t at : touched) change.removed.push_back(base.files()[at]);
    if (touched.empty()) return;
    if (HasChangeFeed(base)) {
      WriteReplacement(services, statement_id, matching.feed, reads(touched), table, change);
    }
    const auto kept = CopyRows(services, statement_id, matching.rewritten, reads(touched),
                               table.location(), base.metadata());
    change.files.insert(change.files.end(), kept.files.begin(), kept.files.end());
    change.commit.metrics["numCopiedRows"] = std::to_string(kept.statistics.rows);
  } catch (const Error&) {
    DeleteFiles(table.location(), change.files);
    DeleteFiles(table.location(), change.changes);
    throw;
  }
}

void RemovePartitions(TableChange& change) {
  const delta::Snapshot& base = *change.base;
  std::set<delta::PartitionValues> written;
  for (const delta::AddFile& file : change.files) written.insert(file.partition_values);
  for (const delta::AddFile& file : base.files()) {
    if (written.contains(file.partition_values)) change.removed.push_back(file);
  }
  // Of those partitions alone no others may have come in between.
  const auto stored = delta::StoredFieldsOf(base.schema(), base.metadata().configuration);
  std::vector<Predicate> partitions;
  for (const delta::PartitionValues& values : written) {
    std::vector<Predicate> parts;
    for (const std::string& column : base.metadata().partition_columns) {
      const DataType& type = base.schema()[*base.schema().Find(column)].type;
      const auto& text = values.at(delta::StoredName(base.schema(), stored, column));
      const Value value = delta::PartitionValueFromText(text, type, column);
      parts.push_back(value.is_null()
                          ? Predicate(Predicate::IsNull{{column}, false})
                          : Predicate(Predicate::Compare{{column}, Predicate::Op::kEq, value}));
    }
    partitions.emplace_back(Predicate::And{std::move(parts)});
  }
  change.reads.emplace_back(Predicate::Or{std::move(partitions)});
}

}  // namespace weir::session
