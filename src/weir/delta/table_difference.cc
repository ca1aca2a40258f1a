#include "weir/delta/table_difference.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "weir/base/error.h"
#include "weir/delta/apply.h"
#include "weir/delta/commit_rows.h"
#include "weir/delta/log.h"

namespace weir::delta {
namespace {

CommitActions ReadEntry(const Log& log, const Table& table, Version version) {
  try {
    return log.ReadCommit(version);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    throw Error(ErrorCode::kNotFound, "table " + table.location().uri +
                                          " no longer has the log entry of version " +
                                          std::to_string(version) + ", so its changes are gone")
        .WithCondition("DELTA_VERSION_NOT_FOUND");
  }
}

bool IsWholeFile(const FeedFile& file, const char* change_type) {
  return file.change_type == change_type && !file.taken_by_json;
}

// A file that came and went as a whole tells nothing.
std::vector<FeedFile> WithoutPassing(std::vector<FeedFile> files) {
  std::map<std::string, size_t> came;
  std::vector<bool> passing(files.size());
  for (size_t i = 0; i < files.size(); ++i) {
    const AddFile& file = files[i].file;
    const std::string key = FileKey(file.path, file.deletion_vector_json);
    if (IsWholeFile(files[i], kInsert)) {
      came[key] = i;
    } else if (IsWholeFile(files[i], kDelete)) {
      const auto found = came.find(key);
      if (found == came.end()) continue;
      passing[i] = passing[found->second] = true;
      came.erase(found);
    }
  }
  std::vector<FeedFile> kept;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!passing[i]) kept.push_back(std::move(files[i]));
  }
  return kept;
}

// Rows of a file, for one that does not say how many it has: as many as others of its size.
int64_t GuessRows(const FeedFile& file, const Snapshot& now) {
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const AddFile& other : now.files()) {
    const auto known = now.StatisticsOf(other).rows;
    if (!known) continue;
    rows += *known;
    bytes += other.size;
    if (bytes > file.file.size) break;
  }
  constexpr double kRowsPerByte = 1.0 / 32;
  const double per_byte =
      bytes > 0 ? static_cast<double>(rows) / static_cast<double>(bytes) : kRowsPerByte;
  return static_cast<int64_t>(per_byte * static_cast<double>(file.file.size));
}

}  // namespace

TableDifference DifferenceOf(const Table& table, const Snapshot& now, Version before) {
  TableDifference difference;
  const Log log(table.location());
  CommitRows rows(table);
  std::vector<FeedFile> files;
  for (Version version = before + 1; version <= now.version(); ++version) {
    const CommitActions commit = ReadEntry(log, table, version);
    difference.repaired |= IsRepair(commit);
    difference.new_metadata |=
        std::any_of(commit.actions.begin(), commit.actions.end(),
                    [](const Action& action) { return std::holds_alternative<Metadata>(action); });
    auto of_commit = rows.Of(commit);
    files.insert(files.end(), std::make_move_iterator(of_commit.begin()),
                 std::make_move_iterator(of_commit.end()));
  }
  difference.files = WithoutPassing(std::move(files));
  for (FeedFile& file : difference.files) {
    difference.only_inserts &= file.change_type == kInsert;
    difference.rewritten |= IsWholeFile(file, kDelete);
    if (!file.likely_rows) file.likely_rows = GuessRows(file, now);
    difference.likely_rows += *file.likely_rows;
  }
  return difference;
}

}  // namespace weir::delta
