#include "weir/io/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "weir/io/cancel_scope.h"

namespace weir::io {

void InParallel(size_t count, size_t threads, const std::function<void(size_t)>& act) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      try {
        act(i);
      } catch (const std::exception&) {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> helpers;
  const size_t wanted = std::min(count, threads);
  for (size_t i = 1; i < wanted; ++i) {
    try {
      helpers.emplace_back([&, asked = CancelScope::Current()] {
        const CancelScope scope(asked);
        work();
      });
    } catch (const std::system_error&) {
      break;  // No more threads: those there are do it.
    }
  }
  work();
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace weir::io
