#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/delta/apply.h"
#include "weir/delta/change_feed.h"
#include "weir/delta/table.h"

namespace weir::delta {

// Tells which rows the commits of a table changed. Not thread-safe.
class CommitRows {
 public:
  // What is passed outlives it.
  explicit CommitRows(const Table& table) : table_(table) {}

  // By its change data files, where it has some; else rows were inserted and deleted with their
  // files and by deletion vectors. Files that were only rearranged tell nothing. Time is not filled
  // in. Reads the version before where a tombstone does not say what its file was.
  std::vector<FeedFile> Of(const CommitActions& commit);

 private:
  void Infer(const CommitActions& commit, std::vector<FeedFile>& files);
  AddFile Whole(Version version, const RemoveFile& remove);

  const Table& table_;
  // The files before a version.
  std::pair<Version, std::shared_ptr<const Snapshot>> before_{-1, nullptr};
};

// Whether it took out files that are gone: which rows they held nobody can tell.
bool IsRepair(const CommitActions& commit);

}  // namespace weir::delta
