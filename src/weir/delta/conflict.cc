#include "weir/delta/conflict.h"

#include <algorithm>

namespace weir::delta {

ConflictCheck::ConflictCheck(const CommitIntent& intent) : intent_(intent) {
  for (const RemoveFile& remove : intent.removes) {
    removes_.emplace(FileKey(remove.path, remove.deletion_vector_json), &remove);
  }
  for (const AddFile& file : intent.retold) {
    retold_.insert(FileKey(file.path, file.deletion_vector_json));
  }
  if (intent.base == nullptr || intent.reads.empty()) return;
  for (const AddFile& file : intent.base->files()) {
    base_files_.emplace(FileKey(file.path, file.deletion_vector_json), &file);
  }
}

bool ConflictCheck::Reads(const AddFile& file) const {
  if (intent_.base == nullptr) return !intent_.reads.empty();
  return std::any_of(intent_.reads.begin(), intent_.reads.end(),
                     [&](const Predicate& rows) { return intent_.base->MayHold(file, rows); });
}

std::optional<IntentConflict> ConflictCheck::AgainstAdd(const AddFile& add) const {
  if (retold_.contains(FileKey(add.path, add.deletion_vector_json))) {
    return IntentConflict{"it wrote the entry of a file anew that this one writes too", {add.path}};
  }
  // Rearranged rows were there before.
  if (!add.data_change || !Reads(add)) return std::nullopt;
  return IntentConflict{"it added rows that this one would have had to read", {add.path}};
}

std::optional<IntentConflict> ConflictCheck::AgainstRemove(const RemoveFile& remove) const {
  const std::string key = FileKey(remove.path, remove.deletion_vector_json);
  if (removes_.contains(key)) {
    return IntentConflict{"it removed a file that this one removes too", {remove.path}};
  }
  if (retold_.contains(key)) {
    return IntentConflict{"it removed a file whose entry this one writes anew", {remove.path}};
  }
  const auto read = base_files_.find(key);
  if (read == base_files_.end() || !Reads(*read->second)) return std::nullopt;
  return IntentConflict{"it removed a file that this one read", {remove.path}};
}

std::optional<IntentConflict> ConflictCheck::AgainstProgress(const SetTransaction& txn) const {
  if (intent_.progress && intent_.progress->app_id == txn.app_id) {
    return IntentConflict{
        "it belongs to the same writer ('" + txn.app_id + "'), which another process is running",
        {}};
  }
  if (std::find(intent_.read_apps.begin(), intent_.read_apps.end(), txn.app_id) !=
      intent_.read_apps.end()) {
    return IntentConflict{"it set the progress of '" + txn.app_id + "', on which this one rests",
                          {}};
  }
  return std::nullopt;
}

std::optional<IntentConflict> ConflictCheck::Against(const CommitActions& winner) const {
  if (intent_.base == nullptr) return IntentConflict{"the table was created meanwhile", {}};
  for (const Action& action : winner.actions) {
    std::optional<IntentConflict> conflict;
    if (std::holds_alternative<Protocol>(action)) {
      conflict = IntentConflict{"it changed the table's protocol", {}};
    } else if (std::holds_alternative<Metadata>(action)) {
      conflict = IntentConflict{"it changed the table's schema or properties", {}};
    } else if (const auto* add = std::get_if<AddFile>(&action)) {
      conflict = AgainstAdd(*add);
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      conflict = AgainstRemove(*remove);
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
  return std::nullopt;
}

}  // namespace weir::delta
