#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace weir::delta {

// How many bytes at the start of `bytes` are one 32-bit bitmap of the RoaringFormatSpec, or nothing
// when they are none: every length, order and count in it is checked, so that a library which
// trusts them may read it. `is_empty` tells whether it holds no position.
struct RoaringExtent {
  size_t bytes = 0;
  bool is_empty = false;
};
std::optional<RoaringExtent> CheckRoaring(std::string_view bytes);

}  // namespace weir::delta
