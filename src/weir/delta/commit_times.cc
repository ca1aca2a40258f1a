#include "weir/delta/commit_times.h"

#include <charconv>

namespace weir::delta {

std::optional<int64_t> InCommitTimestamp(const std::optional<CommitInfo>& info) {
  if (!info) return std::nullopt;
  const auto found = info->more.find("inCommitTimestamp");
  if (found == info->more.end()) return std::nullopt;
  int64_t millis = 0;
  const auto [end, error] =
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), millis);
  if (error != std::errc()) return std::nullopt;
  return millis;
}

std::vector<CommitFile> TimedCommits(const Log& log) {
  std::vector<CommitFile> commits = log.Commits();
  if (commits.empty()) return commits;
  if (!InCommitTimestamp(log.ReadCommitInfo(commits.back().version))) return commits;
  for (CommitFile& commit : commits) {
    const auto own = InCommitTimestamp(log.ReadCommitInfo(commit.version));
    if (own) commit.timestamp_millis = *own;
  }
  return commits;
}

}  // namespace weir::delta
