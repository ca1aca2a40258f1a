#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "weir/base/clock.h"
#include "weir/delta/actions.h"
#include "weir/delta/log.h"
#include "weir/delta/properties.h"

namespace weir::delta {

// The entry's own time, where it tells one (PROTOCOL.md, "In-Commit Timestamps").
std::optional<int64_t> InCommitTimestamp(const std::optional<CommitInfo>& info);

constexpr const char* kInCommitTimestamp = "inCommitTimestamp";  // Feature, and member.
constexpr const char* kEnableInCommitTimestamps = "delta.enableInCommitTimestamps";
constexpr const char* kTimestampsSinceVersion = "delta.inCommitTimestampEnablementVersion";
constexpr const char* kTimestampsSinceMillis = "delta.inCommitTimestampEnablementTimestamp";

// Entries that tell their times go on telling them: since when is a matter of the log, which
// `after`, the table's next properties, says as `before` does.
void KeepTimestampsSince(const Configuration& before, Configuration& after);

// Which versions of a table are timed by their entries.
struct TimestampRule {
  explicit TimestampRule(const Configuration& configuration);
  bool Covers(Version version) const { return enabled && version >= since_version; }

  bool enabled = false;
  Version since_version = 0;  // All, when the table always had them.
  int64_t since_millis = INT64_MIN;
};

// The last of `commits` (all there are, oldest first) that is not after `millis`; nothing when all
// are. Reads the entries of a few commits where the rule says that these tell.
std::optional<Version> VersionAt(const Log& log, const std::vector<CommitFile>& commits,
                                 const TimestampRule& rule, int64_t millis);

// The commit's time by the rule; reads its entry where that tells.
int64_t TimeOf(const Log& log, const CommitFile& commit, const TimestampRule& rule);

}  // namespace weir::delta
