#pragma once

#include "weir/session/flow_run.h"

namespace weir::session {

// Throws what the flow's next batch would fail with where it does not fit what its table keeps for
// it beside its rows: keys of AUTO CDC, operators of a stream that remembers. `bound`: into the
// columns that `base`, of `table`, has or will have. `has_run`: a batch of it is in there. Changes
// nothing.
void CheckStateFits(const Services& services, const PipelineScope& scope, const Dataset& dataset,
                    const Flow& flow, const BoundFlow& bound, const delta::Table& table,
                    const delta::Snapshot& base, bool has_run);

}  // namespace weir::session
