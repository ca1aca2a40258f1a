#include "weir/io/block_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "weir/base/uuid.h"
#include "weir/io/sigv4.h"

namespace weir::io {
namespace {

namespace fs = std::filesystem;

// A file is: the checksum (64 hex digits of SHA-256 over name and bytes), a line's end, the bytes.
constexpr size_t kChecksumBytes = 65;
// Between two looks at the folder.
constexpr uint64_t kLookShare = 16;
// Room is made for a while: down to this share of the limit.
constexpr double kLowMark = 0.9;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : number_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  bool IsOpen() const { return number_ >= 0; }
  int number() const { return number_; }

 private:
  const int number_;
};

std::optional<std::string> WholeFile(const Descriptor& file) {
  struct stat status {};
  if (fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  constexpr size_t kMost = BlockCache::kBlockBytes + kChecksumBytes;
  if (status.st_size < static_cast<off_t>(kChecksumBytes) ||
      status.st_size > static_cast<off_t>(kMost)) {
    return std::nullopt;
  }
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  for (size_t have = 0; have < bytes.size();) {
    const ssize_t got =
        pread(file.number(), bytes.data() + have, bytes.size() - have, static_cast<off_t>(have));
    if (got <= 0) return std::nullopt;
    have += static_cast<size_t>(got);
  }
  return bytes;
}

bool WriteAll(const Descriptor& file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(file.number(), bytes.data(), bytes.size());
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

// With the file's name, a block that lies under another's name is not that block.
std::string ChecksumOf(const std::string& path, std::string_view bytes) {
  return Sha256Hex(path.substr(path.rfind('/') + 1) + "\n" + std::string(bytes));
}

struct KeptFile {
  std::string path;
  uint64_t bytes = 0;
  fs::file_time_type used;
};

std::vector<KeptFile> FilesBelow(const std::string& folder) {
  std::vector<KeptFile> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (!at->is_regular_file(gone) || gone) continue;
    KeptFile file{at->path().string(), at->file_size(gone), at->last_write_time(gone)};
    if (!gone) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace

BlockCache::BlockCache(std::string folder, uint64_t limit_bytes)
    : folder_(std::move(folder)), limit_(limit_bytes) {}

std::string BlockCache::PathOf(std::string_view object, uint64_t block) const {
  const std::string name = Sha256Hex(std::string(object) + "\n" + std::to_string(block));
  return folder_ + "/" + name.substr(0, 2) + "/" + name;
}

std::optional<std::string> BlockCache::Find(std::string_view object, uint64_t block) {
  const std::string path = PathOf(object, block);
  const Descriptor file(path, O_RDONLY);
  if (!file.IsOpen()) return std::nullopt;
  auto found = WholeFile(file);
  if (!found) return std::nullopt;
  std::string bytes = found->substr(kChecksumBytes);
  if (found->compare(0, kChecksumBytes, ChecksumOf(path, bytes) + "\n") != 0) {
    unlink(path.c_str());
    return std::nullopt;
  }
  futimens(file.number(), nullptr);  // Used now; where that fails it goes sooner.
  return bytes;
}

void BlockCache::Keep(std::string_view object, uint64_t block, std::string_view bytes) {
  if (bytes.size() + kChecksumBytes > limit_) return;
  const std::string path = PathOf(object, block);
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return;
  const std::string temporary = path + "." + NewUuid();
  {
    const Descriptor file(temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (!file.IsOpen()) return;
    if (!WriteAll(file, ChecksumOf(path, bytes) + "\n") || !WriteAll(file, bytes)) {
      unlink(temporary.c_str());
      return;
    }
  }
  // Not synced: the checksum tells what a power cut left.
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    unlink(temporary.c_str());
    return;
  }
  const std::lock_guard lock(mutex_);
  written_ += bytes.size();
  if (looked_ && written_ < limit_ / kLookShare) return;
  looked_ = true;
  written_ = 0;
  MakeRoom();
}

// One process at a time looks; the others need not.
void BlockCache::MakeRoom() {
  const Descriptor lock(folder_ + "/.lock", O_RDWR | O_CREAT);
  if (!lock.IsOpen() || flock(lock.number(), LOCK_EX | LOCK_NB) != 0) return;
  std::vector<KeptFile> files = FilesBelow(folder_);
  uint64_t total = 0;
  for (const KeptFile& file : files) total += file.bytes;
  // What all may write until the next look is room, too.
  const uint64_t most = limit_ - limit_ / kLookShare;
  if (total <= most) return;
  std::sort(files.begin(), files.end(),
            [](const KeptFile& left, const KeptFile& right) { return left.used < right.used; });
  const auto wanted = static_cast<uint64_t>(static_cast<double>(most) * kLowMark);
  for (const KeptFile& file : files) {
    if (total <= wanted) return;
    if (file.path.ends_with("/.lock")) continue;
    if (unlink(file.path.c_str()) == 0) total -= file.bytes;
  }
}

}  // namespace weir::io
