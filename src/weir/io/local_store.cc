#include "weir/io/local_store.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "weir/base/check.h"
#include "weir/base/uuid.h"
#include "weir/io/key.h"
#include "weir/io/parallel.h"

namespace weir::io {
namespace {

// Longer than any write takes, so that nobody's unfinished file is swept away.
constexpr int64_t kTemporaryLifeNanos = int64_t{24} * 3600 * 1'000'000'000;

constexpr size_t kSyncsAtOnce = 8;
constexpr uint64_t kLargestListed = 64 << 10;  // Bytes that a folder itself takes.

bool IsTemporary(const std::string& name) { return name.starts_with(kTemporaryPrefix); }

// What DiskError says, as a failure after which nobody knows whether the change is there.
Error UnknownOutcome(int error, const std::string& doing, const std::string& path) {
  const Error cause = DiskError(error, doing, path);
  return Error(ErrorCode::kUnavailable,
               std::string(cause.what()) + " (it may be there all the same)", cause.detail());
}

ObjectInfo InfoFrom(std::string key, const DiskStatus& status) {
  std::string etag = "\"" + std::to_string(status.modified_nanos) + "-" +
                     std::to_string(status.size) + "-" + std::to_string(status.inode) + "\"";
  return {std::move(key), status.size, Instant{status.modified_nanos / 1000}, std::move(etag)};
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

bool IsObject(const DiskStatus& status) {
  return status.kind == DiskKind::kFile || status.kind == DiskKind::kLink;
}

// A name as it sorts among keys: a folder's objects have '/' behind its name.
std::string SortName(const DiskEntry& entry) {
  return entry.status.kind == DiskKind::kFolder ? entry.name + "/" : entry.name;
}

}  // namespace

// An unfinished file, removed by the destructor whatever happens.
class LocalStore::Temporary {
 public:
  Temporary(LocalStore& store, const std::string& key)
      : store_(store), path_(store.PathOf(key)), folder_(ParentOf(path_)) {
    temporary_ = (folder_ == "/" ? "" : folder_) + "/" + std::string(kTemporaryPrefix) + NewUuid();
    store_.PrepareFolder(folder_);
    int error = store_.disk_->CreateFile(temporary_, &file_);
    if (error == ENOENT) {  // Somebody removed the folder since.
      store_.Forget(folder_);
      store_.PrepareFolder(folder_);
      error = store_.disk_->CreateFile(temporary_, &file_);
    }
    if (error != 0) throw DiskError(error, "write", path_);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (file_ == nullptr) return;
    file_.reset();
    if (!moved_) static_cast<void>(store_.disk_->Unlink(temporary_));  // Else swept some day.
  }

  void Write(std::string_view bytes) {
    if (const int error = file_->Write(bytes)) throw DiskError(error, "write", path_);
  }

  void Replace() {
    SyncFile();
    if (const int error = store_.disk_->Rename(temporary_, path_)) {
      throw DiskError(error, "write", path_);
    }
    moved_ = true;
    store_.SyncFolderOf(path_, "write");
  }

  PutOutcome LinkIfAbsent() {
    SyncFile();
    const int error = store_.disk_->Link(temporary_, path_);
    if (error == EPERM || error == EOPNOTSUPP) {
      throw Error(ErrorCode::kUnsupported,
                  "can't write '" + path_ +
                      "': its file system has no hard links, which atomic commits need; "
                      "choose a place on another file system");
    }
    if (error != 0 && error != EEXIST) throw DiskError(error, "write", path_);
    // Also when it existed: its writer may not have come this far, and the caller builds on it.
    store_.SyncFolderOf(path_, "write");
    return error == 0 ? PutOutcome::kCreated : PutOutcome::kExisted;
  }

 private:
  void SyncFile() {
    if (const int error = file_->Sync()) throw DiskError(error, "write", path_);
  }

  LocalStore& store_;
  const std::string path_;
  const std::string folder_;
  std::string temporary_;
  std::unique_ptr<DiskFile> file_;
  bool moved_ = false;
};

class LocalStore::Writer final : public ObjectWriter {
 public:
  Writer(LocalStore& store, const std::string& key)
      : temporary_(std::make_unique<Temporary>(store, key)) {}

  void Append(std::string_view bytes) override {
    WEIR_CHECK(temporary_ != nullptr);
    temporary_->Write(bytes);
  }

  void Finish() override {
    WEIR_CHECK(temporary_ != nullptr);
    temporary_->Replace();
    temporary_.reset();
  }

  PutOutcome FinishIfAbsent() override {
    WEIR_CHECK(temporary_ != nullptr);
    const PutOutcome outcome = temporary_->LinkIfAbsent();
    temporary_.reset();
    return outcome;
  }

 private:
  std::unique_ptr<Temporary> temporary_;
};

class LocalStore::Reader final : public ObjectReader {
 public:
  Reader(std::unique_ptr<DiskFile> file, ObjectInfo info, std::string path)
      : file_(std::move(file)), info_(std::move(info)), path_(std::move(path)) {}

  const ObjectInfo& info() const override { return info_; }

  size_t ReadAt(uint64_t offset, char* into, size_t length) override {
    size_t got = 0;
    if (const int error = file_->ReadAt(offset, into, length, &got)) {
      throw DiskError(error, "read", path_);
    }
    return got;
  }

 private:
  std::unique_ptr<DiskFile> file_;
  ObjectInfo info_;
  std::string path_;
};

LocalStore::LocalStore(std::string root, Disk& disk, const Clock& clock)
    : root_(root == "/" ? "" : std::move(root)), disk_(&disk), clock_(&clock) {
  WEIR_CHECK(root_.empty() || (root_.starts_with('/') && !root_.ends_with('/')));
}

std::string LocalStore::PathOf(std::string_view key) const {
  return key.empty() ? (root_.empty() ? "/" : root_) : root_ + "/" + std::string(key);
}

std::optional<ObjectInfo> LocalStore::Find(const std::string& key) {
  CheckKey(key);
  DiskStatus status;
  const int error = disk_->Status(PathOf(key), &status);
  if (error == ENOENT || error == ENOTDIR) return std::nullopt;
  if (error != 0) throw DiskError(error, "look up", PathOf(key));
  if (!IsObject(status)) return std::nullopt;
  return InfoFrom(key, status);
}

std::unique_ptr<DiskFile> LocalStore::OpenFile(const std::string& key, DiskStatus* status) {
  CheckKey(key);
  const std::string path = PathOf(key);
  std::unique_ptr<DiskFile> file;
  int error = disk_->OpenFile(path, &file);
  if (error == 0) error = file->Status(status);
  if (error == ENOTDIR) error = ENOENT;
  if (error != 0) throw DiskError(error, "read", path);
  if (status->kind == DiskKind::kFolder) throw DiskError(ENOENT, "read", path);
  if (status->kind != DiskKind::kFile) {
    throw Error(ErrorCode::kInvalid, "can't read '" + path + "': it is not a regular file");
  }
  return file;
}

std::string LocalStore::Read(const std::string& key) {
  DiskStatus status;
  const auto file = OpenFile(key, &status);
  std::string bytes(status.size, '\0');
  size_t got = 0;
  if (const int error = file->ReadAt(0, bytes.data(), bytes.size(), &got)) {
    throw DiskError(error, "read", PathOf(key));
  }
  bytes.resize(got);
  return bytes;
}

std::unique_ptr<ObjectReader> LocalStore::Open(const std::string& key) {
  DiskStatus status;
  auto file = OpenFile(key, &status);
  return std::make_unique<Reader>(std::move(file), InfoFrom(key, status), PathOf(key));
}

void LocalStore::Put(const std::string& key, std::string_view bytes) {
  CheckKey(key);
  Temporary temporary(*this, key);
  temporary.Write(bytes);
  temporary.Replace();
}

PutOutcome LocalStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  CheckKey(key);
  Temporary temporary(*this, key);
  temporary.Write(bytes);
  return temporary.LinkIfAbsent();
}

std::unique_ptr<ObjectWriter> LocalStore::Create(const std::string& key) {
  CheckKey(key);
  return std::make_unique<Writer>(*this, key);
}

// A folder is there and will be after a power cut; so are all above it.
void LocalStore::PrepareFolder(const std::string& folder) {
  {
    const std::lock_guard lock(mutex_);
    if (swept_.contains(folder)) return;
  }
  if (folder != "/") MakeDurable(folder);
  Sweep(folder);
  const std::lock_guard lock(mutex_);
  swept_.insert(folder);
}

// All folders above it that nobody has synced since this store is there are synced at once: a disk
// takes little longer for several.
void LocalStore::MakeDurable(const std::string& folder) {
  std::vector<Unsynced> folders;
  {
    const std::lock_guard lock(mutex_);
    for (std::string at = folder; at != "/" && !durable_.contains(at); at = ParentOf(at)) {
      folders.push_back({at, ParentOf(at), false, {}});
    }
  }
  for (size_t i = folders.size(); i-- > 0;) {
    folders[i].made = MakeFolder(folders[i].folder);
    folders[i].beside = FoldersIn(folders[i].parent);
  }
  InParallel(folders.size(), kSyncsAtOnce, [&](size_t i) { SyncParent(folders[i]); });
  const std::lock_guard lock(mutex_);
  for (Unsynced& one : folders) {
    durable_.insert(std::move(one.folder));
    for (std::string& beside : one.beside) durable_.insert(std::move(beside));
  }
}

void LocalStore::SyncParent(const Unsynced& folder) {
  const int error = disk_->SyncFolder(folder.parent);
  // Folders above ours may be unreadable to us; those that existed were synced by who made them.
  const bool excused = error == EINVAL || error == EOPNOTSUPP || (error == EACCES && !folder.made);
  if (error != 0 && !excused) throw DiskError(error, "sync folder", folder.parent);
}

// Those that a sync of it makes durable as well; none where looking for them takes long.
std::vector<std::string> LocalStore::FoldersIn(const std::string& folder) {
  DiskStatus status;
  if (disk_->Status(folder, &status) != 0 || status.size > kLargestListed) return {};
  std::vector<std::string> found;
  const int error = disk_->Visit(
      folder,
      [&](const std::string& name, DiskKind kind) {
        if (kind == DiskKind::kFolder) found.push_back((folder == "/" ? "" : folder) + "/" + name);
        return false;
      },
      [](const DiskEntry&) {});
  return error == 0 ? found : std::vector<std::string>();
}

// Whether it is new.
bool LocalStore::MakeFolder(const std::string& folder) {
  DiskStatus status;
  int error = disk_->Status(folder, &status);
  if (error == 0 && status.kind == DiskKind::kFolder) return false;
  if (error == 0)
    throw DiskError(status.kind == DiskKind::kLink ? ELOOP : ENOTDIR, "write", folder);
  error = disk_->MakeFolder(folder);
  if (error != 0 && error != EEXIST) throw DiskError(error, "create folder", folder);
  return true;
}

void LocalStore::Forget(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  swept_.erase(folder);
  durable_.clear();
}

// Nobody waits for this to succeed: what stays is swept another day.
void LocalStore::Sweep(const std::string& folder) {
  std::vector<DiskEntry> entries;
  if (disk_->List(folder, IsTemporary, &entries) != 0) return;
  const int64_t oldest = clock_->Now().micros * 1000 - kTemporaryLifeNanos;
  for (const DiskEntry& entry : entries) {
    if (entry.status.kind == DiskKind::kFile && entry.status.modified_nanos < oldest) {
      static_cast<void>(disk_->Unlink((folder == "/" ? "" : folder) + "/" + entry.name));
    }
  }
}

void LocalStore::SyncFolderOf(const std::string& path, const char* doing) {
  const int error = disk_->SyncFolder(ParentOf(path));
  if (error == 0 || error == EINVAL || error == EOPNOTSUPP) return;  // Some have no such call.
  throw UnknownOutcome(error, doing, path);
}

std::vector<DiskEntry> LocalStore::Entries(const std::string& prefix,
                                           const Disk::NameFilter& wanted) {
  const std::string path =
      PathOf(std::string_view(prefix).substr(0, prefix.empty() ? 0 : prefix.size() - 1));
  std::vector<DiskEntry> entries;
  const int error = disk_->List(
      path, [&](const std::string& name) { return !IsTemporary(name) && wanted(name); }, &entries);
  if (error == ENOENT || error == ENOTDIR) return {};
  if (error != 0) throw DiskError(error, "list", path);
  std::erase_if(entries,
                [](const DiskEntry& entry) { return entry.status.kind == DiskKind::kOther; });
  std::sort(entries.begin(), entries.end(), [](const DiskEntry& left, const DiskEntry& right) {
    return SortName(left) < SortName(right);
  });
  return entries;
}

std::vector<ObjectInfo> LocalStore::List(const std::string& prefix, const std::string& start_after,
                                         size_t limit) {
  CheckPrefix(prefix);
  std::vector<ObjectInfo> found;
  Collect(prefix, start_after, limit, &found);
  return found;
}

void LocalStore::Collect(const std::string& prefix, const std::string& start_after, size_t limit,
                         std::vector<ObjectInfo>* found) {
  if (found->size() >= limit) return;
  const auto wanted = [&](const std::string& name) {
    const std::string as_folder = prefix + name + "/";
    return as_folder > start_after || start_after.starts_with(as_folder);
  };
  for (const DiskEntry& entry : Entries(prefix, wanted)) {
    if (found->size() >= limit) return;
    if (entry.status.kind == DiskKind::kFolder) {
      Collect(prefix + entry.name + "/", start_after, limit, found);
    } else if (std::string key = prefix + entry.name; key > start_after) {
      found->push_back(InfoFrom(std::move(key), entry.status));
    }
  }
}

ObjectStore::Level LocalStore::ListLevel(const std::string& prefix) {
  CheckPrefix(prefix);
  Level level;
  for (const DiskEntry& entry : Entries(prefix, [](const std::string&) { return true; })) {
    if (entry.status.kind == DiskKind::kFolder) {
      level.folders.push_back(prefix + entry.name + "/");
    } else {
      level.objects.push_back(InfoFrom(prefix + entry.name, entry.status));
    }
  }
  return level;
}

std::vector<std::string> LocalStore::VisitLevel(const std::string& prefix, const NameFilter& wanted,
                                                const ObjectSink& take) {
  CheckPrefix(prefix);
  std::vector<std::string> folders;
  const std::string path =
      PathOf(std::string_view(prefix).substr(0, prefix.empty() ? 0 : prefix.size() - 1));
  const int error = disk_->Visit(
      path,
      [&](const std::string& name, DiskKind kind) {
        if (IsTemporary(name)) return false;
        if (kind == DiskKind::kFolder) folders.push_back(prefix + name + "/");
        return (kind == DiskKind::kFile || kind == DiskKind::kLink) && wanted(name);
      },
      [&](const DiskEntry& entry) { take(InfoFrom(prefix + entry.name, entry.status)); });
  if (error == ENOENT || error == ENOTDIR) return {};
  if (error != 0) throw DiskError(error, "list", path);
  return folders;
}

void LocalStore::Delete(const std::string& key) {
  CheckKey(key);
  const std::string path = PathOf(key);
  const int error = disk_->Unlink(path);
  if (error == ENOENT || error == ENOTDIR) return;
  if (error != 0) throw DiskError(error, "delete", path);
  SyncFolderOf(path, "delete");
}

void LocalStore::DeleteAll(const std::string& prefix) {
  CheckFolder(prefix);
  const std::string folder = PathOf(std::string_view(prefix).substr(0, prefix.size() - 1));
  DiskStatus status;
  const int error = disk_->Status(folder, &status);
  if (error == ENOENT || error == ENOTDIR || (error == 0 && status.kind != DiskKind::kFolder)) {
    return;
  }
  if (error != 0) throw DiskError(error, "delete", folder);
  RemoveTree(folder);
  const std::lock_guard lock(mutex_);
  durable_.clear();
  swept_.clear();
}

void LocalStore::RemoveTree(const std::string& folder) {
  std::vector<DiskEntry> entries;
  int error = disk_->List(
      folder, [](const std::string&) { return true; }, &entries);
  if (error == ENOENT) return;
  if (error != 0) throw DiskError(error, "delete", folder);
  for (const DiskEntry& entry : entries) {
    const std::string path = folder + "/" + entry.name;
    if (entry.status.kind == DiskKind::kFolder) {
      RemoveTree(path);
      continue;
    }
    error = disk_->Unlink(path);
    if (error != 0 && error != ENOENT) throw DiskError(error, "delete", path);
  }
  error = disk_->RemoveFolder(folder);
  // A file that somebody wrote meanwhile is theirs.
  if (error != 0 && error != ENOENT && error != ENOTEMPTY) throw DiskError(error, "delete", folder);
  SyncFolderOf(folder, "delete");
}

}  // namespace weir::io
