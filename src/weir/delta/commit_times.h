#pragma once

#include <optional>
#include <vector>

#include "weir/delta/log.h"

namespace weir::delta {

// The time that an entry gives itself, where the table keeps that.
std::optional<int64_t> InCommitTimestamp(const std::optional<CommitInfo>& info);
// Every commit there is, oldest first, with its time: the file's, or the entry's own where the
// table keeps that.
std::vector<CommitFile> TimedCommits(const Log& log);

}  // namespace weir::delta
