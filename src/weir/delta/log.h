#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "weir/delta/apply.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/checksum.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// A commit's file as a listing shows it; the time is the file's, raised where it does not rise
// from one version to the next.
struct CommitFile {
  Version version = 0;
  int64_t timestamp_millis = 0;
  std::string etag;  // As the store says; "" where it has none.
  int64_t bytes = 0;
};

// A whole checkpoint: one file, or all parts. What sidecars there are is in the file.
struct CheckpointFiles {
  Version version = 0;
  int64_t timestamp_millis = 0;
  std::vector<std::string> keys;
  int64_t bytes = 0;  // All together, with the sidecars as far as their names tell.
};

// A file that says what several commits say together.
struct CompactedFile {
  Version first = 0;
  Version last = 0;
  std::string key;
};

// The files that together spell one version: a checkpoint, or nothing for the empty table, and
// every commit after it.
struct LogSegment {
  Version version = 0;
  std::optional<CheckpointFiles> checkpoint;
  std::vector<CommitFile> commits;
  // What may be read instead of some of `commits`, oldest first; never instead of the last one.
  std::vector<CompactedFile> compacted;
  bool has_checksum = false;     // Of the last version.
  int64_t timestamp_millis = 0;  // Of the last version.
  std::string etag;  // Of the last version's commit; "" where only a checkpoint is left.
};

// What a reader of a version has to read of the log.
struct LogTail {
  Version checkpoint = -1;  // -1: there is none.
  int64_t checkpoint_bytes = 0;
  int64_t commit_bytes = 0;  // Of the commits after it.
};

// What came into the log behind a version, oldest first.
struct LogNews {
  std::vector<CommitFile> commits;            // Without a gap.
  std::optional<CheckpointFiles> checkpoint;  // The newest; may be of the version itself.
};

// What `_last_checkpoint` says.
struct LastCheckpoint {
  Version version = 0;
};

// The `_delta_log` folder of one table: names, listings, reading. Knows nothing of what actions
// mean together. Safe from many threads.
class Log {
 public:
  explicit Log(const io::Location& table);

  std::string CommitKey(Version version) const;
  std::string CheckpointKey(Version version) const;
  std::string CheckpointPartKey(Version version, int part, int parts) const;    // Parts from 1.
  std::string V2CheckpointKey(Version version, const std::string& uuid) const;  // As JSON.
  std::string SidecarKey(const std::string& name) const;
  std::string CompactedKey(Version first, Version last) const;
  std::string ChecksumKey(Version version) const;
  std::string LastCheckpointKey() const;
  const std::string& folder() const { return folder_; }
  const std::string& table_uri() const { return uri_; }
  std::string UriOf(const std::string& key) const;

  bool Exists() const;
  // What leads to the version wanted, or to the latest. Throws Error: kNotFound (no table; no such
  // version, saying which there are), kCorrupt (a commit is missing, naming its version). Goes by
  // the newest whole checkpoint but those whose first key is among `spoilt`; of one version by a v2
  // checkpoint of its own name before a single file, that before parts, and by few parts before
  // many.
  LogSegment SegmentFor(std::optional<Version> wanted,
                        const std::set<std::string>& spoilt = {}) const;
  LogNews NewsAfter(Version version) const;
  // All whole ones, oldest first.
  std::vector<CheckpointFiles> Checkpoints() const;
  // The commits after `version`, oldest first, without a gap.
  std::vector<CommitFile> CommitsAfter(Version version) const { return NewsAfter(version).commits; }
  // Every commit file there is, oldest first.
  std::vector<CommitFile> Commits() const { return CommitsAfter(-1); }

  // Throws Error: kNotFound, kCorrupt naming file and line; the latter also for an entry of weir's
  // that lost its end.
  CommitActions ReadCommit(Version version) const;
  // The same for several, of which those that are not there are nothing. Where each costs a trip
  // over a network, many are asked for at a time.
  std::vector<std::optional<CommitActions>> FindCommits(Version first, Version last) const;
  std::vector<CommitActions> ReadCommits(const std::vector<Version>& versions) const;
  // The entry's own account of itself, if it gives one.
  std::optional<CommitInfo> ReadCommitInfo(Version version) const;
  std::vector<std::optional<CommitInfo>> ReadCommitInfos(
      const std::vector<Version>& versions) const;
  // Of a compacted file, as one commit of its last version.
  CommitActions ReadCompacted(const CompactedFile& file) const;
  // Calls `take` with all rows of one file of a checkpoint.
  void ReadCheckpointParts(const std::string& key, CheckpointFormat& format,
                           const std::function<void(CheckpointPart)>& take) const;
  // Of the version that `segment` leads to, or that comes after those commits.
  static LogTail TailOf(const LogSegment& segment);
  static LogTail TailOf(LogTail before, const LogNews& news);
  // Nothing when it is absent or spoilt.
  std::optional<VersionChecksum> ReadChecksum(Version version) const;
  // Nothing when it is absent or spoilt: it is a hint.
  std::optional<LastCheckpoint> ReadLastCheckpoint() const;

 private:
  struct Listing;
  // Calls `read` with 0 to `count` - 1, in several threads where the store is far.
  void Each(size_t count, const std::function<void(size_t)>& read) const;
  Listing List(Version from, const std::set<std::string>& spoilt) const;
  CommitActions ReadActions(Version version, const std::string& key, size_t& lines) const;
  std::string Where(const std::string& key, size_t line) const;
  static std::string Remaining(const Listing& listing, Version latest);
  std::optional<LogSegment> TrySegment(const Listing& listing, std::optional<Version> wanted) const;

  io::ObjectStore* store_;
  std::string folder_;  // "<table>/_delta_log/"
  std::string uri_;     // Of the table, for messages.
};

}  // namespace weir::delta
