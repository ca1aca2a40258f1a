#pragma once

#include <string>

#include "weir/pipeline/update.h"

namespace weir::pipeline {

// The `details` of events: JSON objects with one member, called as the event's type
// (docs/formats/event_log.md).
std::string CreateUpdateDetails(const Selection& selection);
std::string UpdateProgressDetails(const std::string& state);
std::string DatasetDefinitionDetails(const session::Dataset& dataset, const Schema& schema);
std::string FlowDefinitionDetails(const session::PipelineScope& scope,
                                  const session::Dataset& dataset, const session::Flow& flow,
                                  const Schema& schema);
std::string FlowProgressDetails(const FlowEvent& event);
std::string StatusDetails(const std::string& status);  // Of a flow that did not take part.
std::string PlanningDetails(const session::FlowOutcome& outcome);

}  // namespace weir::pipeline
