#include "weir/delta/commit_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "weir/delta/deletion_vector.h"
#include "weir/delta/paths.h"
#include "weir/delta/row_changes.h"
#include "weir/delta/statistics.h"

namespace weir::delta {
namespace {

// MERGE writes files anew in which nothing changed, and says so only in its metrics.
bool IsIdleMerge(const CommitActions& commit) {
  for (const Action& action : commit.actions) {
    const auto* info = std::get_if<CommitInfo>(&action);
    if (info == nullptr || info->operation != "MERGE") continue;
    static constexpr std::array kCounts = {"numTargetRowsInserted", "numTargetRowsUpdated",
                                           "numTargetRowsDeleted"};
    return std::all_of(kCounts.begin(), kCounts.end(), [&](const char* count) {
      const auto found = info->metrics.find(count);
      return found != info->metrics.end() && found->second == "0";
    });
  }
  return false;
}

AddFile FileOf(const RemoveFile& remove) {
  AddFile file;
  file.path = remove.path;
  file.partition_values = remove.partition_values;
  file.size = remove.size.value_or(0);
  file.deletion_vector_json = remove.deletion_vector_json;
  return file;
}

int64_t CountIn(const std::string& vector_json) {
  return vector_json.empty() ? 0 : ParseDeletionVector(vector_json).cardinality;
}

FeedFile& Put(std::vector<FeedFile>& files, Version version, AddFile file,
              const char* change_type) {
  return files.emplace_back(FeedFile{std::move(file), std::nullopt, change_type, version, 0});
}

// Of a file that comes or goes as a whole.
std::optional<int64_t> LikelyRows(const AddFile& file) {
  auto rows = ParseStatistics(file.stats_json, Schema()).rows;
  if (rows) *rows -= CountIn(file.deletion_vector_json);
  return rows;
}

}  // namespace

bool IsRepair(const CommitActions& commit) {
  return std::any_of(commit.actions.begin(), commit.actions.end(), [](const Action& action) {
    const auto* info = std::get_if<CommitInfo>(&action);
    return info != nullptr && info->operation == "FSCK";
  });
}

std::vector<FeedFile> CommitRows::Of(const CommitActions& commit) {
  std::vector<FeedFile> files;
  for (const Action& action : commit.actions) {
    const auto* changes = std::get_if<CdcFile>(&action);
    if (changes == nullptr) continue;
    AddFile file;
    file.path = changes->path;
    file.partition_values = changes->partition_values;
    file.size = changes->size;
    Put(files, commit.version, std::move(file), "");
  }
  if (files.empty() && !IsIdleMerge(commit) && !IsRepair(commit)) Infer(commit, files);
  return files;
}

void CommitRows::Infer(const CommitActions& commit, std::vector<FeedFile>& files) {
  const Version version = commit.version;
  const auto vectors = VectorChangesOf(commit);
  for (const auto& [path, change] : vectors) {
    if (!change.before->data_change || !change.after->data_change) continue;
    const std::string& before = change.before->deletion_vector_json;
    const std::string& after = change.after->deletion_vector_json;
    const int64_t more = CountIn(after) - CountIn(before);
    // Rows that the newer vector alone has are gone, those that the older alone has are back.
    AddFile file = *change.after;
    file.deletion_vector_json = before;
    if (!after.empty()) {
      FeedFile& gone = Put(files, version, std::move(file), kDelete);
      gone.taken_by_json = after;
      gone.likely_rows = std::max<int64_t>(more, 0);
    }
    if (!before.empty()) {
      FeedFile& back = Put(files, version, *change.after, kInsert);
      back.taken_by_json = before;
      back.likely_rows = std::max<int64_t>(-more, 0);
    }
  }
  for (const Action& action : commit.actions) {
    if (const auto* add = std::get_if<AddFile>(&action)) {
      if (add->data_change && !vectors.contains(CanonicalPath(add->path))) {
        Put(files, version, *add, kInsert).likely_rows = LikelyRows(*add);
      }
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      if (remove->data_change && !vectors.contains(CanonicalPath(remove->path))) {
        Put(files, version, Whole(version, *remove), kDelete);
      }
    }
  }
}

// A tombstone need not say what its file was; the version before does.
AddFile CommitRows::Whole(Version version, const RemoveFile& remove) {
  if (remove.extended_file_metadata && remove.size) return FileOf(remove);
  if (before_.first != version) before_ = {version, table_.At(version - 1)};
  const AddFiles& files = before_.second->files();
  const ByFileKey<const RemoveFile*> wanted = {
      {FileKey(remove.path, remove.deletion_vector_json), &remove}};
  const ByFileKey<size_t> found = files.Find(wanted);
  return found.empty() ? FileOf(remove) : files[found.begin()->second];
}

}  // namespace weir::delta
