#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "weir/app/command_line.h"

namespace {

// As `| head` leaves a pipe when it has seen enough.
bool IsReaderGone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away, or a file that may not grow: errors of the call, not ends of the
  // program.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::ios::sync_with_stdio(false);
  const int code = weir::app::Main(argc, argv, std::cin, std::cout, std::cerr);
  std::cout.flush();
  if (!std::cout && code == 0) {
    if (IsReaderGone()) return weir::app::kReaderGone;
    std::cerr << "weir: the output could not be written\n";
    return weir::app::kEnvironment;
  }
  return code;
}
