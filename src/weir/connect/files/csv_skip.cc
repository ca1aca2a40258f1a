#include "weir/connect/files/csv_skip.h"

#include <algorithm>

namespace weir::connect {

bool IsCsvLineSkipped(std::string_view line, const RecordOptions& options) {
  const auto filled = std::find_if(line.begin(), line.end(),
                                   [](char c) { return static_cast<unsigned char>(c) > ' '; });
  if (filled == line.end()) return true;
  return options.comment != 0 && line.front() == options.comment;
}

void SkipCsvRows(TextReader& lines, const RecordOptions& options) {
  TextLine line;
  for (int64_t i = 0; i < options.skip_rows && lines.NextLine(line); ++i) {
  }
}

bool NextCsvLine(TextReader& lines, const RecordOptions& options, TextLine& line) {
  while (lines.Next(line)) {
    if (!IsCsvLineSkipped(line.text, options)) return true;
  }
  return false;
}

}  // namespace weir::connect
