#include "weir/pipeline/cases/scoped_project.h"

#include <algorithm>

#include "weir/session/cdc_query.h"
#include "weir/sql/binder.h"
#include "weir/sql/parser.h"

namespace weir::pipeline {

using catalog::QualifiedName;
using session::Dataset;
using session::DatasetKind;

namespace {

constexpr const char* kShownPrefix = "__test_";

Spec WithConfiguration(Spec spec, const TestCase& test) {
  for (const auto& [key, value] : test.configuration) spec.configuration[key.text] = value;
  return spec;
}

// "main.`my table`" -> main, my table
sql::Name NameOf(const std::string& written) {
  sql::Name name;
  std::string part;
  bool quoted = false;
  for (const char c : written) {
    if (c == '`') {
      quoted = !quoted;
    } else if (c == '.' && !quoted) {
      name.parts.push_back({part, {}});
      part.clear();
    } else {
      part += c;
    }
  }
  name.parts.push_back({part, {}});
  return name;
}

}  // namespace

ScopedProject::ScopedProject(const Spec& spec, const TestCase& test, Diagnostics& diagnostics)
    : spec_(WithConfiguration(spec, test)), project_(LoadProject(spec_, diagnostics)) {
  graph_ = std::make_unique<Graph>(*project_, diagnostics);
  if (!diagnostics.empty()) return;
  CollectGiven(test);
  CollectRunning(test, diagnostics);
  if (!diagnostics.empty()) return;
  CheckNames(test, diagnostics);
  CheckAllGiven(test, diagnostics);
}

QualifiedName ScopedProject::Qualify(const std::string& written) const {
  return project_->Scope().Qualify(NameOf(written));
}

const Dataset* ScopedProject::Find(const QualifiedName& name) const {
  const auto found = project_->datasets.find(name);
  return found == project_->datasets.end() ? nullptr : &found->second;
}

const FileCall* ScopedProject::CallOf(const std::string& path) const {
  const auto found = std::find_if(calls_.begin(), calls_.end(), [&](const FileCall& call) {
    return call.path && SamePath(*call.path, path);
  });
  return found == calls_.end() ? nullptr : &*found;
}

std::string ScopedProject::Substituted(const Cell& name, const std::string& path,
                                       Diagnostics& diagnostics) {
  Diagnostics unknown;
  std::string text = Substitute(name.span.source->name, path, spec_.configuration, unknown);
  for (const Diagnostic& each : unknown) {
    diagnostics.push_back(CaseProblem(name.span, each.message, each.hint));
  }
  return text;
}

QualifiedName ScopedProject::Shown(const Dataset& dataset) const {
  if (dataset.kind != DatasetKind::kTemporaryView || given_.count(dataset.name)) {
    return dataset.name;
  }
  return {spec_.catalog, spec_.schema, kShownPrefix + dataset.name.name};
}

std::unique_ptr<Project> ScopedProject::Behind(const QualifiedName& given) const {
  Names names;
  Names seen = {given};
  std::vector<QualifiedName> left = {given};
  while (!left.empty()) {
    const QualifiedName name = left.back();
    left.pop_back();
    names.insert(name);
    for (const QualifiedName& input : graph_->InputsOf(name)) {
      if (!given_.count(input) && seen.insert(input).second) left.push_back(input);
    }
  }
  return Select(names);
}

std::unique_ptr<Project> ScopedProject::Select(const Names& names) const {
  auto project = std::make_unique<Project>();
  project->spec = spec_;
  for (const QualifiedName& name : names) {
    Dataset& dataset = project->datasets[name] = project_->datasets.at(name);
    dataset.is_private = false;  // So that its rows can be looked at.
  }
  if (&names != &running_) return project;
  for (const Dataset& dataset : shown_) project->datasets[dataset.name] = dataset;
  return project;
}

void ScopedProject::CollectGiven(const TestCase& test) {
  for (const TestStep& step : test.steps) {
    for (const Given& given : step.given) {
      if (!given.path) given_.insert(Qualify(given.name.text));
    }
  }
}

void ScopedProject::CollectRunning(const TestCase& test, Diagnostics& diagnostics) {
  const auto add = [&](const Cell& name, bool show) {
    const Dataset* dataset = Find(Qualify(name.text));
    if (dataset == nullptr) {
      diagnostics.push_back(CaseProblem(
          name.span, "the project has no dataset " + Qualify(name.text).ToString(), Datasets()));
      return;
    }
    if (dataset->sink != nullptr) {
      diagnostics.push_back(
          CaseProblem(name.span, dataset->name.ToString() + " is a sink, and tests write nowhere",
                      "expect something of what its flows read"));
      return;
    }
    if (given_.count(dataset->name)) {
      diagnostics.push_back(CaseProblem(
          name.span, dataset->name.ToString() + " is given, so its own query does not run",
          "expect something of a dataset that reads it"));
      return;
    }
    Add(*dataset, running_);
    if (show && dataset->kind == DatasetKind::kTemporaryView) AddShown(*dataset, diagnostics);
  };
  for (const TestStep& step : test.steps) {
    for (const ExpectedDataset& expected : step.expect) add(expected.name, true);
    for (const ExpectedFailure& failure : step.fails) add(failure.name, false);
  }
  for (const QualifiedName& name : running_) {
    const Dataset& dataset = project_->datasets.at(name);
    for (FileCall& call : FileCallsOf(dataset)) calls_.push_back(std::move(call));
    for (const session::Flow& flow : dataset.flows) {
      for (const sql::NamedInput& input : session::InputsOfFlow(flow)) {
        const QualifiedName outside = project_->Scope().Qualify(input.name);
        if (!input.is_function && Find(outside) == nullptr) outside_.insert(outside);
      }
    }
  }
}

void ScopedProject::Add(const Dataset& dataset, Names& names) const {
  if (!names.insert(dataset.name).second) return;
  for (const QualifiedName& input : graph_->InputsOf(dataset.name)) {
    if (!given_.count(input)) Add(project_->datasets.at(input), names);
  }
}

// A temporary view has no rows of its own to look at; a table that reads it has.
void ScopedProject::AddShown(const Dataset& view, Diagnostics& diagnostics) {
  const bool stream = ReadsStream(view);
  const auto source = std::make_shared<SourceText>(SourceText{
      "<the rows of " + view.name.ToString() + ">",
      std::string("CREATE OR REFRESH ") + (stream ? "STREAMING TABLE " : "MATERIALIZED VIEW ") +
          Shown(view).ToString() + " AS SELECT * FROM " + view.name.ToString()});
  auto parsed = sql::ParseStatement(source);
  if (auto* wrong = std::get_if<Diagnostics>(&parsed)) {
    diagnostics.insert(diagnostics.end(), wrong->begin(), wrong->end());
    return;
  }
  const std::shared_ptr<const sql::StatementNode> statement(
      std::get<sql::StatementPtr>(std::move(parsed)));
  const auto& create = std::get<sql::CreateDataset>(statement->node);
  Dataset shown{stream ? DatasetKind::kStreamingTable : DatasetKind::kMaterializedView,
                Shown(view),
                statement,
                {},
                create.name.span};
  shown.flows.push_back({shown.name.ToString(),
                         std::shared_ptr<const sql::Query>(statement, create.query.get()), false,
                         create.query->span});
  shown_.push_back(std::move(shown));
}

bool ScopedProject::ReadsStream(const Dataset& view) const {
  const session::PipelineScope scope = project_->Scope();
  for (const sql::NamedInput& input : sql::InputsOf(*view.flows.front().query)) {
    if (input.stream) return true;
    const Dataset* other = input.is_function ? nullptr : scope.Find(input.name);
    const bool is_view = other != nullptr && !other->IsTable() && !given_.count(other->name);
    if (is_view && ReadsStream(*other)) return true;
  }
  return false;
}

void ScopedProject::CheckNames(const TestCase& test, Diagnostics& diagnostics) {
  for (const TestStep& step : test.steps) {
    for (const Given& given : step.given) CheckGiven(given, diagnostics);
    for (const Cell& name : step.full_refresh) {
      const QualifiedName full = Qualify(name.text);
      const Dataset* dataset = Find(full);
      if (dataset != nullptr && dataset->IsTable() && running_.count(full)) continue;
      diagnostics.push_back(
          CaseProblem(name.span, full.ToString() + " is no table that this test runs", Datasets()));
    }
    for (const ExpectedDataset& expected : step.expect) {
      const Dataset& dataset = *Find(Qualify(expected.name.text));
      const bool counts = expected.dropped || expected.rejected || !expected.expectations.empty();
      if (counts && !dataset.IsTable()) {
        diagnostics.push_back(CaseProblem(
            expected.name.span, dataset.name.ToString() + " is a view, of which nothing is counted",
            "expect rows of it"));
        continue;
      }
      for (const ExpectedCounts& count : expected.expectations) {
        std::string known;
        bool found = false;
        for (const auto& expectation : dataset.clauses()->expectations) {
          found |= expectation.name.text == count.name.text;
          known += (known.empty() ? "" : ", ") + expectation.name.text;
        }
        if (found) continue;
        diagnostics.push_back(
            CaseProblem(count.name.span,
                        dataset.name.ToString() + " has no expectation called " + count.name.text,
                        known.empty() ? "it has none" : "it has: " + known));
      }
    }
  }
}

void ScopedProject::CheckGiven(const Given& given, Diagnostics& diagnostics) {
  if (given.path) {
    const std::string path = Substituted(given.name, *given.path, diagnostics);
    if (CallOf(path) != nullptr) return;
    diagnostics.push_back(
        CaseProblem(given.name.span, "nothing that this test runs reads read_files('" + path + "')",
                    Sources()));
    return;
  }
  const QualifiedName name = Qualify(given.name.text);
  const bool read = outside_.count(name) ||
                    std::any_of(running_.begin(), running_.end(), [&](const QualifiedName& each) {
                      return graph_->InputsOf(each).count(name) > 0;
                    });
  if (read) return;
  diagnostics.push_back(CaseProblem(
      given.name.span, "nothing that this test runs reads " + name.ToString(), Sources()));
}

void ScopedProject::CheckAllGiven(const TestCase& test, Diagnostics& diagnostics) const {
  const auto missing = [&](const std::string& what, const std::string& nothing = "[]") {
    diagnostics.push_back(CaseProblem(
        test.steps.front().span,
        "the test `" + test.name + "` runs what reads " + what + ", and does not say what is there",
        "add under `given:` " + what + ": " + nothing + " for nothing yet, or rows"));
  };
  Names tables;
  std::vector<std::string> paths;
  for (const Given& given : test.steps.front().given) {
    if (!given.path) {
      tables.insert(Qualify(given.name.text));
    } else {
      Diagnostics reported;
      paths.push_back(Substitute("", *given.path, spec_.configuration, reported));
    }
  }
  for (const QualifiedName& name : outside_) {
    if (!tables.count(name)) missing(name.ToString(), "{columns: id BIGINT, rows: []}");
  }
  for (const QualifiedName& name : given_) {
    if (Find(name) != nullptr && !tables.count(name)) missing(name.ToString());
  }
  std::set<std::string> said;
  for (const FileCall& call : calls_) {
    if (!call.path) {
      diagnostics.push_back(
          {"UNSUPPORTED_FEATURE", "0A000", call.span,
           "a test can't give files to a read_files whose path is not a plain "
           "text",
           "write the path as a text, or give " + call.dataset.ToString() + " itself"});
      continue;
    }
    const bool given = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return SamePath(path, *call.path);
    });
    if (!given && said.insert(*call.path).second) missing(call.Name());
  }
}

std::string ScopedProject::Sources() const {
  Names read = outside_;
  for (const QualifiedName& name : running_) {
    for (const QualifiedName& input : graph_->InputsOf(name)) read.insert(input);
  }
  std::set<std::string> names;
  for (const QualifiedName& name : read) names.insert(name.ToString());
  for (const FileCall& call : calls_) names.insert(call.Name());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "it reads nothing" : "it reads: " + text;
}

std::string ScopedProject::Datasets() const {
  std::string text;
  for (const auto& [name, dataset] : project_->datasets) {
    text += (text.empty() ? "it has: " : ", ") +
            (name.catalog == spec_.catalog && name.schema == spec_.schema
                 ? catalog::QuoteName(name.name)
                 : name.ToString());
  }
  return text;
}

}  // namespace weir::pipeline
