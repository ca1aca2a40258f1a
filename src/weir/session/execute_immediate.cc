#include "weir/base/error.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"

// Statements and names that are computed: EXECUTE IMMEDIATE and IDENTIFIER(...).
namespace weir::session {
namespace {

constexpr int kMostNested = 32;

sql::StatementPtr Parsed(std::variant<sql::StatementPtr, Diagnostics> parsed) {
  if (auto* const wrong = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*wrong);
  const sql::StatementPtr& statement = std::get<sql::StatementPtr>(parsed);
  if (!statement->refused.empty()) throw DiagnosticError(statement->refused);
  return std::get<sql::StatementPtr>(std::move(parsed));
}

// The query's one row is assigned: SET VARIABLE (into) = (query).
sql::StatementPtr AssignmentOf(std::vector<sql::Name> into, sql::StatementPtr statement,
                               const Span& span) {
  auto* const query = std::get_if<sql::QueryStatement>(&statement->node);
  if (query == nullptr) {
    throw DiagnosticError(
        {{"INVALID_STATEMENT_FOR_EXECUTE_INTO", "07501", span,
          "EXECUTE IMMEDIATE ... INTO needs a query", "leave INTO out for other statements"}});
  }
  sql::SetVariable set;
  set.targets = std::move(into);
  set.query = std::move(query->query);
  statement->node = std::move(set);
  return statement;
}

// The name of a USING argument: its alias, or that of the variable it is.
std::optional<std::string> ArgumentName(const sql::Argument& argument) {
  if (argument.name) return argument.name->text;
  const auto* const name = std::get_if<sql::NameExpr>(&argument.value->node);
  return name == nullptr ? std::nullopt : std::optional(name->name.parts.back().text);
}

}  // namespace

std::string Preparer::NameFrom(const sql::Expr& expr) const {
  const auto not_constant = [&] {
    return DiagnosticError({{"NOT_A_CONSTANT_STRING.NOT_CONSTANT", "42601", expr.span,
                             "the name in IDENTIFIER(...) must be a constant string",
                             "columns and sub-queries can't stand in it; variables can"}});
  };
  if (HasQuery(expr)) throw not_constant();
  sql::PlanPtr plan;
  try {
    plan = BindConstant(expr);
  } catch (const DiagnosticError& error) {
    if (error.diagnostics().at(0).condition.starts_with("UNRESOLVED_COLUMN")) throw not_constant();
    throw;
  }
  const DataType& type = plan->columns[0].type;
  if (type.id() != TypeId::kString) {
    throw DiagnosticError(
        {{"NOT_A_CONSTANT_STRING.WRONG_TYPE", "42601", expr.span,
          "IDENTIFIER(...) takes a string, not " + type.ToString(), "CAST it to STRING"}});
  }
  const Value value = ValueOf(expr, plan);
  if (!value.is_null()) return value.text();
  throw DiagnosticError({{"NOT_A_CONSTANT_STRING.NULL", "42601", expr.span,
                          "the name in IDENTIFIER(...) is NULL", "give it a value first"}});
}

sql::StatementPtr Preparer::WithNames(const sql::StatementNode& statement) const {
  std::vector<std::string> names;
  for (const sql::ExprPtr& expr : statement.identifiers) names.push_back(NameFrom(*expr));
  return Parsed(sql::ParseAgain(statement, std::move(names)));
}

std::string Preparer::TextToExecute(const sql::Expr& expr) const {
  const sql::PlanPtr plan = BindConstant(expr);
  const DataType& type = plan->columns[0].type;
  if (type.id() != TypeId::kString) {
    throw DiagnosticError({{"INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE", "42K09", expr.span,
                            "EXECUTE IMMEDIATE takes a string, not " + type.ToString(),
                            "put the statement into quotes"}});
  }
  const Value value = ValueOf(expr, plan);
  if (!value.is_null()) return value.text();
  throw DiagnosticError(
      {{"NULL_QUERY_STRING_EXECUTE_IMMEDIATE", "22004", expr.span,
        "the statement that EXECUTE IMMEDIATE takes is NULL", "give the variable a value first"}});
}

std::shared_ptr<const sql::Parameters> Preparer::ParametersOf(
    const sql::ExecuteImmediate& statement, const sql::ParameterMarkers& markers) const {
  const Span& span = prepared_.statement->span;
  if (markers.named && markers.positional > 0) {
    throw DiagnosticError({{"INVALID_QUERY_MIXED_QUERY_PARAMETERS", "42613", span,
                            "the statement has named parameters and ? together", "use one kind"}});
  }
  auto parameters = std::make_shared<sql::Parameters>();
  std::set<std::string> aliases;
  for (const sql::Argument& argument : statement.arguments) {
    if (argument.name && !aliases.insert(LowerName(argument.name->text)).second) {
      throw DiagnosticError(
          {{"EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES", "42701", argument.name->span,
            "two arguments are named " + QuoteName(argument.name->text), "rename one of them"}});
    }
    const auto name = ArgumentName(argument);
    if (markers.named && !name) {
      throw DiagnosticError({{"ALL_PARAMETERS_MUST_BE_NAMED", "07001", argument.value->span,
                              "the statement has named parameters, and this value has no name",
                              "write USING value AS name"}});
    }
    Value value = ValueOf(*argument.value, BindConstant(*argument.value));
    if (markers.named) {
      parameters->named[*name] = std::move(value);
    } else {
      parameters->positional.push_back(std::move(value));
    }
  }
  return parameters;
}

void Preparer::operator()(const sql::ExecuteImmediate& statement) {
  if (++depth_ > kMostNested) {
    throw DiagnosticError(
        {{"FAILED_TO_PARSE_TOO_COMPLEX", "54001", prepared_.statement->span,
          "EXECUTE IMMEDIATE leads to itself " + std::to_string(kMostNested) + " times",
          "look at the variable that it takes"}});
  }
  const std::string text = TextToExecute(*statement.text);
  const auto source = std::make_shared<SourceText>(SourceText{"<EXECUTE IMMEDIATE>", text});
  sql::StatementPtr inner =
      Parsed(sql::ParseStatement(source, ParametersOf(statement, sql::MarkersOf(source))));
  if (!inner->identifiers.empty()) inner = WithNames(*inner);
  if (!statement.into.empty()) {
    inner = AssignmentOf(statement.into, std::move(inner), prepared_.statement->span);
  }
  prepared_.text += "\n" + text;
  Prepare(std::move(inner));
}

// What runs is what it came to.
std::unique_ptr<Result> Executor::operator()(const sql::ExecuteImmediate&) { return Done(); }

}  // namespace weir::session
