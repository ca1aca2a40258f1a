#include "weir/io/environment.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "weir/io/disk.h"

namespace weir::io {

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

std::optional<std::string> ReadSmallFile(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (file == nullptr) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw DiskError(errno, "read", path);
  }
  std::string bytes;
  char chunk[4096];
  while (const size_t got = std::fread(chunk, 1, sizeof(chunk), file.get())) {
    bytes.append(chunk, got);
  }
  if (std::ferror(file.get()) != 0) throw DiskError(errno, "read", path);
  return bytes;
}

}  // namespace weir::io
