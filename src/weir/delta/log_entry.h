#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/checksum.h"
#include "weir/delta/log_snapshot.h"

namespace weir::delta {

// What a transaction adds to a log, before it is known as which version.
struct PendingEntry {
  std::shared_ptr<const LogSnapshot> base;  // Null when the table is to be created.
  // As they will be after the commit.
  Protocol protocol;
  Metadata metadata;
  bool metadata_changed = false;

  std::optional<SetTransaction> progress;
  std::vector<SetTransaction> marks;  // More of these.
  std::vector<RemoveFile> removes;
  std::vector<AddFile> adds;
  std::vector<CdcFile> changes;
  bool moves_rows = false;  // Rows that go from files are in files that come.
  std::vector<DomainMetadata> domains;
  CommitInfo info;  // Without what depends on the place in the log.

  std::vector<SetTransaction> Transactions() const;  // The progress and the marks.
  bool ProtocolChanged() const { return base == nullptr || !(protocol == base->protocol()); }
  // Whether this commit is the first that tells its own time, behind others that don't.
  bool StartsInCommitTimestamps() const;
};

// Where in the log an entry goes.
struct EntryPlace {
  Version version = 0;
  int64_t timestamp_millis = 0;
  int64_t row_id_high_water_mark = -1;  // Before it.
};

// The entry's text: commitInfo first, files with their row ids, metadata with what it must say of
// this version.
struct WrittenEntry {
  std::string text;
  Metadata metadata;
  std::vector<DomainMetadata> domains;
};
WrittenEntry WriteEntry(const PendingEntry& pending, const EntryPlace& place);

// The checksum of the version that the entry makes right behind its base. Nothing when what the
// table holds is not known: another version came between.
std::optional<VersionChecksum> ChecksumAfter(const PendingEntry& pending, const EntryPlace& place,
                                             const WrittenEntry& written);

}  // namespace weir::delta
