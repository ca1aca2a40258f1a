#include "weir/delta/commit_times.h"

#include <algorithm>
#include <charconv>

namespace weir::delta {
namespace {

std::optional<int64_t> WholeNumber(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int64_t> NumberIn(const Configuration& configuration, const char* property) {
  const auto found = configuration.find(property);
  return found == configuration.end() ? std::nullopt : WholeNumber(found->second);
}

}  // namespace

std::optional<int64_t> InCommitTimestamp(const std::optional<CommitInfo>& info) {
  if (!info) return std::nullopt;
  const auto found = info->more.find(kInCommitTimestamp);
  return found == info->more.end() ? std::nullopt : WholeNumber(found->second);
}

void KeepTimestampsSince(const Configuration& before, Configuration& after) {
  if (!IsTrue(before, kEnableInCommitTimestamps) || !IsTrue(after, kEnableInCommitTimestamps)) {
    return;
  }
  for (const char* property : {kTimestampsSinceVersion, kTimestampsSinceMillis}) {
    after.erase(property);
    if (const auto own = before.find(property); own != before.end()) after.insert(*own);
  }
}

TimestampRule::TimestampRule(const Configuration& configuration)
    : enabled(IsTrue(configuration, kEnableInCommitTimestamps)),
      since_version(NumberIn(configuration, kTimestampsSinceVersion).value_or(0)),
      since_millis(NumberIn(configuration, kTimestampsSinceMillis).value_or(INT64_MIN)) {}

int64_t TimeOf(const Log& log, const CommitFile& commit, const TimestampRule& rule) {
  if (!rule.Covers(commit.version)) return commit.timestamp_millis;
  return InCommitTimestamp(log.ReadCommitInfo(commit.version)).value_or(commit.timestamp_millis);
}

std::optional<Version> VersionAt(const Log& log, const std::vector<CommitFile>& commits,
                                 const TimestampRule& rule, int64_t millis) {
  const auto since = std::find_if(commits.begin(), commits.end(), [&](const CommitFile& commit) {
    return rule.Covers(commit.version);
  });
  const bool by_entries = since != commits.end() && millis >= rule.since_millis;
  const auto begin = by_entries ? since : commits.begin();
  const auto end = by_entries ? commits.end() : since;
  // Times rise from version to version, so that few entries need be read.
  const auto after = std::upper_bound(
      begin, end, millis,
      [&](int64_t wanted, const CommitFile& commit) { return wanted < TimeOf(log, commit, rule); });
  if (after == begin) {
    // Within the versions timed by entries none is as old, as where the table's properties are off.
    if (by_entries && begin != commits.begin()) return std::prev(begin)->version;
    return std::nullopt;
  }
  return std::prev(after)->version;
}

}  // namespace weir::delta
