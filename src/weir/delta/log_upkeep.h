#pragma once

#include <memory>
#include <string>

#include "weir/delta/checksum.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/properties.h"
#include "weir/delta/table.h"

namespace weir::delta {

// What follows a commit of `version` on `base` (null for a new table), whose entry has so many
// bytes: a checkpoint and a clean-up of the log, or a compacted file, when they are due. The commit
// stands whatever happens here: what failed is told, for the log; "" when nothing did.
std::string KeepLogShort(const Table& table, const std::shared_ptr<const LogSnapshot>& base,
                         const TableProperties& properties, Version version, size_t entry_bytes);

// Writes a checkpoint of that version, whether one is due or not. Throws what keeps it from that.
void WriteCheckpointOf(const Table& table, const Snapshot& snapshot);

bool HasCheckpoint(const Table& table, Version version);

// Deletes what the log holds of versions that were old at `before`, as far as a checkpoint lets it:
// the clean-up of the log without its delays. `latest`: the table's version.
void TruncateLog(const Table& table, const Snapshot& latest, Instant before);

// The oldest version of which the log holds something; 0 for an empty one.
Version OldestInLog(const Table& table);

// Writes the version's checksum file, unless there is one. What failed is told, as above.
std::string WriteChecksum(const Table& table, Version version, const VersionChecksum& checksum);

}  // namespace weir::delta
