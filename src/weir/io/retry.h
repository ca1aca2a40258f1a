#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace weir::io {

struct RetryLimits {
  int tries = 10;                             // With the first one.
  std::chrono::milliseconds first_wait{100};  // Doubled each time; waits are drawn below it.
  std::chrono::milliseconds longest_wait{10000};
  std::chrono::milliseconds longest_asked_wait{60000};  // Of those that a server asks for.
  std::chrono::milliseconds all_waits{120000};
  // Instead of sleeping, in tests.
  std::function<void(std::chrono::milliseconds)> sleep = {};
};

// One call that is tried again: how often, and how long to wait before. The waits are random
// between nothing and a bound that doubles, so that many who were refused together do not come
// back together.
class Retry {
 public:
  // `limits` outlives it.
  explicit Retry(const RetryLimits& limits) : limits_(&limits) {}

  // Waits, at least as long as the server asked, and says true; or false when it has been enough.
  // Throws Error{kCancelled}.
  bool Again(std::optional<std::chrono::milliseconds> asked = {});
  int tries() const { return tries_; }

 private:
  void Wait(std::chrono::milliseconds time) const;

  const RetryLimits* limits_;
  int tries_ = 1;
  std::chrono::milliseconds waited_{0};
};

}  // namespace weir::io
