#pragma once

#include <functional>

namespace weir::io {

// What a thread does while one of these lives in it can be called off: waiting for a far store ends
// with Error{kCancelled} soon after `cancelled` says so. Scopes nest; any of them will do.
class CancelScope {
 public:
  using Asked = std::function<bool()>;  // Cheap, and safe from the threads that it is handed to.
  explicit CancelScope(Asked cancelled);
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

  // What has to be done all the same, such as tidying up, runs in a scope of this.
  enum class Never { kCancelled };
  explicit CancelScope(Never);

  // Of this thread. What it started for itself takes it along, in a scope of its own.
  static bool IsCancelled();
  static Asked Current();
  static void ThrowIfCancelled();

 private:
  Asked before_;
};

}  // namespace weir::io
