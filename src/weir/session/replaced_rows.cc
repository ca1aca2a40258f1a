#include "weir/session/replaced_rows.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/session/binding.h"
#include "weir/session/change_data.h"
#include "weir/session/found_rows.h"
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

sql::PlanPtr KeepPicked(sql::PlanPtr plan, const sql::Expr& condition, sql::NameResolver& names,
                        const sql::BindOptions& options) {
  auto picked = Bind(*plan, condition, names, options);
  auto columns = plan->columns;
  return sql::MakePlan(std::move(columns), sql::FilterPlan{std::move(plan), std::move(picked)});
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
  const auto reads = [&](std::vector<size_t> files, RowsLeftOut left_out = {}) {
    inputs[kMatchedTable] =
        engine::TableInput{table.location(), change.base, std::move(files), std::move(left_out)};
    return inputs;
  };
  try {
    // Asked once: what goes and what stays is read by position.
    const auto matches = services.engine.Query(
        {statement_id, matching.rows, reads(base.FilesFor(picked)), std::nullopt});
    const RowsByFile found = ReadFoundRows(*matches);
    if (found.empty()) return;
    RowsByFile mixed;
    for (const auto& [at, rows] : found) {
      const delta::AddFile& file = base.files()[at];
      change.removed.push_back(file);
      const auto count = base.StatisticsOf(file).rows;
      if (!count || rows.size() != static_cast<uint64_t>(*count)) mixed.emplace(at, rows);
    }
    if (HasChangeFeed(base)) {
      WriteReplacement(services, statement_id, AsDeleted(matching.kept),
                       reads(FilesOf(found), NoneBut(found, base)), table, change);
    }
    change.commit.metrics["numCopiedRows"] = "0";
    if (mixed.empty()) return;
    const auto kept = CopyRows(services, statement_id, matching.kept,
                               reads(FilesOf(mixed), AllBut(mixed, table.location(), base)),
                               table.location(), base.metadata());
    change.files.insert(change.files.end(), kept.files.begin(), kept.files.end());
    change.commit.metrics["numCopiedRows"] = std::to_string(kept.statistics.rows);
  } catch (const Error&) {
    DeleteFiles(table.location(), change.files);
    DeleteFiles(table.location(), change.changes);
    throw;
  }
}

namespace {

// Writers of other versions and programs spell the values of a partition in other ways.
struct PartitionOrder {
  using Values = std::map<std::string, Value>;  // By column: the same ones in all.

  bool operator()(const Values& a, const Values& b) const {
    for (const auto& [column, left] : a) {
      const Value& right = b.at(column);
      if (left.is_null() || right.is_null()) {
        if (left.is_null() != right.is_null()) return left.is_null();
      } else if (const int order = CompareValues(left, right); order != 0) {
        return order < 0;
      }
    }
    return false;
  }
};

}  // namespace

void RemovePartitions(TableChange& change) {
  const delta::Snapshot& base = *change.base;
  std::set<PartitionOrder::Values, PartitionOrder> written;
  for (const delta::AddFile& file : change.files) written.insert(base.PartitionOf(file));
  for (const delta::AddFile& file : base.files()) {
    if (written.contains(base.PartitionOf(file))) change.removed.push_back(file);
  }
  // Of those partitions alone no others may have come in between.
  std::vector<Predicate> partitions;
  for (const PartitionOrder::Values& values : written) {
    std::vector<Predicate> parts;
    for (const auto& [column, value] : values) {
      parts.push_back(value.is_null()
                          ? Predicate(Predicate::IsNull{{column}, false})
                          : Predicate(Predicate::Compare{{column}, Predicate::Op::kEq, value}));
    }
    partitions.emplace_back(Predicate::And{std::move(parts)});
  }
  change.reads.emplace_back(Predicate::Or{std::move(partitions)});
}

}  // namespace weir::session
