#include "weir/session/cdc_state.h"

#include <charconv>
#include <set>
#include <utility>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/missing_files.h"
#include "weir/session/rearranging.h"
#include "weir/session/table_write.h"
#include "weir/types/schema_json.h"

namespace weir::session {
namespace {

constexpr const char* kStates = "_weir/cdc/";
// Fewer small files than this are not worth packing.
constexpr size_t kPackedAtOnce = 16;
constexpr int64_t kSmallFile = 32 << 20;

io::Location StateLocation(const io::Location& table, int64_t generation) {
  const std::string folder = kStates + std::to_string(generation) + "/";
  return {table.store, table.prefix + folder,
          table.uri + (table.uri.ends_with('/') ? "" : "/") + folder.substr(0, folder.size() - 1)};
}

// Which file it is, with what is gone of it.
std::pair<std::string, std::string> IdOf(const delta::AddFile& file) {
  return {delta::CanonicalPath(file.path), delta::DeletionVectorId(file.deletion_vector_json)};
}

std::set<std::pair<std::string, std::string>> IdsOf(const delta::Snapshot& snapshot) {
  std::set<std::pair<std::string, std::string>> ids;
  for (const delta::AddFile& file : snapshot.files()) ids.insert(IdOf(file));
  return ids;
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

}  // namespace

CdcState::CdcState(const Services& services, const io::Location& table, int64_t generation)
    : services_(services),
      app_id_("weir/cdc@" + std::to_string(generation)),
      table_(StateLocation(table, generation), services.engine.checkpoint_format(), services.clock,
             &services.snapshots) {}

delta::Version CdcState::NamedBy(const delta::Snapshot& target) const {
  const auto at = target.transactions().find(app_id_);
  return at == target.transactions().end() ? 0 : at->second.version;
}

std::shared_ptr<const delta::Snapshot> CdcState::Open(const delta::Snapshot& target,
                                                      const CdcStateLayout& layout,
                                                      const std::string& name) {
  const delta::Version named = NamedBy(target);
  // Of a batch that was never committed.
  if (named == 0) table_.location().store->DeleteAll(table_.location().prefix);
  if (named == 0) Create(layout);
  std::shared_ptr<const delta::Snapshot> now;
  try {
    now = table_.Latest();
    if (now->version() < named) throw Error(ErrorCode::kNotFound, "a version is missing");
    if (now->version() > named) now = GoBackTo(named, now);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw Error(ErrorCode::kCorrupt,
                "version " + std::to_string(named) + " of what AUTO CDC knows of " + name +
                    " is gone (" + table_.location().uri +
                    "); put the folder back, or let --full-refresh read everything anew",
                error.what())
        .WithCondition("AUTOCDC_INVALID_STATE");
  }
  CheckFixed(*now, layout, name);
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
  CommitChange(services_, table_, change);
  return table_.Latest();
}

void CdcState::CheckFixed(const delta::Snapshot& now, const CdcStateLayout& layout,
                          const std::string& name) const {
  const auto& there = now.metadata().configuration;
  for (const auto& [key, value] : layout.fixed) {
    const auto at = there.find(key);
    if (at != there.end() && at->second == value) continue;
    throw Error(ErrorCode::kInvalid, name + " was kept with " + key + " = " +
                                         (at == there.end() ? "" : at->second) +
                                         ", and its flow has " + value +
                                         " now; --full-refresh applies that to all events")
        .WithCondition(DriftOf(key));
  }
}

std::string CdcState::PropertyOf(const std::string& key) const {
  if (!table_.Exists()) return "";
  const auto now = table_.Latest();
  const auto at = now->metadata().configuration.find(key);
  return at == now->metadata().configuration.end() ? "" : at->second;
}

void CdcState::Create(const CdcStateLayout& layout) {
  TableDeclaration declaration{layout.schema, {}, std::nullopt, {}};
  declaration.properties = layout.fixed;
  declaration.properties.insert(layout.growing.begin(), layout.growing.end());
  declaration.properties["delta.enableDeletionVectors"] = "true";
  declaration.properties["delta.enableTypeWidening"] = "true";
  TableChange change;
  change.metadata = MetadataOf(declaration, services_.clock);
  change.commit.operation = "CREATE STATE";
  CommitChange(services_, table_, change);
}

std::shared_ptr<const delta::Snapshot> CdcState::GoBackTo(
    delta::Version version, const std::shared_ptr<const delta::Snapshot>& now) {
  const auto wanted = table_.At(version);
  const auto then = IdsOf(*wanted);
  const auto today = IdsOf(*now);
  TableChange change;
  change.base = now;
  change.reads_table = true;
  for (const delta::AddFile& file : wanted->files()) {
    if (today.contains(IdOf(file))) continue;
    change.returned.push_back(file);
    change.returned.back().data_change = true;
  }
  for (const delta::AddFile& file : now->files()) {
    if (!then.contains(IdOf(file))) change.removed.push_back(file);
  }
  if (!FindMissing(table_.location(), change.returned).empty()) {
    throw Error(ErrorCode::kNotFound, "a file is missing");
  }
  if (change.returned.empty() && change.removed.empty()) return now;
  change.commit.operation = "GO BACK";
  CommitChange(services_, table_, change);
  return table_.Latest();
}

std::shared_ptr<const delta::Snapshot> CdcState::Packed(
    const std::string& statement_id, std::shared_ptr<const delta::Snapshot> now) {
  const FilePositions small =
      SmallFiles(*now, now->FilesFor(Predicate::True()), kSmallFile, kPackedAtOnce);
  if (small.empty()) return now;
  delta::CommitOptions commit;
  commit.operation = "OPTIMIZE";
  CommitChange(services_, table_,
               Rearranged(services_, statement_id, table_, now, small, {}, std::move(commit)));
  return table_.Latest();
}

void CdcState::Tidy(const delta::Snapshot& target) noexcept {
  try {
    if (!table_.Exists()) return table_.location().store->DeleteAll(table_.location().prefix);
    const auto now = table_.Latest();
    if (now->version() != NamedBy(target)) return;
    DeleteUnneeded(*now);
  } catch (const std::exception& error) {
    try {
      services_.log.Log(LogLevel::kWarning,
                        table_.location().uri + " was not tidied: " + error.what());
    } catch (const std::exception&) {
    }
  }
}

void CdcState::DeleteUnneeded(const delta::Snapshot& latest) {
  std::set<std::string> needed;
  for (const delta::AddFile& file : latest.files()) {
    needed.insert(delta::KeyOfPath(table_.location(), file.path));
    if (const auto vector = VectorKeyOf(table_.location(), file)) needed.insert(*vector);
  }
  const io::Location& folder = table_.location();
  for (const auto& object : folder.store->List(folder.prefix, "", io::ObjectStore::kNoLimit)) {
    if (object.key.starts_with(folder.prefix + "_delta_log/") || needed.contains(object.key)) {
      continue;
    }
    folder.store->Delete(object.key);
  }
}

void DeleteStatesBefore(const io::Location& table, int64_t generation) {
  const std::string states = table.prefix + kStates;
  for (const std::string& folder : table.store->ListLevel(states).folders) {
    const std::string name = folder.substr(states.size(), folder.size() - states.size() - 1);
    int64_t number = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool whole = failure == std::errc() && end == name.data() + name.size();
    if (whole && number < generation) table.store->DeleteAll(folder);
  }
}

}  // namespace weir::session
