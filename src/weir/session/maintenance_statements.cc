#include <algorithm>
#include <limits>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/session/identity_columns.h"
#include "weir/session/moved_rows.h"
#include "weir/session/replaced_rows.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast_clone.h"
#include "weir/sql/bound_exprs.h"
#include "weir/sql/row_predicate.h"

// OPTIMIZE, REORG and RESTORE: other files, the same rows; or those of an older version.
namespace weir::session {
namespace {

using delta::AddFile;

constexpr sql::InputId kTable = 0;

int64_t BytesOf(const std::vector<AddFile>& files) {
  int64_t bytes = 0;
  for (const AddFile& file : files) bytes += file.size;
  return bytes;
}

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

// The share of a file's rows beyond which OPTIMIZE writes it anew for the deleted ones alone, as
// Delta's default has it.
constexpr double kMostDeletedKept = 0.05;

double DeletedShareOf(const delta::Snapshot& base, const AddFile& file) {
  const auto vector = delta::DeletionVectorOf(file);
  if (!vector) return 0;
  const auto left = base.StatisticsOf(file).rows;
  const auto gone = static_cast<double>(vector->cardinality);
  // How many there are must be known where some are deleted; else it is made right by that.
  return left ? gone / std::max(gone + static_cast<double>(*left), 1.0) : 1;
}

// Files smaller than the target size, of partitions that have several, and files of which much is
// deleted.
std::vector<size_t> FilesToPack(const delta::Snapshot& base,
                                const std::vector<size_t>& candidates) {
  const int64_t target = delta::PropertiesOf(base.metadata().configuration).target_file_bytes;
  std::map<delta::PartitionValues, std::vector<size_t>> small;
  std::set<size_t> packed;
  for (const size_t at : candidates) {
    const AddFile& file = base.files()[at];
    const bool holed = DeletedShareOf(base, file) > kMostDeletedKept;
    if (holed) packed.insert(at);
    if (holed || file.size < target) small[file.partition_values].push_back(at);
  }
  for (const auto& [partition, files] : small) {
    if (files.size() > 1) packed.insert(files.begin(), files.end());
  }
  return {packed.begin(), packed.end()};
}

std::vector<size_t> FilesToPurge(const delta::Snapshot& base, std::vector<size_t> candidates) {
  std::erase_if(candidates,
                [&](size_t at) { return base.files()[at].deletion_vector_json.empty(); });
  return candidates;
}

DataType SizesType() {
  return DataType::Struct({{"min", TypeId::kLong, true, "{}"},
                           {"max", TypeId::kLong, true, "{}"},
                           {"avg", TypeId::kDouble, true, "{}"},
                           {"totalFiles", TypeId::kLong, true, "{}"},
                           {"totalSize", TypeId::kLong, true, "{}"}});
}

Value SizesOf(const std::vector<AddFile>& files) {
  int64_t least = files.empty() ? 0 : std::numeric_limits<int64_t>::max(), most = 0;
  for (const AddFile& file : files) {
    least = std::min(least, file.size);
    most = std::max(most, file.size);
  }
  const auto count = static_cast<int64_t>(files.size());
  const int64_t bytes = BytesOf(files);
  const double average = count == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(count);
  return Value(SizesType(),
               std::vector<Value>{Value::Long(least), Value::Long(most), Value::Double(average),
                                  Value::Long(count), Value::Long(bytes)});
}

std::unique_ptr<Result> OptimizeResult(const std::string& id, const std::string& uri,
                                       const TableChange& change, size_t considered) {
  const DataType metrics = DataType::Struct({{"numFilesAdded", TypeId::kLong, true, "{}"},
                                             {"numFilesRemoved", TypeId::kLong, true, "{}"},
                                             {"filesAdded", SizesType(), true, "{}"},
                                             {"filesRemoved", SizesType(), true, "{}"},
                                             {"totalConsideredFiles", TypeId::kLong, true, "{}"},
                                             {"totalFilesSkipped", TypeId::kLong, true, "{}"}});
  const auto count = [](size_t number) { return Value::Long(static_cast<int64_t>(number)); };
  const Value row(
      metrics, std::vector<Value>{count(change.files.size()), count(change.removed.size()),
                                  SizesOf(change.files), SizesOf(change.removed), count(considered),
                                  count(considered - change.removed.size())});
  return RowsResult(
      id, Schema({{"path", TypeId::kString, true, "{}"}, {"metrics", metrics, true, "{}"}}),
      {{Text(uri), row}});
}

}  // namespace

void Preparer::operator()(const sql::Optimize& statement) {
  const std::string location = WritableLocation(statement.target);
  RequireReadable(statement.target);
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  CheckFilesAreInside(*prepared_.target, prepared_.target->files(), table.location());
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
  const std::vector<size_t> packed =
      statement.purge ? FilesToPurge(base, candidates) : FilesToPack(base, candidates);
  TableChange change;
  change.base = prepared_.target;
  change.rearranges = true;
  for (const size_t at : packed) change.removed.push_back(base.files()[at]);
  if (packed.empty()) return OptimizeResult(id_, info.location, change, candidates.size());
  const MovedRows moved = MoveRows(base, kTable, info.name.ToString());
  change.files =
      CopyRows(services_, id_, moved.rows,
               {{kTable, engine::TableInput{table.location(), prepared_.target, packed}}},
               table.location(), moved.metadata)
          .files;
  for (AddFile& file : change.files) file.data_change = false;
  change.commit = CommitOptions(statement.purge ? "REORG" : "OPTIMIZE");
  if (statement.purge) change.commit.parameters["applyPurge"] = "\"true\"";
  if (moved.keeps_ids) TellIdsAreKept(change.commit);
  change.commit.parameters["predicate"] =
      prepared_.replaced ? Json(Json::array({prepared_.replaced->text}).dump()).dump() : "\"[]\"";
  change.commit.metrics = {
      {"numRemovedFiles", std::to_string(change.removed.size())},
      {"numAddedFiles", std::to_string(change.files.size())},
      {"numRemovedBytes", std::to_string(BytesOf(change.removed))},
      {"numAddedBytes", std::to_string(BytesOf(change.files))},
      {"numDeletionVectorsRemoved", std::to_string(FilesToPurge(base, packed).size())}};
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  return OptimizeResult(id_, info.location, change, candidates.size());
}

void Preparer::operator()(const sql::Restore& statement) {
  const std::string location = WritableLocation(statement.target);
  RequireReadable(statement.target);
  if (const auto* version = std::get_if<sql::VersionAsOf>(&statement.as_of)) {
    const Value& written = std::get<sql::LiteralExpr>(version->version->node).value;
    const auto number = ParseValue(written.ToString(), TypeId::kLong);
    if (!number) {
      throw DiagnosticError(
          {{"INVALID_TIME_TRAVEL_SPEC", "42K0E", version->version->span,
            written.ToString() + " is no version", "DESCRIBE HISTORY lists them"}});
    }
    prepared_.moment = *number;
  } else {
    const auto& moment = *std::get<sql::TimestampAsOf>(statement.as_of).timestamp;
    const auto cast = std::make_unique<sql::Expr>(
        sql::Expr{moment.span, sql::CastExpr{sql::Clone(moment), TypeId::kTimestamp, moment.span}});
    prepared_.moment = ValueOf(*cast, BindConstant(*cast));
    if (prepared_.moment->is_null()) {
      throw DiagnosticError({{"INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", "42K0E", moment.span,
                              "the point in time is NULL", ""}});
    }
  }
  prepared_.target = OpenTable(services_, location).Latest();
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

std::unique_ptr<Result> Executor::operator()(const sql::Restore& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const delta::Snapshot& base = *prepared_.target;
  const Value& moment = *prepared_.moment;
  const auto wanted = moment.type().id() == TypeId::kLong
                          ? table.At(moment.integer())
                          : table.AtTimestamp(Instant{moment.integer()});
  TableChange change;
  change.base = prepared_.target;
  change.reads_table = true;
  std::set<std::pair<std::string, std::string>> now, then;
  const auto key = [](const AddFile& file) {
    return std::pair(delta::CanonicalPath(file.path),
                     delta::DeletionVectorId(file.deletion_vector_json));
  };
  const auto is_there = [&](const AddFile& file) {
    io::ObjectStore& store = *table.location().store;
    if (!store.Find(wanted->KeyOf(file))) return false;
    const auto vector = delta::DeletionVectorOf(file);
    const auto key = vector ? delta::KeyOf(table.location(), *vector) : std::nullopt;
    return !key || store.Find(*key).has_value();
  };
  for (const AddFile& file : base.files()) now.insert(key(file));
  for (const AddFile& file : wanted->files()) {
    then.insert(key(file));
    if (now.contains(key(file))) continue;
    if (!is_there(file)) {
      throw Error(ErrorCode::kInvalid, "version " + std::to_string(wanted->version()) + " of " +
                                           info.name.ToString() + " can't be restored: its file " +
                                           file.path +
                                           ", or its deletion vector, was deleted since, as VACUUM "
                                           "does; a later version may be whole")
          .WithCondition("DELTA_FILE_NOT_FOUND_DETAILED");
    }
    change.returned.push_back(file);
    change.returned.back().data_change = true;
  }
  for (const AddFile& file : base.files()) {
    if (!then.contains(key(file))) change.removed.push_back(file);
  }
  change.metadata = WithNumbersOf(wanted->metadata(), base.metadata());
  change.commit = CommitOptions("RESTORE");
  change.commit.parameters["version"] = Json(std::to_string(wanted->version())).dump();
  const std::vector<std::pair<std::string, int64_t>> counts = {
      {"table_size_after_restore", BytesOf(wanted->files())},
      {"num_of_files_after_restore", static_cast<int64_t>(wanted->files().size())},
      {"num_removed_files", static_cast<int64_t>(change.removed.size())},
      {"num_restored_files", static_cast<int64_t>(change.returned.size())},
      {"removed_files_size", BytesOf(change.removed)},
      {"restored_files_size", BytesOf(change.returned)}};
  change.commit.metrics = {{"numRemovedFiles", std::to_string(change.removed.size())},
                           {"numRestoredFiles", std::to_string(change.returned.size())}};
  versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  std::vector<Field> fields;
  std::vector<Value> row;
  for (const auto& [name, count] : counts) {
    fields.push_back({name, TypeId::kLong, true, "{}"});
    row.push_back(Value::Long(count));
  }
  return RowsResult(id_, Schema(std::move(fields)), {row});
}

}  // namespace weir::session
