#include "weir/pipeline/check.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/session/datasets.h"

namespace weir::pipeline {
namespace {

using session::Dataset;

bool IsKnownZone(const session::Session& session, const std::string& name) {
  try {
    if (!name.empty()) session.CheckSetting(session::kZoneKey, name);
    return true;
  } catch (const Error&) {
    return false;
  }
}

class Checker {
 public:
  Checker(CheckedProject& checked, session::Session& session, Diagnostics& diagnostics,
          const std::function<bool(const catalog::QualifiedName&)>& anew)
      : checked_(checked),
        session_(session),
        diagnostics_(diagnostics),
        scope_(checked.project->Scope()) {
    scope_.planning = true;
    // The rest can be checked by any clocks; nothing runs by those of a zone that there is not.
    if (!IsKnownZone(session, scope_.time_zone)) scope_.time_zone.clear();
    for (const auto& [name, dataset] : checked_.project->datasets) {
      if (anew && anew(name)) scope_.starting_anew.insert(name);
    }
  }

  void Check(const Dataset& dataset) {
    if (checked_.project->incomplete.count(dataset.name) > 0) return;
    // What stands on something broken is not reported again.
    for (const auto& input : checked_.graph->InputsOf(dataset.name)) {
      if (!checked_.schemas.count(input)) return;
    }
    const size_t before = diagnostics_.size();
    CheckAlone(dataset, before);
    if (diagnostics_.size() == before) return;
    checked_.wrong[dataset.name].assign(diagnostics_.begin() + static_cast<ptrdiff_t>(before),
                                        diagnostics_.end());
  }

  // A key may refer to any dataset, read or not.
  void CheckKeys(const Dataset& dataset) {
    const auto schema = checked_.schemas.find(dataset.name);
    if (schema == checked_.schemas.end()) return;
    const Diagnostics found = session_.CheckKeys(scope_, dataset, schema->second);
    if (found.empty()) return;
    Append(found);
    checked_.wrong[dataset.name] = found;
  }

 private:
  void CheckAlone(const Dataset& dataset, size_t before) {
    std::vector<session::CheckedFlow> flows;
    for (const session::Flow& flow : dataset.flows) CheckFlow(dataset, flow, flows);
    if (diagnostics_.size() > before || flows.empty()) return;
    auto declared = session::TableSchema(dataset, flows);
    if (auto* wrong = std::get_if<Diagnostics>(&declared)) return Append(*wrong);
    const Schema& schema = std::get<Schema>(declared);
    auto after = session_.CheckDataset(scope_, dataset, schema);
    if (auto* wrong = std::get_if<Diagnostics>(&after)) return Append(*wrong);
    scope_.schemas[dataset.name] = std::get<Schema>(std::move(after));
    if (dataset.clauses() == nullptr || dataset.clauses()->columns.empty()) {
      for (const session::CheckedFlow& flow : flows) {
        scope_.found[dataset.name].insert(flow.found.begin(), flow.found.end());
      }
    }
    checked_.schemas[dataset.name] = schema;
  }

  void CheckFlow(const Dataset& dataset, const session::Flow& flow,
                 std::vector<session::CheckedFlow>& flows) {
    try {
      auto checked = session_.CheckFlow(scope_, dataset, flow);
      if (auto* wrong = std::get_if<Diagnostics>(&checked)) return Append(*wrong);
      flows.push_back(std::get<session::CheckedFlow>(std::move(checked)));
    } catch (const Error& error) {
      // A source that can't be read, a table that may not be: said like the others, at its flow.
      if (error.code() == ErrorCode::kInternal || error.code() == ErrorCode::kCancelled) throw;
      diagnostics_.push_back(AsDiagnostic(error, flow.span));
    }
  }

  void Append(const Diagnostics& more) {
    diagnostics_.insert(diagnostics_.end(), more.begin(), more.end());
  }

  CheckedProject& checked_;
  session::Session& session_;
  Diagnostics& diagnostics_;
  session::PipelineScope scope_;
};

// As somebody reads the files who mends them.
void SortByPlace(Diagnostics& diagnostics) {
  const auto place = [](const Diagnostic& diagnostic) {
    const bool has_source = diagnostic.span.source != nullptr;
    return std::pair(has_source ? std::string_view(diagnostic.span.source->name) : "",
                     diagnostic.span.begin);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [&](const auto& left, const auto& right) { return place(left) < place(right); });
}

}  // namespace

bool MayBegin(const CheckedProject& checked, const Diagnostics& found) {
  size_t of_datasets = 0;
  for (const auto& [name, wrong] : checked.wrong) of_datasets += wrong.size();
  return of_datasets == found.size() &&
         std::none_of(found.begin(), found.end(), [](const Diagnostic& diagnostic) {
           return diagnostic.code == ErrorCode::kInvalid;
         });
}

namespace {

bool IsWatermarkPolicy(const std::string& key) {
  return LowerName(key) == LowerName(session::kWatermarkPolicyKey);
}

void CheckWatermarkPolicy(const std::string& key, const std::string& value) {
  if (LowerName(value) == "min" || LowerName(value) == "max") return;
  throw Error(ErrorCode::kInvalid, "`" + key + "` is min or max, not '" + value + "'")
      .WithCondition("INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS");
}

// Keys of Spark mean its settings, and what weir has not is not passed over; others are for
// ${key}. Where they stand in the file is not kept.
void CheckConfiguration(const Spec& spec, const session::Session& session,
                        Diagnostics& diagnostics) {
  for (const auto& [key, value] : spec.configuration) {
    if (!key.starts_with("spark.")) continue;
    try {
      if (IsWatermarkPolicy(key)) {
        CheckWatermarkPolicy(key, value);
      } else {
        session.CheckSetting(key, value);
      }
    } catch (const Error& error) {
      const auto source = std::make_shared<SourceText>(SourceText{spec.file, ""});
      diagnostics.push_back({error.condition(), std::string(SqlStateOf(error.condition())),
                             Span{source, 0, 0}, error.what(),
                             "change `" + key + "` under `configuration`, or leave it out",
                             error.code()});
    }
  }
}

}  // namespace

CheckedProject CheckProject(const Spec& spec, session::Session& session, Diagnostics& diagnostics,
                            const std::function<bool(const catalog::QualifiedName&)>& anew) {
  const Diagnostics storage = session.CheckStorage(spec.storage);
  diagnostics.insert(diagnostics.end(), storage.begin(), storage.end());
  CheckConfiguration(spec, session, diagnostics);
  auto project = LoadProject(spec, diagnostics);
  if (project->datasets.empty() && diagnostics.empty()) {
    const auto source = std::make_shared<SourceText>(SourceText{spec.file, ""});
    diagnostics.push_back({"RUN_EMPTY_PIPELINE", "42617", Span{source, 0, 0},
                           "the files of this project define no dataset",
                           "write one, as in CREATE MATERIALIZED VIEW v AS SELECT 1 AS x, or check "
                           "`libraries`"});
  }
  return CheckLoaded(std::move(project), session, diagnostics, anew);
}

CheckedProject CheckLoaded(std::unique_ptr<Project> project, session::Session& session,
                           Diagnostics& diagnostics,
                           const std::function<bool(const catalog::QualifiedName&)>& anew) {
  CheckedProject checked;
  checked.project = std::move(project);
  checked.graph = std::make_unique<Graph>(*checked.project, diagnostics);
  Checker checker(checked, session, diagnostics, anew);
  for (const Dataset* dataset : checked.graph->order()) checker.Check(*dataset);
  for (const Dataset* dataset : checked.graph->order()) checker.CheckKeys(*dataset);
  SortByPlace(diagnostics);
  return checked;
}

}  // namespace weir::pipeline
