#pragma once

#include <string>

namespace weir::io {

// A new empty folder under the machine's folder for such (TMPDIR or /tmp), removed with all that
// is in it by the destructor of the process that made it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  // Without symbolic links, absolute.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int owner_;
};

}  // namespace weir::io
