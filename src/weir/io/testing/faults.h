#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "weir/base/error.h"

namespace weir::io {

// What goes wrong, and when: counts the calls of everything that shares it (stores, the state
// database's hook) and does what was asked at the n-th, from 1. Safe from many threads.
class Faults {
 public:
  using Action = std::function<void()>;  // Throws, kills the process, or just looks.

  // Before the n-th call from now, which then doesn't happen if the action throws.
  void Before(size_t n, Action action);
  // After the n-th call from now: it happened, and its answer is lost if the action throws.
  void After(size_t n, Action action);
  // From the n-th call from now on, every call.
  void BeforeAllFrom(size_t n, Action action);
  // Before every call whose text has `part` in it.
  void BeforeAllWith(const std::string& part, Action action);
  void Clear();

  static Action Fail(ErrorCode code, const std::string& message = "a fault on purpose");
  // Ends the process at once, as kill -9 would.
  static Action Kill();

  // How many calls there were, and what they were ("PutIfAbsent a/b").
  size_t calls() const;
  std::vector<std::string> log() const;

  // For what shares it: around each call.
  size_t Entering(const std::string& call);  // Gives the number of the call.
  void Leaving(size_t call);

 private:
  struct Fault {
    size_t call;
    bool and_later;
    Action action;
  };
  struct NamedFault {
    std::string part;
    Action action;
  };
  static Action Due(const std::vector<Fault>& faults, size_t call);

  mutable std::mutex mutex_;
  std::vector<Fault> before_;
  std::vector<Fault> after_;
  std::vector<NamedFault> named_;
  std::vector<std::string> log_;
};

}  // namespace weir::io
