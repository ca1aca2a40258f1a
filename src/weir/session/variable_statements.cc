#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/sql/ast_clone.h"
#include "weir/sql/ast_visit.h"

// DECLARE, SET VARIABLE and DROP TEMPORARY VARIABLE.
namespace weir::session {
namespace {

sql::ExprPtr CastOf(sql::ExprPtr expr, const DataType& type) {
  const Span span = expr->span;
  return sql::ExprAt(span, sql::CastExpr{std::move(expr), type, span});
}

// SELECT values
sql::QueryPtr SelectOf(std::vector<sql::ExprPtr> values, const Span& span) {
  sql::Select select;
  for (sql::ExprPtr& value : values) select.items.push_back({std::move(value), {}, {}});
  auto query = std::make_unique<sql::Query>();
  query->span = span;
  query->body = std::move(select);
  return query;
}

std::vector<sql::ExprPtr> ListOf(sql::ExprPtr one) {
  std::vector<sql::ExprPtr> list;
  list.push_back(std::move(one));
  return list;
}

// SELECT of expressions over one row of nothing: no aggregate, window or generator.
void CheckIsScalar(const sql::Plan& plan, const Span& span) {
  const auto* const project = std::get_if<sql::ProjectPlan>(&plan.node);
  const sql::Plan& below = project != nullptr ? *project->child : plan;
  if (std::holds_alternative<sql::ValuesPlan>(below.node)) return;
  throw DiagnosticError(
      {{"UNSUPPORTED_EXPR_FOR_OPERATOR", "42K0E", span,
        "aggregate, window and generator functions can't stand here", "SET VARIABLE x = (query)"}});
}

std::string KeyOf(const sql::Name& name) {
  if (const auto key = SessionState::VariableKey(name)) return *key;
  throw DiagnosticError(
      {{"UNRESOLVED_VARIABLE", "42883", name.span, "there can't be a variable " + name.ToString(),
        "variables are in system.session; write their name alone"}});
}

void CheckDiffer(const std::vector<sql::Name>& names, const std::string& condition,
                 const std::string& what) {
  std::set<std::string> seen;
  for (const sql::Name& name : names) {
    if (seen.insert(LowerName(name.parts.back().text)).second) continue;
    throw DiagnosticError(
        {{condition, "42713", name.span,
          "the variable " + name.ToString() + " is " + what + " twice", "name it once"}});
  }
}

sql::ExprPtr DefaultOf(const Variable& variable, const Span& span) {
  return variable.initial != nullptr
             ? sql::Clone(*variable.initial)
             : sql::ExprAt(span, sql::LiteralExpr{Value::Null(TypeId::kVoid)});
}

// The values of an assignment, each as the variable's type.
sql::QueryPtr AssignedValues(const sql::SetVariable& statement,
                             const std::vector<const Variable*>& variables, const Span& span) {
  std::vector<sql::ExprPtr> values;
  for (size_t i = 0; i < variables.size(); ++i) {
    sql::ExprPtr expr =
        statement.values[i] ? sql::Clone(*statement.values[i]) : DefaultOf(*variables[i], span);
    values.push_back(CastOf(std::move(expr), variables[i]->type));
  }
  return SelectOf(std::move(values), span);
}

// SELECT CAST(`1` AS type of a), ... FROM (query) AS row(`1`, ...)
sql::QueryPtr AssignedRow(const sql::SetVariable& statement, sql::QueryPtr row,
                          const std::vector<const Variable*>& variables, const Span& span) {
  auto from = std::make_unique<sql::FromItem>();
  from->span = row->span;
  from->node = sql::QueryFrom{std::move(row)};
  from->alias.name = sql::Identifier{"row", span};
  std::vector<sql::ExprPtr> values;
  for (size_t i = 0; i < variables.size(); ++i) {
    const sql::Identifier column{std::to_string(i + 1), statement.targets[i].span};
    from->alias.columns.push_back(column);
    values.push_back(CastOf(sql::ExprAt(column.span, sql::NameExpr{{{column}, column.span}}),
                            variables[i]->type));
  }
  sql::QueryPtr query = SelectOf(std::move(values), span);
  std::get<sql::Select>(query->body).from = std::move(from);
  return query;
}

bool IsDefaultWord(const sql::Expr& expr) {
  const auto* const name = std::get_if<sql::NameExpr>(&expr.node);
  return name != nullptr && name->name.parts.size() == 1 &&
         LowerName(name->name.parts[0].text) == "default";
}

// Of a query that is one SELECT or VALUES: what gives its columns.
std::vector<sql::ExprPtr*> ItemsOf(sql::Query& query) {
  std::vector<sql::ExprPtr*> items;
  if (auto* const select = std::get_if<sql::Select>(&query.body)) {
    for (sql::SelectItem& item : select->items) items.push_back(&item.expr);
  } else if (auto* const values = std::get_if<sql::ValuesBody>(&query.body)) {
    if (values->rows.size() == 1) {
      for (sql::ExprPtr& value : values->rows[0]) items.push_back(&value);
    }
  }
  return items;
}

// DEFAULT, alone, as a column of the query, stands for the variable's default. Only asked where no
// column has that name.
bool PutDefaults(sql::Query& query, const std::vector<const Variable*>& variables) {
  const auto items = ItemsOf(query);
  bool found = false;
  for (size_t i = 0; i < items.size() && i < variables.size(); ++i) {
    if (!IsDefaultWord(**items[i])) continue;
    const Span span = (*items[i])->span;
    *items[i] = DefaultOf(*variables[i], span);
    found = true;
  }
  return found;
}

// What the binder found is DEFAULT where no column has that name.
bool IsAboutDefault(const DiagnosticError& error) {
  const Diagnostic& first = error.diagnostics().at(0);
  return first.condition.starts_with("UNRESOLVED_COLUMN") && first.span.source != nullptr &&
         LowerName(first.span.Text()) == "default";
}

DiagnosticError MisplacedDefault(const DiagnosticError& error) {
  return DiagnosticError(
      {{"DEFAULT_PLACEMENT_INVALID", "42608", error.diagnostics().at(0).span,
        "DEFAULT can't be part of an expression", "assign it alone: SET VARIABLE x = DEFAULT"}});
}

}  // namespace

bool HasQuery(const sql::Expr& expr) {
  bool found = sql::QueryOf(expr) != nullptr;
  sql::ForEachChild(expr, [&](const sql::ExprPtr& child) { found = found || HasQuery(*child); });
  return found;
}

sql::PlanPtr Preparer::BindConstant(const sql::Expr& expr) const {
  const sql::QueryPtr query = SelectOf(ListOf(sql::Clone(expr)), expr.span);
  Binding binding(services_, options_, nullptr, &state_);
  sql::PlanPtr plan = PlanOrThrow(sql::BindQuery(*query, binding.Names(), binding.Options()));
  if (!HasQuery(expr)) CheckIsScalar(*plan, expr.span);
  return plan;
}

Value Preparer::ValueOf(const sql::Expr& expr, const sql::PlanPtr& plan) const {
  if (HasQuery(expr)) {
    throw DiagnosticError(
        {{"UNSUPPORTED_EXPR_FOR_PARAMETER", "42K0E", expr.span, "a sub-query can't stand here",
          "SET VARIABLE x = (query), and name x"}});
  }
  const auto rows = services_.engine.Query({NewUuid(), plan, {}, std::nullopt});
  const auto batch = rows->Next();
  return batch->At(0, 0);
}

const Variable& Preparer::GetVariable(const sql::Name& name) const {
  if (const Variable* const found = state_.FindVariable(KeyOf(name))) return *found;
  throw DiagnosticError({{"UNRESOLVED_VARIABLE", "42883", name.span,
                          "there is no variable " + name.ToString(), "DECLARE makes one"}});
}

void Preparer::operator()(const sql::DeclareVariable& statement) {
  CheckDiffer(statement.names, "DUPLICATE_VARIABLE_NAME_INSIDE_DECLARE", "declared");
  for (const sql::Name& name : statement.names) {
    const std::string key = KeyOf(name);
    if (statement.or_replace || state_.FindVariable(key) == nullptr) continue;
    throw DiagnosticError({{"VARIABLE_ALREADY_EXISTS", "42723", name.span,
                            "the variable " + name.ToString() + " is there already",
                            "write DECLARE OR REPLACE, or SET VARIABLE"}});
  }
  if (!statement.initial) return;
  if (HasQuery(*statement.initial)) {
    throw DiagnosticError(
        {{"INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION", "42623", statement.initial->span,
          "the default of a variable can't hold a sub-query",
          "declare it without, and SET VARIABLE x = (query)"}});
  }
  sql::ExprPtr value = sql::Clone(*statement.initial);
  if (statement.type) value = CastOf(std::move(value), *statement.type);
  BindQuery(*SelectOf(ListOf(std::move(value)), statement.initial->span), options_);
  CheckIsScalar(*prepared_.plan, statement.initial->span);
}

std::vector<Value> Executor::OneRow() const {
  const auto rows = services_.engine.Query({id_, prepared_.plan, prepared_.inputs, std::nullopt});
  std::vector<Value> values;
  while (const auto batch = rows->Next()) {
    if (batch->rows() == 0) continue;
    if (!values.empty() || batch->rows() > 1) {
      throw Error(ErrorCode::kInvalid,
                  "more than one row came where one is assigned; add LIMIT 1 or a condition")
          .WithCondition("ROW_SUBQUERY_TOO_MANY_ROWS");
    }
    for (size_t i = 0; i < batch->schema().size(); ++i) values.push_back(batch->At(i, 0));
  }
  if (!values.empty()) return values;
  for (const sql::PlanColumn& column : prepared_.plan->columns) {
    values.push_back(Value::Null(column.type));
  }
  return values;
}

std::unique_ptr<Result> Executor::operator()(const sql::DeclareVariable& statement) {
  Variable variable;
  variable.value = prepared_.plan != nullptr ? OneRow()[0] : Value::Null(*statement.type);
  variable.type = prepared_.plan != nullptr ? prepared_.plan->columns[0].type : *statement.type;
  variable.statement = prepared_.statement;
  variable.initial = statement.initial.get();
  for (const sql::Name& name : statement.names) {
    variable.name = name.parts.back().text;
    state_.PutVariable(KeyOf(name), variable);
  }
  return Done();
}

void Preparer::operator()(const sql::SetVariable& statement) {
  std::vector<const Variable*> variables;
  for (const sql::Name& name : statement.targets) variables.push_back(&GetVariable(name));
  CheckDiffer(statement.targets, "DUPLICATE_ASSIGNMENTS", "assigned");
  const Span& span = prepared_.statement->span;
  const bool has_query = statement.query != nullptr;
  try {
    BindQuery(has_query ? *AssignedRow(statement, sql::Clone(*statement.query), variables, span)
                        : *AssignedValues(statement, variables, span),
              options_);
  } catch (const DiagnosticError& error) {
    if (!IsAboutDefault(error)) throw;
    sql::QueryPtr row = has_query ? sql::Clone(*statement.query) : nullptr;
    if (row == nullptr || !PutDefaults(*row, variables)) throw MisplacedDefault(error);
    BindQuery(*AssignedRow(statement, std::move(row), variables, span), options_);
  }
}

std::unique_ptr<Result> Executor::operator()(const sql::SetVariable& statement) {
  std::vector<Value> values = OneRow();
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string key = KeyOf(statement.targets[i]);
    Variable variable = *state_.FindVariable(key);
    variable.value = std::move(values[i]);
    state_.PutVariable(key, std::move(variable));
  }
  return Done();
}

void Preparer::operator()(const sql::DropVariable& statement) {
  const std::string key = KeyOf(statement.name);
  if (statement.if_exists || state_.FindVariable(key) != nullptr) return;
  throw DiagnosticError({{"VARIABLE_NOT_FOUND", "42883", statement.name.span,
                          "there is no variable " + statement.name.ToString(),
                          "DROP TEMPORARY VARIABLE IF EXISTS passes over it"}});
}

std::unique_ptr<Result> Executor::operator()(const sql::DropVariable& statement) {
  state_.DropVariable(KeyOf(statement.name));
  return Done();
}

}  // namespace weir::session
