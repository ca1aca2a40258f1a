#include "weir/pipeline/python_definitions.h"

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "weir/process/child.h"

namespace weir::pipeline {
namespace {

using Sources = std::map<std::string, std::shared_ptr<const SourceText>>;

// Makes modules of the texts in the request, and runs the last one's function.
constexpr const char* kBootstrap = R"py(
import json, sys, types
request = json.load(sys.stdin)
package = types.ModuleType("weir_definitions")
package.__path__ = []
sys.modules["weir_definitions"] = package
for name, source in request["modules"]:
    module = types.ModuleType("weir_definitions." + name)
    sys.modules[module.__name__] = module
    setattr(package, name, module)
    exec(compile(source, "<weir " + name + ">", "exec"), module.__dict__)
package.main.run(request)
)py";

std::string Interpreter() {
  const char* chosen = std::getenv("WEIR_PYTHON");
  return chosen != nullptr && *chosen != '\0' ? chosen : "python3";
}

std::string RequestOf(const Spec& spec, const Sources& sources,
                      const std::vector<std::string>& files) {
  nlohmann::json request{{"folder", spec.folder},
                         {"configuration", spec.configuration},
                         {"modules", nlohmann::json::array()},
                         {"files", nlohmann::json::array()}};
  for (const auto& [name, text] : DefinitionModules()) {
    request["modules"].push_back({name, text});
  }
  for (const std::string& file : files) {
    request["files"].push_back({{"path", file}, {"text", sources.at(file)->text}});
  }
  return request.dump();
}

// The text of a line, from 1, without what it is indented by.
Span SpanOfLine(const std::shared_ptr<const SourceText>& source, size_t line) {
  const std::string& text = source->text;
  size_t begin = 0;
  for (size_t at = 1; at < line; ++at) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return {source, text.size(), text.size()};
    begin = end + 1;
  }
  const size_t end = std::min(text.find('\n', begin), text.size());
  const size_t first = std::min(text.find_first_not_of(" \t", begin), end);
  return {source, first, end};
}

Span SpanIn(const Sources& sources, const nlohmann::json& place) {
  const auto found = sources.find(place.at("file").get<std::string>());
  const auto& source = found == sources.end() ? sources.begin()->second : found->second;
  return SpanOfLine(source, found == sources.end() ? 1 : place.at("line").get<size_t>());
}

PythonDefinition DefinitionOf(const nlohmann::json& statement) {
  const size_t line = std::max<size_t>(statement.at("line").get<size_t>(), 1);
  PythonDefinition definition{
      {statement.at("file").get<std::string>(),
       std::string(line - 1, '\n') + statement.at("sql").get<std::string>()},
      statement.at("by_query").get<bool>(),
      statement.at("streams").get<bool>()};
  if (const auto sink = statement.find("sink"); sink != statement.end()) {
    definition.sink = {sink->at("table").get<std::string>(), sink->at("path").get<std::string>(),
                       sink->at("merge_schema").get<bool>()};
  }
  return definition;
}

std::string LastLines(const std::string& text) {
  constexpr size_t kShown = 2000;
  return text.size() <= kShown ? text : "..." + text.substr(text.size() - kShown);
}

[[noreturn]] void FailOf(const process::ChildResult& ended) {
  const std::string how = ended.signal != 0 ? "signal " + std::to_string(ended.signal)
                                            : "exit code " + std::to_string(ended.exit_code);
  throw Error(ErrorCode::kInvalid, "the process that runs the project's Python files ended with " +
                                       how + ":\n" + LastLines(ended.err));
}

process::ChildResult Run(const std::string& request) {
  try {
    return process::RunChild({Interpreter(), "-X", "utf8", "-B", "-c", kBootstrap}, request);
  } catch (const Error& error) {
    throw Error(error.code(), std::string(error.what()) +
                                  "; Python files of a pipeline need Python 3.9 or later: install "
                                  "python3, or name an interpreter with WEIR_PYTHON");
  }
}

}  // namespace

std::vector<PythonDefinition> ReadPythonFiles(const Spec& spec,
                                              const std::vector<std::string>& files,
                                              Diagnostics& diagnostics) {
  std::vector<PythonDefinition> definitions;
  if (files.empty()) return definitions;
  Sources sources;
  for (const std::string& file : files) {
    sources[file] = std::make_shared<SourceText>(SourceText{file, ReadTextFile(file)});
  }
  const process::ChildResult ended = Run(RequestOf(spec, sources, files));
  if (ended.exit_code != 0) FailOf(ended);
  const nlohmann::json answer = nlohmann::json::parse(ended.out, nullptr, false);
  if (answer.is_discarded()) FailOf(ended);
  for (const nlohmann::json& error : answer.at("errors")) {
    const std::string condition = error.at("condition").get<std::string>();
    diagnostics.push_back({condition, std::string(SqlStateOf(condition)), SpanIn(sources, error),
                           error.at("message").get<std::string>(),
                           error.at("hint").get<std::string>()});
  }
  for (const nlohmann::json& statement : answer.at("statements")) {
    definitions.push_back(DefinitionOf(statement));
  }
  return definitions;
}

}  // namespace weir::pipeline
