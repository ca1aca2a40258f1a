#include "weir/io/folder_watch.h"

#include <dirent.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace weir::io {
namespace {

constexpr uint32_t kWatched = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MOVED_FROM |
                              IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

std::string Within(const std::string& folder, const std::string& name) {
  return folder == "/" ? "/" + name : folder + "/" + name;
}

// Whether it is a folder and no link to one.
bool IsFolder(const std::string& path, unsigned char type) {
  if (type != DT_UNKNOWN) return type == DT_DIR;
  struct stat status;
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

}  // namespace

FolderWatch::FolderWatch(std::string folder) : folder_(std::move(folder)) { Begin(); }

FolderWatch::~FolderWatch() { End(); }

void FolderWatch::Begin() {
  queue_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  is_whole_ = queue_ >= 0;
  if (is_whole_) AddTree(folder_, nullptr);
}

void FolderWatch::End() {
  if (queue_ >= 0) close(queue_);
  queue_ = -1;
  folders_.clear();
}

// Watches a folder before it looks into it, so that nothing is missed; some may be told twice. Its
// files are told in `changes`, if there are any.
void FolderWatch::AddTree(const std::string& folder, Changes* changes) {
  std::vector<std::string> waiting{folder};
  while (!waiting.empty()) {
    const std::string next = std::move(waiting.back());
    waiting.pop_back();
    const int watch = inotify_add_watch(queue_, next.c_str(), kWatched);
    if (watch < 0) {
      // One that is gone again brought nothing.
      if ((errno != ENOENT && errno != ENOTDIR) || next == folder_) is_whole_ = false;
      continue;
    }
    folders_[watch] = next;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(next.c_str()), &closedir);
    if (stream == nullptr) {
      is_whole_ = false;
      continue;
    }
    while (const dirent* const entry = readdir(stream.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      const std::string path = Within(next, name);
      if (IsFolder(path, entry->d_type)) {
        waiting.push_back(path);
      } else if (changes != nullptr) {
        changes->files.push_back(path);
      }
    }
  }
}

void FolderWatch::TakeEvent(int watch, uint32_t what, const std::string& name, Changes& changes) {
  if ((what & IN_Q_OVERFLOW) != 0) {
    changes.lost = true;
    return;
  }
  const auto folder = folders_.find(watch);
  if (folder == folders_.end()) return;
  if ((what & IN_IGNORED) != 0) {
    if (folder->second == folder_) is_whole_ = false;
    folders_.erase(folder);
    return;
  }
  const bool is_folder = (what & IN_ISDIR) != 0;
  // Of a folder that is elsewhere now, the paths below it are not what they were.
  if ((what & IN_MOVE_SELF) != 0 || (is_folder && (what & IN_MOVED_FROM) != 0)) {
    changes.lost = true;
    return;
  }
  const std::string path = Within(folder->second, name);
  if (is_folder && (what & (IN_CREATE | IN_MOVED_TO)) != 0) return AddTree(path, &changes);
  if (is_folder) return;
  if ((what & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
    made_.erase(path);
    made_before_.erase(path);
    changes.files.push_back(path);
  } else if ((what & IN_CREATE) != 0) {
    made_.insert(path);
  } else {
    made_.erase(path);
    made_before_.erase(path);
  }
}

FolderWatch::Changes FolderWatch::Take() {
  Changes changes;
  std::set<std::string> waited = std::exchange(made_before_, {});
  made_before_ = std::exchange(made_, {});
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  while (queue_ >= 0) {
    const ssize_t got = read(queue_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (size_t at = 0; at < static_cast<size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      const char* const name = buffer.data() + at + sizeof(event);
      TakeEvent(event.wd, event.mask, event.len == 0 ? "" : std::string(name), changes);
      at += sizeof(event) + event.len;
    }
  }
  for (const std::string& path : waited) {
    // What was closed meanwhile is told already.
    changes.files.push_back(path);
  }
  std::sort(changes.files.begin(), changes.files.end());
  changes.files.erase(std::unique(changes.files.begin(), changes.files.end()), changes.files.end());
  if (changes.lost || !is_whole_) {
    changes.lost = true;
    End();
    Begin();
  }
  return changes;
}

}  // namespace weir::io
