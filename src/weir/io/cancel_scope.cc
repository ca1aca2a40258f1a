#include "weir/io/cancel_scope.h"

#include <utility>

#include "weir/base/error.h"

namespace weir::io {
namespace {

thread_local CancelScope::Asked asked_of_thread;

}  // namespace

CancelScope::CancelScope(Asked cancelled) : before_(asked_of_thread) {
  if (!cancelled) return;
  if (!before_) {
    asked_of_thread = std::move(cancelled);
    return;
  }
  asked_of_thread = [outer = before_, inner = std::move(cancelled)] { return inner() || outer(); };
}

CancelScope::CancelScope(Never) : before_(std::exchange(asked_of_thread, {})) {}

CancelScope::~CancelScope() { asked_of_thread = std::move(before_); }

bool CancelScope::IsCancelled() { return asked_of_thread && asked_of_thread(); }

CancelScope::Asked CancelScope::Current() { return asked_of_thread; }

void CancelScope::ThrowIfCancelled() {
  if (IsCancelled()) throw Error(ErrorCode::kCancelled, "it was stopped");
}

}  // namespace weir::io
