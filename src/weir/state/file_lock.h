#pragma once

#include <memory>
#include <string>
#include <variant>

namespace weir::state {

// Held by one process of those that name the same file, on one machine, for as long as the object
// lives; the system lets go of it when the process ends, however it ends. Not copyable.
class FileLock {
 public:
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  friend std::variant<FileLock, std::string> TryLock(const std::string&, const std::string&);
  explicit FileLock(int file) : file_(file) {}
  int file_;
};

// Takes the lock at once and leaves `note` in the file, or gives the note of whoever holds it (""
// in the moment before they wrote it). The file and its folder are made when absent, for their
// owner only; the file stays. Throws Error: kDenied, kExhausted, kUnavailable.
std::variant<FileLock, std::string> TryLock(const std::string& path, const std::string& note);

}  // namespace weir::state
