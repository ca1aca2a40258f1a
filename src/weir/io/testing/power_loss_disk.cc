#include "weir/io/testing/power_loss_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <random>
#include <utility>

namespace weir::io {

// What the machine sees, and what the platter holds.
struct PowerLossDisk::Node {
  bool is_folder = false;
  uint64_t inode = 0;
  int64_t modified = 0;
  std::string bytes;
  std::string synced_bytes;
  Entries entries;
  Entries synced_entries;

  DiskStatus Status() const {
    DiskStatus status;
    status.kind = is_folder ? DiskKind::kFolder : DiskKind::kFile;
    status.size = bytes.size();
    status.modified_nanos = modified;
    status.inode = inode;
    return status;
  }
};

class PowerLossDisk::File final : public DiskFile {
 public:
  File(PowerLossDisk& disk, std::shared_ptr<Node> node)
      : disk_(disk), node_(std::move(node)), generation_(disk.generation_) {}

  int Write(std::string_view bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    if (IsDead()) return EIO;
    node_->bytes.append(bytes);
    node_->modified = static_cast<int64_t>(disk_.calls_);
    return disk_.Changed(0);
  }

  int Sync() override {
    const std::lock_guard lock(disk_.mutex_);
    if (IsDead()) return EIO;
    node_->synced_bytes = node_->bytes;
    return disk_.Changed(0);
  }

  int ReadAt(uint64_t offset, char* into, size_t length, size_t* got) override {
    const std::lock_guard lock(disk_.mutex_);
    if (IsDead()) return EIO;
    const size_t size = node_->bytes.size();
    *got = offset >= size ? 0 : std::min(length, size - static_cast<size_t>(offset));
    std::memcpy(into, node_->bytes.data() + (*got == 0 ? 0 : offset), *got);
    return 0;
  }

  int Status(DiskStatus* status) override {
    const std::lock_guard lock(disk_.mutex_);
    if (IsDead()) return EIO;
    *status = node_->Status();
    return 0;
  }

 private:
  bool IsDead() const { return disk_.cut_ || generation_ != disk_.generation_; }

  PowerLossDisk& disk_;
  std::shared_ptr<Node> node_;
  const uint64_t generation_;
};

PowerLossDisk::PowerLossDisk() : root_(std::make_shared<Node>()) { root_->is_folder = true; }

PowerLossDisk::~PowerLossDisk() = default;

std::unique_ptr<PowerLossDisk> PowerLossDisk::Copy() const {
  const std::lock_guard lock(mutex_);
  std::map<const Node*, std::shared_ptr<Node>> copies;  // A file may have several names.
  std::function<std::shared_ptr<Node>(const std::shared_ptr<Node>&)> copy =
      [&](const std::shared_ptr<Node>& node) {
        std::shared_ptr<Node>& made = copies[node.get()];
        if (made != nullptr) return made;
        const auto twin = std::make_shared<Node>(*node);
        made = twin;
        for (auto& [name, child] : twin->entries) child = copy(child);
        for (auto& [name, child] : twin->synced_entries) child = copy(child);
        return twin;
      };
  auto disk = std::make_unique<PowerLossDisk>();
  disk->root_ = copy(root_);
  disk->calls_ = calls_;
  disk->next_inode_ = next_inode_;
  return disk;
}

void PowerLossDisk::Cut(uint64_t seed) {
  const std::lock_guard lock(mutex_);
  CutNow(seed);
}

void PowerLossDisk::CutAfter(size_t calls, uint64_t seed) {
  const std::lock_guard lock(mutex_);
  cut_at_ = calls_ + calls;
  seed_ = seed;
  if (calls == 0) CutNow(seed);
}

void PowerLossDisk::Restart() {
  const std::lock_guard lock(mutex_);
  cut_ = false;
  cut_at_ = 0;
}

bool PowerLossDisk::is_cut() const {
  const std::lock_guard lock(mutex_);
  return cut_;
}

size_t PowerLossDisk::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

void PowerLossDisk::CutNow(uint64_t seed) {
  std::mt19937_64 chance(seed);
  const auto lucky = [&] { return seed != 0 && chance() % 2 == 0; };
  std::function<void(Node&)> forget = [&](Node& node) {
    if (!node.is_folder) {
      if (lucky() && node.bytes.starts_with(node.synced_bytes)) {
        const size_t more = node.bytes.size() - node.synced_bytes.size();
        node.synced_bytes = node.bytes.substr(0, node.synced_bytes.size() + chance() % (more + 1));
      }
      node.bytes = node.synced_bytes;
      return;
    }
    Entries survivors = node.synced_entries;
    for (const auto& [name, child] : node.entries) {
      const auto found = survivors.find(name);
      if ((found == survivors.end() || found->second != child) && lucky()) survivors[name] = child;
    }
    for (const auto& [name, child] : node.synced_entries) {
      if (!node.entries.contains(name) && lucky()) survivors.erase(name);
    }
    node.entries = node.synced_entries = std::move(survivors);
    for (const auto& [name, child] : node.entries) forget(*child);
  };
  forget(*root_);
  cut_ = true;
  ++generation_;
}

// Counts a changing call, and cuts the power if it was the last. Gives what the caller hears.
int PowerLossDisk::Changed(int result) {
  ++calls_;
  if (cut_at_ == 0 || calls_ < cut_at_) return result;
  CutNow(seed_);
  return EIO;
}

std::shared_ptr<PowerLossDisk::Node> PowerLossDisk::NodeAt(const std::string& path,
                                                           int* error) const {
  *error = cut_ ? EIO : 0;
  std::shared_ptr<Node> node = cut_ ? nullptr : root_;
  for (size_t begin = 1; node != nullptr && begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (!node->is_folder) {
      *error = ENOTDIR;
      return nullptr;
    }
    const auto found = node->entries.find(path.substr(begin, end - begin));
    if (found == node->entries.end()) {
      *error = ENOENT;
      return nullptr;
    }
    node = found->second;
    begin = end + 1;
  }
  return node;
}

std::shared_ptr<PowerLossDisk::Node> PowerLossDisk::FolderFor(const std::string& path,
                                                              std::string* name, int* error) const {
  const size_t slash = path.rfind('/');
  *name = path.substr(slash + 1);
  std::shared_ptr<Node> folder = NodeAt(path.substr(0, std::max<size_t>(slash, 1)), error);
  if (folder != nullptr && !folder->is_folder) {
    *error = ENOTDIR;
    return nullptr;
  }
  return folder;
}

int PowerLossDisk::CreateFile(const std::string& path, std::unique_ptr<DiskFile>* file) {
  const std::lock_guard lock(mutex_);
  int error;
  std::string name;
  const auto folder = FolderFor(path, &name, &error);
  if (folder == nullptr) return error;
  if (folder->entries.contains(name)) return EEXIST;
  auto node = std::make_shared<Node>();
  node->inode = next_inode_++;
  folder->entries[name] = node;
  *file = std::make_unique<File>(*this, std::move(node));
  return Changed(0);
}

int PowerLossDisk::OpenFile(const std::string& path, std::unique_ptr<DiskFile>* file) {
  const std::lock_guard lock(mutex_);
  int error;
  auto node = NodeAt(path, &error);
  if (node == nullptr) return error;
  *file = std::make_unique<File>(*this, std::move(node));
  return 0;
}

int PowerLossDisk::Link(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  int error;
  std::string name;
  const auto node = NodeAt(from, &error);
  if (node == nullptr) return error;
  const auto folder = FolderFor(to, &name, &error);
  if (folder == nullptr) return error;
  if (folder->entries.contains(name)) return EEXIST;
  folder->entries[name] = node;
  return Changed(0);
}

int PowerLossDisk::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  int error;
  std::string from_name;
  std::string to_name;
  const auto from_folder = FolderFor(from, &from_name, &error);
  if (from_folder == nullptr) return error;
  const auto to_folder = FolderFor(to, &to_name, &error);
  if (to_folder == nullptr) return error;
  const auto found = from_folder->entries.find(from_name);
  if (found == from_folder->entries.end()) return ENOENT;
  const auto node = found->second;
  const auto target = to_folder->entries.find(to_name);
  if (target != to_folder->entries.end() && target->second->is_folder) return EISDIR;
  from_folder->entries.erase(found);
  to_folder->entries[to_name] = node;
  return Changed(0);
}

int PowerLossDisk::Unlink(const std::string& path) {
  const std::lock_guard lock(mutex_);
  int error;
  std::string name;
  const auto folder = FolderFor(path, &name, &error);
  if (folder == nullptr) return error;
  const auto found = folder->entries.find(name);
  if (found == folder->entries.end()) return ENOENT;
  if (found->second->is_folder) return EISDIR;
  folder->entries.erase(found);
  return Changed(0);
}

int PowerLossDisk::MakeFolder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  int error;
  std::string name;
  const auto folder = FolderFor(path, &name, &error);
  if (folder == nullptr) return error;
  if (folder->entries.contains(name)) return EEXIST;
  auto node = std::make_shared<Node>();
  node->is_folder = true;
  node->inode = next_inode_++;
  folder->entries[name] = std::move(node);
  return Changed(0);
}

int PowerLossDisk::RemoveFolder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  int error;
  std::string name;
  const auto folder = FolderFor(path, &name, &error);
  if (folder == nullptr) return error;
  const auto found = folder->entries.find(name);
  if (found == folder->entries.end()) return ENOENT;
  if (!found->second->is_folder) return ENOTDIR;
  if (!found->second->entries.empty()) return ENOTEMPTY;
  folder->entries.erase(found);
  return Changed(0);
}

int PowerLossDisk::SyncFolder(const std::string& path) {
  const std::lock_guard lock(mutex_);
  int error;
  const auto node = NodeAt(path, &error);
  if (node == nullptr) return error;
  if (!node->is_folder) return ENOTDIR;
  node->synced_entries = node->entries;
  return Changed(0);
}

int PowerLossDisk::Visit(const std::string& folder, const EntryFilter& wanted,
                         const EntrySink& take) {
  const std::lock_guard lock(mutex_);
  int error;
  const auto node = NodeAt(folder, &error);
  if (node == nullptr) return error;
  if (!node->is_folder) return ENOTDIR;
  for (const auto& [name, child] : node->entries) {
    if (wanted(name, child->Status().kind)) take({name, child->Status()});
  }
  return 0;
}

int PowerLossDisk::Status(const std::string& path, DiskStatus* status) {
  const std::lock_guard lock(mutex_);
  int error;
  const auto node = NodeAt(path, &error);
  if (node == nullptr) return error;
  *status = node->Status();
  return 0;
}

int PowerLossDisk::ReadLink(const std::string& path, std::string*) {
  const std::lock_guard lock(mutex_);
  int error;
  return NodeAt(path, &error) == nullptr ? error : EINVAL;
}

}  // namespace weir::io
