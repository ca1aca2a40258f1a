#pragma once

#include <string>
#include <vector>

namespace weir::process {

// How a child process ended and what it said.
struct ChildResult {
  int exit_code = -1;  // -1: by a signal.
  int signal = 0;
  std::string out;
  std::string err;
};

// Starts `command` (its first is a path, or a name looked up on PATH) with `input` as its standard
// input and this process's environment, and waits until it has ended. A Ctrl-C on the terminal
// reaches it, too. Output is kept in memory. Safe from many threads. Throws Error: kNotFound when
// there is no such program, kDenied when it may not be run, kExhausted when no process can be made.
ChildResult RunChild(const std::vector<std::string>& command, const std::string& input);

}  // namespace weir::process
