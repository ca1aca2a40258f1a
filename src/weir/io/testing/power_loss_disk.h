#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "weir/io/disk.h"

namespace weir::io {

// A disk in memory on which only what was synced survives Cut: of a file, the bytes at its last
// Sync; of a folder, the entries at its last SyncFolder, whatever was synced below it. Put a
// LocalStore on it to see what a power loss leaves of a commit. Needs no clock: files carry the
// number of the call that changed them, as nanoseconds.
class PowerLossDisk final : public Disk {
 public:
  PowerLossDisk();
  ~PowerLossDisk() override;

  // Another disk with the same on it, synced or not, to start from more than once.
  std::unique_ptr<PowerLossDisk> Copy() const;

  // The power goes now: open files give EIO for ever, other calls give EIO until Restart. With a
  // seed other than 0 some of what was not synced survives too, as chance and the seed want it.
  void Cut(uint64_t seed = 0);
  // The same as soon as `calls` more changing calls (Write, Sync, Link, ...) have been made; the
  // last of them happens, but its caller doesn't hear of it.
  void CutAfter(size_t calls, uint64_t seed = 0);
  void Restart();
  bool is_cut() const;
  // How many changing calls there were.
  size_t calls() const;

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
  struct Node;
  class File;
  using Entries = std::map<std::string, std::shared_ptr<Node>>;

  // All of these need the mutex.
  std::shared_ptr<Node> NodeAt(const std::string& path, int* error) const;
  std::shared_ptr<Node> FolderFor(const std::string& path, std::string* name, int* error) const;
  int Changed(int result);
  void CutNow(uint64_t seed);

  mutable std::mutex mutex_;
  std::shared_ptr<Node> root_;
  uint64_t generation_ = 0;  // Grows with every cut; older files are dead.
  bool cut_ = false;
  size_t calls_ = 0;
  size_t cut_at_ = 0;  // 0: never.
  uint64_t seed_ = 0;
  uint64_t next_inode_ = 1;
};

}  // namespace weir::io
