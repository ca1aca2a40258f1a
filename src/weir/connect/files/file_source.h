#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/connect/files/file_cleaning.h"
#include "weir/connect/files/file_events.h"
#include "weir/connect/files/file_plan.h"
#include "weir/connect/files/file_progress.h"
#include "weir/connect/files/inference_cache.h"
#include "weir/connect/files/new_files.h"
#include "weir/connect/files/options.h"
#include "weir/connect/source.h"

namespace weir::connect {

// `read_files`: the files of a folder, as they arrive (file_connector.cc).
Connector FileConnector();

// Names the same files across runs: "files:file:///data/in/*.csv".
std::string IdentityOf(const FileOptions& options, const io::Location& base);

// What a flow keeps of a listing from one binding to the next: the files that are still to be
// taken, so that many batches need one listing.
struct KeptListing {
  NewFiles found;
  int64_t batches = -1;   // That had been committed when it was last gone through; -1: none yet.
  int64_t runs = 0;       // That had begun by then.
  bool is_fresh = false;  // Nothing was planned by it, and no run has begun since.
  // When the last whole one was made, and whether a plan is still to say so.
  std::optional<Instant> listed;
  bool is_unsaid = false;
  std::unique_ptr<FileEvents> events;  // Of what came since; null: it is listed again.
};

class FileSource final : public Source {
 public:
  struct Parts {
    FileOptions options;
    io::Location base;
    FormatReader& formats;
    const Clock& clock;
    std::shared_ptr<InferenceCache> cache;
    std::shared_ptr<KeptListing> listing;
    std::optional<FileCleaning> cleaning;
  };
  explicit FileSource(Parts parts);

  std::string Identity() const override { return identity_; }
  Schema Discover() override;
  Schema DiscoverAfter(const Progress& done) override;
  std::unique_ptr<Progress> NewProgress() const override;
  bool Replaces() const override { return options_.overwrites == Overwrites::kReplace; }
  std::unique_ptr<Progress> ProgressFromJson(const std::string& json) const override;
  std::optional<BatchPlan> Plan(const Progress& done, const ReadLimit& limit) override;
  bool IsStillThere(const BatchPlan& plan) override;
  Relation Read(const BatchPlan& plan, const Schema& schema) override;
  void Acknowledge(const BatchPlan&) override {}
  std::vector<LetGoFile> ToLetGo(const Progress& done) override;
  void LetGo(const std::vector<LetGoFile>& files) override;

 private:
  const NewFiles& New(const FileProgress& done);
  void DropTaken(const FileProgress& done);
  bool Hear(const FileProgress& done);
  void List(const FileProgress& done);
  bool IsListingDue(const FileProgress& done) const;
  // The columns that files show, and which of them folders tell.
  struct Columns {
    Schema all;
    std::vector<std::string> folders;
  };
  Columns Infer(const std::vector<SourceFile>& sample, const std::vector<SourceFile>& files) const;
  Columns InferAfter(const FileProgress& done);
  Schema Shown() const;
  void AddGivenFolders(const std::vector<SourceFile>& files);
  void RefuseNewColumns(const std::vector<SourceFile>& files) const;
  std::vector<SourceFile> NextFiles(const NewFiles& found, const ReadLimit& limit) const;
  std::vector<std::string> ReplacedBy(const FileProgress& done,
                                      const std::vector<SourceFile>& files) const;
  FilePlan PlanOf(std::vector<SourceFile> files, bool dated) const;
  Schema FolderSchema(const Schema& columns, const std::vector<std::string>& names) const;

  const FileOptions options_;
  const io::Location base_;
  FormatReader& formats_;
  const Clock& clock_;
  const std::shared_ptr<InferenceCache> cache_;
  const std::shared_ptr<KeptListing> listing_;
  const std::optional<FileCleaning> cleaning_;
  const std::string identity_;
  std::optional<Columns> columns_;  // As last discovered, without the rescued one.
};

}  // namespace weir::connect
