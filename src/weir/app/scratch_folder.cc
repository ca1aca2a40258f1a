#include "weir/app/scratch_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "weir/base/error.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrefix = "weir-scratch-";
constexpr const char* kNewPrefix = "weir-new-";  // Not locked yet, so nobody's to sweep.
constexpr const char* kLock = "/lock";

std::string DefaultPlace() {
  constexpr const char* kMemory = "/dev/shm";
  if (access(kMemory, W_OK | X_OK) == 0) return kMemory;
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  if (error) {
    throw Error(ErrorCode::kUnavailable,
                "there is no folder for temporary files; set TMPDIR to one");
  }
  return temporary.string();
}

std::optional<state::FileLock> Lock(const std::string& folder) {
  auto lock = state::TryLock(folder + kLock, "");
  if (auto* mine = std::get_if<state::FileLock>(&lock)) return std::move(*mine);
  return std::nullopt;
}

void RemoveIfLeft(const std::string& folder) {
  try {
    const auto lock = Lock(folder);
    std::error_code ignored;
    if (lock) fs::remove_all(folder, ignored);
  } catch (const Error&) {
    // Somebody else is removing it, or may: nothing of ours depends on it.
  }
}

// Folders whose owner has died: nobody holds their lock.
void Sweep(const std::string& place) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(place, ignored)) {
    const std::string path = entry.path().string();
    struct stat status {};
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    if (lstat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    if (status.st_uid == geteuid()) RemoveIfLeft(path);
  }
}

}  // namespace

ScratchFolder::ScratchFolder() : ScratchFolder(DefaultPlace()) {}

ScratchFolder::ScratchFolder(const std::string& place) {
  Sweep(place);
  std::string fresh = place + "/" + kNewPrefix + "XXXXXX";
  if (mkdtemp(fresh.data()) == nullptr) {
    throw Error(errno == EACCES ? ErrorCode::kDenied : ErrorCode::kUnavailable,
                "can't make a temporary folder in " + place + ": " + std::strerror(errno) +
                    "; set TMPDIR to a folder that can be written");
  }
  if (auto lock = Lock(fresh)) lock_.emplace(std::move(*lock));
  path_ = place + "/" + kPrefix + fresh.substr(fresh.size() - 6);
  fs::rename(fresh, path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // The next one removes what could not be removed now.
  fs::remove_all(path_, ignored);
}

}  // namespace weir::app
