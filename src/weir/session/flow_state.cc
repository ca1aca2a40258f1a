#include "weir/session/flow_state.h"

#include <set>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/session/binding.h"
#include "weir/session/flow_log.h"
#include "weir/session/stream_state.h"
#include "weir/sql/ast_printer.h"
#include "weir/sql/parser.h"

namespace weir::session {
namespace {

Json StateProperty(const delta::Snapshot& state, const char* key) {
  const auto& properties = state.metadata().configuration;
  const auto at = properties.find(key);
  if (at == properties.end()) {
    throw Error(ErrorCode::kCorrupt, std::string("the state of a flow has no property ") + key);
  }
  return ParseJson(at->second, key);
}

// The columns of an operator as one JSON text, by the names that the query has for them.
std::string KeptColumns(size_t part, const Json& labels) {
  std::string members;
  std::set<std::string> used;
  for (size_t i = 0; i < labels.size(); ++i) {
    std::string label = labels[i].get<std::string>();
    while (!used.insert(LowerName(label)).second) label += "_" + std::to_string(i);
    members += (members.empty() ? "" : ", ") + ("p" + std::to_string(part)) + "c" +
               std::to_string(i) + " AS " + QuoteName(label);
  }
  return "to_json(struct(" + members + "))";
}

void AddOperators(const FlowStateOf& state, size_t number, std::string& text) {
  const Json operators = StateProperty(*state.snapshot, kOperatorsProperty);
  const Json labels = StateProperty(*state.snapshot, kLabelsProperty);
  const auto clock =
      StreamClock::FromJson(StateProperty(*state.snapshot, kClockProperty).dump(), kClockProperty);
  for (size_t part = 0; part < operators.size(); ++part) {
    text += (text.empty() ? "" : " UNION ALL ");
    text += "SELECT " + sql::QuoteString(state.flow) + " AS flow_name, " + std::to_string(part) +
            " AS operator_id, " + sql::QuoteString(operators[part].at("kind").get<std::string>()) +
            " AS operator, timestamp_millis(" + std::to_string(clock.now_ms()) +
            ") AS watermark, expires, " + KeptColumns(part, labels.at(part)) +
            " AS kept FROM state" + std::to_string(number) +
            " WHERE part = " + std::to_string(part);
  }
}

}  // namespace

std::vector<FlowStateOf> FlowStatesOf(const Services& services, const catalog::TableInfo& info,
                                      const std::optional<std::string>& flow) {
  const delta::Table table = OpenTable(services, info.location);
  const auto base = LatestOf(table, info);
  std::vector<FlowStateOf> states;
  for (const std::string& name : FlowsOf(*base)) {
    if (flow && *flow != name) continue;
    const StreamState state(services, table.location(), GenerationOf(*base), name);
    if (!state.IsNamedBy(*base)) continue;
    states.push_back({name, std::make_shared<delta::Table>(state.table()), state.At(*base)});
  }
  return states;
}

std::shared_ptr<const sql::Query> FlowStateQuery(const std::vector<FlowStateOf>& states) {
  std::string text;
  for (size_t i = 0; i < states.size(); ++i) AddOperators(states[i], i, text);
  if (text.empty()) {
    text =
        "SELECT '' AS flow_name, 0 AS operator_id, '' AS operator, timestamp_millis(0) AS "
        "watermark, timestamp_millis(0) AS expires, '' AS kept WHERE false";
  }
  auto parsed = sql::ParseStatement(std::make_shared<SourceText>(SourceText{"<weir>", text}));
  auto* statement = std::get_if<sql::StatementPtr>(&parsed);
  WEIR_CHECK(statement != nullptr);
  const std::shared_ptr<const sql::StatementNode> node(std::move(*statement));
  return {node, std::get<sql::QueryStatement>(node->node).query.get()};
}

}  // namespace weir::session
