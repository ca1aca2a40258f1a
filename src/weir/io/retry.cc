#include "weir/io/retry.h"

#include <algorithm>
#include <random>
#include <thread>

#include "weir/io/cancel_scope.h"

namespace weir::io {
namespace {

using std::chrono::milliseconds;

milliseconds DrawnUpTo(milliseconds bound) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return milliseconds(std::uniform_int_distribution<int64_t>(0, bound.count())(random));
}

}  // namespace

bool Retry::Again(std::optional<milliseconds> asked) {
  if (tries_ >= limits_->tries) return false;
  const milliseconds bound =
      std::min(limits_->longest_wait, limits_->first_wait * (int64_t{1} << std::min(tries_, 20)));
  milliseconds wait = DrawnUpTo(bound);
  if (asked) wait = std::max(wait, std::min(*asked, limits_->longest_asked_wait));
  if (waited_ + wait > limits_->all_waits) return false;
  Wait(wait);
  waited_ += wait;
  ++tries_;
  return true;
}

void Retry::Wait(milliseconds time) const {
  CancelScope::ThrowIfCancelled();
  if (limits_->sleep) return limits_->sleep(time);
  const auto end = std::chrono::steady_clock::now() + time;
  for (auto now = std::chrono::steady_clock::now(); now < end;
       now = std::chrono::steady_clock::now()) {
    std::this_thread::sleep_for(
        std::min<std::chrono::steady_clock::duration>(end - now, milliseconds(50)));
    CancelScope::ThrowIfCancelled();
  }
}

}  // namespace weir::io
