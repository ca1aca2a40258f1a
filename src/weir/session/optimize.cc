#include <algorithm>
#include <limits>
#include <set>
#include <unordered_set>

#include "weir/base/error.h"
#include "weir/delta/clustering.h"
#include "weir/delta/schema_rules.h"
#include "weir/delta/statistics.h"
#include "weir/session/delta_settings.h"
#include "weir/session/lent_files.h"
#include "weir/session/rearranging.h"
#include "weir/session/replaced_rows.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/row_predicate.h"

// OPTIMIZE and REORG: other files, the same rows.
namespace weir::session {
namespace {

using delta::AddFile;

// Throws unless the condition is about partition columns alone.
void CheckPartitions(const RowCondition& rows, const delta::Metadata& metadata, const Span& span) {
  const auto& partitions = metadata.partition_columns;
  std::unordered_set<sql::ColumnId> used;
  sql::CollectColumns(*rows.condition, used);
  for (const sql::PlanColumn& column : rows.scan->columns) {
    if (!used.contains(column.id)) continue;
    if (std::find(partitions.begin(), partitions.end(), column.name) != partitions.end()) continue;
    throw DiagnosticError({{"DELTA_NON_PARTITION_COLUMN_REFERENCE", "42000", span,
                            "OPTIMIZE and REORG pick whole partitions, and " +
                                QuoteName(column.name) + " is no partition column",
                            "name partition columns only, or leave WHERE out"}});
  }
}

void CheckZorder(const std::vector<sql::Name>& names, const delta::Snapshot& table,
                 bool wants_statistics) {
  const delta::Metadata& metadata = table.metadata();
  const auto paths = ColumnPaths(names, table.schema(), "DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST");
  const Schema stored = delta::FileColumns(table.schema(), metadata.partition_columns);
  const auto leaves = delta::StatisticsLeaves(stored, metadata);
  const auto& partitions = metadata.partition_columns;
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string name = delta::DottedPath(paths[i]);
    const Span& span = names[i].span;
    if (std::find(partitions.begin(), partitions.end(), paths[i].front()) != partitions.end()) {
      throw DiagnosticError({{"DELTA_ZORDERING_ON_PARTITION_COLUMN", "42P10", span,
                              name + " is a partition column, whose files hold one value each",
                              "name other columns in ZORDER BY"}});
    }
    DataType type = stored.AsStruct();
    for (const std::string& part : paths[i]) {
      const Schema members(type.fields());
      type = members[*members.Find(part)].type;
    }
    const bool ordered = delta::HasBounds(type);
    const bool counted = std::find(leaves.begin(), leaves.end(), paths[i]) != leaves.end();
    if (ordered && (counted || !wants_statistics)) continue;
    throw DiagnosticError(
        {{"DELTA_ZORDERING_ON_COLUMN_WITHOUT_STATS", "KD00D", span,
          "files keep no statistics of " + name +
              ", without which rows that lie together help no "
              "query",
          ordered ? "delta.dataSkippingStatsColumns says of which columns they do; SET " +
                        std::string(kZorderCheck) + " = false goes on without"
                  : "name a column of numbers, texts, dates or timestamps"}});
  }
}

void CheckOptimize(const sql::Optimize& statement, const delta::Snapshot& table,
                   bool wants_statistics) {
  const bool clustered = !delta::ClusteringColumns(table.domains(), table.schema()).empty();
  const Span& span = statement.target.span;
  if (statement.full && !clustered) {
    throw DiagnosticError(
        {{"DELTA_OPTIMIZE_FULL_NOT_SUPPORTED", "42601", span,
          "OPTIMIZE ... FULL clusters a clustered table anew, and this one is not",
          "leave FULL out, or ALTER TABLE ... CLUSTER BY (columns) first"}});
  }
  if (clustered && !statement.zorder_by.empty()) {
    throw DiagnosticError(
        {{"DELTA_CLUSTERING_WITH_ZORDER_BY", "42613", span,
          "the table is clustered, and its columns decide how rows lie", "leave ZORDER BY out"}});
  }
  if (clustered && statement.where != nullptr && !statement.purge) {
    throw DiagnosticError(
        {{"DELTA_CLUSTERING_WITH_PARTITION_PREDICATE", "0A000", statement.where->span,
          "a clustered table has no partitions that WHERE could pick",
          "leave WHERE out: OPTIMIZE takes what is not clustered yet"}});
  }
  CheckZorder(statement.zorder_by, table, wants_statistics);
}

Field Counted(const char* name) { return {name, TypeId::kLong, true, "{}"}; }

DataType SizesType() {
  return DataType::Struct({Counted("min"),
                           Counted("max"),
                           {"avg", TypeId::kDouble, true, "{}"},
                           Counted("totalFiles"),
                           Counted("totalSize")});
}

Value SizesOf(const std::vector<AddFile>& files) {
  int64_t least = files.empty() ? 0 : std::numeric_limits<int64_t>::max(), most = 0, bytes = 0;
  for (const AddFile& file : files) {
    least = std::min(least, file.size);
    most = std::max(most, file.size);
    bytes += file.size;
  }
  const auto count = static_cast<int64_t>(files.size());
  const double average = count == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(count);
  return Value(SizesType(),
               std::vector<Value>{Value::Long(least), Value::Long(most), Value::Double(average),
                                  Value::Long(count), Value::Long(bytes)});
}

DataType NumberAndSizeType() { return DataType::Struct({Counted("num"), Counted("size")}); }

Value NumberAndSize(const std::vector<AddFile>& files) {
  int64_t bytes = 0;
  for (const AddFile& file : files) bytes += file.size;
  return Value(
      NumberAndSizeType(),
      std::vector<Value>{Value::Long(static_cast<int64_t>(files.size())), Value::Long(bytes)});
}

DataType ZorderType() {
  const auto files = [](const char* name) { return Field{name, NumberAndSizeType(), true, "{}"}; };
  return DataType::Struct({{"strategyName", TypeId::kString, true, "{}"},
                           files("inputCubeFiles"),
                           files("inputOtherFiles"),
                           Counted("inputNumCubes"),
                           files("mergedFiles"),
                           Counted("numOutputCubes"),
                           Counted("mergedNumCubes")});
}

Value ZorderStatistics(const TableChange& change) {
  std::set<std::string> partitions;
  for (const AddFile& file : change.removed) {
    std::string key;
    for (const auto& [column, value] : file.partition_values) key += value.value_or("\1") + '\0';
    partitions.insert(std::move(key));
  }
  const auto cubes = static_cast<int64_t>(partitions.size());
  return Value(ZorderType(),
               std::vector<Value>{Text("all"), NumberAndSize({}), NumberAndSize(change.removed),
                                  Value::Long(0), NumberAndSize(change.removed), Value::Long(cubes),
                                  Value::Null(TypeId::kLong)});
}

std::unique_ptr<Result> OptimizeResult(const std::string& id, const std::string& uri,
                                       const TableChange& change, size_t considered, bool zorder) {
  const DataType metrics = DataType::Struct({Counted("numFilesAdded"),
                                             Counted("numFilesRemoved"),
                                             {"filesAdded", SizesType(), true, "{}"},
                                             {"filesRemoved", SizesType(), true, "{}"},
                                             {"zOrderStats", ZorderType(), true, "{}"},
                                             Counted("totalConsideredFiles"),
                                             Counted("totalFilesSkipped")});
  const auto count = [](size_t number) { return Value::Long(static_cast<int64_t>(number)); };
  const Value row(metrics,
                  std::vector<Value>{count(change.files.size()), count(change.removed.size()),
                                     SizesOf(change.files), SizesOf(change.removed),
                                     zorder ? ZorderStatistics(change) : Value::Null(ZorderType()),
                                     count(considered), count(considered - change.removed.size())});
  return RowsResult(
      id, Schema({{"path", TypeId::kString, true, "{}"}, {"metrics", metrics, true, "{}"}}),
      {{Text(uri), row}});
}

}  // namespace

void Preparer::operator()(const sql::Optimize& statement) {
  const std::string location =
      MaintainedLocation(statement.target, statement.purge ? "REORG" : "OPTIMIZE");
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  JudgeFiles(services_, principal(), *prepared_.target, table.location());
  CheckOptimize(statement, *prepared_.target, IsDeltaFlagOn(state_, kZorderCheck));
  if (statement.where != nullptr) {
    Binding binding(services_, options_, nullptr, &state_);
    prepared_.replaced =
        BindRows(*statement.where, prepared_.target->schema(), binding.Names(), binding.Options());
    CheckPartitions(*prepared_.replaced, prepared_.target->metadata(), statement.where->span);
  }
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

std::unique_ptr<Result> Executor::operator()(const sql::Optimize& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const delta::Snapshot& base = *prepared_.target;
  const Predicate picked = prepared_.replaced
                               ? sql::PredicateOf(*prepared_.replaced->condition, sql::Truth::kTrue,
                                                  prepared_.replaced->scan->columns)
                               : Predicate::True();
  const std::vector<size_t> candidates = base.FilesFor(picked);
  RowOrder order{delta::ClusteringColumns(base.domains(), base.schema()), false};
  order.liquid = !order.columns.empty();
  FilePositions files;
  if (statement.purge) {
    files = FilesToPurge(base, candidates);
    order = {};  // What OPTIMIZE clusters.
  } else if (order.liquid) {
    files = statement.full ? candidates : UnclusteredFiles(base, order.columns);
  } else if (!statement.zorder_by.empty()) {
    order.columns =
        ColumnPaths(statement.zorder_by, base.schema(), "DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST");
    files = candidates;
  } else {
    files = FilesToPack(base, candidates);
  }
  TableChange change = Rearranged(services_, id_, table, prepared_.target, files, order,
                                  CommitOptions(statement.purge ? "REORG" : "OPTIMIZE"));
  const bool zorder = !statement.zorder_by.empty();
  if (!files.empty()) {
    DescribeRearranging(change, order, prepared_.replaced ? prepared_.replaced->text : "", false);
    if (statement.purge) change.commit.parameters["applyPurge"] = "\"true\"";
    versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  }
  return OptimizeResult(id_, info.location, change, candidates.size(), zorder);
}

}  // namespace weir::session
