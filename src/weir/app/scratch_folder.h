#pragma once

#include <optional>
#include <string>

#include "weir/state/file_lock.h"

namespace weir::app {

// A folder for what a command needs only while it runs. Gone with the object; what a killed process
// left is removed by the next one of the same user.
class ScratchFolder {
 public:
  // In memory (/dev/shm) where there is such a place, else where TMPDIR says.
  ScratchFolder();
  // Throws Error{kUnavailable, kDenied}.
  explicit ScratchFolder(const std::string& place);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::optional<state::FileLock> lock_;  // Held as long as the folder is in use.
};

}  // namespace weir::app
