#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "weir/pipeline/update.h"

namespace weir::app {

// What a person is told of an update, in plain lines.

// 1234567 -> "1,234,567"
std::string Grouped(int64_t number);
// 1, "row" -> "1 row"; 2,000, "row" -> "2,000 rows"
std::string Counted(int64_t count, const std::string& one);
std::string FirstLine(const std::string& text);
// A dataset's own flow has its name; others are told apart.
std::string NameOf(const std::string& dataset, const std::string& flow);
// "12 rows, append, 1 file read, version 3"
std::string OutcomeText(const session::FlowOutcome& outcome);

// One line a flow that ended, with its details; nothing for one that waits or runs.
void PrintEvent(const pipeline::FlowEvent& event, std::ostream& err);
// What a person should see beside that line: changed columns, failed expectations
// and bad records.
void PrintDetails(const session::FlowOutcome& outcome, std::ostream& err);
void PrintSummary(const pipeline::UpdateReport& report, std::ostream& err);

}  // namespace weir::app
