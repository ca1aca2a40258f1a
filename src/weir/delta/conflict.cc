#include "weir/delta/conflict.h"

#include <algorithm>

#include "weir/delta/paths.h"

namespace weir::delta {

ConflictCheck::ConflictCheck(const io::Location& table, const CommitIntent& intent)
    : table_(table), intent_(intent) {
  for (const RemoveFile& remove : intent.removes) {
    removes_.emplace(FileKey(remove.path, remove.deletion_vector_json), &remove);
  }
  for (const AddFile& file : intent.retold) {
    retold_.insert(FileKey(file.path, file.deletion_vector_json));
  }
}

ByFileKey<size_t> ConflictCheck::ReadOfRemoved(const CommitActions& winner) const {
  const bool reads_files = !intent_.reads.empty() && !intent_.rows.knows_reads();
  if (intent_.base == nullptr || (!reads_files && !intent_.reads_all_files)) return {};
  ByFileKey<const RemoveFile*> removed;
  for (const Action& action : winner.actions) {
    const auto* remove = std::get_if<RemoveFile>(&action);
    if (remove == nullptr) continue;
    removed.emplace(FileKey(remove->path, remove->deletion_vector_json), remove);
  }
  if (removed.empty()) return {};
  return intent_.base->files().Find(removed);
}

bool ConflictCheck::Reads(const AddFile& file) const {
  if (intent_.base == nullptr) return !intent_.reads.empty();
  return std::any_of(intent_.reads.begin(), intent_.reads.end(),
                     [&](const Predicate& rows) { return intent_.base->MayHold(file, rows); });
}

std::optional<IntentConflict> ConflictCheck::AgainstAdd(const AddFile& add) const {
  if (intent_.reads_all_files) {
    return IntentConflict{"it added a file, and this one changes something of all files",
                          {add.path}};
  }
  if (retold_.contains(FileKey(add.path, add.deletion_vector_json))) {
    return IntentConflict{"it wrote the entry of a file anew that this one writes too", {add.path}};
  }
  // Rearranged rows were there before.
  if (!add.data_change || !Reads(add)) return std::nullopt;
  return IntentConflict{"it added rows that this one would have had to read", {add.path}};
}

std::optional<IntentConflict> ConflictCheck::AgainstRemove(const RemoveFile& remove,
                                                           const ByFileKey<size_t>& read) const {
  const std::string key = FileKey(remove.path, remove.deletion_vector_json);
  if (removes_.contains(key)) {
    return IntentConflict{"it removed a file that this one removes too", {remove.path}};
  }
  if (retold_.contains(key)) {
    return IntentConflict{"it removed a file whose entry this one writes anew", {remove.path}};
  }
  const std::string path = CanonicalPath(remove.path);
  if (intent_.rows.Deletes(path) || intent_.rows.ReadOf(path) != nullptr) {
    return IntentConflict{"it removed the file " + remove.path + ", rows of which this one changes",
                          {remove.path}};
  }
  const auto at = read.find(key);
  if (at == read.end()) return std::nullopt;
  if (!intent_.reads_all_files && !Reads(intent_.base->files()[at->second])) return std::nullopt;
  return IntentConflict{"it removed a file that this one read", {remove.path}};
}

// It deleted rows of a file, which stays.
std::optional<IntentConflict> ConflictCheck::AgainstVector(const std::string& path,
                                                           const VectorChange& change) const {
  const RemoveFile& before = *change.before;
  const std::string key = FileKey(before.path, before.deletion_vector_json);
  if (removes_.contains(key)) {
    return IntentConflict{"it changed rows of the file " + before.path + ", which this one removes",
                          {before.path}};
  }
  if (retold_.contains(key)) {
    return IntentConflict{
        "it changed rows of the file " + before.path + ", whose entry this one writes anew",
        {before.path}};
  }
  const RowSet* const read = intent_.rows.ReadOf(path);
  const bool may_read = Reads(*change.after);
  if (!may_read && read == nullptr) return std::nullopt;
  const RowSet gone = DeletedRows(table_, *change.after);
  const RowSet gone_before = DeletedRows(table_, before);
  RowSet returned = gone_before;
  returned.Subtract(gone);
  if (may_read && !returned.empty()) {
    return IntentConflict{
        "it brought back rows of the file " + before.path + " that this one would have had to read",
        {before.path}};
  }
  RowSet lost = gone;
  lost.Subtract(gone_before);
  if (lost.empty()) return std::nullopt;
  if (!intent_.rows.knows_reads() && may_read) {
    return IntentConflict{"it changed rows of the file " + before.path + ", which this one read",
                          {before.path}};
  }
  if (read == nullptr || !read->Intersects(lost)) return std::nullopt;
  return IntentConflict{
      "it changed a row of the file " + before.path + " that this one changes too", {before.path}};
}

std::optional<IntentConflict> ConflictCheck::AgainstFiles(const CommitActions& winner) const {
  const auto vectors = VectorChangesOf(winner);
  for (const auto& [path, change] : vectors) {
    if (auto conflict = AgainstVector(path, change)) return conflict;
  }
  const ByFileKey<size_t> read = ReadOfRemoved(winner);
  for (const Action& action : winner.actions) {
    std::optional<IntentConflict> conflict;
    if (const auto* add = std::get_if<AddFile>(&action)) {
      if (!vectors.contains(CanonicalPath(add->path))) conflict = AgainstAdd(*add);
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      if (!vectors.contains(CanonicalPath(remove->path))) conflict = AgainstRemove(*remove, read);
    }
    if (conflict) return conflict;
  }
  return std::nullopt;
}

std::optional<IntentConflict> ConflictCheck::AgainstProgress(const SetTransaction& txn) const {
  if (intent_.progress && intent_.progress->app_id == txn.app_id) {
    return IntentConflict{
        "it belongs to the same writer ('" + txn.app_id + "'), which another process is running",
        {}};
  }
  const bool is_marked =
      std::any_of(intent_.marks.begin(), intent_.marks.end(),
                  [&](const SetTransaction& mark) { return mark.app_id == txn.app_id; });
  if (is_marked || std::find(intent_.read_apps.begin(), intent_.read_apps.end(), txn.app_id) !=
                       intent_.read_apps.end()) {
    return IntentConflict{"it set the progress of '" + txn.app_id + "', on which this one rests",
                          {}};
  }
  return std::nullopt;
}

std::optional<IntentConflict> ConflictCheck::Against(const CommitActions& winner) const {
  if (intent_.base == nullptr) return IntentConflict{"the table was created meanwhile", {}};
  if (intent_.stands_alone) {
    return IntentConflict{"it came in between, and this one changes what the table needs", {}};
  }
  for (const Action& action : winner.actions) {
    std::optional<IntentConflict> conflict;
    if (std::holds_alternative<Protocol>(action)) {
      conflict = IntentConflict{"it changed the table's protocol", {}};
    } else if (std::holds_alternative<Metadata>(action)) {
      conflict = IntentConflict{"it changed the table's schema or properties", {}};
    } else if (const auto* txn = std::get_if<SetTransaction>(&action)) {
      conflict = AgainstProgress(*txn);
    } else if (const auto* domain = std::get_if<DomainMetadata>(&action)) {
      if (std::find(intent_.domains.begin(), intent_.domains.end(), domain->domain) !=
          intent_.domains.end()) {
        conflict = IntentConflict{"it changed the metadata of domain '" + domain->domain + "'", {}};
      }
    }
    if (conflict) return conflict;
  }
  return AgainstFiles(winner);
}

}  // namespace weir::delta
