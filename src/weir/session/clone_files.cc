#include "weir/session/clone_files.h"

#include <algorithm>
#include <cctype>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/paths.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/parallel.h"

namespace weir::session {
namespace {

constexpr size_t kCopiersAtMost = 4;
constexpr size_t kCopiedAtOnce = 4 << 20;

struct CopyTask {
  std::string from;
  std::string to;
};

// Whether a name has a UUID in it, as those that writers of Delta tables give: no two objects that
// differ have it. Of files that CONVERT TO DELTA found that can't be said.
bool IsUniqueName(std::string_view name) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  name = name.substr(name.rfind('/') + 1);  // All of it, where there is none.
  for (size_t at = 0; at + kForm.size() <= name.size(); ++at) {
    const auto fits = [](char form, char c) {
      const bool is_hex = std::isxdigit(static_cast<unsigned char>(c)) != 0;
      return form == '-' ? c == '-' : is_hex;
    };
    if (std::equal(kForm.begin(), kForm.end(), name.begin() + static_cast<std::ptrdiff_t>(at),
                   fits)) {
      return true;
    }
  }
  return false;
}

// Whether two entries of one name and one deletion vector are of the same file.
bool IsSameFile(const delta::AddFile& a, const delta::AddFile& b) {
  if (a.size != b.size) return false;
  return IsUniqueName(a.path) || (a.modification_time_millis == b.modification_time_millis &&
                                  !a.stats_json.empty() && a.stats_json == b.stats_json);
}

// Unless it is there already by a unique name.
void CopyObject(io::ObjectStore& source, io::ObjectStore& target, const CopyTask& task) {
  const auto reader = source.Open(task.from);
  const uint64_t size = reader->info().size;
  const bool is_unique = IsUniqueName(task.to);
  if (is_unique) {
    if (const auto there = target.Find(task.to); there && there->size == size) return;
  }
  const auto writer = target.Create(task.to);
  std::string buffer(kCopiedAtOnce, '\0');
  for (uint64_t at = 0; at < size;) {
    io::CancelScope::ThrowIfCancelled();
    const size_t read = reader->ReadAt(at, buffer.data(), buffer.size());
    if (read == 0) {
      throw Error(ErrorCode::kCorrupt, "the file " + task.from + " ends before its end");
    }
    writer->Append(std::string_view(buffer).substr(0, read));
    at += read;
  }
  if (writer->FinishIfAbsent() == io::PutOutcome::kCreated) return;
  const auto there = target.Find(task.to);
  if (is_unique && there && there->size == size) return;
  throw Error(ErrorCode::kExists, "the clone can't be written: there is another file " + task.to);
}

// What of a source is to come into the folder of another table.
class Copies final : public CloneFiles {
 public:
  Copies(const engine::TableInput& source, const io::Location& target)
      : source_(source), target_(target), vectors_(target) {}

  // A deletion vector that is named by the whole path of its file is written anew: the copy's would
  // be elsewhere. So would a file be, which is called by its own name then.
  delta::AddFile EntryOf(delta::AddFile file) override {
    const io::Location& folder = source_.location;
    const auto vector = delta::DeletionVectorOf(file);
    if (vector && vector->storage == delta::DeletionVector::Storage::kByPath) {
      const delta::RowSet gone = delta::DeletedRows(folder, file);
      file.deletion_vector_json = gone.empty() ? "" : delta::ToJson(vectors_.Add(gone));
    }
    const std::string key = source_.snapshot->KeyOf(file);
    if (key.starts_with(folder.prefix)) {
      file.path = delta::EncodePath(key.substr(folder.prefix.size()));
    } else {
      file.path = delta::EncodePath(key.substr(key.rfind('/') + 1));
      if (!IsUniqueName(file.path)) Rename(file);
    }
    file.data_change = true;
    return file;
  }

  bool IsSame(const delta::AddFile& there, const delta::AddFile& entry) const override {
    return IsSameFile(there, entry);
  }

  void Rename(delta::AddFile& entry) const override {
    entry.path = entry.path.substr(0, entry.path.rfind('/') + 1) + NewUuid() + ".parquet";
  }

  void Bring(const std::vector<size_t>& files, std::vector<delta::AddFile>& entries) override {
    MoveAside(entries);
    for (size_t i = 0; i < files.size(); ++i) {
      Want(source_.snapshot->files().HeadAt(files[i]), entries[i]);
    }
  }

  void Make() override {
    std::vector<CopyTask> tasks;
    for (const auto& [from, to] : wanted_) tasks.push_back({from, target_.prefix + to});
    io::InParallel(tasks.size(), kCopiersAtMost, [&](size_t at) {
      CopyObject(*source_.location.store, *target_.store, tasks[at]);
    });
    vectors_.Finish();
  }

 private:
  // Gives files other names where something else may be there by theirs.
  void MoveAside(std::vector<delta::AddFile>& entries) const {
    io::InParallel(entries.size(), kCopiersAtMost, [&](size_t at) {
      delta::AddFile& entry = entries[at];
      if (IsUniqueName(entry.path)) return;
      if (target_.store->Find(target_.prefix + delta::DecodePath(entry.path))) Rename(entry);
    });
  }

  // What `file`, whose entry is to be `entry`, names.
  void Want(const delta::AddFile& file, const delta::AddFile& entry) {
    const io::Location& folder = source_.location;
    wanted_.emplace(source_.snapshot->KeyOf(file), delta::DecodePath(entry.path));
    const auto vector = delta::DeletionVectorOf(file);
    if (!vector || vector->storage == delta::DeletionVector::Storage::kByPath) return;
    if (const auto key = delta::KeyOf(folder, *vector)) {
      wanted_.emplace(*key, key->substr(folder.prefix.size()));
    }
  }

  const engine::TableInput& source_;
  const io::Location& target_;
  delta::DeletionVectorWriter vectors_;
  // Keys in the source's store, and what they are called in the copy's folder: many vectors share a
  // file.
  std::map<std::string, std::string> wanted_;
};

// The files stay where they are.
class Names final : public CloneFiles {
 public:
  Names(const engine::TableInput& source, const io::Location& target)
      : source_(source), target_(target) {}

  delta::AddFile EntryOf(delta::AddFile file) override {
    const std::string key = source_.snapshot->KeyOf(file);
    // Of a clone of itself.
    const bool is_own = key.starts_with(target_.prefix);
    file.path = is_own ? delta::EncodePath(key.substr(target_.prefix.size()))
                       : delta::AbsolutePath(source_.location, key);
    if (const auto vector = delta::DeletionVectorOf(file)) {
      const bool moves = source_.location.uri != target_.uri;
      if (moves && vector->storage != delta::DeletionVector::Storage::kInline) {
        file.deletion_vector_json = delta::ToJson(delta::FromAnywhere(source_.location, *vector));
      }
    }
    file.data_change = true;
    return file;
  }

  bool IsSame(const delta::AddFile&, const delta::AddFile&) const override { return true; }
  void Rename(delta::AddFile&) const override { WEIR_CHECK(false); }
  void Bring(const std::vector<size_t>&, std::vector<delta::AddFile>&) override {}
  void Make() override {}

 private:
  const engine::TableInput& source_;
  const io::Location& target_;
};

}  // namespace

std::unique_ptr<CloneFiles> CopiedFiles(const engine::TableInput& source,
                                        const io::Location& target) {
  return std::make_unique<Copies>(source, target);
}

std::unique_ptr<CloneFiles> NamedFiles(const engine::TableInput& source,
                                       const io::Location& target) {
  return std::make_unique<Names>(source, target);
}

}  // namespace weir::session
