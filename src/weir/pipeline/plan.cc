#include "weir/pipeline/plan.h"

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::pipeline {

std::vector<session::DatasetPlan> PlanUpdate(const CheckedProject& checked,
                                             session::Session& session, const Selection& selection,
                                             Diagnostics& diagnostics) {
  session::PipelineScope scope = checked.project->Scope();
  scope.planning = true;
  scope.schemas = checked.schemas;
  std::vector<session::DatasetPlan> plans;
  for (const session::Dataset* dataset : ChosenBy(selection, checked)) {
    const auto wrong = checked.wrong.find(dataset->name);
    if (wrong != checked.wrong.end()) {
      diagnostics.insert(diagnostics.end(), wrong->second.begin(), wrong->second.end());
      continue;
    }
    if (!checked.schemas.contains(dataset->name)) {
      plans.push_back({dataset->name,
                       session::DatasetPlan::Action::kKeep,
                       {"skipped: what it reads can't be brought to its definition"}});
      continue;
    }
    try {
      plans.push_back(session.PlanDataset(scope, *dataset, checked.schemas.at(dataset->name),
                                          selection.StartsAnew(dataset->name)));
    } catch (const DiagnosticError& error) {
      diagnostics.insert(diagnostics.end(), error.diagnostics().begin(), error.diagnostics().end());
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInternal) throw;
      diagnostics.push_back(AsDiagnostic(error, dataset->span));
    }
  }
  if (!selection.refresh.empty() || !selection.full_refresh.empty()) return plans;
  const auto left = session.PlanLeftovers(scope);
  plans.insert(plans.end(), left.begin(), left.end());
  return plans;
}

std::string ToJson(const session::DatasetPlan& plan) {
  return Json{{"dataset", plan.name.ToString()},
              {"action", session::DatasetActionName(plan.action)},
              {"notes", plan.notes}}
      .dump();
}

}  // namespace weir::pipeline
