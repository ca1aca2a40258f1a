// The names that tests of the binder and printers bind against; see memory_names.h.
#include <utility>

#include "weir/sql/ast_clone.h"
#include "weir/sql/memory_names.h"

namespace weir::sql {

namespace {

std::shared_ptr<const SourceText> SourceOf(const std::string& text) {
  return std::make_shared<SourceText>(SourceText{"test.sql", text});
}

}  // namespace

MemoryNames::MemoryNames() {
  AddTable("t", "a INT, b STRING, c BIGINT, d DATE, price DECIMAL(10,2)");
  AddTable("u", "a INT, x DOUBLE");
  AddTable("nested",
           "id INT, s STRUCT<f: INT, g: STRUCT<h: STRING>>, arr ARRAY<INT>, m MAP<STRING, INT>, "
           "items ARRAY<STRUCT<sku: STRING, qty: INT>>");
  AddTable("files", "k INT, v STRING");
}

void MemoryNames::AddTable(const std::string& name, const std::string& columns) {
  auto parsed = ParseColumns(SourceOf(columns));
  tables_[name] = std::get<Schema>(parsed);
}

void MemoryNames::AddView(const std::string& name, const std::string& query,
                          std::vector<std::string> columns) {
  AddView(name, *ParseQueryText(query), std::move(columns));
}

void MemoryNames::Remove(const std::string& name) {
  tables_.erase(name);
  views_.erase(name);
}

void MemoryNames::AddView(const std::string& name, const Query& query,
                          std::vector<std::string> columns) {
  ResolvedView view;
  view.query = std::shared_ptr<const Query>(Clone(query).release());
  view.display_name = "main.default." + name;
  view.qualifier = {"main", "default", name};
  view.column_names = std::move(columns);
  views_[name] = std::move(view);
}

std::variant<ResolvedRelation, Diagnostic> MemoryNames::Table(const Name& name, bool,
                                                              const std::optional<Value>&) {
  const std::string key = LowerName(name.parts.back().text);
  if (const auto view = views_.find(key); view != views_.end()) return view->second;
  const auto table = tables_.find(key);
  if (table == tables_.end()) {
    return Diagnostic{"TABLE_OR_VIEW_NOT_FOUND", "42P01", name.span, "no such table", ""};
  }
  inputs_.push_back(key);
  ResolvedInput input;
  input.input = static_cast<InputId>(inputs_.size() - 1);
  input.display_name = "main.default." + key;
  input.schema = table->second;
  input.qualifier = {"main", "default", key};
  if (key == "files") {
    input.metadata_column = Field{
        "_metadata", DataType::Struct({{"file_name", TypeId::kString, false, "{}"}}), false, "{}"};
  }
  return input;
}

std::variant<ResolvedRelation, Diagnostic> MemoryNames::TableFunction(
    const Name& function, const std::vector<NamedArgument>& arguments, bool) {
  if (LowerName(function.parts[0].text) != "read_files") {
    return Diagnostic{"UNRESOLVABLE_TABLE_VALUED_FUNCTION", "42883", function.span, "none", ""};
  }
  inputs_.push_back("read_files");
  ResolvedInput input;
  input.input = static_cast<InputId>(inputs_.size() - 1);
  input.display_name = "read_files";
  for (const NamedArgument& argument : arguments) {
    input.display_name += " " + argument.name + "=" + argument.value.ToString();
  }
  input.schema = tables_["files"];
  return input;
}

BindOptions TestOptions() {
  BindOptions options;
  options.current_user = "ada";
  options.current_catalog = "main";
  options.current_schema = "default";
  options.now.micros = 1'714'979'289'000'000;
  return options;
}

QueryPtr ParseQueryText(const std::string& sql) {
  auto parsed = ParseStatement(SourceOf(sql));
  if (auto* diagnostics = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*diagnostics);
  auto& statement = std::get<QueryStatement>(std::get<StatementPtr>(parsed)->node);
  return std::move(statement.query);
}

PlanPtr BindText(const std::string& sql, MemoryNames& names, Diagnostics* diagnostics,
                 const BindOptions& options) {
  const QueryPtr query = ParseQueryText(sql);
  BindResult result = BindQuery(*query, names, options);
  if (auto* bound = std::get_if<BoundQuery>(&result)) return bound->plan;
  if (diagnostics != nullptr) *diagnostics = std::get<Diagnostics>(result);
  return nullptr;
}

std::string BoundErrors(const std::string& sql) {
  MemoryNames names;
  Diagnostics diagnostics;
  BindText(sql, names, &diagnostics);
  std::string text;
  for (const Diagnostic& one : diagnostics) {
    text += (text.empty() ? "" : "\n") + one.condition + " at '" +
            (one.span.source == nullptr ? "" : std::string(one.span.Text())) + "'";
    if (!one.hint.empty()) text += " (" + one.hint + ")";
  }
  return text;
}

std::string BoundSchema(const std::string& sql) {
  MemoryNames names;
  const PlanPtr plan = BindText(sql, names);
  return plan == nullptr ? BoundErrors(sql) : SchemaOf(*plan).ToDdl();
}

std::string BoundPlan(const std::string& sql) {
  MemoryNames names;
  const PlanPtr plan = BindText(sql, names);
  return plan == nullptr ? BoundErrors(sql) : ToText(*plan);
}

std::string BoundDuckdb(const std::string& sql) {
  MemoryNames names;
  const PlanPtr plan = BindText(sql, names);
  if (plan == nullptr) return BoundErrors(sql);
  return PrintDuckdb(*plan, [&](InputId input) { return names.NameOf(input); }).sql;
}

}  // namespace weir::sql
