#include "weir/pipeline/cases/case_tables.h"

#include "weir/pipeline/check.h"
#include "weir/sql/parser.h"

namespace weir::pipeline {

using catalog::QualifiedName;

void CaseTables::Give(const TestStep& step) {
  for (const auto& [name, dataset] : project_.project().datasets) MakeCatalog(name.catalog);
  // Tables outside the project first: columns of given datasets may depend on them.
  for (const bool datasets : {false, true}) {
    for (const Given& given : step.given) {
      if (given.path) continue;
      const QualifiedName name = project_.Qualify(given.name.text);
      if ((project_.Find(name) != nullptr) == datasets) Give(given, name);
    }
  }
}

void CaseTables::Give(const Given& given, const QualifiedName& name) {
  const auto known = schemas_.find(name);
  const bool is_new = known == schemas_.end();
  if (!is_new && given.columns) {
    diagnostics_.push_back(
        CaseProblem(given.columns->span,
                    "the columns of " + name.ToString() + " were said where it was given first"));
  }
  const auto schema = is_new ? ColumnsOf(given, name) : std::optional<Schema>(known->second);
  ThrowWrong();
  if (is_new) {
    MakeCatalog(name.catalog);
    Execute("CREATE SCHEMA IF NOT EXISTS " +
            catalog::SchemaName{name.catalog, name.schema}.ToString());
    Execute("CREATE TABLE " + name.ToString() + " (" + schema->ToDdl() + ")");
    schemas_[name] = *schema;
  }
  TypedRows rows = FilledRows(Written(given.rows, diagnostics_), *schema, diagnostics_);
  ThrowWrong();
  if (rows.rows.empty() && !given.replace) return;
  const std::string id = rows_.Add(std::move(rows));
  Execute(std::string("INSERT ") + (given.replace ? "OVERWRITE " : "INTO ") + name.ToString() +
          " SELECT * FROM given_rows('" + id + "')");
}

std::optional<Schema> CaseTables::ColumnsOf(const Given& given, const QualifiedName& name) {
  if (given.columns) return ParsedColumns(*given.columns);
  const session::Dataset* dataset = project_.Find(name);
  if (dataset == nullptr) {
    diagnostics_.push_back(CaseProblem(
        given.name.span, name.ToString() + " is not of this project, so its columns are unknown",
        "say them: columns: id BIGINT, name STRING"));
    return std::nullopt;
  }
  Diagnostics why;
  const CheckedProject checked = CheckLoaded(project_.Behind(name), session_, why);
  const auto found = checked.schemas.find(name);
  if (found == checked.schemas.end()) {
    diagnostics_.push_back(CaseProblem(given.name.span,
                                       "the columns of " + name.ToString() +
                                           " can't be told without what it reads" +
                                           (why.empty() ? "" : ": " + why.front().message),
                                       "say them: columns: id BIGINT, name STRING"));
    return std::nullopt;
  }
  if (dataset->IsTable()) return found->second;
  std::vector<Field> fields = found->second.fields();
  for (Field& field : fields) field.nullable = true;
  return Schema(std::move(fields));
}

std::optional<Schema> CaseTables::ParsedColumns(const Cell& columns) {
  auto parsed = sql::ParseColumns(std::make_shared<SourceText>(SourceText{
      columns.span.source->name + ":" + std::to_string(columns.span.Line()), columns.text}));
  if (auto* schema = std::get_if<Schema>(&parsed)) return std::move(*schema);
  const auto& wrong = std::get<Diagnostics>(parsed);
  diagnostics_.push_back(CaseProblem(columns.span, "no list of columns: " + wrong.front().message,
                                     "columns: id BIGINT, name STRING"));
  return std::nullopt;
}

void CaseTables::MakeCatalog(const std::string& name) {
  Execute("CREATE CATALOG IF NOT EXISTS " + catalog::QuoteName(name));
}

void CaseTables::Execute(const std::string& statement) {
  const auto result = session_.Run(statement, "<test>");
  while (result->Next()) {
  }
}

void CaseTables::ThrowWrong() {
  if (!diagnostics_.empty()) throw DiagnosticError(std::exchange(diagnostics_, {}));
}

}  // namespace weir::pipeline
