#include "weir/session/cdc_state.h"

#include <utility>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/schema_rules.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

// As people know it.
std::string ClauseOf(const std::string& property) {
  if (property == "weir.cdc.keys") return "KEYS";
  if (property == "weir.cdc.scdType") return "SCD TYPE";
  if (property == "weir.cdc.sequence") return "SEQUENCE BY of type";
  if (property == "weir.cdc.trackHistory") return "TRACK HISTORY ON";
  return "IGNORE NULL UPDATES";
}

// What Spark calls it.
std::string DriftOf(const std::string& property) {
  const std::string state = "AUTOCDC_INVALID_STATE";
  if (property == "weir.cdc.keys") return state + ".KEY_SCHEMA_DRIFT";
  if (property == "weir.cdc.scdType") return state + ".SCD_TYPE_DRIFT";
  if (property == "weir.cdc.sequence") return state + ".SEQUENCING_TYPE_DRIFT";
  if (property == "weir.cdc.trackHistory") return state + ".TRACK_HISTORY_DRIFT";
  return state;
}

TableDeclaration DeclarationOfState(const CdcStateLayout& layout) {
  TableDeclaration declaration{layout.schema, {}, std::nullopt, {}};
  declaration.properties = layout.fixed;
  declaration.properties.insert(layout.growing.begin(), layout.growing.end());
  declaration.properties["delta.enableDeletionVectors"] = "true";
  declaration.properties["delta.enableTypeWidening"] = "true";
  return declaration;
}

}  // namespace

CdcState::CdcState(const Services& services, const io::Location& table, int64_t generation)
    : services_(services),
      kept_(services, StateFolder(table, kCdcStates + std::to_string(generation) + "/"),
            "weir/cdc@" + std::to_string(generation)) {}

std::map<std::string, std::string> CdcFixed(const CdcShape& shape, const CdcTable& table) {
  Json keys = Json::array();
  for (const Field& key : table.keys) {
    keys.push_back(LowerName(key.name) + " " + key.type.ToSql());
  }
  std::map<std::string, std::string> fixed{
      {"weir.cdc.keys", keys.dump()},
      {"weir.cdc.scdType", std::to_string(shape.scd_type)},
      {"weir.cdc.sequence", shape.sequence.ToSql()},
      {"weir.cdc.ignoreNullUpdates", shape.ignores_nulls ? "true" : "false"}};
  if (shape.scd_type == 2) {
    fixed["weir.cdc.trackHistory"] =
        shape.tracks_all ? "*"
                         : (shape.tracks_others ? "* EXCEPT " : "") + Json(shape.named).dump();
  }
  return fixed;
}

void CdcState::ThrowGone(const delta::Snapshot& target, const std::string& name,
                         const std::string& detail) const {
  throw Error(ErrorCode::kCorrupt,
              "version " + std::to_string(NamedBy(target)) + " of what AUTO CDC knows of " + name +
                  " is gone (" + table().location().uri +
                  "); put the folder back, or let a full refresh read everything anew "
                  "(--full-refresh, or REFRESH ... FULL)",
              detail)
      .WithCondition("AUTOCDC_INVALID_STATE");
}

void CdcState::CheckFits(const delta::Snapshot& target,
                         const std::map<std::string, std::string>& fixed, const std::string& name,
                         const std::string& full_refresh) const {
  // Rows of which nobody knows when they were would be older than every event, or newer.
  if (NamedBy(target) == 0) {
    if (target.files().empty()) return;
    throw Error(ErrorCode::kInvalid,
                name +
                    " has rows that AUTO CDC did not put there, so when they were is not known; " +
                    full_refresh + " empties it and reads all events")
        .WithCondition("AUTOCDC_INVALID_STATE");
  }
  std::shared_ptr<const delta::Snapshot> now;
  try {
    now = table().At(NamedBy(target));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) ThrowGone(target, name, error.what());
    throw;
  }
  const auto& there = now->metadata().configuration;
  for (const auto& [key, value] : fixed) {
    const auto at = there.find(key);
    if (at != there.end() && at->second == value) continue;
    throw Error(ErrorCode::kInvalid, name + " was kept with " + ClauseOf(key) + " = " +
                                         (at == there.end() ? "" : at->second) +
                                         ", and its flow has " + value + " now; " + full_refresh +
                                         " applies that to all events")
        .WithCondition(DriftOf(key));
  }
}

std::shared_ptr<const delta::Snapshot> CdcState::Open(const delta::Snapshot& target,
                                                      const CdcStateLayout& layout,
                                                      const std::string& name) {
  std::shared_ptr<const delta::Snapshot> now;
  try {
    now = kept_.Open(target, DeclarationOfState(layout));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    ThrowGone(target, name, error.what());
  }
  delta::Metadata next = now->metadata();
  for (const auto& [key, value] : layout.growing) next.configuration[key] = value;
  next.schema_json = SchemaToJson(
      delta::MergeSchema(now->schema(), layout.schema, {{"delta.enableTypeWidening", "true"}}));
  if (next.schema_json == now->metadata().schema_json &&
      next.configuration == now->metadata().configuration) {
    return now;
  }
  TableChange change;
  change.base = now;
  change.metadata = std::move(next);
  change.commit.operation = "ALTER STATE";
  CommitChange(services_, table(), change);
  return table().Latest();
}

}  // namespace weir::session
