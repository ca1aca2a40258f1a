#pragma once

#include <iosfwd>
#include <string>

#include "weir/engine/engine.h"

namespace weir::app {

// What a person is told of files that are not as they should be.

// "file:///in/a.csv:7: 3 fields instead of 2"
std::string PlaceAndReason(const engine::Reject& reject);
// "rescued data in 3 rows"; "" when there is none.
std::string RescuedText(const engine::RunStatistics& statistics);
// That values were lost, and how to keep them; "" when none was.
std::string LossText(const engine::RunStatistics& statistics);

// Of a statement: a line for each record and file, and whether it is in the result all the same,
// and one for values that were lost.
void PrintFindings(const engine::RunStatistics& statistics, std::ostream& err);

}  // namespace weir::app
