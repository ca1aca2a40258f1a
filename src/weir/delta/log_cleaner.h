#pragma once

#include "weir/base/clock.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/log_snapshot.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// Deletes what the log holds of versions older than the table's delta.logRetentionDuration, unless
// its delta.enableExpiredLogCleanup is false (PROTOCOL.md, "Metadata Cleanup"): the entries,
// checkpoints and checksums before the checkpoint by which the oldest version to be kept is read,
// and sidecars that no checkpoint names. That checkpoint is read first: nothing goes while it is
// damaged. Deletes a limited number of files, the oldest first; the next call goes on. Returns how
// many.
// A table that protects its checkpoints (PROTOCOL.md, "Checkpoint Protection") loses all that it
// protects at once, or nothing.
size_t CleanLog(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                const LogSnapshot& snapshot);

// The same for what is older than a moment, all of it, whatever the properties say. Sidecars stay.
void CleanLogBefore(const io::Location& table, CheckpointFormat& format,
                    const LogSnapshot& snapshot, Instant moment);

}  // namespace weir::delta
