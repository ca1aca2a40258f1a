#pragma once

#include <cstdint>

namespace weir {

// Where a row stands in the files of an input, as one number: the position of the file times this,
// and the position of the row in it.
inline constexpr int64_t kRowsOfPlaces = int64_t{1} << 40;
// Files beyond these have no places.
inline constexpr int64_t kFilesOfPlaces = int64_t{1} << 22;
// Of no row.
inline constexpr int64_t kNoPlace = -1;

}  // namespace weir
