#include "weir/delta/row_changes.h"

#include "weir/delta/paths.h"
#include "weir/delta/statistics.h"

namespace weir::delta {
namespace {

// A path that an entry removes or adds more than once is no mere change of its vector.
template <typename File>
void NoteOnce(std::map<std::string, const File*>& files, const File& file) {
  const auto [at, is_new] = files.try_emplace(CanonicalPath(file.path), &file);
  if (!is_new) at->second = nullptr;
}

}  // namespace

std::map<std::string, VectorChange> VectorChangesOf(const CommitActions& commit) {
  std::map<std::string, const RemoveFile*> removed;
  std::map<std::string, const AddFile*> added;
  for (const Action& action : commit.actions) {
    if (const auto* remove = std::get_if<RemoveFile>(&action)) NoteOnce(removed, *remove);
    if (const auto* add = std::get_if<AddFile>(&action)) NoteOnce(added, *add);
  }
  std::map<std::string, VectorChange> changes;
  for (const auto& [path, add] : added) {
    const auto remove = removed.find(path);
    if (add == nullptr || remove == removed.end() || remove->second == nullptr) continue;
    changes.emplace(path, VectorChange{remove->second, add});
  }
  return changes;
}

void RowChanges::Delete(const AddFile& file, RowSet rows) {
  deleted_.insert_or_assign(CanonicalPath(file.path), Deletion{file, file, std::move(rows)});
}

void RowChanges::Read(const AddFile& file, const RowSet& rows) {
  if (!rows.empty()) read_[CanonicalPath(file.path)].AddAll(rows);
}

const RowSet* RowChanges::ReadOf(const std::string& path) const {
  const auto read = read_.find(path);
  return read == read_.end() ? nullptr : &read->second;
}

std::vector<const AddFile*> RowChanges::files() const {
  std::vector<const AddFile*> files;
  for (const auto& [path, deletion] : deleted_) files.push_back(&deletion.before);
  return files;
}

bool RowChanges::Rebase(const CommitActions& winner) {
  if (deleted_.empty()) return false;
  bool changed = false;
  for (const auto& [path, change] : VectorChangesOf(winner)) {
    const auto ours = deleted_.find(path);
    if (ours == deleted_.end()) continue;
    ours->second.file = *change.after;
    changed = true;
  }
  return changed;
}

RowChanges::Staged RowChanges::Stage(const io::Location& table) const {
  Staged staged;
  DeletionVectorWriter writer(table);
  for (const auto& [path, deletion] : deleted_) {
    staged.removes.push_back(TombstoneOf(deletion.file, true));
    RowSet gone = DeletedRows(table, deletion.file);
    gone.AddAll(deletion.rows);
    const auto rows = ParseStatistics(deletion.file.stats_json, Schema()).rows;
    if (rows && gone.size() == static_cast<uint64_t>(*rows)) continue;
    AddFile add = deletion.file;
    add.deletion_vector_json = ToJson(writer.Add(gone));
    add.stats_json = WithWideBounds(add.stats_json);
    add.data_change = true;
    staged.adds.push_back(std::move(add));
  }
  staged.vector_key = writer.Finish();
  return staged;
}

RemoveFile TombstoneOf(const AddFile& file, bool data_change) {
  RemoveFile remove;
  remove.path = file.path;
  remove.data_change = data_change;
  remove.extended_file_metadata = true;
  remove.partition_values = file.partition_values;
  remove.size = file.size;
  remove.deletion_vector_json = file.deletion_vector_json;
  remove.base_row_id = file.base_row_id;
  remove.default_row_commit_version = file.default_row_commit_version;
  return remove;
}

}  // namespace weir::delta
