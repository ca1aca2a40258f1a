#include "weir/delta/log_compaction.h"

#include "weir/delta/apply.h"

namespace weir::delta {

bool IsCompactionDue(const LogTail& tail, Version version) {
  if ((version + 1) % kCompactedCommits != 0) return false;
  return version - kCompactedCommits >= tail.checkpoint;
}

void WriteCompacted(const io::Location& table, Version version) {
  const Log log(table);
  const Version first = version - kCompactedCommits + 1;
  std::vector<Version> versions;
  for (Version at = first; at <= version; ++at) versions.push_back(at);
  std::vector<CommitActions> commits = log.ReadCommits(versions);
  std::string text;
  for (const Action& action : Reconciled(std::move(commits))) text += ActionToJson(action) + '\n';
  table.store->Put(log.CompactedKey(first, version), text);
}

}  // namespace weir::delta
