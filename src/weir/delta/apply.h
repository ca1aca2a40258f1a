#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/packed_files.h"

namespace weir::delta {

// The actions of one log entry, in order.
struct CommitActions {
  Version version = 0;
  std::vector<Action> actions;
};

// What the log says of a table at one version (PROTOCOL.md, "Action Reconciliation"). A value.
struct TableState {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  AddFiles files;          // In the order they were added.
  RemoveFiles tombstones;  // Removed files, expired ones included.
  std::map<std::string, SetTransaction> transactions;
  std::map<std::string, DomainMetadata> domains;  // Without the removed ones.
  std::optional<CommitInfo> last_commit;          // Of the last entry applied, if it told.
};

// The state after `commits`, oldest first, given the one before. Of a file (path and deletion
// vector), a transaction, a domain, the protocol and the metadata the last action counts. What the
// commits do not touch is shared with the state before.
TableState Apply(TableState before, std::vector<CommitActions> commits);

// The same, a commit at a time: none needs to be kept. Driven by one thread.
class StateBuilder {
 public:
  explicit StateBuilder(TableState before);
  ~StateBuilder();
  void Add(CommitActions commit);  // Oldest first.
  TableState Finish() &&;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The state that a checkpoint's actions spell.
TableState FromCheckpoint(std::vector<Action> actions);

// A part of a checkpoint, as it is read: what it says goes into `state` as it is. Once all parts
// are there, CompleteCheckpoint sees to it that none says the same as another.
void AddCheckpointAction(TableState& state, Action action);
void AddCheckpointPart(TableState& state, TableState part);
void CompleteCheckpoint(TableState& state);

// What several commits, oldest first, say together (PROTOCOL.md, "Log Compaction Files"): removed
// domains and files stay told, commitInfo does not.
std::vector<Action> Reconciled(std::vector<CommitActions> commits);

}  // namespace weir::delta
