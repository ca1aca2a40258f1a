#pragma once

#include "weir/base/clock.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/log_snapshot.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// Writes a classic checkpoint of `snapshot`, without tombstones that are past the table's
// retention, and points `_last_checkpoint` at it unless that is ahead already. Each step leaves a
// log that reads the same.
void WriteCheckpoint(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                     const LogSnapshot& snapshot);

}  // namespace weir::delta
