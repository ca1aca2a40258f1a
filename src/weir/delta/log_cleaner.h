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
size_t CleanLog(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                const LogSnapshot& snapshot);

}  // namespace weir::delta
