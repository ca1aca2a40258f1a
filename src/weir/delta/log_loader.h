#pragma once

#include <optional>
#include <vector>

#include "weir/delta/apply.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/log.h"

namespace weir::delta {

// What a log says of a version.
struct LoadedState {
  LogSegment segment;  // That was read.
  TableState state;
};

// Reads a version, or the latest. Files are read, and their JSON parsed, on several threads; what
// is read is folded at once, so that memory holds little more than the state. A checkpoint that is
// damaged is passed over as long as another one or the commits that it repeats are there, and a
// compacted file for its commits. Throws what Log::SegmentFor and reading throw.
LoadedState LoadState(const Log& log, CheckpointFormat& format, std::optional<Version> version);

// `before` with the commits applied, oldest first.
TableState ApplyCommits(const Log& log, TableState before, const std::vector<CommitFile>& commits);

// All that a checkpoint says. Throws Error{kCorrupt} when it lacks the protocol or the metadata.
TableState ReadCheckpoint(const Log& log, const CheckpointFiles& files, CheckpointFormat& format);

// The sidecars that a checkpoint names.
std::vector<Sidecar> SidecarsOf(const Log& log, const CheckpointFiles& files,
                                CheckpointFormat& format);

}  // namespace weir::delta
