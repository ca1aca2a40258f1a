#include "weir/io/testing/faults.h"

#include <signal.h>
#include <unistd.h>

#include <utility>

namespace weir::io {

void Faults::Before(size_t n, Action action) {
  const std::lock_guard lock(mutex_);
  before_.push_back({log_.size() + n, false, std::move(action)});
}

void Faults::After(size_t n, Action action) {
  const std::lock_guard lock(mutex_);
  after_.push_back({log_.size() + n, false, std::move(action)});
}

void Faults::BeforeAllFrom(size_t n, Action action) {
  const std::lock_guard lock(mutex_);
  before_.push_back({log_.size() + n, true, std::move(action)});
}

void Faults::BeforeAllWith(const std::string& part, Action action) {
  const std::lock_guard lock(mutex_);
  named_.push_back({part, std::move(action)});
}

void Faults::Clear() {
  const std::lock_guard lock(mutex_);
  named_.clear();
  before_.clear();
  after_.clear();
}

Faults::Action Faults::Fail(ErrorCode code, const std::string& message) {
  return [code, message] { throw Error(code, message); };
}

Faults::Action Faults::Kill() {
  return [] { kill(getpid(), SIGKILL); };
}

size_t Faults::calls() const {
  const std::lock_guard lock(mutex_);
  return log_.size();
}

std::vector<std::string> Faults::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

Faults::Action Faults::Due(const std::vector<Fault>& faults, size_t call) {
  for (const Fault& fault : faults) {
    if (fault.call == call || (fault.and_later && fault.call < call)) return fault.action;
  }
  return nullptr;
}

size_t Faults::Entering(const std::string& call) {
  Action action;
  size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    log_.push_back(call);
    number = log_.size();
    action = Due(before_, number);
    for (const NamedFault& fault : named_) {
      if (!action && call.find(fault.part) != std::string::npos) action = fault.action;
    }
  }
  if (action) action();
  return number;
}

void Faults::Leaving(size_t call) {
  Action action;
  {
    const std::lock_guard lock(mutex_);
    action = Due(after_, call);
  }
  if (action) action();
}

}  // namespace weir::io
