#include "support/process.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace weir::test {
namespace {

constexpr int kHighestCapability = 63;

int MemoryFile(const char* name, const std::string& text = {}) {
  const int file = memfd_create(name, MFD_CLOEXEC);
  if (file < 0) throw std::runtime_error(std::string("memfd_create: ") + std::strerror(errno));
  if (write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      lseek(file, 0, SEEK_SET) != 0) {
    throw std::runtime_error("can't write a file in memory");
  }
  return file;
}

std::string TextOf(int file) {
  std::string text;
  char buffer[1 << 16];
  off_t at = 0;
  for (ssize_t got; (got = pread(file, buffer, sizeof(buffer), at)) > 0; at += got) {
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(const std::map<std::string, std::string>& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!more.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(name + "=" + value);
  return all;
}

[[noreturn]] void Give(const char* what) {
  const char* why = std::strerror(errno);
  static_cast<void>(!write(STDERR_FILENO, what, std::strlen(what)));
  static_cast<void>(!write(STDERR_FILENO, why, std::strlen(why)));
  _exit(126);
}

// After exec root is then bound by permissions like other users.
void DropPrivileges() {
  if (geteuid() != 0) return;
  for (int capability = 0; capability <= kHighestCapability; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL) {
      Give("can't drop privileges: ");
    }
  }
}

// In the child: only what is safe while other threads of the parent held locks.
[[noreturn]] void Become(char* const* command, char* const* environment,
                         const ProcessOptions& options, int in, int out, int err) {
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) Give("chdir: ");
  if (options.without_privileges) DropPrivileges();
  if (options.file_size_limit) {
    const rlimit limit{*options.file_size_limit, *options.file_size_limit};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) Give("setrlimit: ");
  }
  execve(command[0], command, environment);
  Give("execve: ");
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const ProcessOptions& options) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> environment = EnvironmentWith(options.environment);
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  const int in = MemoryFile("in", options.input);
  out_ = MemoryFile("out");
  err_ = MemoryFile("err");
  pid_ = fork();
  if (pid_ == 0) {
    Become(argument_pointers.data(), environment_pointers.data(), options, in, out_, err_);
  }
  close(in);
  if (pid_ < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
}

Process::~Process() {
  if (pid_ > 0) {
    Kill();
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

void Process::Send(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

void Process::Kill() { Send(SIGKILL); }

Ended Process::Wait() {
  int status = 0;
  if (waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("waitpid failed");
  pid_ = -1;
  Ended ended;
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  ended.out = TextOf(out_);
  ended.err = TextOf(err_);
  return ended;
}

Ended RunProcess(const std::vector<std::string>& command, const ProcessOptions& options) {
  return Process(command, options).Wait();
}

}  // namespace weir::test
