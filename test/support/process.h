#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::test {

struct ProcessOptions {
  std::string folder;                              // Where it runs; "": where this process does.
  std::map<std::string, std::string> environment;  // Beside this process's own.
  std::string input;
  // Bound by the permissions of files like anybody else, also when root runs the tests.
  bool without_privileges = false;
  std::optional<uint64_t> file_size_limit;
};

struct Ended {
  int exit_code = -1;  // -1: by a signal.
  int signal = 0;
  std::string out;
  std::string err;
};

// A child process, which the destructor kills if it still runs. Driven by one thread.
class Process {
 public:
  Process(const std::vector<std::string>& command, const ProcessOptions& options = {});
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  // Nothing when it has ended.
  void Send(int signal);
  void Kill();
  // Until it has ended.
  Ended Wait();

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
};

// Starts it and waits.
Ended RunProcess(const std::vector<std::string>& command, const ProcessOptions& options = {});

}  // namespace weir::test
