#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"

// FSCK REPAIR TABLE: files that the log names and that are gone.
namespace weir::session {
namespace {

constexpr size_t kLookersAtMost = 8;

struct MissingFile {
  size_t at = 0;  // In the snapshot's files.
  bool data = false;
  bool deletion_vector = false;
};

// Nothing where the file has no vector, or the log itself holds it.
std::optional<std::string> VectorKeyOf(const io::Location& table, const delta::AddFile& file) {
  const auto vector = delta::DeletionVectorOf(file);
  return vector ? delta::KeyOf(table, *vector) : std::nullopt;
}

std::vector<MissingFile> FindMissing(const delta::Snapshot& table, const io::Location& location) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<MissingFile> missing;
  const auto& files = table.files();
  const auto work = [&] {
    try {
      for (size_t at; (at = next++) < files.size();) {
        MissingFile one{at, !location.store->Find(table.KeyOf(files[at])), false};
        const auto vector = VectorKeyOf(location, files[at]);
        one.deletion_vector = vector && !location.store->Find(*vector);
        if (!one.data && !one.deletion_vector) continue;
        const std::lock_guard lock(mutex);
        missing.push_back(one);
      }
    } catch (...) {
      next = files.size();
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (size_t i = 1; i < std::min(files.size(), kLookersAtMost); ++i) helpers.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  std::sort(missing.begin(), missing.end(),
            [](const MissingFile& a, const MissingFile& b) { return a.at < b.at; });
  return missing;
}

}  // namespace

void Preparer::operator()(const sql::RepairTable& statement) {
  const std::string location = MaintainedLocation(statement.target, "FSCK REPAIR");
  const delta::Table table = OpenTable(services_, location);
  prepared_.target = table.Latest();
  CheckFilesAreInside(*prepared_.target, prepared_.target->files(), table.location());
  prepared_.access.writes.push_back(NameForRecord(statement.target, location));
}

std::unique_ptr<Result> Executor::operator()(const sql::RepairTable& statement) {
  const auto info = GetTable(statement.target);
  const delta::Table table = OpenTable(services_, info.location);
  const delta::Snapshot& base = *prepared_.target;
  const auto missing = FindMissing(base, table.location());
  TableChange change;
  change.base = prepared_.target;
  std::vector<std::vector<Value>> rows;
  for (const MissingFile& one : missing) {
    const delta::AddFile& file = base.files()[one.at];
    const auto vector = VectorKeyOf(table.location(), file);
    rows.push_back({Text(file.path), Value::Boolean(one.data), TextOrNull(vector),
                    Value::Boolean(one.deletion_vector)});
    change.removed.push_back(file);
  }
  if (!missing.empty() && !statement.dry_run) {
    change.commit = CommitOptions("FSCK");
    change.commit.parameters["dryRun"] = "\"false\"";
    change.commit.metrics = {{"numMissingFiles", std::to_string(missing.size())},
                             {"numRemovedFiles", std::to_string(missing.size())}};
    versions_[info.name.ToString()] = CommitChange(services_, table, change).version;
  }
  return RowsResult(id_,
                    Schema({{"dataFilePath", TypeId::kString, true, "{}"},
                            {"dataFileMissing", TypeId::kBoolean, true, "{}"},
                            {"deletionVectorPath", TypeId::kString, true, "{}"},
                            {"deletionVectorFileMissing", TypeId::kBoolean, true, "{}"}}),
                    rows);
}

}  // namespace weir::session
