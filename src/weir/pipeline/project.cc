#include "weir/pipeline/project.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>

#include "weir/pipeline/python_definitions.h"
#include "weir/session/cdc_query.h"
#include "weir/sql/binder.h"
#include "weir/sql/parser.h"
#include "weir/sql/table_name_text.h"

namespace weir::pipeline {
namespace {

using session::Dataset;
using session::DatasetKind;
using session::Flow;

// Shares a part of a statement with the statement's own lifetime.
std::shared_ptr<const sql::Query> Share(std::shared_ptr<const sql::StatementNode> statement,
                                        const sql::QueryPtr& query) {
  return {std::move(statement), query.get()};
}

class Collector {
 public:
  Collector(Project& project, Diagnostics& diagnostics)
      : project_(project), diagnostics_(diagnostics), names_(project.Scope()) {}

  // `is_whole`: it has all its values.
  void Collect(std::shared_ptr<const sql::StatementNode> statement, bool is_whole) {
    is_whole_ = is_whole;
    if (!statement->identifiers.empty()) {
      return Report("UNSUPPORTED_FEATURE", "0A000", statement->identifiers[0]->span,
                    "IDENTIFIER(...) of what has to be computed is not supported in pipelines",
                    "write the name, or IDENTIFIER('name')");
    }
    if (const auto* dataset = std::get_if<sql::CreateDataset>(&statement->node)) {
      AddDataset(statement, *dataset);
    } else if (const auto* view = std::get_if<sql::CreateView>(&statement->node)) {
      AddView(statement, *view);
    } else if (const auto* flow = std::get_if<sql::CreateFlow>(&statement->node)) {
      flows_.push_back({statement, flow});
      if (!is_whole) project_.incomplete.insert(names_.Qualify(flow->target));
    } else {
      Report("UNSUPPORTED_PIPELINE_SPARK_SQL_STATEMENT", "0A000", statement->span,
             "a pipeline's files may only define datasets and flows",
             "use CREATE STREAMING TABLE, CREATE MATERIALIZED VIEW, CREATE [TEMPORARY] VIEW or "
             "CREATE FLOW; run other statements with `weir sql`");
    }
  }

  // `statement` only names it.
  void CollectSink(std::shared_ptr<const sql::StatementNode> statement,
                   const PythonDefinition::Sink& written) {
    is_whole_ = true;
    const auto& create = std::get<sql::CreateDataset>(statement->node);
    session::Sink sink{std::nullopt, written.path, written.merge_schema};
    if (!written.table.empty()) {
      const auto name = sql::TableNameIn(written.table, create.name.span);
      if (!name || name->parts.size() > 3) {
        return Report("INVALID_SCHEMA_OR_RELATION_NAME", "42602", create.name.span,
                      "tableName of sink " + create.name.ToString() + " is '" + written.table +
                          "', which is no name of a table",
                      "write catalog.schema.table");
      }
      sink.table = names_.Qualify(*name);
    }
    Dataset dataset{
        DatasetKind::kStreamingTable, names_.Qualify(create.name), statement, {}, create.name.span};
    dataset.sink = std::make_shared<const session::Sink>(std::move(sink));
    Insert(std::move(dataset));
  }

  // Flows may stand before their targets, so they are attached at the end.
  void Finish() {
    for (const auto& [statement, flow] : flows_) AttachFlow(statement, *flow);
    for (const auto& [name, dataset] : project_.datasets) {
      if (dataset.flows.empty()) {
        Report("INVALID_FLOW_QUERY_TYPE.NO_FLOW", "42000", dataset.span,
               "no flow fills " + std::string(dataset.KindName()) + " " + name.ToString(),
               "add AS SELECT ..., or CREATE FLOW f AS INSERT INTO " + name.name +
                   " BY NAME SELECT ...");
      }
      CheckFlowsFit(dataset);
    }
  }

 private:
  void AddDataset(const std::shared_ptr<const sql::StatementNode>& statement,
                  const sql::CreateDataset& create) {
    const bool is_table = create.kind == sql::CreateDataset::Kind::kStreamingTable;
    Dataset dataset{is_table ? DatasetKind::kStreamingTable : DatasetKind::kMaterializedView,
                    names_.Qualify(create.name),
                    statement,
                    {},
                    create.name.span,
                    create.is_private};
    if (create.query) {
      dataset.flows.push_back(
          {dataset.name.ToString(), Share(statement, create.query), false, create.query->span});
    }
    if (create.flow) {
      dataset.flows.push_back(session::FlowOf(dataset.name.ToString(), statement, *create.flow));
    }
    Insert(std::move(dataset));
  }

  // A table that AUTO CDC keeps takes nothing else: its flows know what is in it.
  void CheckFlowsFit(const Dataset& dataset) {
    std::string names;
    const Flow* cdc = nullptr;
    bool others = false;
    for (const Flow& flow : dataset.flows) {
      names += (names.empty() ? "" : ", ") + flow.name;
      if (flow.cdc != nullptr) cdc = &flow;
      others |= flow.cdc == nullptr || flow.cdc->source == nullptr;
    }
    if (cdc == nullptr || dataset.flows.size() == 1) return;
    if (!others) return CheckFlowsAgree(dataset);
    Report("AUTOCDC_MULTIPLE_FLOWS_TO_TARGET", "42000", cdc->span,
           "AUTO CDC keeps " + dataset.name.ToString() + ", which other flows fill too: " + names,
           "give the other flows a table of their own");
  }

  // Several AUTO CDC flows tell of the same rows.
  void CheckFlowsAgree(const Dataset& dataset) {
    const auto keys = [](const Flow& flow) {
      std::set<std::string> names;
      for (const sql::Identifier& key : flow.cdc->keys) names.insert(LowerName(key.text));
      return names;
    };
    const Flow& first = dataset.flows.front();
    for (const Flow& flow : dataset.flows) {
      const char* what = nullptr;
      if (keys(flow) != keys(first)) what = "KEYS";
      if (flow.cdc->scd_type != first.cdc->scd_type) what = "SCD TYPE";
      if (flow.cdc->ignore_null_updates != first.cdc->ignore_null_updates) {
        what = "IGNORE NULL UPDATES";
      }
      if (what == nullptr) continue;
      Report("AUTOCDC_INVALID_STATE", "42000", flow.span,
             "the flows " + first.name + " and " + flow.name + " keep " + dataset.name.ToString() +
                 " with different " + what,
             "let them have the same, or give them tables of their own");
    }
  }

  void AddView(const std::shared_ptr<const sql::StatementNode>& statement,
               const sql::CreateView& create) {
    if (create.global) {
      Report("UNSUPPORTED_FEATURE", "0A000", create.name.span,
             "GLOBAL TEMPORARY VIEW is not supported in pipelines", "write TEMPORARY VIEW");
    }
    Dataset dataset{create.temporary ? DatasetKind::kTemporaryView : DatasetKind::kView,
                    names_.Qualify(create.name),
                    statement,
                    {},
                    create.name.span};
    dataset.flows.push_back(
        {dataset.name.ToString(), Share(statement, create.query), false, create.query->span});
    Insert(std::move(dataset));
  }

  void Insert(Dataset dataset) {
    const Span span = dataset.span;
    if (!is_whole_) project_.incomplete.insert(dataset.name);
    const auto [at, inserted] = project_.datasets.try_emplace(dataset.name, std::move(dataset));
    if (inserted) return;
    Report("PIPELINE_DUPLICATE_IDENTIFIERS.DATASET", "42710", span,
           "dataset " + at->first.ToString() + " is defined twice",
           "the other definition is at " + at->second.span.source->name + ":" +
               std::to_string(at->second.span.Line()));
  }

  void AttachFlow(const std::shared_ptr<const sql::StatementNode>& statement,
                  const sql::CreateFlow& create) {
    const auto target = project_.datasets.find(names_.Qualify(create.target));
    if (target == project_.datasets.end()) {
      Report("PIPELINE_DATASET_NOT_DEFINED", "42P01", create.target.span,
             "flow " + create.name.ToString() + " inserts into " + create.target.ToString() +
                 ", which this pipeline does not define",
             "add CREATE STREAMING TABLE " + create.target.ToString());
      return;
    }
    if (target->second.kind != DatasetKind::kStreamingTable) {
      Report("INVALID_FLOW_QUERY_TYPE", "42000", create.target.span,
             "a flow inserts into a streaming table; " + create.target.ToString() + " is a " +
                 std::string(target->second.KindName()),
             "");
      return;
    }
    if (target->second.sink != nullptr &&
        (create.body.cdc != nullptr || create.body.replace != nullptr)) {
      Report("INVALID_FLOW_QUERY_TYPE.SINK", "42000", create.target.span,
             "a sink takes rows that are added; what else its table holds is not the pipeline's",
             "let an append_flow write to sink " + create.target.ToString() +
                 ", or give the flow a streaming table");
      return;
    }
    const std::string name = names_.Qualify(create.name).ToString();
    for (const Flow& other : target->second.flows) {
      if (other.name == name) {
        Report("PIPELINE_DUPLICATE_IDENTIFIERS.FLOW", "42710", create.name.span,
               "flow " + name + " is defined twice",
               "the other one is at " + other.span.source->name + ":" +
                   std::to_string(other.span.Line()));
        return;
      }
    }
    target->second.flows.push_back(session::FlowOf(name, statement, create.body));
  }

  void Report(const std::string& condition, const std::string& sqlstate, const Span& span,
              const std::string& message, const std::string& hint) {
    diagnostics_.push_back({condition, sqlstate, span, message, hint});
  }

  Project& project_;
  Diagnostics& diagnostics_;
  session::PipelineScope names_;
  bool is_whole_ = true;
  std::vector<std::pair<std::shared_ptr<const sql::StatementNode>, const sql::CreateFlow*>> flows_;
};

// However the key is spelt, as the check takes it; "" where there is none.
std::string SettingIn(const std::map<std::string, std::string>& configuration,
                      const std::string& key) {
  for (const auto& [name, value] : configuration) {
    if (LowerName(name) == LowerName(key)) return value;
  }
  return "";
}

}  // namespace

session::PipelineScope Project::Scope() const {
  session::PipelineScope scope;
  scope.pipeline_id = spec.PipelineId();
  scope.pipeline_name = spec.name;
  scope.catalog = spec.catalog;
  scope.schema = spec.schema;
  scope.base_folder = spec.folder;
  scope.time_zone = SettingIn(spec.configuration, session::kZoneKey);
  scope.latest_watermark =
      LowerName(SettingIn(spec.configuration, session::kWatermarkPolicyKey)) == "max";
  for (const auto& [name, dataset] : datasets) scope.datasets[name] = &dataset;
  return scope;
}

std::string Substitute(const std::string& file, const std::string& text,
                       const std::map<std::string, std::string>& configuration,
                       Diagnostics& diagnostics) {
  std::string result;
  size_t at = 0;
  for (size_t open = text.find("${"); open != std::string::npos; open = text.find("${", at)) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    const std::string key = text.substr(open + 2, close - open - 2);
    const auto value = configuration.find(key);
    result.append(text, at, open - at);
    if (value == configuration.end()) {
      const auto source = std::make_shared<SourceText>(SourceText{file, text});
      diagnostics.push_back({"UNRESOLVED_PIPELINE_PARAMETER", "42703",
                             Span{source, open, close + 1}, "${" + key + "} has no value",
                             "add `" + key + ":` under `configuration:` in the spec"});
      result.append(text, open, close + 1 - open);
    } else {
      result += value->second;
    }
    at = close + 1;
  }
  return result.append(text, at, std::string::npos);
}

namespace {

// Where ${key} had no value, in order.
using Gaps = std::vector<size_t>;

// Puts a name of the same length for each ${key} that is left, so that the rest can be parsed and
// every place stays where it is.
Gaps FillGaps(std::string& text) {
  Gaps gaps;
  for (size_t open = text.find("${"); open != std::string::npos; open = text.find("${", open)) {
    const size_t close = text.find('}', open);
    if (close == std::string::npos) break;
    gaps.push_back(open);
    for (size_t i = open; i <= close; ++i) {
      if (std::isalnum(static_cast<unsigned char>(text[i])) == 0 && text[i] != '\n') text[i] = '_';
    }
  }
  return gaps;
}

bool AnyWithin(const Gaps& gaps, size_t begin, size_t end) {
  const auto first = std::lower_bound(gaps.begin(), gaps.end(), begin);
  return first != gaps.end() && *first < end;
}

// Whether a mistake of syntax may come of what stands in for a value of the same statement.
bool MayBeOfGap(const Gaps& gaps, const Span& span) {
  const std::string& text = span.source->text;
  const size_t before = span.begin == 0 ? std::string::npos : text.rfind(';', span.begin - 1);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  return AnyWithin(gaps, begin, std::min(text.find(';', span.begin), text.size()));
}

// What @table defines is a materialised view when its query reads no stream.
void MakeViewUnlessItStreams(sql::StatementNode& statement) {
  auto* dataset = std::get_if<sql::CreateDataset>(&statement.node);
  if (dataset == nullptr || dataset->query == nullptr) return;
  for (const sql::NamedInput& input : sql::InputsOf(*dataset->query)) {
    if (input.stream) return;
  }
  dataset->kind = sql::CreateDataset::Kind::kMaterializedView;
}

}  // namespace

std::unique_ptr<Project> LoadProject(const Spec& spec, Diagnostics& diagnostics) {
  auto project = std::make_unique<Project>();
  project->spec = spec;
  Collector collector(*project, diagnostics);
  std::vector<std::string> python_files;
  for (const std::string& file : SourceFiles(spec, diagnostics)) {
    if (file.ends_with(".py")) {
      python_files.push_back(file);
      continue;
    }
    const size_t before = diagnostics.size();
    std::string text = Substitute(file, ReadTextFile(file), spec.configuration, diagnostics);
    const Gaps gaps = diagnostics.size() > before ? FillGaps(text) : Gaps{};
    auto script = sql::ParseScript(std::make_shared<SourceText>(SourceText{file, std::move(text)}));
    for (const Diagnostic& wrong : script.AllDiagnostics()) {
      if (!MayBeOfGap(gaps, wrong.span)) diagnostics.push_back(wrong);
    }
    for (auto& statement : script.statements) {
      if (!statement->refused.empty()) continue;
      const bool is_whole = !AnyWithin(gaps, statement->span.begin, statement->span.end);
      collector.Collect(std::shared_ptr<const sql::StatementNode>(std::move(statement)), is_whole);
    }
  }
  for (PythonDefinition& definition : ReadPythonFiles(spec, python_files, diagnostics)) {
    const bool may_be_view = definition.by_query && !definition.streams;
    auto script = sql::ParseScript(std::make_shared<SourceText>(std::move(definition.text)));
    for (const Diagnostic& wrong : script.AllDiagnostics()) diagnostics.push_back(wrong);
    for (auto& statement : script.statements) {
      if (!statement->refused.empty()) continue;
      if (definition.sink) {
        collector.CollectSink(std::shared_ptr<const sql::StatementNode>(std::move(statement)),
                              *definition.sink);
        continue;
      }
      if (may_be_view) MakeViewUnlessItStreams(*statement);
      collector.Collect(std::shared_ptr<const sql::StatementNode>(std::move(statement)), true);
    }
  }
  collector.Finish();
  return project;
}

}  // namespace weir::pipeline
