#include "weir/session/state_fit.h"

#include "weir/session/cdc_state.h"
#include "weir/session/stream_state.h"

namespace weir::session {

void CheckStateFits(const Services& services, const PipelineScope& scope, const Dataset& dataset,
                    const Flow& flow, const BoundFlow& bound, const delta::Table& table,
                    const delta::Snapshot& base, bool has_run) {
  const std::string name = dataset.name.ToString();
  const std::string full_refresh = scope.FullRefresh(dataset);
  if (bound.cdc) {
    if (bound.cdc->shape.is_snapshot) return;
    CdcState(services, table.location(), GenerationOf(base))
        .CheckFits(base, CdcFixed(bound.cdc->shape, bound.cdc->table), name, full_refresh);
    return;
  }
  if (flow.replace != nullptr || !has_run) return;
  const StreamState state(services, table.location(), GenerationOf(base), flow.name);
  std::vector<sql::KeptRows> operators;
  if (bound.is_stateful) {
    operators = sql::BatchOf(bound.plan, bound.streams, state.ClockOf(base).Next()).kept;
  }
  state.CheckFits(base, operators, name, full_refresh);
}

}  // namespace weir::session
