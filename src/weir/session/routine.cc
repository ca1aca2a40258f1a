#include "weir/session/routine.h"

#include "weir/base/check.h"
#include "weir/base/json.h"
#include "weir/sql/parser.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr const char* kDefault = "default";  // In a field's metadata: the text of its default.

Field FieldOf(const sql::RoutineParameter& parameter) {
  Json metadata = Json::object();
  if (parameter.comment) metadata["comment"] = *parameter.comment;
  if (parameter.otherwise) metadata[kDefault] = std::string(parameter.otherwise->span.Text());
  return {parameter.name.text, parameter.type, true, metadata.dump()};
}

std::vector<Field> FieldsOf(const std::vector<sql::RoutineParameter>& parameters) {
  std::vector<Field> fields;
  for (const sql::RoutineParameter& parameter : parameters) fields.push_back(FieldOf(parameter));
  return fields;
}

template <typename T>
T ParsedOrThrow(std::variant<T, Diagnostics> parsed) {
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*diagnostics);
  return std::get<T>(std::move(parsed));
}

std::shared_ptr<const sql::Query> ParsedQuery(const std::shared_ptr<const SourceText>& text) {
  std::shared_ptr<const sql::StatementNode> statement(ParsedOrThrow(sql::ParseStatement(text)));
  if (!statement->refused.empty()) throw DiagnosticError(statement->refused);
  const auto* query = std::get_if<sql::QueryStatement>(&statement->node);
  WEIR_CHECK(query != nullptr);
  return {statement, query->query.get()};
}

}  // namespace

std::optional<std::string> DefaultText(const Field& parameter) {
  const Json metadata = ParseJson(parameter.metadata, "the metadata of " + parameter.name);
  const auto found = metadata.find(kDefault);
  if (found == metadata.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::string RoutineObject(const catalog::QualifiedName& name) {
  return catalog::Securable{catalog::SecurableKind::kFunction, name.catalog, name.schema, name.name}
      .ToString();
}

sql::ResolvedRoutine RoutineOf(const std::shared_ptr<const sql::StatementNode>& statement,
                               const sql::CreateFunction& create, const std::string& display_name,
                               std::vector<std::string> qualifier) {
  sql::ResolvedRoutine routine;
  routine.display_name = display_name;
  routine.qualifier = std::move(qualifier);
  for (const sql::RoutineParameter& parameter : create.parameters) {
    routine.parameters.push_back(
        {parameter.name.text, parameter.type,
         std::shared_ptr<const sql::Expr>(statement, parameter.otherwise.get())});
  }
  routine.is_table = create.is_table;
  routine.columns = FieldsOf(create.columns);
  if (create.returns) routine.columns = {{"value", *create.returns}};
  routine.body = std::shared_ptr<const sql::Expr>(statement, create.body.get());
  routine.query = std::shared_ptr<const sql::Query>(statement, create.query.get());
  return routine;
}

sql::ResolvedRoutine RoutineOf(const catalog::FunctionInfo& info) {
  const catalog::FunctionDefinition& made = info.definition;
  const auto text = [&](const std::string& part) {
    return std::make_shared<SourceText>(SourceText{"function " + info.name.ToString(), part});
  };
  const auto expression = [&](const std::string& part) -> std::shared_ptr<const sql::Expr> {
    return ParsedOrThrow(sql::ParseExpression(text(part)));
  };
  sql::ResolvedRoutine routine;
  routine.display_name = info.name.ToString();
  routine.qualifier = {info.name.catalog, info.name.schema, info.name.name};
  const Schema parameters = SchemaFromJson(made.parameters_json);
  for (const Field& parameter : parameters.fields()) {
    const auto otherwise = DefaultText(parameter);
    routine.parameters.push_back(
        {parameter.name, parameter.type, otherwise ? expression(*otherwise) : nullptr});
  }
  routine.is_table = made.is_table;
  routine.columns = SchemaFromJson(made.returns_json).fields();
  if (made.is_table) {
    routine.query = ParsedQuery(text(made.body));
  } else {
    routine.body = expression(made.body);
  }
  return routine;
}

catalog::FunctionDefinition RoutineDefinition(const sql::CreateFunction& create,
                                              const sql::BoundRoutine& bound, bool reads_data) {
  catalog::FunctionDefinition definition;
  definition.is_table = create.is_table;
  definition.parameters_json = SchemaToJson(Schema(FieldsOf(create.parameters)));
  definition.returns_json =
      SchemaToJson(Schema(create.columns.empty() ? bound.columns : FieldsOf(create.columns)));
  const Span& body = create.is_table ? create.query->span : create.body->span;
  definition.body = std::string(body.Text());
  // A query without parentheses of its own is one sub-query.
  const auto* const query =
      create.is_table ? nullptr : std::get_if<sql::SubqueryExpr>(&create.body->node);
  if (query != nullptr && query->query->span.begin == body.begin) {
    definition.body = "(" + definition.body + ")";
  }
  definition.deterministic = create.deterministic.value_or(bound.deterministic);
  definition.reads_data = reads_data;
  return definition;
}

}  // namespace weir::session
