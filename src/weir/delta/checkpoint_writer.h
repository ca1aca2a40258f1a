#pragma once

#include "weir/base/clock.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/log.h"
#include "weir/delta/log_snapshot.h"
#include "weir/delta/properties.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// Whether a reader of `version` has so much to read that a checkpoint is due: as many commits as
// the table's interval says, or fewer large ones.
bool IsCheckpointDue(const io::Location& table, const LogTail& tail, Version version,
                     const TableProperties& properties);

// What a reader of `snapshot` has to read by now: others may have written a checkpoint since it was
// read.
LogTail CurrentTail(const Log& log, const LogSnapshot& snapshot);

// Writes a checkpoint of `snapshot`, without tombstones that are past the table's retention, and
// points `_last_checkpoint` at it unless that is ahead already. Each step leaves a log that reads
// the same.
// A table whose delta.checkpointPolicy is v2 gets a v2 checkpoint: a JSON file of its own name and
// sidecars of so many actions at most; now and then also one of the classic name, by which programs
// that know no v2 checkpoints learn what they lack. Others get a classic one: one file, or parts
// where there are more actions than the table's part size, and never parts where the protocol lists
// v2Checkpoint. Which action goes to which part is told by its path alone, so that parts that two
// writers wrote go together.
void WriteCheckpoint(const io::Location& table, CheckpointFormat& format, const Clock& clock,
                     const LogSnapshot& snapshot);

}  // namespace weir::delta
