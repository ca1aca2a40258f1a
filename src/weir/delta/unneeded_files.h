#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "weir/base/clock.h"
#include "weir/delta/table.h"

// What VACUUM may delete: files that no version since a moment needs.
namespace weir::delta {

struct UnneededFile {
  std::string key;
  int64_t size = 0;
};

struct UnneededFiles {
  std::vector<UnneededFile> files;  // In the order of their keys.
  int64_t bytes = 0;
  int64_t folders = 1;  // That were looked through, the table's own among them.
  // The last version that was older than the moment and removed nothing since: what FindRemoved
  // need not look at again once the files are gone. Nothing: there is none.
  std::optional<Version> through;
};

using Keys = std::unordered_set<std::string>;

// Keys of files that start with `prefix`, a folder in the table's store, and that the table needs:
// those of `latest`, and of versions that were current at `cutoff` or later. `now` as below.
Keys KeysNeeded(const Table& table, const Snapshot& latest, const std::string& prefix,
                Instant cutoff, Instant now);

// Files in the table's folder that were there before `cutoff` and are not those of `latest`, nor of
// a version that was current at `cutoff` or later. Never what is hidden: names with '_' or '.' in
// front, at any depth, but for folders of partitions and of changed rows (_change_data); nor what
// lies in the folder of another table below this one. Reads the log and lists the whole folder.
// `now`: the moment from which `cutoff` was counted. What is within the time that the table keeps
// files for is told by its latest version; for more, entries of the log are read.
UnneededFiles FindUnneeded(const Table& table, const Snapshot& latest, Instant cutoff, Instant now);

// Those among them that the log tells of: files that commits removed since the last NoteVacuum.
// Lists nothing; a file may be gone already. Throws Error{kInvalid} with DELTA_CANNOT_VACUUM_LITE
// where the log does not reach back so far.
UnneededFiles FindRemoved(const Table& table, const Snapshot& latest, Instant cutoff, Instant now);

// Takes out of `files`, which an earlier version did not need, what `latest` does: RESTORE and
// CLONE bring old files back.
void DropNeeded(const Table& table, const Snapshot& latest, Instant cutoff,
                std::vector<UnneededFile>& files);

// The bytes of its files, once some were taken out.
void CountBytes(UnneededFiles& found);

// Puts down, beside the log, that what `found` names has been deleted.
void NoteVacuum(const Table& table, const UnneededFiles& found);

}  // namespace weir::delta
