#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/actions.h"

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
  std::vector<AddFile> files;          // In the order they were added.
  std::vector<RemoveFile> tombstones;  // Removed files, expired ones included.
  std::map<std::string, SetTransaction> transactions;
  std::map<std::string, DomainMetadata> domains;  // Without the removed ones.
  std::optional<CommitInfo> last_commit;          // Of the last entry applied, if it told.
};

// The state after `commits`, oldest first, given the one before. Of a file (path and deletion
// vector), a transaction, a domain, the protocol and the metadata the last action counts.
TableState Apply(TableState before, std::vector<CommitActions> commits);

// The state that a checkpoint's actions spell.
TableState FromCheckpoint(std::vector<Action> actions);

// One text for each logical file: canonical path and deletion vector.
std::string FileKey(const std::string& path, const std::string& deletion_vector_json);

}  // namespace weir::delta
