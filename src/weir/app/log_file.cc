#include "weir/app/log_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <ostream>

namespace weir::app {
namespace {

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "";
}

// On one line, whatever it quotes.
std::string Unbroken(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      line += c;
    }
  }
  return line;
}

}  // namespace

LogFile::LogFile(std::string path, const Clock& clock, std::ostream* also, uint64_t largest,
                 int kept)
    : path_(std::move(path)), clock_(clock), also_(also), largest_(largest), kept_(kept) {}

LogFile::~LogFile() { Close(); }

void LogFile::Log(LogLevel level, std::string_view line) noexcept {
  try {
    const std::string text = FormatIso(clock_.Now()) + " " + std::to_string(getpid()) + " " +
                             LevelName(level) + " " + Unbroken(line) + "\n";
    const std::lock_guard lock(mutex_);
    if (also_ != nullptr) *also_ << text << std::flush;
    Append(text);
  } catch (const std::exception&) {
    // No memory, or a stream that throws: the line is lost, and nothing else.
  }
}

void LogFile::Append(const std::string& line) {
  if (!Open()) return;
  // Appended at once, so that lines of several processes do not mix. One that did not get in whole
  // is not tried again: the disk is full.
  [[maybe_unused]] const ssize_t written = write(file_, line.data(), line.size());
  struct stat status {};
  if (fstat(file_, &status) == 0 && static_cast<uint64_t>(status.st_size) >= largest_) TurnOver();
}

bool LogFile::Open() {
  struct stat ours {};
  struct stat named {};
  if (file_ >= 0 && fstat(file_, &ours) == 0 && stat(path_.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev) {
    return true;
  }
  Close();
  mkdir(path_.substr(0, path_.rfind('/')).c_str(), 0700);
  file_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  return file_ >= 0;
}

void LogFile::Close() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

// One process does it at a time; the folder is locked, for the file is what changes. Whoever comes
// second finds another file under the name.
void LogFile::TurnOver() {
  const std::string folder = path_.substr(0, path_.rfind('/'));
  const int locked = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (locked < 0) return;
  struct stat ours {};
  struct stat named {};
  if (flock(locked, LOCK_EX) == 0 && fstat(file_, &ours) == 0 && stat(path_.c_str(), &named) == 0 &&
      ours.st_ino == named.st_ino) {
    for (int i = kept_ - 1; i >= 1; --i) {
      rename((path_ + "." + std::to_string(i)).c_str(),
             (path_ + "." + std::to_string(i + 1)).c_str());
    }
    rename(path_.c_str(), (path_ + ".1").c_str());
  }
  close(locked);
  Close();
}

}  // namespace weir::app
