#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/clustering.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/session/identity_columns.h"
#include "weir/session/missing_files.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast_clone.h"

// RESTORE: the rows of an older version.
namespace weir::session {
namespace {

int64_t BytesThen(const std::vector<delta::AddFile>& files) {
  int64_t bytes = 0;
  for (const delta::AddFile& file : files) bytes += file.size;
  return bytes;
}

// What makes the table clustered as it was: by columns that it had.
std::vector<delta::DomainMetadata> ClusteringThen(const delta::Snapshot& then,
                                                  const delta::Snapshot& now) {
  const auto own = now.domains().find(delta::kClusteringDomain);
  const auto old = then.domains().find(delta::kClusteringDomain);
  if (old == then.domains().end()) {
    if (own == now.domains().end()) return {};
    return {delta::ClusteringDomain({}, now.schema())};
  }
  if (own != now.domains().end() && own->second.configuration == old->second.configuration)
    return {};
  return {old->second};
}

}  // namespace

Value Preparer::MomentOf(
    const std::variant<std::monostate, sql::VersionAsOf, sql::TimestampAsOf>& as_of) const {
  if (const auto* version = std::get_if<sql::VersionAsOf>(&as_of)) {
    const Value& written = std::get<sql::LiteralExpr>(version->version->node).value;
    const auto number = ParseValue(written.ToString(), TypeId::kLong);
    if (!number) {
      throw DiagnosticError(
          {{"INVALID_TIME_TRAVEL_SPEC", "42K0E", version->version->span,
            written.ToString() + " is no version", "DESCRIBE HISTORY lists them"}});
    }
    return *number;
  }
  const auto& moment = *std::get<sql::TimestampAsOf>(as_of).timestamp;
  const auto cast = std::make_unique<sql::Expr>(
      sql::Expr{moment.span, sql::CastExpr{sql::Clone(moment), TypeId::kTimestamp, moment.span}});
  Value value = ValueOf(*cast, BindConstant(*cast));
  if (value.is_null()) {
    throw DiagnosticError({{"INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", "42K0E", moment.span,
                            "the point in time is NULL", ""}});
  }
  return value;
}

std::shared_ptr<const delta::Snapshot> VersionAt(const delta::Table& table, const Value& moment) {
  return moment.type().id() == TypeId::kLong ? table.At(moment.integer())
                                             : table.AtTimestamp(Instant{moment.integer()});
}

void Preparer::operator()(const sql::Restore& statement) {
  const std::string location = WritableLocation(statement.target, "RESTORE");
  RequireReadable(statement.target);
  prepared_.moment = MomentOf(statement.as_of);
  prepared_.target = OpenTable(services_, location).Latest();
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

std::unique_ptr<Result> Executor::operator()(const sql::Restore& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const delta::Snapshot& base = *prepared_.target;
  const auto wanted = NamingTable(info, [&] { return VersionAt(table, *prepared_.moment); });
  TableChange change;
  change.base = prepared_.target;
  change.reads_table = true;
  std::set<std::pair<std::string, std::string>> now, then;
  const auto key = [](const delta::AddFile& file) {
    return std::pair(delta::CanonicalPath(file.path),
                     delta::DeletionVectorId(file.deletion_vector_json));
  };
  for (const delta::AddFile& file : base.files()) now.insert(key(file));
  for (const delta::AddFile& file : wanted->files()) {
    then.insert(key(file));
    if (now.contains(key(file))) continue;
    change.returned.push_back(file);
    change.returned.back().data_change = true;
  }
  if (const auto gone = FindMissing(table.location(), change.returned); !gone.empty()) {
    throw Error(ErrorCode::kInvalid, "version " + std::to_string(wanted->version()) + " of " +
                                         info.name.ToString() + " can't be restored: its file " +
                                         change.returned[gone[0].at].path +
                                         ", or its deletion vector, was deleted since, as VACUUM "
                                         "does; a later version may be whole")
        .WithCondition("DELTA_FILE_NOT_FOUND_DETAILED");
  }
  for (const delta::AddFile& file : base.files()) {
    if (!then.contains(key(file))) change.removed.push_back(file);
  }
  change.metadata = WithNumbersOf(wanted->metadata(), base.metadata());
  change.domains = ClusteringThen(*wanted, base);
  change.commit = CommitOptions("RESTORE");
  change.commit.parameters["version"] = Json(std::to_string(wanted->version())).dump();
  const std::vector<std::pair<std::string, int64_t>> counts = {
      {"table_size_after_restore", wanted->files().bytes()},
      {"num_of_files_after_restore", static_cast<int64_t>(wanted->files().size())},
      {"num_removed_files", static_cast<int64_t>(change.removed.size())},
      {"num_restored_files", static_cast<int64_t>(change.returned.size())},
      {"removed_files_size", BytesThen(change.removed)},
      {"restored_files_size", BytesThen(change.returned)}};
  change.commit.metrics = {{"numRemovedFiles", std::to_string(change.removed.size())},
                           {"numRestoredFiles", std::to_string(change.returned.size())}};
  const delta::Version version =
      NamingTable(info, [&] { return CommitChange(services_, table, change).version; });
  versions_[info.name.ToString()] = version;
  CheckCameBack(table.location(), change.returned, version);
  std::vector<Field> fields;
  std::vector<Value> row;
  for (const auto& [name, count] : counts) {
    fields.push_back({name, TypeId::kLong, true, "{}"});
    row.push_back(Value::Long(count));
  }
  return RowsResult(id_, Schema(std::move(fields)), {row});
}

}  // namespace weir::session
