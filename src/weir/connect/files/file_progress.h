#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/connect/files/known_files.h"
#include "weir/connect/files/taken_files.h"
#include "weir/connect/source.h"
#include "weir/types/data_type.h"

namespace weir::connect {

// The files that batches have taken, and the columns they had. docs/formats/batch_plans.md
// Of a million files it holds some fifty megabytes: what they are known by, and the rest packed.
class FileProgress final : public Progress {
 public:
  FileProgress() = default;
  // Files that were last changed before `not_before` are forgotten. Throws Error{kCorrupt}.
  explicit FileProgress(const std::string& json, Instant not_before = Instant{INT64_MIN});

  void Add(const BatchPlan& plan) override;
  std::string ToJson() const override;

  bool HasAny() const { return batches() > 0; }
  int64_t batches() const { return static_cast<int64_t>(times_.size()); }
  const KnownFiles& known() const { return known_; }
  // When the rows of that batch were committed, as far as that is known.
  std::optional<Instant> CommittedAt(uint32_t batch) const;
  // The last listing of which all was taken.
  std::optional<Instant> listed() const { return listed_; }
  const std::optional<Schema>& schema() const { return schema_; }
  // The columns of it that folders tell.
  const std::vector<std::string>& folders() const { return folders_; }

  // Every file in the order of keys, one at a time. The progress outlives it and stays as it is.
  class Files {
   public:
    explicit Files(const FileProgress& progress);
    // As long as it is not followed by another; null at the end.
    const TakenFile* Next();

   private:
    const TakenFile* NextPacked();

    const FileProgress& progress_;
    std::vector<const TakenFile*> added_;  // By key; of one key the last.
    size_t next_added_ = 0;
    std::optional<TakenFilesReader> packed_;
    const TakenFile* before_ = nullptr;  // The next of the packed ones.
    bool is_shown_ = false;              // That one was given.
  };
  // As people know it, and the times of the batch that took it.
  std::string UriOf(const std::string& key) const;
  const BatchTimes& TimesOf(const TakenFile& file) const { return times_.at(file.batch); }

 private:
  void TakeExisting(const std::string& packed, uint32_t batch);
  void TakeEarlierForm(const std::map<std::string, std::string>& versions);

  KnownFiles known_;
  std::string packed_;            // Of batches that were compacted.
  std::vector<TakenFile> added_;  // Since; the last of a key counts.
  std::vector<BatchTimes> times_;
  std::map<std::string, std::string> shown_;  // Prefixes of keys, as people know them.
  std::optional<Instant> listed_;
  std::optional<Schema> schema_;
  std::vector<std::string> folders_;
  Instant not_before_{INT64_MIN};
};

}  // namespace weir::connect
