#pragma once

#include <string_view>

#include "weir/connect/files/options.h"
#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// Blank lines and comments are no records.
bool IsCsvLineSkipped(std::string_view line, const RecordOptions& options);
// Passes over the lines of option skipRows.
void SkipCsvRows(TextReader& lines, const RecordOptions& options);
// The next line that is not skipped; false at the end.
bool NextCsvLine(TextReader& lines, const RecordOptions& options, TextLine& line);

}  // namespace weir::connect
