#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/apply.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/row_set.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// A file that a commit gives another deletion vector: it is removed with the one and added with the
// other.
struct VectorChange {
  const RemoveFile* before = nullptr;
  const AddFile* after = nullptr;
};
// By canonical path. They point into `commit`.
std::map<std::string, VectorChange> VectorChangesOf(const CommitActions& commit);

// What a transaction does to single rows of its table's files, and on which it rests.
class RowChanges {
 public:
  // These rows of `file` go away; it has some of them at least.
  void Delete(const AddFile& file, RowSet rows);
  // The outcome rests on these rows of the table's files, and on no others that are there.
  void Read(const AddFile& file, const RowSet& rows);
  void ReadNoOthers() { knows_reads_ = true; }

  bool empty() const { return deleted_.empty(); }
  bool knows_reads() const { return knows_reads_; }
  // By canonical path; null for none.
  const RowSet* ReadOf(const std::string& path) const;
  bool Deletes(const std::string& path) const { return deleted_.contains(path); }
  // Of which rows go away, as they are in the base.
  std::vector<const AddFile*> files() const;

  // Puts the changes behind a commit that does not conflict with them. Whether that changed
  // anything.
  bool Rebase(const CommitActions& winner);

  // The actions that make them, with new vectors, which are durable on return. A file of which no
  // row is left is only removed.
  struct Staged {
    std::vector<RemoveFile> removes;
    std::vector<AddFile> adds;
    std::string vector_key;  // Of the file that was written; "" for none.
  };
  Staged Stage(const io::Location& table) const;

 private:
  struct Deletion {
    AddFile before;  // In the transaction's base.
    AddFile file;    // As commits since have left it.
    RowSet rows;
  };
  std::map<std::string, Deletion> deleted_;
  std::map<std::string, RowSet> read_;
  bool knows_reads_ = false;
};

// The tombstone of a file.
RemoveFile TombstoneOf(const AddFile& file, bool data_change);

}  // namespace weir::delta
