#include "weir/delta/clustering.h"

#include <algorithm>
#include <map>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/session/rearranging.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/types/column_rules.h"

// ALTER TABLE ... CLUSTER BY, SHOW PARTITIONS.
namespace weir::session {
namespace {

std::string JoinedPaths(const std::vector<Predicate::Path>& columns) {
  std::string text;
  for (const Predicate::Path& path : columns) {
    text += (text.empty() ? "" : ",") + delta::DottedPath(path);
  }
  return Json(text).dump();
}

}  // namespace

void Executor::ClusterTable(const catalog::TableInfo& info,
                            const sql::AlterTable::ClusterBy& cluster) {
  if (info.kind == catalog::TableKind::kView) {
    throw Error(ErrorCode::kInvalid,
                info.name.ToString() + " is a view; CLUSTER BY works on tables")
        .WithCondition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE");
  }
  if (info.kind == catalog::TableKind::kStreamingTable ||
      info.kind == catalog::TableKind::kMaterializedView) {
    throw Error(ErrorCode::kUnsupported,
                info.name.ToString() + " is " + std::string(catalog::TableKindPhrase(info.kind)) +
                    ", which is clustered as its definition says: write CLUSTER BY there")
        .WithCondition("UNSUPPORTED_FEATURE");
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
