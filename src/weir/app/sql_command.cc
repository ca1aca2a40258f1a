#include <iostream>
#include <iterator>
#include <sstream>

#include "weir/app/commands.h"
#include "weir/app/findings_text.h"
#include "weir/app/local_zone.h"
#include "weir/app/prompt/prompt.h"
#include "weir/app/sql_parameters.h"
#include "weir/base/error.h"
#include "weir/engine/duckdb/duckdb_engine.h"
#include "weir/pipeline/spec.h"
#include "weir/sql/parser.h"

namespace weir::app {
namespace {

std::vector<std::shared_ptr<const SourceText>> Sources(const SqlOptions& options,
                                                       std::istream& in) {
  std::vector<std::shared_ptr<const SourceText>> sources;
  for (const SqlInput& input : options.inputs) {
    sources.push_back(std::make_shared<SourceText>(
        input.is_file ? SourceText{input.text, pipeline::ReadTextFile(input.text)}
                      : SourceText{"<command line>", input.text}));
  }
  if (sources.empty()) {
    std::string text{std::istreambuf_iterator<char>(in), {}};
    sources.push_back(
        std::make_shared<SourceText>(SourceText{"<standard input>", std::move(text)}));
  }
  return sources;
}

void Print(const Diagnostics& diagnostics, std::ostream& err) {
  for (const Diagnostic& diagnostic : diagnostics) err << diagnostic.Render() << "\n";
}

// What --time-zone asks for.
std::string ZoneName(const std::string& given) {
  if (given.empty()) return UtcZone()->name();
  return LowerName(given) == "local" ? LocalZoneName() : given;
}

}  // namespace

int RunSql(const GlobalOptions& global, const SqlOptions& options, std::istream& in,
           std::ostream& out, std::ostream& err) {
  const bool reads_input = options.inputs.empty();
  const std::string zone_name = ZoneName(options.time_zone);
  // One that there is not is refused when the session begins.
  const TimeZonePtr zone = engine::EngineTimeZones().Find(zone_name);
  const auto parameters = SqlParametersOf(options.parameters, zone == nullptr ? *UtcZone() : *zone);
  if (reads_input && &in == &std::cin && IsAtTerminal()) {
    if (!options.parameters.empty()) {
      throw UsageError(
          "--param goes with -e, -f or statements from standard input; at the prompt write "
          "DECLARE name = value");
    }
    return RunPrompt(global, zone_name, out, err);
  }
  // All texts are parsed before the first statement runs, so that a slip in the last does not leave
  // half of the work done.
  std::vector<std::shared_ptr<const sql::StatementNode>> statements;
  Diagnostics diagnostics;
  for (const auto& source : Sources(options, in)) {
    auto script = sql::ParseScript(source, parameters);
    const Diagnostics wrong = script.AllDiagnostics();
    diagnostics.insert(diagnostics.end(), wrong.begin(), wrong.end());
    for (auto& statement : script.statements) statements.push_back(std::move(statement));
  }
  if (!diagnostics.empty()) {
    Print(diagnostics, err);
    return kFailed;
  }
  if (statements.empty()) {
    throw Error(ErrorCode::kInvalid, "there is no statement to run; try weir sql -e \"select 1\"");
  }
  LocalApp app(global);
  const auto session = app.NewSession(zone_name);
  for (const auto& statement : statements) {
    auto prepared = session->Prepare(statement);
    if (const auto* wrong = std::get_if<Diagnostics>(&prepared)) {
      Print(*wrong, err);
      return kFailed;
    }
    const auto result = session->Execute(std::get<session::Prepared>(prepared));
    PrintRows(*result, global.output, out, *session->options().zone);
    PrintFindings(result->statistics(), err);
    out.flush();
    // What follows would not be seen; `main` says why.
    if (!out) break;
  }
  return kSuccess;
}

int RunTableHistory(const GlobalOptions& global, const std::string& table, std::ostream& out) {
  LocalApp app(global);
  PrintRows(*app.NewSession()->Run("DESCRIBE HISTORY " + table, "<table name>"), global.output,
            out);
  return kSuccess;
}

int RunTableFiles(const GlobalOptions& global, const std::string& table, std::ostream& out) {
  LocalApp app(global);
  PrintRows(*app.NewSession()->TableFiles(table), global.output, out);
  return kSuccess;
}

}  // namespace weir::app
