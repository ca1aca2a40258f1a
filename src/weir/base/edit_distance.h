#pragma once

#include <cstddef>
#include <string_view>

namespace weir {

// Edits (a byte more, less, other, or two swapped) that make one text into the other.
size_t EditDistance(std::string_view left, std::string_view right);

}  // namespace weir
