#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir::io {

// What comes into a folder of this machine's disks and those below it, as the system tells
// (inotify). Driven by one thread at a time.
class FolderWatch {
 public:
  // From now on. `folder` is absolute and without symbolic links; it need not be there.
  explicit FolderWatch(std::string folder);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  struct Changes {
    // Something may have come that is not told: too much at once, a folder that was moved, more
    // folders than the system lets one watch. What comes from now on is told again, as far as that
    // can be.
    bool lost = false;
    // Absolute paths of files that were closed after writing, moved here, or linked; each once.
    std::vector<std::string> files;
  };
  // Since the last call. A file that was made and not closed since is told by the call after the
  // next: it may be one that was linked, or one that somebody writes.
  Changes Take();

 private:
  void Begin();
  void End();
  void AddTree(const std::string& folder, Changes* changes);
  void TakeEvent(int watch, uint32_t what, const std::string& name, Changes& changes);

  const std::string folder_;
  int queue_ = -1;
  bool is_whole_ = false;  // Every folder is watched.
  std::map<int, std::string> folders_;
  std::set<std::string> made_;         // And not closed: since the last call.
  std::set<std::string> made_before_;  // Since the call before that.
};

}  // namespace weir::io
