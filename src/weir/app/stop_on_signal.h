#pragma once

#include <atomic>
#include <iosfwd>
#include <stop_token>
#include <thread>

namespace weir::app {

// While it lives, Ctrl-C and SIGTERM ask for a stop instead of ending the process; a second one
// ends it at once, with the exit code that shells give for the signal. Make it before other threads
// start, which inherit that they are left alone.
class StopOnSignal {
 public:
  // `said` is told, once, that it is stopping.
  explicit StopOnSignal(std::ostream& said);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  // The signal that came; 0 for none.
  int signal() const { return signal_; }

 private:
  void Wait(const std::stop_token& ended);

  std::ostream& said_;
  std::stop_source stop_;
  std::atomic<int> signal_{0};
  std::jthread waiter_;
};

}  // namespace weir::app
