#pragma once

#include <string>
#include <vector>

#include "weir/pipeline/cases/case_run.h"

namespace weir::app {

// A test's outcome for people: one line, and below it what differs.
std::string OutcomeText(const pipeline::CaseOutcome& outcome);
size_t CountOf(const std::vector<pipeline::CaseOutcome>& outcomes, pipeline::CaseStatus status);
// What differs, alone.
std::string FailureText(const pipeline::CaseOutcome& outcome);
// One line of `--output json`.
std::string OutcomeJson(const pipeline::CaseOutcome& outcome);
// All of a run, for CI systems: JUnit's XML.
std::string JUnit(const std::string& pipeline, const std::vector<pipeline::CaseOutcome>& outcomes);

}  // namespace weir::app
