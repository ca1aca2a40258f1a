#include "weir/app/stop_on_signal.h"

#include <unistd.h>

#include <csignal>
#include <ostream>

namespace weir::app {
namespace {

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

StopOnSignal::StopOnSignal(std::ostream& said) : said_(said) {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiter_ = std::jthread([this](const std::stop_token& ended) { Wait(ended); });
}

StopOnSignal::~StopOnSignal() {
  waiter_.request_stop();
  pthread_kill(waiter_.native_handle(), SIGTERM);  // So that it looks.
  waiter_.join();
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void StopOnSignal::Wait(const std::stop_token& ended) {
  const sigset_t signals = Signals();
  for (;;) {
    const int came = sigwaitinfo(&signals, nullptr);
    if (ended.stop_requested()) return;
    if (came <= 0) continue;
    // Whatever is under way is as safe as it is from a crash.
    if (signal_ != 0) _exit(128 + came);
    signal_ = came;
    said_ << "stopping: what runs is cancelled, what is committed stays (once more ends at once)"
          << std::endl;
    stop_.request_stop();
  }
}

}  // namespace weir::app
