#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "weir/connect/files/listing.h"
#include "weir/connect/files/options.h"
#include "weir/connect/source.h"

namespace weir::connect {

// `read_files`: the files of a folder, as they arrive.
Connector FileConnector();

// The files that batches have taken, and the columns they had. docs/formats/batch_plans.md
class FileProgress final : public Progress {
 public:
  FileProgress() = default;
  // Throws Error{kCorrupt}.
  explicit FileProgress(const std::string& json);

  void Add(const BatchPlan& plan) override;
  std::string ToJson() const override;

  bool HasAny() const { return batches_ > 0; }
  // Whether the file, as it is now, has been taken; any state of it unless `overwrites` count.
  bool Has(const SourceFile& file, bool overwrites) const;
  const std::optional<Schema>& schema() const { return schema_; }

 private:
  std::map<std::string, std::string> versions_;  // By key.
  std::optional<Schema> schema_;
  int64_t batches_ = 0;
};

// Columns inferred from files as they are now, so that a flow that opens its source for every batch
// looks into them once. Safe from many threads.
class InferenceCache {
 public:
  std::optional<Schema> Find(const std::string& key) const;
  void Put(const std::string& key, const Schema& schema);

 private:
  static constexpr size_t kMostSchemas = 1000;

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Schema> schemas_;
};

class FileSource final : public Source {
 public:
  FileSource(FileOptions options, io::Location base, FormatReader& formats,
             std::shared_ptr<InferenceCache> cache);

  std::string Identity() const override;
  Schema Discover() override;
  Schema DiscoverAfter(const Progress& done) override;
  std::unique_ptr<Progress> NewProgress() const override;
  std::unique_ptr<Progress> ProgressFromJson(const std::string& json) const override;
  std::optional<BatchPlan> Plan(const Progress& done, const ReadLimit& limit) override;
  Relation Read(const BatchPlan& plan, const Schema& schema) override;
  void Acknowledge(const BatchPlan&) override {}

 private:
  std::vector<SourceFile> List() const;
  std::vector<SourceFile> Unseen(const FileProgress& done) const;
  Schema Infer(const std::vector<SourceFile>& files) const;
  Schema WithRescued(const Schema& columns) const;
  void CheckUnchanged(std::vector<SourceFile>& files) const;

  FileOptions options_;
  io::Location base_;
  FormatReader& formats_;
  std::shared_ptr<InferenceCache> cache_;
  std::optional<Schema> columns_;  // As last discovered, without the rescued one.
};

}  // namespace weir::connect
