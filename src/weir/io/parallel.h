#pragma once

#include <cstddef>
#include <functional>

namespace weir::io {

// Calls `act` with 0 to `count` - 1, up to `threads` of them at a time, the calling thread's own
// included. Returns when all have ended; throws what the first that failed threw, after which no
// more are begun. A CancelScope of the caller holds for all.
void InParallel(size_t count, size_t threads, const std::function<void(size_t)>& act);

}  // namespace weir::io
