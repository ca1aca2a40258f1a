#include "weir/process/child.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "weir/base/error.h"

namespace weir::process {
namespace {

[[noreturn]] void FailToRun(const std::string& what, int error) {
  const bool denied = error == EACCES || error == EPERM || error == ENOEXEC;
  const ErrorCode code = error == ENOENT ? ErrorCode::kNotFound
                         : denied        ? ErrorCode::kDenied
                                         : ErrorCode::kExhausted;
  throw Error(code, "can't run " + what + ": " + std::strerror(error));
}

// A file in memory: unlike a pipe it never makes one side wait for the other.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : file_(memfd_create(name, MFD_CLOEXEC)) {
    if (file_ < 0) FailToRun("a child process", errno);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(file_); }

  int get() const { return file_; }

  void Fill(const std::string& text) {
    for (size_t at = 0; at < text.size();) {
      const ssize_t put = pwrite(file_, text.data() + at, text.size() - at, static_cast<off_t>(at));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) FailToRun("a child process", errno);
      at += static_cast<size_t>(put);
    }
  }

  std::string Text() const {
    std::string text;
    char buffer[1 << 16];
    for (;;) {
      const ssize_t got = pread(file_, buffer, sizeof(buffer), static_cast<off_t>(text.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return text;
      text.append(buffer, static_cast<size_t>(got));
    }
  }

 private:
  int file_;
};

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }

  void Use(const MemoryFile& file, int as) {
    posix_spawn_file_actions_adddup2(&actions_, file.get(), as);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

int WaitFor(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) FailToRun("a child process", errno);
  }
  return status;
}

}  // namespace

ChildResult RunChild(const std::vector<std::string>& command, const std::string& input) {
  MemoryFile in("in");
  MemoryFile out("out");
  MemoryFile err("err");
  in.Fill(input);
  FileActions actions;
  actions.Use(in, STDIN_FILENO);
  actions.Use(out, STDOUT_FILENO);
  actions.Use(err, STDERR_FILENO);
  std::vector<std::string> texts = command;
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int failed =
      posix_spawnp(&child, arguments[0], actions.get(), nullptr, arguments.data(), environ);
  if (failed != 0) FailToRun(command[0], failed);
  const int status = WaitFor(child);
  ChildResult result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  result.out = out.Text();
  result.err = err.Text();
  return result;
}

}  // namespace weir::process
