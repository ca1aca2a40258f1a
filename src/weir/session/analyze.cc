#include <algorithm>
#include <cmath>
#include <span>

#include "weir/base/error.h"
#include "weir/delta/clustering.h"
#include "weir/delta/schema_rules.h"
#include "weir/delta/statistics.h"
#include "weir/session/clustered_rows.h"
#include "weir/session/lent_files.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/functions.h"

// ANALYZE TABLE: statistics of files that were written without, or all of them anew.
namespace weir::session {
namespace {

constexpr sql::InputId kAnalyzed = 0;

// What is asked of one leaf column: columns of the aggregated rows, by position; 0: not asked.
struct AskedLeaf {
  Predicate::Path path;
  size_t count = 0;
  size_t min = 0;
  size_t max = 0;
};

// One row for each file: its position, how many rows, then what AskedLeaf says.
class StatisticsQuery {
 public:
  StatisticsQuery(const delta::Snapshot& table, const std::vector<Predicate::Path>& leaves) {
    const auto whole = WholeRows(table.schema(), "rows that are counted");
    auto columns = whole->columns;
    next_ = static_cast<sql::ColumnId>(columns.size());
    const sql::PlanColumn file{next_++, sql::kFileColumn, TypeId::kLong, false};
    columns.push_back(file);
    scan_ = sql::MakePlan(std::move(columns), sql::ScanPlan{kAnalyzed, "rows that are counted"});
    const sql::PlanColumn key{next_++, "file", TypeId::kLong, false};
    aggregate_.child = scan_;
    aggregate_.keys.push_back({key, sql::ColumnOf(file, {})});
    given_.push_back(key);
    Ask("count", {});
    for (const Predicate::Path& leaf : leaves) {
      AskedLeaf asked{leaf};
      const auto value = ColumnAtPath(scan_->columns, leaf);
      asked.count = Ask("count", {value});
      if (delta::HasBounds(value->type)) {
        asked.min = Ask("min", {value});
        asked.max = Ask("max", {value});
      }
      leaves_.push_back(std::move(asked));
    }
  }

  sql::PlanPtr Plan() const { return sql::MakePlan(given_, aggregate_); }
  const std::vector<AskedLeaf>& leaves() const { return leaves_; }

 private:
  size_t Ask(std::string_view function, std::vector<sql::BoundExprPtr> arguments) {
    const sql::Signature& signature = sql::FittingSignature(function, arguments);
    const sql::PlanColumn column{next_++, "a" + std::to_string(given_.size()), signature.result,
                                 true};
    aggregate_.aggregates.push_back(
        {column,
         sql::MakeExpr({}, column.type, true,
                       sql::BoundAggregate{&signature, std::move(arguments), false, nullptr, {}})});
    given_.push_back(column);
    return given_.size() - 1;
  }

  sql::ColumnId next_ = 0;
  sql::PlanPtr scan_;
  sql::AggregatePlan aggregate_;
  std::vector<sql::PlanColumn> given_;
  std::vector<AskedLeaf> leaves_;
};

bool IsNan(const Value& value) {
  const TypeId type = value.type().id();
  return (type == TypeId::kFloat || type == TypeId::kDouble) && std::isnan(value.real());
}

delta::WrittenColumn ColumnIn(const Batch& batch, int64_t row, const AskedLeaf& leaf,
                              int64_t rows) {
  delta::WrittenColumn column;
  column.statistics.null_count = rows - batch.At(static_cast<int>(leaf.count), row).integer();
  if (leaf.min == 0) return column;
  const Value least = batch.At(static_cast<int>(leaf.min), row);
  const Value most = batch.At(static_cast<int>(leaf.max), row);
  if (least.is_null()) return column;
  // The engine has them above all numbers.
  column.has_nan = IsNan(most) || IsNan(least);
  column.statistics.min = least;
  column.statistics.max = most;
  return column;
}

// Whether a file lacks the number of its rows, or the NULLs of a column that it should count.
bool LacksStatistics(const delta::Snapshot& table, const delta::AddFile& file,
                     const std::vector<Predicate::Path>& leaves) {
  const delta::FileStatistics known = table.StatisticsOf(file);
  if (!known.rows) return true;
  return std::any_of(leaves.begin(), leaves.end(), [&](const Predicate::Path& leaf) {
    const auto column = known.columns.find(leaf);
    return column == known.columns.end() || !column->second.null_count;
  });
}

}  // namespace

void Preparer::operator()(const sql::AnalyzeTable& statement) {
  const std::string location = MaintainedLocation(statement.target, "ANALYZE");
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  JudgeFiles(services_, principal(), *prepared_.target, table.location());
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

void Executor::ComputeStatistics(const catalog::TableInfo& info, const delta::Table& table,
                                 std::shared_ptr<const delta::Snapshot> base, bool all) {
  const delta::Metadata& metadata = base->metadata();
  const Schema stored = delta::FileColumns(base->schema(), metadata.partition_columns);
  const auto leaves = delta::StatisticsLeaves(stored, metadata);
  std::vector<size_t> files;
  for (size_t at = 0; at < base->files().size(); ++at) {
    const delta::AddFile& file = base->files()[at];
    // Whoever wrote a deletion vector had to know the rows of the file, of which some are hidden.
    if (!file.deletion_vector_json.empty()) continue;
    if (all || LacksStatistics(*base, file, leaves)) files.push_back(at);
  }
  if (files.empty()) return;
  const StatisticsQuery query(*base, leaves);
  std::map<size_t, std::string> found;
  const auto rows =
      services_.engine.Query({id_,
                              query.Plan(),
                              {{kAnalyzed, engine::TableInput{table.location(), base, files}}},
                              std::nullopt});
  while (const auto batch = rows->Next()) {
    for (int64_t row = 0; row < batch->rows(); ++row) {
      const int64_t count = batch->At(1, row).integer();
      std::map<Predicate::Path, delta::WrittenColumn> columns;
      for (const AskedLeaf& leaf : query.leaves()) {
        columns[leaf.path] = ColumnIn(*batch, row, leaf, count);
      }
      found[static_cast<size_t>(batch->At(0, row).integer())] =
          delta::BuildStatsJson(stored, metadata, count, columns);
    }
  }
  TableChange change;
  change.base = base;
  for (const size_t at : files) {
    const auto stats = found.find(at);
    delta::AddFile file = base->files()[at];
    file.stats_json =
        stats != found.end() ? stats->second : delta::BuildStatsJson(stored, metadata, 0, {});
    change.retold.push_back(std::move(file));
  }
  change.commit = CommitOptions("COMPUTE STATS");
  change.commit.metrics = {{"numFiles", std::to_string(files.size())}};
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
}

std::unique_ptr<Result> Executor::operator()(const sql::AnalyzeTable& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  ComputeStatistics(info, table, prepared_.target, statement.delta);
  return Done();
}

}  // namespace weir::session
