#pragma once

#include <filesystem>
#include <string>

namespace weir::test {

// A folder of its own, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  // Writes a file below it, making folders as needed.
  void Write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace weir::test
