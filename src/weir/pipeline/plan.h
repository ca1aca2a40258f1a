#pragma once

#include <string>
#include <vector>

#include "weir/pipeline/check.h"
#include "weir/pipeline/update.h"

namespace weir::pipeline {

// What an update of that selection would do to each dataset of a project in which only single
// datasets are wrong, in the order of the graph, and, where it is of all, to the tables that an
// earlier state of the project left behind. Changes nothing. What is wrong with them and what the
// update would refuse to do is appended to `diagnostics`.
std::vector<session::DatasetPlan> PlanUpdate(const CheckedProject& checked,
                                             session::Session& session, const Selection& selection,
                                             Diagnostics& diagnostics);

// One line of `--output json`.
std::string ToJson(const session::DatasetPlan& plan);

}  // namespace weir::pipeline
