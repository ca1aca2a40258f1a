#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/clock.h"
#include "weir/base/error.h"

namespace weir::io {

enum class DiskKind { kFile, kFolder, kLink, kOther };

struct DiskStatus {
  DiskKind kind = DiskKind::kOther;
  uint64_t size = 0;
  int64_t modified_nanos = 0;
  uint64_t inode = 0;
};

struct DiskEntry {
  std::string name;
  DiskStatus status;
};

// One open file; closed by its destructor. Write and Sync: one thread; ReadAt: many.
class DiskFile {
 public:
  virtual ~DiskFile() = default;
  // All of `bytes`, after what was written before.
  [[nodiscard]] virtual int Write(std::string_view bytes) = 0;
  [[nodiscard]] virtual int Sync() = 0;
  // `*got` < length only at the end of the file.
  [[nodiscard]] virtual int ReadAt(uint64_t offset, char* into, size_t length, size_t* got) = 0;
  [[nodiscard]] virtual int Status(DiskStatus* status) = 0;
};

// The system calls that a local store is made of, so that tests can put a disk under it that
// fails or loses power. Paths are absolute and have no "." or ".." parts. Every call gives 0 or an
// errno. No call but ReadLink follows a symbolic link in any part of a path: ELOOP. Safe from many
// threads.
class Disk {
 public:
  virtual ~Disk() = default;
  // A new file, for writing; EEXIST when the name is taken.
  [[nodiscard]] virtual int CreateFile(const std::string& path,
                                       std::unique_ptr<DiskFile>* file) = 0;
  [[nodiscard]] virtual int OpenFile(const std::string& path, std::unique_ptr<DiskFile>* file) = 0;
  [[nodiscard]] virtual int Link(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual int Rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual int Unlink(const std::string& path) = 0;
  [[nodiscard]] virtual int MakeFolder(const std::string& path) = 0;
  [[nodiscard]] virtual int RemoveFolder(const std::string& path) = 0;  // An empty one.
  [[nodiscard]] virtual int SyncFolder(const std::string& path) = 0;
  // The entries that are wanted, in no order; entries that vanish meanwhile are left out. What is
  // wanted is decided by the name and by what it is of, before anything else is asked about it.
  using EntryFilter = std::function<bool(const std::string& name, DiskKind kind)>;
  using EntrySink = std::function<void(DiskEntry entry)>;
  [[nodiscard]] virtual int Visit(const std::string& folder, const EntryFilter& wanted,
                                  const EntrySink& take) = 0;
  // The same, by names alone.
  using NameFilter = std::function<bool(const std::string& name)>;
  [[nodiscard]] int List(const std::string& folder, const NameFilter& wanted,
                         std::vector<DiskEntry>* entries);
  [[nodiscard]] virtual int Status(const std::string& path, DiskStatus* status) = 0;
  // What a symbolic link points to; EINVAL for anything else.
  [[nodiscard]] virtual int ReadLink(const std::string& path, std::string* target) = 0;
};

// The machine's own disks. A process that writes with it should ignore SIGXFSZ, so that a file-size
// limit is an error and not its end.
class LocalDisk final : public Disk {
 public:
  // How folders are opened without following links: at once where the kernel can (openat2), or part
  // by part.
  enum class Opening { kAtOnce, kByParts };
  explicit LocalDisk(Opening opening = Opening::kAtOnce) : opening_(opening) {}

  int CreateFile(const std::string& path, std::unique_ptr<DiskFile>* file) override;
  int OpenFile(const std::string& path, std::unique_ptr<DiskFile>* file) override;
  int Link(const std::string& from, const std::string& to) override;
  int Rename(const std::string& from, const std::string& to) override;
  int Unlink(const std::string& path) override;
  int MakeFolder(const std::string& path) override;
  int RemoveFolder(const std::string& path) override;
  int SyncFolder(const std::string& path) override;
  int Visit(const std::string& folder, const EntryFilter& wanted, const EntrySink& take) override;
  int Status(const std::string& path, DiskStatus* status) override;
  int ReadLink(const std::string& path, std::string* target) override;

 private:
  const Opening opening_;
};

// `path` without symbolic links and "." and ".." parts, as far as it exists; the rest as written.
// Needs an absolute path. Throws Error: kDenied, kInvalid (a loop of links), kUnavailable.
std::string Canonical(Disk& disk, const std::string& path);

// What a failed call means to the caller: "can't <doing> '<path>': <why>; <what to do>".
Error DiskError(int error, const std::string& doing, const std::string& path);

}  // namespace weir::io
