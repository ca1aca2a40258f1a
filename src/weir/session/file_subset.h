#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "weir/delta/file_rows.h"
#include "weir/delta/snapshot.h"

namespace weir::session {

// A table as of one version, but with other files: those that a range of versions added, some of
// which a later compaction may have taken out of the table again.
class FileSubset final : public delta::Snapshot {
 public:
  FileSubset(std::shared_ptr<const delta::Snapshot> whole, std::vector<delta::AddFile> files)
      : whole_(std::move(whole)), files_(std::move(files)) {}

  delta::Version version() const override { return whole_->version(); }
  int64_t timestamp_millis() const override { return whole_->timestamp_millis(); }
  const delta::Protocol& protocol() const override { return whole_->protocol(); }
  const delta::Metadata& metadata() const override { return whole_->metadata(); }
  const Schema& schema() const override { return whole_->schema(); }
  const delta::AddFiles& files() const override { return files_; }
  size_t MemoryBytes() const override { return files_.MemoryBytes(); }
  const std::map<std::string, delta::SetTransaction>& transactions() const override {
    return whole_->transactions();
  }
  const std::map<std::string, delta::DomainMetadata>& domains() const override {
    return whole_->domains();
  }
  std::string KeyOf(const delta::AddFile& file) const override { return whole_->KeyOf(file); }
  std::map<std::string, Value> PartitionOf(const delta::AddFile& file) const override {
    return whole_->PartitionOf(file);
  }
  delta::FileStatistics StatisticsOf(const delta::AddFile& file) const override {
    return whole_->StatisticsOf(file);
  }
  std::optional<int64_t> RowsIn(const std::vector<size_t>& positions) const override {
    return delta::RowsIn(files_, positions);
  }
  // Every file: a batch of new files is read whole.
  std::vector<size_t> FilesFor(const Predicate&) const override {
    std::vector<size_t> all(files_.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

 private:
  std::shared_ptr<const delta::Snapshot> whole_;
  delta::AddFiles files_;
};

}  // namespace weir::session
