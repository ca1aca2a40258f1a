#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "weir/delta/packed_files.h"

namespace weir::delta {

// How many rows the files at these positions have by their statistics, without those that are
// deleted; nothing when one does not say. Several threads count. Throws Error{kCorrupt} for a
// deletion vector that is not described as one.
std::optional<int64_t> RowsIn(const AddFiles& files, const std::vector<size_t>& positions);

}  // namespace weir::delta
