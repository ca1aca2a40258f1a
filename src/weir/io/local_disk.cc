#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "weir/io/disk.h"

namespace weir::io {
namespace {

constexpr size_t kLargestCall = size_t{1} << 30;  // The kernel moves at most 2 GiB a call.

// An open descriptor, or the errno of the failed open.
class Descriptor {
 public:
  explicit Descriptor(int descriptor)
      : descriptor_(descriptor), error_(descriptor < 0 ? errno : 0) {}
  Descriptor(Descriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), error_(other.error_) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(error_, other.error_);
    return *this;
  }
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  int get() const { return descriptor_; }
  int error() const { return error_; }
  int Release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
  int error_;
};

int Result(int result) { return result == 0 ? 0 : errno; }

// Opens a folder by its name in another; a symbolic link is ELOOP, which O_DIRECTORY hides.
Descriptor OpenFolderIn(int at, const char* name, int flags) {
  Descriptor opened(openat(at, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (opened.error() == ENOTDIR && fstatat(at, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISLNK(status.st_mode)) {
    errno = ELOOP;
    return Descriptor(-1);
  }
  return opened;
}

// Opens a folder part by part, for kernels (and sandboxes) without openat2.
Descriptor WalkTo(const std::string& folder) {
  Descriptor at = OpenFolderIn(AT_FDCWD, "/", O_PATH);
  for (size_t begin = 1; at.error() == 0 && begin < folder.size();) {
    const size_t end = std::min(folder.find('/', begin), folder.size());
    at = OpenFolderIn(at.get(), folder.substr(begin, end - begin).c_str(), O_PATH);
    begin = end + 1;
  }
  return at;
}

Descriptor OpenFolder(const std::string& folder, LocalDisk::Opening opening) {
  if (opening == LocalDisk::Opening::kByParts) return WalkTo(folder);
  open_how how = {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  Descriptor opened(
      static_cast<int>(syscall(SYS_openat2, AT_FDCWD, folder.c_str(), &how, sizeof(how))));
  if (opened.error() == ENOSYS || opened.error() == EPERM) return WalkTo(folder);
  return opened;
}

// A name in an open folder: what the calls below work on.
class Place {
 public:
  Place(const std::string& path, LocalDisk::Opening opening)
      : slash_(path.rfind('/')),
        folder_(OpenFolder(slash_ == 0 ? "/" : path.substr(0, slash_), opening)),
        name_(slash_ + 1 == path.size() ? "." : path.substr(slash_ + 1)) {}

  int error() const { return folder_.error(); }
  int folder() const { return folder_.get(); }
  const char* name() const { return name_.c_str(); }

 private:
  size_t slash_;
  Descriptor folder_;
  std::string name_;
};

DiskStatus StatusFrom(const struct stat& from) {
  DiskStatus status;
  status.kind = S_ISREG(from.st_mode)   ? DiskKind::kFile
                : S_ISDIR(from.st_mode) ? DiskKind::kFolder
                : S_ISLNK(from.st_mode) ? DiskKind::kLink
                                        : DiskKind::kOther;
  status.size = static_cast<uint64_t>(from.st_size);
  status.modified_nanos = int64_t{from.st_mtim.tv_sec} * 1'000'000'000 + from.st_mtim.tv_nsec;
  status.inode = from.st_ino;
  return status;
}

DiskKind KindOf(unsigned char type) {
  return type == DT_REG   ? DiskKind::kFile
         : type == DT_DIR ? DiskKind::kFolder
         : type == DT_LNK ? DiskKind::kLink
                          : DiskKind::kOther;
}

class LocalFile final : public DiskFile {
 public:
  explicit LocalFile(Descriptor file) : file_(std::move(file)) {}

  int Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          write(file_.get(), bytes.data(), std::min(bytes.size(), kLargestCall));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return errno;
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return 0;
  }

  int Sync() override { return Result(fsync(file_.get())); }

  int ReadAt(uint64_t offset, char* into, size_t length, size_t* got) override {
    *got = 0;
    while (*got < length) {
      const ssize_t count = pread(file_.get(), into + *got, std::min(length - *got, kLargestCall),
                                  static_cast<off_t>(offset + *got));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      if (count == 0) break;
      *got += static_cast<size_t>(count);
    }
    return 0;
  }

  int Status(DiskStatus* status) override {
    struct stat found;
    if (fstat(file_.get(), &found) != 0) return errno;
    *status = StatusFrom(found);
    return 0;
  }

 private:
  Descriptor file_;
};

int OpenAs(const Place& place, int flags, std::unique_ptr<DiskFile>* file) {
  if (place.error() != 0) return place.error();
  Descriptor opened(openat(place.folder(), place.name(), flags | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (opened.error() != 0) return opened.error();
  *file = std::make_unique<LocalFile>(std::move(opened));
  return 0;
}

}  // namespace

int LocalDisk::CreateFile(const std::string& path, std::unique_ptr<DiskFile>* file) {
  return OpenAs(Place(path, opening_), O_WRONLY | O_CREAT | O_EXCL, file);
}

int LocalDisk::OpenFile(const std::string& path, std::unique_ptr<DiskFile>* file) {
  // Without O_NONBLOCK a named pipe would hold us until somebody writes to it.
  return OpenAs(Place(path, opening_), O_RDONLY | O_NONBLOCK, file);
}

int LocalDisk::Link(const std::string& from, const std::string& to) {
  const Place old(from, opening_);
  const Place place(to, opening_);
  if (old.error() != 0) return old.error();
  if (place.error() != 0) return place.error();
  return Result(linkat(old.folder(), old.name(), place.folder(), place.name(), 0));
}

int LocalDisk::Rename(const std::string& from, const std::string& to) {
  const Place old(from, opening_);
  const Place place(to, opening_);
  if (old.error() != 0) return old.error();
  if (place.error() != 0) return place.error();
  return Result(renameat(old.folder(), old.name(), place.folder(), place.name()));
}

int LocalDisk::Unlink(const std::string& path) {
  const Place place(path, opening_);
  return place.error() != 0 ? place.error() : Result(unlinkat(place.folder(), place.name(), 0));
}

int LocalDisk::MakeFolder(const std::string& path) {
  const Place place(path, opening_);
  return place.error() != 0 ? place.error() : Result(mkdirat(place.folder(), place.name(), 0777));
}

int LocalDisk::RemoveFolder(const std::string& path) {
  const Place place(path, opening_);
  return place.error() != 0 ? place.error()
                            : Result(unlinkat(place.folder(), place.name(), AT_REMOVEDIR));
}

int LocalDisk::SyncFolder(const std::string& path) {
  const Place place(path, opening_);
  if (place.error() != 0) return place.error();
  const Descriptor folder = OpenFolderIn(place.folder(), place.name(), O_RDONLY);
  return folder.error() != 0 ? folder.error() : Result(fsync(folder.get()));
}

int LocalDisk::Visit(const std::string& folder, const EntryFilter& wanted, const EntrySink& take) {
  const Place place(folder, opening_);
  if (place.error() != 0) return place.error();
  Descriptor opened = OpenFolderIn(place.folder(), place.name(), O_RDONLY);
  if (opened.error() != 0) return opened.error();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(opened.get()), &closedir);
  if (stream == nullptr) return errno;
  opened.Release();
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) return errno;
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    // Some file systems tell names only.
    const bool has_kind = entry->d_type != DT_UNKNOWN;
    if (has_kind && !wanted(name, KindOf(entry->d_type))) continue;
    struct stat found;
    if (fstatat(dirfd(stream.get()), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return errno;
    }
    const DiskStatus status = StatusFrom(found);
    if (has_kind || wanted(name, status.kind)) take({std::move(name), status});
  }
}

int LocalDisk::Status(const std::string& path, DiskStatus* status) {
  const Place place(path, opening_);
  if (place.error() != 0) return place.error();
  struct stat found;
  if (fstatat(place.folder(), place.name(), &found, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  *status = StatusFrom(found);
  return 0;
}

int LocalDisk::ReadLink(const std::string& path, std::string* target) {
  const Place place(path, opening_);
  if (place.error() != 0) return place.error();
  char buffer[PATH_MAX];
  const ssize_t length = readlinkat(place.folder(), place.name(), buffer, sizeof(buffer));
  if (length < 0) return errno;
  target->assign(buffer, static_cast<size_t>(length));
  return 0;
}

}  // namespace weir::io
