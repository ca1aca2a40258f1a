#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/feature_removal.h"
#include "weir/delta/log_upkeep.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/session/lent_files.h"
#include "weir/session/moved_rows.h"
#include "weir/session/row_rules.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/types/column_rules.h"

// ALTER TABLE ... DROP FEATURE. See docs/decisions/0039-shallow-clones.md.
namespace weir::session {
namespace {

using delta::FeatureConcern;

constexpr sql::InputId kWithFeature = 0;
constexpr const char* kProtection = "checkpointProtection";
constexpr const char* kFeedProperty = "delta.enableChangeDataFeed";

Error FeatureError(const std::string& condition, const std::string& message) {
  return Error(ErrorCode::kInvalid, message).WithCondition("DELTA_FEATURE_" + condition);
}

// What the feature is used for now; "" for nothing.
std::string UseOf(const std::string& feature, const delta::Snapshot& table) {
  std::string names;
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  const delta::Configuration& configuration = table.metadata().configuration;
  if (feature == "checkConstraints") {
    for (const auto& [name, condition] : ConstraintsOf(configuration)) add(name);
  } else if (feature == "allowColumnDefaults") {
    for (const Field& field : table.schema().fields()) {
      if (MetadataText(field, kDefaultKey)) add("DEFAULT of " + QuoteName(field.name));
    }
  } else if (feature == "changeDataFeed") {
    if (delta::IsTrue(configuration, kFeedProperty)) add(kFeedProperty);
  } else if (feature == "domainMetadata") {
    for (const auto& [name, domain] : table.domains()) add(name);
  }
  return names;
}

void CheckDroppable(const std::string& feature, bool truncate_history,
                    const delta::Snapshot& table) {
  const delta::Protocol& protocol = table.protocol();
  const FeatureConcern concern = delta::ConcernOf(feature);
  if (concern == FeatureConcern::kUnknown) {
    throw Error(ErrorCode::kUnsupported,
                "weir does not know how to drop the table feature " + feature +
                    "; it drops allowColumnDefaults, changeDataFeed, checkConstraints, "
                    "checkpointProtection, clustering, columnMapping, deletionVectors, "
                    "domainMetadata, inCommitTimestamp, rowTracking, typeWidening, "
                    "v2Checkpoint and vacuumProtocolCheck")
        .WithCondition("DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE");
  }
  if (!delta::HasWriterFeature(protocol, feature)) {
    throw FeatureError("DROP_FEATURE_NOT_PRESENT",
                       "the table does not have the feature " + feature);
  }
  if (concern == FeatureConcern::kStays) {
    throw FeatureError("DROP_NONREMOVABLE_FEATURE",
                       "the table feature " + feature + " can't be dropped from a table");
  }
  if (truncate_history && concern == FeatureConcern::kWriters) {
    throw FeatureError(
        "DROP_HISTORY_TRUNCATION_NOT_ALLOWED",
        "dropping " + feature +
            " does not need the history to be truncated; leave TRUNCATE HISTORY out");
  }
  if (!truncate_history && feature == kProtection) {
    throw FeatureError("CAN_ONLY_DROP_CHECKPOINT_PROTECTION_WITH_HISTORY_TRUNCATION",
                       "checkpointProtection is there for the sake of older versions, and goes "
                       "with them: ALTER TABLE ... DROP FEATURE checkpointProtection TRUNCATE "
                       "HISTORY");
  }
  if (const std::string needs = delta::FeaturesThatNeed(feature, protocol); !needs.empty()) {
    throw FeatureError("DROP_DEPENDENT_FEATURE", "the table has the feature(s) " + needs +
                                                     ", which rest on " + feature +
                                                     "; drop them first");
  }
  const std::string use = UseOf(feature, table);
  if (use.empty()) return;
  const std::string message =
      "the table feature " + feature + " is in use: " + use + "; drop that first";
  if (feature != "checkConstraints") throw FeatureError("DROP_CONFLICT_REVALIDATION_FAIL", message);
  throw Error(ErrorCode::kInvalid, message)
      .WithCondition("DELTA_CANNOT_DROP_CHECK_CONSTRAINT_FEATURE");
}

Instant TruncationMoment(const Services& services, const delta::Snapshot& table) {
  const int64_t kept = delta::PropertiesOf(table.metadata().configuration).truncated_history_millis;
  return Instant{services.clock.Now().micros - kept * 1000};
}

[[noreturn]] void WaitForHistory(const std::string& feature) {
  throw FeatureError("DROP_WAIT_FOR_RETENTION_PERIOD",
                     "the table does not use " + feature +
                         " any more, but versions that are still in its log do. Once they are "
                         "older than delta.dropFeatureTruncateHistory.retentionDuration (24 "
                         "hours), run ALTER TABLE ... DROP FEATURE " +
                         feature +
                         " TRUNCATE HISTORY again; without TRUNCATE HISTORY the feature goes at "
                         "once, and checkpointProtection keeps its history");
}

[[noreturn]] void HistoryIsThere(const std::string& feature) {
  throw FeatureError("DROP_HISTORICAL_VERSIONS_EXIST",
                     "versions that are still in the table's log use " + feature +
                         ": wait until they are older than "
                         "delta.dropFeatureTruncateHistory.retentionDuration (24 hours) and run "
                         "ALTER TABLE ... DROP FEATURE " +
                         feature +
                         " TRUNCATE HISTORY again; without TRUNCATE HISTORY the feature goes at "
                         "once, and checkpointProtection keeps its history");
}

// What takes the protection away, once the history that it protects is old enough to go.
TableChange WithoutProtection(const Services& services, const delta::Table& table,
                              const std::shared_ptr<const delta::Snapshot>& base) {
  delta::TruncateLog(table, *base, TruncationMoment(services, *base));
  const auto before = delta::PropertiesOf(base->metadata().configuration).protected_before;
  if (delta::OldestInLog(table) < before) {
    throw FeatureError("DROP_CHECKPOINT_PROTECTION_WAIT_FOR_RETENTION_PERIOD",
                       "the log still holds versions before " + std::to_string(before) +
                           ", which use features that were dropped; run this again once they are "
                           "older than delta.dropFeatureTruncateHistory.retentionDuration (24 "
                           "hours)");
  }
  TableChange change;
  change.base = base;
  change.metadata = base->metadata();
  change.metadata->configuration.erase(delta::kProtectedBefore);
  return change;
}

}  // namespace

// What makes the table do without it, staged.
TableChange Executor::WithoutFeature(const delta::Table& table,
                                     const std::shared_ptr<const delta::Snapshot>& base,
                                     delta::WithoutUse without) {
  TableChange change;
  change.base = base;
  change.rearranges = true;
  change.reads_table = true;
  change.retold = std::move(without.retold);
  change.domains = std::move(without.domains);
  for (const size_t at : without.written_anew) change.removed.push_back(base->files()[at]);
  if (!change.removed.empty()) {
    JudgeFiles(services_, options_.principal, *base, change.removed, table.location());
    const delta::Metadata& metadata = without.metadata ? *without.metadata : base->metadata();
    const engine::TableInput input{table.location(), base, without.written_anew};
    const MovedRows moved = MoveRows(*base, metadata, kWithFeature, table.location().uri);
    change.files = CopyRows(services_, id_, moved.rows, {{kWithFeature, input}}, table.location(),
                            moved.metadata)
                       .files;
    for (delta::AddFile& file : change.files) file.data_change = false;
    if (moved.keeps_ids) TellIdsAreKept(change.commit);
  }
  // Files that stay call columns as the schema does.
  change.files_fit_metadata = true;
  change.metadata = std::move(without.metadata);
  return change;
}

// Of a feature that concerns readers: makes the table do without it, and gives the version that
// does. `protects`: older ones use it, and a checkpoint that does not is in front of them.
std::shared_ptr<const delta::Snapshot> Executor::StopReading(
    const catalog::TableInfo& info, const delta::Table& table,
    std::shared_ptr<const delta::Snapshot> base, const sql::AlterTable::DropFeature& drop,
    bool& protects) {
  const std::string& feature = drop.feature.text;
  delta::WithoutUse without = delta::StopUsing(feature, *base);
  const bool was_used = without.changes();
  if (was_used) {
    TableChange change = WithoutFeature(table, base, std::move(without));
    const auto tags = change.commit.more;
    change.commit = CommitOptions("REORG");
    change.commit.more.insert(tags.begin(), tags.end());
    versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
    base = LatestOf(table, info);
  } else if (drop.truncate_history) {
    delta::TruncateLog(table, *base, TruncationMoment(services_, *base));
  }
  protects = delta::HistoryUses(feature, table);
  if (!protects) return base;
  // Nobody has to read what was before it.
  if (was_used || !delta::HasCheckpoint(table, base->version())) {
    CommitNote(info, table, CommitOptions("Empty Commit"));
    base = LatestOf(table, info);
    delta::WriteCheckpointOf(table, *base);
  }
  if (drop.truncate_history && was_used) WaitForHistory(feature);
  if (drop.truncate_history) HistoryIsThere(feature);
  return base;
}

void Executor::DropFeature(const catalog::TableInfo& info,
                           const sql::AlterTable::DropFeature& drop) {
  if (info.kind == catalog::TableKind::kView) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is a view; DROP FEATURE works on tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const delta::Table table = OpenTable(services_, info.location);
  auto base = LatestOf(table, info);
  const std::string& feature = drop.feature.text;
  CheckDroppable(feature, drop.truncate_history, *base);
  TableChange change;
  bool protects = false;
  if (delta::ConcernOf(feature) == FeatureConcern::kReaders) {
    base = StopReading(info, table, std::move(base), drop, protects);
    change.base = base;
  } else if (feature == kProtection) {
    change = WithoutProtection(services_, table, base);
  } else {
    change = WithoutFeature(table, base, delta::StopUsing(feature, *base));
  }
  change.protocol = delta::WithoutFeature(base->protocol(), feature);
  change.stands_alone = true;
  if (protects) {
    change.protocol = delta::WithWriterFeature(*std::move(change.protocol), kProtection);
    change.metadata = base->metadata();
    change.metadata->configuration[delta::kProtectedBefore] = std::to_string(base->version() + 1);
  }
  change.commit = CommitOptions("DROP FEATURE");
  change.commit.parameters = {
      {"featureName", Json(feature).dump()},
      {"truncateHistory", drop.truncate_history ? "\"true\"" : "\"false\""}};
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  if (!protects) return;
  try {
    delta::WriteCheckpointOf(table, *table.Latest());
  } catch (const Error& error) {
    services_.log.Log(LogLevel::kWarning,
                      "the checkpoint of " + info.location +
                          " behind DROP FEATURE was not written: " + error.what());
  }
}

}  // namespace weir::session
