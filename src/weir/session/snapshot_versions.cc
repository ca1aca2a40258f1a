#include "weir/session/snapshot_versions.h"

#include "weir/base/error.h"
#include "weir/session/flow_run.h"
#include "weir/session/statement.h"
#include "weir/sql/ast_printer.h"
#include "weir/sql/parser.h"

namespace weir::session {
namespace {

constexpr const char* kLastVersion = "last_snapshot_version";
constexpr const char* kCurrentVersion = "current_snapshot_version";

// SELECT ... AS version, as a view that names nothing.
sql::ResolvedView Relation(const std::string& name, const std::string& select) {
  auto text = std::make_shared<SourceText>(SourceText{"<" + name + ">", select});
  auto parsed = sql::ParseStatement(text);
  if (const auto* wrong = std::get_if<Diagnostics>(&parsed)) throw DiagnosticError(*wrong);
  const std::shared_ptr<const sql::StatementNode> statement =
      std::get<sql::StatementPtr>(std::move(parsed));
  const auto& query = std::get<sql::QueryStatement>(statement->node).query;
  sql::ResolvedView view;
  view.query = std::shared_ptr<const sql::Query>(statement, query.get());
  view.display_name = name;
  view.qualifier = {name};
  return view;
}

}  // namespace

std::string SnapshotVersion::ToSql() const {
  return "CAST(" + sql::QuoteString(value) + " AS " + type + ")";
}

bool IsSnapshotFlow(const Flow& flow) { return flow.cdc != nullptr && flow.cdc->source == nullptr; }

std::string SnapshotNames::Wanted() const {
  return in_ == In::kVersion ? kLastVersion : kCurrentVersion;
}

std::variant<sql::ResolvedRelation, Diagnostic> SnapshotNames::TableFunction(
    const sql::Name& function, const std::vector<sql::NamedArgument>& arguments, bool stream) {
  const bool is_it = function.parts.size() == 1 && arguments.empty() && !stream &&
                     LowerName(function.parts[0].text) == Wanted();
  if (!is_it) return around_.TableFunction(function, arguments, stream);
  const auto& version = in_ == In::kVersion ? versions_.last : versions_.current;
  if (version) return Relation(Wanted(), "SELECT " + version->ToSql() + " AS version");
  const std::string none = "SELECT CAST(NULL AS " + versions_.type.ToSql() + ") AS version";
  return Relation(Wanted(), in_ == In::kVersion ? none + " WHERE false" : none);
}

std::optional<std::variant<sql::ResolvedRoutine, Diagnostic>> SnapshotNames::Routine(
    const sql::Name& name) {
  const bool is_it = name.parts.size() == 1 && LowerName(name.parts[0].text) == Wanted();
  if (is_it) return std::nullopt;
  return around_.Routine(name);
}

}  // namespace weir::session
