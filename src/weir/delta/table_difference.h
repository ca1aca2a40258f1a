#pragma once

#include <cstdint>
#include <vector>

#include "weir/delta/change_feed.h"
#include "weir/delta/table.h"

namespace weir::delta {

// Which rows came to a table between two versions, and which went: whether it has a change feed or
// not. Rows that came and went again in between may be told, and cancel out.
struct TableDifference {
  std::vector<FeedFile> files;  // To be read by the columns of the newer version.
  bool only_inserts = true;
  // Files went as a whole: most of their rows may have come again in others.
  bool rewritten = false;
  // Somewhere in between the columns or properties were set.
  bool new_metadata = false;
  // FSCK took out files, and with them rows that nothing tells of.
  bool repaired = false;
  int64_t likely_rows = 0;  // That all files have, for estimates.
};

// Between `before` and `now`, which is of `table` and not older. Reads the entries in between.
// Throws Error{kNotFound} where some are gone.
TableDifference DifferenceOf(const Table& table, const Snapshot& now, Version before);

}  // namespace weir::delta
