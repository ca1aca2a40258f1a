#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/catalog/catalog.h"
#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/sql/ast.h"

// What the flows into a table keep between their batches, as rows: flow_state(TABLE(t)).
namespace weir::session {

// What one flow keeps, as of the table's last version.
struct FlowStateOf {
  std::string flow;
  std::shared_ptr<delta::Table> table;
  std::shared_ptr<const delta::Snapshot> snapshot;
};
// Of all flows, or the one of that name, that keep something. To be asked once the principal was
// found to manage the table.
std::vector<FlowStateOf> FlowStatesOf(const Services& services, const catalog::TableInfo& table,
                                      const std::optional<std::string>& flow);
// A query of all of them, the n-th of which it calls "state<n>".
std::shared_ptr<const sql::Query> FlowStateQuery(const std::vector<FlowStateOf>& states);

}  // namespace weir::session
