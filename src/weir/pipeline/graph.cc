#include "weir/pipeline/graph.h"

#include <algorithm>

#include "weir/session/cdc_query.h"
#include "weir/sql/ast_printer.h"
#include "weir/sql/binder.h"

namespace weir::pipeline {

using catalog::QualifiedName;
using session::Dataset;

namespace {

// "read_files('in/trips')": the first argument says what is read, the others how.
std::string CallText(const sql::NamedInput& call) {
  const auto& arguments = *call.arguments;
  const std::string name = call.name.ToString();
  if (arguments.empty() || arguments.front().value == nullptr) return name + "()";
  return name + "(" + sql::ToSql(*arguments.front().value) +
         (arguments.size() > 1 ? ", ...)" : ")");
}

// What would end a label of Mermaid or begin an entity there.
std::string MermaidText(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '"' ? "#quot;" : c == '#' ? "#35;" : c == '\n' ? " " : std::string(1, c);
  }
  return escaped;
}

}  // namespace

Graph::Graph(const Project& project, Diagnostics& diagnostics) : project_(project) {
  const session::PipelineScope scope = project.Scope();
  for (const auto& [name, dataset] : project.datasets) AddEdges(scope, dataset);
  for (const auto& [name, dataset] : project.datasets) Visit(dataset, diagnostics);
}

void Graph::AddEdges(const session::PipelineScope& scope, const Dataset& dataset) {
  auto& inputs = inputs_[dataset.name];
  auto& sources = sources_[dataset.name];
  for (const session::Flow& flow : dataset.flows) {
    for (const sql::NamedInput& input : session::InputsOfFlow(flow)) {
      const Dataset* other = input.is_function ? nullptr : scope.Find(input.name);
      if (other != nullptr) {
        inputs.insert(other->name);
      } else {
        sources.insert(input.is_function ? CallText(input) : scope.Qualify(input.name).ToString());
      }
    }
  }
}

void Graph::Visit(const Dataset& dataset, Diagnostics& diagnostics) {
  int& state = state_[dataset.name];
  if (state >= 2) return;
  if (state == 1) {
    const auto start = std::find(path_.begin(), path_.end(), &dataset);
    std::string cycle;
    for (auto at = start; at != path_.end(); ++at) {
      state_[(*at)->name] = 3;
      cycle += (*at)->name.ToString() + " reads ";
    }
    // A query is read from its end to its source, so the path lists readers first.
    diagnostics.push_back(
        {"PIPELINE_GRAPH_NOT_TOPOLOGICALLY_SORTABLE", "42000", dataset.span,
         "datasets read each other in a circle: " + cycle + dataset.name.ToString(),
         "take one of these reads out"});
    return;
  }
  state = 1;
  path_.push_back(&dataset);
  for (const QualifiedName& input : inputs_[dataset.name]) {
    Visit(project_.datasets.at(input), diagnostics);
  }
  path_.pop_back();
  int& after = state_[dataset.name];
  if (after == 1) {
    after = 2;
    order_.push_back(&dataset);
  }
}

const std::set<QualifiedName>& Graph::InputsOf(const QualifiedName& dataset) const {
  return inputs_.at(dataset);
}

const std::set<std::string>& Graph::SourcesOf(const QualifiedName& dataset) const {
  return sources_.at(dataset);
}

std::set<QualifiedName> Graph::TablesBehind(const QualifiedName& dataset) const {
  std::set<QualifiedName> tables;
  for (const QualifiedName& input : InputsOf(dataset)) {
    if (project_.datasets.at(input).IsTable()) {
      tables.insert(input);
    } else {
      tables.merge(TablesBehind(input));
    }
  }
  return tables;
}

std::string Graph::ToText() const {
  std::string text;
  for (const Dataset* dataset : order_) {
    text += std::string(dataset->KindName()) + " " + dataset->name.ToString() + "\n";
    for (const std::string& source : SourcesOf(dataset->name)) text += "  <- " + source + "\n";
    for (const QualifiedName& input : InputsOf(dataset->name)) {
      text += "  <- " + input.ToString() + "\n";
    }
  }
  return text;
}

std::string Graph::ToMermaid() const {
  std::string text = "flowchart LR\n";
  std::map<std::string, std::string> ids;
  const auto id_of = [&](const std::string& label, const char* open, const char* close) {
    const auto [at, inserted] = ids.try_emplace(label, "n" + std::to_string(ids.size()));
    if (inserted)
      text += "  " + at->second + open + "\"" + MermaidText(label) + "\"" + close + "\n";
    return at->second;
  };
  for (const Dataset* dataset : order_) {
    const bool is_view = !dataset->IsTable();
    const std::string id =
        id_of(dataset->name.ToString(), is_view ? "(" : "[", is_view ? ")" : "]");
    for (const std::string& source : SourcesOf(dataset->name)) {
      const std::string from = id_of(source, "[/", "/]");
      text += "  " + from + " --> " + id + "\n";
    }
    for (const QualifiedName& input : InputsOf(dataset->name)) {
      const std::string from = id_of(input.ToString(), "[", "]");
      text += "  " + from + " --> " + id + "\n";
    }
  }
  return text;
}

}  // namespace weir::pipeline
