#pragma once

#include <string_view>

#include "weir/connect/files/line_reader.h"
#include "weir/connect/files/options.h"

namespace weir::connect {

// Blank lines and comments are no records.
bool IsCsvLineSkipped(std::string_view line, const RecordOptions& options);
// Passes over the lines of option skipRows.
void SkipCsvRows(LineReader& lines, const RecordOptions& options);
// The next line that is not skipped; false at the end.
bool NextCsvLine(LineReader& lines, const RecordOptions& options, TextLine& line);

}  // namespace weir::connect
