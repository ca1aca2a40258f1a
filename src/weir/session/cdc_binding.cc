#include <utility>

#include "weir/base/error.h"
#include "weir/session/cdc_query.h"
#include "weir/session/flow_run.h"
#include "weir/session/statement.h"
#include "weir/sql/ast_clone.h"
#include "weir/sql/bound_exprs.h"
#include "weir/types/column_rules.h"

// How an AUTO CDC flow is bound to its table: its plan gives events.
namespace weir::session {
namespace {

sql::ExprPtr NamedColumn(const std::string& name, const Span& span) {
  return sql::ExprAt(span, sql::NameExpr{sql::Name{{{name, span}}, span}});
}

// The flow's own columns behind those of the source.
std::vector<const char*> EventColumns(const CdcShape& shape) {
  if (shape.is_snapshot) return {};
  return {kSequenceColumn, kDeleteColumn, kTruncateColumn};
}

// What goes into the table, and what is told of each event.
sql::Query EventQuery(const Flow& flow, const CdcShape& shape) {
  const Span& span = flow.query->span;
  sql::Select select;
  for (const Field& field : shape.columns.fields()) {
    select.items.push_back({NamedColumn(field.name, span), {}, {}});
  }
  for (const char* name : EventColumns(shape)) {
    select.items.push_back({NamedColumn(name, span), {}, {}});
  }
  select.from = std::make_unique<sql::FromItem>();
  select.from->span = span;
  select.from->node = sql::QueryFrom{sql::Clone(*flow.query)};
  sql::Query query;
  query.span = span;
  query.body = std::move(select);
  return query;
}

Schema EventSchema(const CdcShape& shape, const CdcTable& table) {
  std::vector<Field> fields;
  for (const Field& field : table.keys) fields.push_back(AsNullable(field));
  for (const Field& field : table.values) fields.push_back(AsNullable(field));
  if (!shape.is_snapshot) {
    fields.push_back({kSequenceColumn, shape.sequence, true, "{}"});
    fields.push_back({kDeleteColumn, TypeId::kBoolean, true, "{}"});
    fields.push_back({kTruncateColumn, TypeId::kBoolean, true, "{}"});
  }
  return Schema(std::move(fields));
}

// FALSE where the value, or any part of a struct, is NULL.
sql::BoundExprPtr IsWhole(const sql::BoundExprPtr& value) {
  sql::BoundExprPtr whole = sql::MakeCall("isnotnull", {value});
  if (value->type.id() != TypeId::kStruct) return whole;
  for (size_t i = 0; i < value->type.fields().size(); ++i) {
    const Field& field = value->type.fields()[i];
    whole = sql::MakeCall(
        "and",
        {whole, IsWhole(sql::MakeExpr(value->span, field.type, true, sql::BoundField{value, i}))});
  }
  return whole;
}

// Counts events that have no place, and those that are no rows.
sql::PlanPtr Counting(sql::PlanPtr events, const CdcShape& shape) {
  const auto column = [&](size_t i) { return sql::ColumnOf(events->columns[i], {}); };
  const size_t end = events->columns.size();
  sql::BoundExprPtr truncates =
      shape.is_snapshot ? sql::LiteralOf(Value::Boolean(false), {}) : column(end - 1);
  sql::ExpectPlan expect{events, {}};
  const auto count = [&](const char* name, sql::BoundExprPtr condition) {
    expect.expectations.push_back({name, sql::ViolationAction::kWarn, std::move(condition)});
  };
  if (!shape.is_snapshot) {
    count(kNullSequences, IsWhole(column(end - 3)));
    count(kNoRows, sql::MakeCall("not", {sql::MakeCall("or", {column(end - 2), truncates})}));
  }
  sql::BoundExprPtr keys = sql::LiteralOf(Value::Boolean(true), {});
  for (size_t i = 0; i < shape.keys.size(); ++i) {
    keys = sql::MakeCall("and", {keys, sql::MakeCall("isnotnull", {column(i)})});
  }
  count(kNullKeys, sql::MakeCall("or", {truncates, keys}));
  std::vector<sql::PlanColumn> columns = events->columns;
  return sql::MakePlan(std::move(columns), std::move(expect));
}

sql::ExprPtr Either(sql::ExprPtr left, sql::ExprPtr right) {
  const Span span = right->span;
  return sql::ExprAt(span, sql::BinaryExpr{sql::BinaryOp::kOr, std::move(left), std::move(right)});
}

// What is expected of the table's rows is asked of the events that become rows.
std::vector<sql::Expectation> OfRows(const std::vector<sql::Expectation>& expectations,
                                     const CdcShape& shape) {
  std::vector<sql::Expectation> of_rows;
  for (const sql::Expectation& one : expectations) {
    sql::ExprPtr condition = sql::Clone(*one.condition);
    const Span span = condition->span;
    if (!shape.is_snapshot) {
      condition =
          Either(Either(NamedColumn(kDeleteColumn, span), NamedColumn(kTruncateColumn, span)),
                 std::move(condition));
    }
    of_rows.push_back({one.name, std::move(condition), one.action});
  }
  return of_rows;
}

// A message about a failing row shows what would be in the table.
sql::PlanPtr ShowingRows(const sql::PlanPtr& judged, const CdcTable& table) {
  auto expect = std::get<sql::ExpectPlan>(judged->node);
  for (sql::BoundExpectation& one : expect.expectations) {
    for (const auto* fields : {&table.keys, &table.values}) {
      for (const Field& field : *fields) one.error_columns.push_back(field.name);
    }
  }
  return sql::MakePlan(judged->columns, std::move(expect));
}

// The names that the texts of cdc_columns.h know.
sql::PlanPtr WithEventNames(const sql::PlanPtr& events, const CdcShape& shape,
                            const CdcTable& table) {
  std::vector<std::string> names;
  for (size_t i = 0; i < table.keys.size(); ++i) names.push_back("k" + std::to_string(i));
  for (size_t i = 0; i < table.values.size(); ++i) names.push_back("v" + std::to_string(i));
  if (!shape.is_snapshot) names.insert(names.end(), {"seq", "del", "trunc"});
  std::vector<sql::NamedExpr> exprs;
  for (size_t i = 0; i < names.size(); ++i) {
    sql::PlanColumn column = events->columns[i];
    const sql::BoundExprPtr value = sql::ColumnOf(column, {});
    column.name = names[i];
    column.metadata = "{}";
    exprs.push_back({std::move(column), value});
  }
  return sql::MakeProject(events, std::move(exprs));
}

}  // namespace

CdcShape BoundCdcShape(const Flow& flow, const BoundFlow& query) {
  const DataType version = query.versions != nullptr ? query.versions->type : DataType();
  auto shape = CdcShapeOf(flow, sql::SchemaOf(*query.plan), version);
  if (auto* wrong = std::get_if<Diagnostics>(&shape)) throw DiagnosticError(std::move(*wrong));
  return std::get<CdcShape>(std::move(shape));
}

void BindCdcInto(const Dataset& dataset, const Flow& flow, const BoundFlow& query,
                 BoundFlow& bound) {
  BoundCdc cdc;
  cdc.shape = BoundCdcShape(flow, query);
  if (query.versions != nullptr && query.versions->current) {
    cdc.version = query.versions->current->ToSql();
  }
  auto table = CdcTableOf(dataset, flow, cdc.shape, bound.target);
  if (auto* wrong = std::get_if<Diagnostics>(&table)) throw DiagnosticError(std::move(*wrong));
  cdc.table = std::get<CdcTable>(std::move(table));
  sql::NameResolver& names = bound.Names();
  const sql::BindOptions options = bound.binding->Options();
  sql::PlanPtr plan = PlanOrThrow(sql::BindInsert(
      EventQuery(flow, cdc.shape), EventSchema(cdc.shape, cdc.table), true, false, names, options));
  plan = Counting(std::move(plan), cdc.shape);
  const auto expectations = OfRows(dataset.clauses()->expectations, cdc.shape);
  if (!expectations.empty()) {
    plan = ShowingRows(
        PlanOrThrow(sql::BindExpectations(std::move(plan), expectations, names, options)),
        cdc.table);
  }
  bound.plan = WithEventNames(plan, cdc.shape, cdc.table);
  bound.cdc = std::move(cdc);
}

}  // namespace weir::session
