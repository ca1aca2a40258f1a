#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/base/clock.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/row_set.h"
#include "weir/delta/snapshot.h"
#include "weir/io/object_store.h"
#include "weir/types/predicate.h"

namespace weir::delta {

struct HistoryEntry {
  Version version = 0;
  int64_t timestamp_millis = 0;
  std::optional<CommitInfo> info;
};

// A change between two versions, for incremental reading.
struct VersionChange {
  Version version = 0;
  std::vector<AddFile> added;       // With dataChange.
  std::vector<RemoveFile> removed;  // With dataChange.
  std::optional<Metadata> metadata;
  std::optional<CommitInfo> info;
  std::map<std::string, SetTransaction> transactions;  // By app id.
};

class Log;             // log.h
struct CommitFile;     // log.h
class SnapshotCache;   // snapshot_cache.h
struct TimestampRule;  // commit_times.h

// A Delta table in a folder of a store. Opening reads nothing. What is passed outlives it and its
// transactions. Safe from many threads.
class Table {
 public:
  // With a cache, Latest() reads only what came after the snapshot that was read last.
  Table(io::Location location, CheckpointFormat& checkpoints, const Clock& clock,
        SnapshotCache* cache = nullptr);

  const io::Location& location() const { return location_; }
  // Whether there is a log at all.
  bool Exists() const;
  // Throw Error: kNotFound (no such table or version, or its log was cleaned up), kUnsupported
  // (names every reader feature that weir lacks), kCorrupt (names the file, line).
  std::shared_ptr<const Snapshot> Latest() const;
  // The latest snapshot, reading only what came after `known` (of this table's place, or null):
  // `known` itself when nothing did. A table that was made anew there is read as a whole.
  std::shared_ptr<const Snapshot> Refresh(const std::shared_ptr<const Snapshot>& known) const;
  std::shared_ptr<const Snapshot> At(Version version) const;
  // The last version not after that instant.
  std::shared_ptr<const Snapshot> AtTimestamp(Instant instant) const;
  // Every commit there is, oldest first.
  std::vector<CommitFile> Commits() const;
  // Which of those, all or the first of them, are timed by their entries.
  TimestampRule RuleOf(const Log& log, const std::vector<CommitFile>& commits) const;
  // Newest first.
  std::vector<HistoryEntry> History(size_t limit) const;
  // Commits in (after, through], oldest first.
  std::vector<VersionChange> Changes(Version after, Version through) const;

  CheckpointFormat& checkpoints() const { return *checkpoints_; }
  const Clock& clock() const { return *clock_; }

 private:
  io::Location location_;
  CheckpointFormat* checkpoints_;
  const Clock* clock_;
  SnapshotCache* cache_;
};

struct Committed {
  Version version = 0;
  std::string warning;  // Why the checkpoint that was due could not be written; for the log. Or "".
};
struct Conflict {
  Version taken;
  std::string reason;
  std::vector<std::string> files;
};
// A commit with the same SetTransaction app and version (or a later one) is in the table already.
struct AlreadyCommitted {
  Version version;  // At or before which it happened.
};
using CommitResult = std::variant<Committed, Conflict, AlreadyCommitted>;

struct CommitOptions {
  std::string operation;
  std::map<std::string, std::string> parameters;  // Values are JSON texts.
  std::map<std::string, std::string> metrics;
  std::map<std::string, std::string> more;  // e.g. {"weirStatement", "\"<id>\""}
};

// Changes staged against one snapshot (or against no table: create). They become visible all at
// once, as one table version, or not at all. Not thread-safe.
class Transaction {
 public:
  // `base` is null when the table is to be created.
  Transaction(const Table& table, std::shared_ptr<const Snapshot> base);
  ~Transaction();

  // New or changed. Checks the schema, maps new columns where its mode asks for it, raises the
  // protocol as far as its types and properties need.
  void SetMetadata(Metadata metadata);
  void Reads(Predicate rows);  // What the outcome depends on: decides real conflicts.
  void Add(AddFile file);
  // Rows that the commit changes, for readers of the table's change feed: all of them, since they
  // are then taken from nowhere else. The table's property delta.enableChangeDataFeed must be true.
  void AddChanges(CdcFile file);
  // A file of `base`. Without `data_change` its rows are still in what is added (rearranged).
  void Remove(const AddFile& file, bool data_change = true);
  // A file of `base` whose entry says something else now: its statistics. Its rows stay.
  void Retell(AddFile file);
  void RemoveAll();  // Every file of `base`: overwrite. Reads all rows.
  // These rows of a file of `base` go away and the file stays: Commit writes a deletion vector that
  // names them beside those which are gone already. The outcome rests on them. The table's property
  // delta.enableDeletionVectors must be true.
  void DeleteRows(const AddFile& file, RowSet rows);
  // The outcome rests on these rows of a file of `base` too.
  void ReadsRows(const AddFile& file, const RowSet& rows);
  // Of the rows in `base` it rests on no others: what Reads says then counts only for rows that
  // others add. Commits that delete other rows of the same files are then no conflict.
  void ReadsNoOtherRows();
  void SetProgress(std::string app_id, int64_t version);  // Makes a retried batch a no-op.
  // Sets the number of another app too; a commit in between that sets it is a conflict.
  void Mark(std::string app_id, int64_t version);
  // The outcome rests on how far that app is in `base`: a commit in between that sets its progress
  // is a conflict.
  void ReadsProgress(std::string app_id);
  void SetDomain(DomainMetadata domain);
  // The protocol as it is, raised to what another table's says. Before SetMetadata.
  void RaiseProtocol(const Protocol& at_least);
  // Another one, whatever was asked for before.
  void SetProtocol(Protocol protocol);
  // Any commit since `base` is a conflict.
  void StandsAlone();
  // The files that stay were written by the new metadata's mapping of columns: they are those of a
  // table that this one becomes a copy of.
  void FilesFitMetadata();

  // Writes the next log entry, rebasing over versions that others wrote while the protocol's rules
  // allow it; after every checkpointInterval-th version also a checkpoint (whose failure is logged,
  // never thrown). A real conflict is a value, and the changes are still here. A store that fails
  // throws; after kUnavailable, and only then, the entry may exist (so what was added must stay),
  // and Commit called again finds out by its own txnId and answers Committed. Throws kUnsupported
  // by name for a writer feature weir lacks.
  [[nodiscard]] CommitResult Commit(const CommitOptions& options);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::delta
