#include "weir/delta/clustering.h"

#include <algorithm>
#include <map>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/protocol.h"
#include "weir/session/rearranging.h"
#include "weir/session/row_rules.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/types/column_rules.h"

// ALTER TABLE ... CLUSTER BY and DROP FEATURE, SHOW PARTITIONS.
namespace weir::session {
namespace {

std::string JoinedPaths(const std::vector<Predicate::Path>& columns) {
  std::string text;
  for (const Predicate::Path& path : columns) {
    text += (text.empty() ? "" : ",") + delta::DottedPath(path);
  }
  return Json(text).dump();
}

Error FeatureError(const std::string& condition, const std::string& message) {
  return Error(ErrorCode::kInvalid, message).WithCondition(condition);
}

// Features that nothing of a table need be rewritten to do without.
constexpr std::string_view kDroppable[] = {"clustering",       "vacuumProtocolCheck",
                                           "checkConstraints", "allowColumnDefaults",
                                           "changeDataFeed",   "domainMetadata"};
// Those that keep what they know in domains.
constexpr const char* kNeedDomains[] = {"clustering", "rowTracking"};
// Those that say how every version is to be read, or that all tables have: they stay.
constexpr std::string_view kStaying[] = {"appendOnly", "invariants", "timestampNtz"};

constexpr const char* kFeedProperty = "delta.enableChangeDataFeed";

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
  if (std::find(std::begin(kStaying), std::end(kStaying), feature) != std::end(kStaying)) {
    throw FeatureError("DELTA_FEATURE_DROP_NONREMOVABLE_FEATURE",
                       "the table feature " + feature + " can't be dropped from a table");
  }
  if (std::find(std::begin(kDroppable), std::end(kDroppable), feature) == std::end(kDroppable)) {
    throw Error(ErrorCode::kUnsupported, "weir does not know how to drop the table feature " +
                                             feature +
                                             " yet; it drops allowColumnDefaults, "
                                             "changeDataFeed, checkConstraints, clustering, "
                                             "domainMetadata and vacuumProtocolCheck")
        .WithCondition("DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE");
  }
  if (!delta::HasWriterFeature(protocol, feature)) {
    throw FeatureError("DELTA_FEATURE_DROP_FEATURE_NOT_PRESENT",
                       "the table does not have the feature " + feature);
  }
  for (const char* needs : kNeedDomains) {
    if (feature != "domainMetadata" || !delta::HasWriterFeature(protocol, needs)) continue;
    throw FeatureError("DELTA_FEATURE_DROP_DEPENDENT_FEATURE",
                       "the table has the feature " + std::string(needs) +
                           ", which rests on domainMetadata; that one would have to go first");
  }
  if (const std::string use = UseOf(feature, table); !use.empty()) {
    throw FeatureError(feature == "checkConstraints"
                           ? "DELTA_CANNOT_DROP_CHECK_CONSTRAINT_FEATURE"
                           : "DELTA_FEATURE_DROP_CONFLICT_REVALIDATION_FAIL",
                       "the table feature " + feature + " is in use: " + use + "; drop that first");
  }
  // Of these none says anything about how older versions are read.
  if (truncate_history) {
    throw FeatureError(
        "DELTA_FEATURE_DROP_HISTORY_TRUNCATION_NOT_ALLOWED",
        "dropping " + feature +
            " does not need the history to be truncated; leave TRUNCATE HISTORY out");
  }
}

}  // namespace

void Executor::ClusterTable(const catalog::TableInfo& info,
                            const sql::AlterTable::ClusterBy& cluster) {
  if (info.kind == catalog::TableKind::kView) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is a view; CLUSTER BY works on tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const delta::Table table = OpenTable(services_, info.location);
  const auto base = LatestOf(table, info);
  if (!base->metadata().partition_columns.empty()) {
    throw Error(ErrorCode::kInvalid, info.name.ToString() +
                                         " is partitioned, and a table is clustered or "
                                         "partitioned, not both; CREATE OR REPLACE TABLE ... "
                                         "CLUSTER BY ... AS SELECT makes it anew")
        .WithCondition("DELTA_ALTER_TABLE_CLUSTER_BY_ON_PARTITIONED_TABLE_NOT_ALLOWED");
  }
  // One that names what is gone is mended by this very statement.
  const auto before = delta::FindClusteringColumns(base->domains(), base->schema());
  const auto now = ColumnPaths(cluster.columns, base->schema(), "DELTA_COLUMN_NOT_FOUND_IN_SCHEMA");
  if (before == now) return;
  TableChange change;
  change.base = base;
  change.domains = {delta::ClusteringDomain(now, base->schema())};
  change.commit = CommitOptions("CLUSTER BY");
  change.commit.parameters = {
      {"oldClusteringColumns", JoinedPaths(before.value_or(std::vector<Predicate::Path>()))},
      {"newClusteringColumns", JoinedPaths(now)}};
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
}

void Executor::DropFeature(const catalog::TableInfo& info,
                           const sql::AlterTable::DropFeature& drop) {
  if (info.kind == catalog::TableKind::kView) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is a view; DROP FEATURE works on tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  const delta::Table table = OpenTable(services_, info.location);
  const auto base = LatestOf(table, info);
  const std::string& feature = drop.feature.text;
  CheckDroppable(feature, drop.truncate_history, *base);
  TableChange change;
  change.base = base;
  if (feature == "clustering") {
    if (const auto domain = base->domains().find(delta::kClusteringDomain);
        domain != base->domains().end()) {
      change.domains = {domain->second};
      change.domains.front().removed = true;
    }
  }
  change.protocol = delta::WithoutFeature(base->protocol(), feature);
  change.commit = CommitOptions("DROP FEATURE");
  change.commit.parameters = {{"featureName", Json(feature).dump()},
                              {"truncateHistory", "\"false\""}};
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
}

std::unique_ptr<Result> Executor::ShowPartitions(const delta::Snapshot& snapshot) const {
  const auto& columns = snapshot.metadata().partition_columns;
  if (columns.empty()) {
    throw Error(ErrorCode::kInvalid,
                "the table is not partitioned, so it has no partitions to show")
        .WithCondition("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY");
  }
  std::vector<Field> fields;
  for (const std::string& column : columns) {
    const Field& field = snapshot.schema()[*snapshot.schema().Find(column)];
    fields.push_back({field.name, field.type, true, "{}"});
  }
  std::map<delta::PartitionValues, size_t> partitions;  // A file of each.
  for (size_t at = 0; at < snapshot.files().size(); ++at) {
    partitions.try_emplace(snapshot.files().PartitionAt(at), at);
  }
  std::vector<std::vector<Value>> rows;
  for (const auto& [values, at] : partitions) {
    const auto typed = snapshot.PartitionOf(snapshot.files().HeadAt(at));
    std::vector<Value>& row = rows.emplace_back();
    for (const std::string& column : columns) row.push_back(typed.at(column));
  }
  return RowsResult(id_, Schema(std::move(fields)), rows);
}

}  // namespace weir::session
