#pragma once

#include "weir/delta/log.h"
#include "weir/delta/log_snapshot.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// As many commits go into one compacted file.
constexpr Version kCompactedCommits = 100;

// Whether the commits up to `version` that no checkpoint covers end a run that should be compacted:
// tables with checkpoints as often as usual never get there.
bool IsCompactionDue(const LogTail& tail, Version version);

// Writes `x.y.compacted.json` of the run that ends with `version`: readers may read it instead of
// these commits. Durable on return.
void WriteCompacted(const io::Location& table, Version version);

}  // namespace weir::delta
