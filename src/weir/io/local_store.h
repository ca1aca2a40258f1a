#pragma once

#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "weir/io/disk.h"
#include "weir/io/object_store.h"

namespace weir::io {

// Objects as files under a folder, safe between processes. A new object is written under a hidden
// name, synced, and only then linked (or renamed) to its own, and the folders above it are synced.
// So one that is visible is whole, and stays after a power cut. What killed writers leave is never
// listed, and removed when something is written into its folder a day later.
//
// Symbolic links below the root are listed as objects, and opening one is refused (kDenied): what a
// folder holds then can't be outside it. Pipes, sockets and devices are not objects.
class LocalStore final : public ObjectStore {
 public:
  // `root` is absolute and need not exist yet. `disk` and `clock` outlive the store and all that
  // it hands out.
  LocalStore(std::string root, Disk& disk, const Clock& clock);

  std::optional<ObjectInfo> Find(const std::string& key) override;
  std::string Read(const std::string& key) override;
  std::unique_ptr<ObjectReader> Open(const std::string& key) override;
  void Put(const std::string& key, std::string_view bytes) override;
  [[nodiscard]] PutOutcome PutIfAbsent(const std::string& key, std::string_view bytes) override;
  std::unique_ptr<ObjectWriter> Create(const std::string& key) override;
  std::vector<ObjectInfo> List(const std::string& prefix, const std::string& start_after,
                               size_t limit) override;
  Level ListLevel(const std::string& prefix) override;
  std::vector<std::string> VisitLevel(const std::string& prefix, const NameFilter& wanted,
                                      const ObjectSink& take) override;
  void Delete(const std::string& key) override;
  void DeleteAll(const std::string& prefix) override;

 private:
  class Reader;
  class Temporary;
  class Writer;

  std::string PathOf(std::string_view key) const;
  std::unique_ptr<DiskFile> OpenFile(const std::string& key, DiskStatus* status);
  void PrepareFolder(const std::string& folder);
  bool MakeFolder(const std::string& folder);
  void MakeDurable(const std::string& folder);
  // A folder whose entry in its parent may not be synced, and others that are in it as well.
  struct Unsynced {
    std::string folder;
    std::string parent;
    bool made = false;  // By us.
    std::vector<std::string> beside;
  };
  void SyncParent(const Unsynced& folder);
  std::vector<std::string> FoldersIn(const std::string& folder);
  void Sweep(const std::string& folder);
  void Forget(const std::string& folder);
  void SyncFolderOf(const std::string& path, const char* doing);
  void Collect(const std::string& prefix, const std::string& start_after, size_t limit,
               std::vector<ObjectInfo>* found);
  std::vector<DiskEntry> Entries(const std::string& prefix, const Disk::NameFilter& wanted);
  void RemoveTree(const std::string& folder);

  const std::string root_;  // Without a '/' at its end, so "" for the root of the machine.
  Disk* disk_;
  const Clock* clock_;

  std::mutex mutex_;
  std::unordered_set<std::string> durable_;  // Folders whose entry in their parent is synced.
  std::unordered_set<std::string> swept_;
};

}  // namespace weir::io
