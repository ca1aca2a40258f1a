#pragma once

#include <string>

namespace weir::detail {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace weir::detail

// A broken invariant is a defect in weir: throws Error{kInternal}. Never for bad input.
#define WEIR_CHECK(condition) \
  ((condition) ? void(0) : ::weir::detail::CheckFailed(#condition, __FILE__, __LINE__))
