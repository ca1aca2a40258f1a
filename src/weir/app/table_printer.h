#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include "weir/types/batch.h"
#include "weir/types/time_zone.h"

namespace weir::app {

// A row on one line each, or a column on one line each.
enum class TableLayout { kRows, kExpanded, kAuto };

// How a table is drawn. The default is the same everywhere, for files and other programs.
struct TableStyle {
  TableLayout layout = TableLayout::kRows;  // kAuto: kExpanded when the columns don't fit.
  size_t width = 0;                         // Columns of the terminal; 0: no limit.
  std::optional<int64_t> max_rows;          // Those after are counted, not drawn.
  bool colour = false;
  bool marks_null = false;                 // NULL looks other than the text 'NULL'.
  const TimeZone* zone = UtcZone().get();  // Whose clocks say what a TIMESTAMP is; outlives it.
};

// Draws rows as they come: columns as wide as the first 1,000 need, but not wider than the terminal
// (cells that are too long end in "…"; numbers are never cut), numbers to the right, lines of a
// cell below each other ('+' says that it goes on), other control characters escaped, and a count
// of rows at the end. A single text is printed as it is. Gives the count. A result without columns
// draws nothing.
int64_t PrintTable(BatchStream& rows, const TableStyle& style, std::ostream& out);

}  // namespace weir::app
