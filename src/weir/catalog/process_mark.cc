#include "weir/catalog/process_mark.h"

#include <unistd.h>

#include <climits>
#include <fstream>
#include <iterator>
#include <sstream>

namespace weir::catalog {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Field 22 of /proc/<pid>/stat, which is behind the name in parentheses; 0 if there is none.
int64_t StartOf(int64_t process) {
  const std::string line = FirstLine("/proc/" + std::to_string(process) + "/stat");
  const size_t behind_name = line.rfind(')');
  if (behind_name == std::string::npos) return 0;
  std::istringstream fields(line.substr(behind_name + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return fields ? std::stoll(field) : 0;
}

std::string Boot() { return FirstLine("/proc/sys/kernel/random/boot_id"); }

std::string NameSpace() {
  char link[PATH_MAX];
  const ssize_t length = readlink("/proc/self/ns/pid", link, sizeof(link));
  return length < 0 ? "" : std::string(link, static_cast<size_t>(length));
}

}  // namespace

ProcessMark ThisProcess() {
  const int64_t process = getpid();
  return {process, StartOf(process), Boot() + " " + NameSpace()};
}

bool HasEnded(const ProcessMark& mark) {
  const std::string boot = Boot();
  if (!boot.empty() && !mark.boot.starts_with(boot + " ")) return true;
  if (mark.boot != boot + " " + NameSpace()) return false;
  return StartOf(mark.process) != mark.start;
}

}  // namespace weir::catalog
