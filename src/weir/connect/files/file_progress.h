#pragma once

#include <cstdint>
#include <functional>
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
  const std::optional<Schema>& schema() const { return schema_; }
  // The columns of it that folders tell.
  const std::vector<std::string>& folders() const { return folders_; }

  // Every file in the order of keys, as people know it, with the times of its batch (0: unknown).
  using Visit =
      std::function<void(const TakenFile& file, const std::string& uri, const BatchTimes& times)>;
  void ForEach(const Visit& visit) const;

 private:
  void TakeExisting(const std::string& packed, uint32_t batch);
  void TakeEarlierForm(const std::map<std::string, std::string>& versions);
  void Merge(const std::function<void(const TakenFile&)>& visit) const;
  std::string UriOf(const std::string& key) const;

  KnownFiles known_;
  std::string packed_;            // Of batches that were compacted.
  std::vector<TakenFile> added_;  // Since; the last of a key counts.
  std::vector<BatchTimes> times_;
  std::map<std::string, std::string> shown_;  // Prefixes of keys, as people know them.
  std::optional<Schema> schema_;
  std::vector<std::string> folders_;
  Instant not_before_{INT64_MIN};
};

}  // namespace weir::connect
