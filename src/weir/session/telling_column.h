#pragma once

#include <cstddef>
#include <optional>

#include "weir/session/found_batches.h"

namespace weir::session {

// A column by which alone the found rows that go can be told apart: none of them has NULL there,
// and no two of them the same. `weight` is the column with what each row weighs; a row that goes
// twice is none. Nothing where no column does, and for few rows, whose other columns tell the
// engine as much.
std::optional<size_t> TellingColumn(const FoundBatches& found, size_t weight);

}  // namespace weir::session
