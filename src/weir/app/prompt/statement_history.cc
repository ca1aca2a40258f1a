#include "weir/app/prompt/statement_history.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "weir/base/error.h"
#include "weir/catalog/statement_text.h"

namespace weir::app {
namespace fs = std::filesystem;
namespace {

using HistoryEntries = std::vector<std::string>;

[[noreturn]] void Fail(const std::string& what, const std::string& path) {
  throw Error(ErrorCode::kUnavailable, "the history of the prompt can't be " + what + ": " + path +
                                           ": " + std::strerror(errno));
}

// Held while the file is read and replaced. The lock is on the folder, since the file is replaced.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ < 0 || flock(descriptor_, LOCK_EX) != 0) Fail("locked", folder);
  }
  ~FolderLock() { close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  const int descriptor_;
};

// One entry is one line.
std::string EscapedEntry(const std::string& entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\\') {
      line += "\\\\";
    } else {
      line += c;
    }
  }
  return line;
}

std::string Unescaped(const std::string& line) {
  std::string entry;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool is_escape = line[i] == '\\' && i + 1 < line.size();
    if (is_escape) ++i;
    entry += is_escape && line[i] == 'n' ? '\n' : line[i];
  }
  return entry;
}

HistoryEntries ReadEntries(const std::string& path) {
  HistoryEntries entries;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (!fs::exists(path)) return entries;
    Fail("read", path);
  }
  for (std::string line; std::getline(file, line);) entries.push_back(Unescaped(line));
  if (file.bad()) Fail("read", path);
  return entries;
}

void WriteEntries(const std::string& path, const HistoryEntries& entries) {
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());  // Of a run that was killed.
  const int descriptor =
      open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (descriptor < 0) Fail("written", fresh);
  std::string text;
  for (const std::string& entry : entries) text += EscapedEntry(entry) + "\n";
  bool good = true;
  for (size_t at = 0; good && at < text.size();) {
    const ssize_t written = write(descriptor, text.data() + at, text.size() - at);
    good = written >= 0 || errno == EINTR;
    if (written > 0) at += static_cast<size_t>(written);
  }
  good = close(descriptor) == 0 && good;
  if (!good || rename(fresh.c_str(), path.c_str()) != 0) Fail("written", path);
}

void Append(HistoryEntries& entries, const std::string& entry,
            const StatementHistory::Limits& limits) {
  entries.erase(std::remove(entries.begin(), entries.end(), entry), entries.end());
  entries.push_back(entry);
  size_t bytes = 0;
  size_t kept = 0;
  while (kept < entries.size() && kept < limits.entries) {
    bytes += entries[entries.size() - 1 - kept].size() + 1;
    if (bytes > limits.bytes) break;
    ++kept;
  }
  entries.erase(entries.begin(), entries.end() - static_cast<ptrdiff_t>(kept));
}

bool MayBeKept(const std::string& entry) {
  return !entry.starts_with(' ') && catalog::RecordedText(entry) == entry;
}

}  // namespace

StatementHistory::StatementHistory(std::string path, Limits limits)
    : path_(std::move(path)), limits_(limits), entries_(ReadEntries(path_)) {}

void StatementHistory::Add(const std::string& entry) {
  Append(entries_, entry, limits_);
  if (!MayBeKept(entry)) return;
  const FolderLock lock(fs::path(path_).parent_path().string());
  HistoryEntries kept = ReadEntries(path_);  // Others may have added to it.
  Append(kept, entry, limits_);
  WriteEntries(path_, kept);
}

}  // namespace weir::app
