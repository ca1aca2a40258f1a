#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "weir/delta/apply.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/row_changes.h"
#include "weir/types/predicate.h"

namespace weir::delta {

// What a transaction wants and what its outcome rests on, for telling conflicts.
struct CommitIntent {
  const LogSnapshot* base = nullptr;  // Null when the table is to be created.
  std::vector<Predicate> reads;
  std::vector<RemoveFile> removes;
  std::vector<AddFile> retold;  // Files of the base whose entries are written anew.
  RowChanges rows;
  std::vector<std::string> domains;  // That it changes or rests on.
  std::optional<SetTransaction> progress;
  std::vector<SetTransaction> marks;   // Recorded beside it.
  std::vector<std::string> read_apps;  // Whose progress it rests on.
  bool stands_alone = false;           // It says which version it is: none may come in between.
  bool reads_all_files = false;        // Even one with the same rows must not come in between.
};

struct IntentConflict {
  std::string reason;
  std::vector<std::string> files;  // Paths, where it is about files.
};

// Why a transaction can't follow a commit it did not know of, or nothing when it can: the same
// result must come out as if it had started after that commit. Reads deletion vectors, of `table`,
// and nothing else. For one thread.
class ConflictCheck {
 public:
  ConflictCheck(const io::Location& table, const CommitIntent& intent);
  std::optional<IntentConflict> Against(const CommitActions& winner) const;

 private:
  std::optional<IntentConflict> AgainstFiles(const CommitActions& winner) const;
  std::optional<IntentConflict> AgainstAdd(const AddFile& add) const;
  // `read`: where in the base the files are that the outcome may rest on, of those removed.
  std::optional<IntentConflict> AgainstRemove(const RemoveFile& remove,
                                              const ByFileKey<size_t>& read) const;
  std::optional<IntentConflict> AgainstVector(const std::string& path,
                                              const VectorChange& change) const;
  std::optional<IntentConflict> AgainstProgress(const SetTransaction& txn) const;
  bool Reads(const AddFile& file) const;
  ByFileKey<size_t> ReadOfRemoved(const CommitActions& winner) const;

  const io::Location& table_;
  const CommitIntent& intent_;
  std::unordered_map<std::string, const RemoveFile*> removes_;
  std::unordered_set<std::string> retold_;  // File keys.
};

}  // namespace weir::delta
