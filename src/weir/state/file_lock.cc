#include "weir/state/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "weir/base/error.h"

namespace weir::state {
namespace {

constexpr size_t kLongestNote = 4096;

[[noreturn]] void Fail(const std::string& what, const std::string& path, int cause) {
  const ErrorCode code = cause == EACCES || cause == EPERM || cause == EROFS ? ErrorCode::kDenied
                         : cause == ENOSPC || cause == EDQUOT || cause == EFBIG
                             ? ErrorCode::kExhausted
                             : ErrorCode::kUnavailable;
  throw Error(code, "can't " + what + " the lock " + path + ": " + std::strerror(cause));
}

void MakeFolder(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(path).parent_path();
  std::error_code failure;
  if (fs::create_directories(folder, failure)) {
    fs::permissions(folder, fs::perms::owner_all, failure);
  }
  if (failure) Fail("make the folder of", path, failure.value());
}

std::string ReadNote(int file, const std::string& path) {
  char note[kLongestNote];
  const ssize_t length = pread(file, note, sizeof(note), 0);
  if (length < 0) Fail("read", path, errno);
  return std::string(note, static_cast<size_t>(length));
}

void WriteNote(int file, const std::string& path, const std::string& note) {
  const std::string kept = note.substr(0, kLongestNote);
  if (ftruncate(file, 0) != 0 ||
      pwrite(file, kept.data(), kept.size(), 0) != static_cast<ssize_t>(kept.size())) {
    Fail("write", path, errno);
  }
}

}  // namespace

FileLock::FileLock(FileLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FileLock::~FileLock() {
  if (file_ >= 0) close(file_);
}

std::variant<FileLock, std::string> TryLock(const std::string& path, const std::string& note) {
  MakeFolder(path);
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) Fail("open", path, errno);
  FileLock lock(file);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) Fail("take", path, errno);
    return ReadNote(file, path);
  }
  WriteNote(file, path, note);
  return lock;
}

}  // namespace weir::state
