#include "weir/engine/duckdb/record_source.h"

#include <atomic>

#include "weir/base/error.h"
#include "weir/connect/files/line_index.h"
#include "weir/connect/files/record_reader.h"

namespace weir::engine {
namespace {

constexpr uint64_t kRangeBytes = 8 << 20;

class FileRecords final : public RecordSource {
 public:
  FileRecords(const FileSet& files, std::shared_ptr<io::ObjectStore> store)
      : files_(files),
        store_(std::move(store)),
        schema_(connect::ScanSchema(files)),
        ranges_(connect::SplitRecords(files, kRangeBytes)),
        lines_(std::make_shared<connect::LineIndex>(files.files.size())) {}

  const Schema& schema() const override { return schema_; }
  size_t streams() const override { return ranges_.size(); }
  std::unique_ptr<BatchStream> Open(size_t stream, const std::vector<size_t>& columns,
                                    ScanFindings& findings) const override {
    connect::RecordScan scan;
    scan.columns = columns;
    scan.lines = lines_;
    scan.report = [&findings](connect::MalformedRecord record) {
      findings.Report({std::move(record.uri), record.line, std::move(record.reason),
                       std::move(record.text), record.kept});
    };
    scan.rescued = [&findings](const connect::RescueCount& count) {
      findings.CountRescued(count.rescued, count.lossy);
    };
    return connect::OpenRecords(files_, ranges_.at(stream), *store_, std::move(scan));
  }
  uint64_t bytes() const override {
    uint64_t sum = 0;
    for (const SourceFile& file : files_.files) sum += file.size;
    return sum;
  }

 private:
  const FileSet files_;
  const std::shared_ptr<io::ObjectStore> store_;
  const Schema schema_;
  const std::vector<connect::RecordRange> ranges_;
  const std::shared_ptr<connect::LineIndex> lines_;
};

// The wanted columns of another stream's batches.
class ProjectedStream final : public BatchStream {
 public:
  ProjectedStream(std::unique_ptr<BatchStream> stream, std::vector<size_t> columns)
      : stream_(std::move(stream)), columns_(std::move(columns)) {
    std::vector<Field> fields;
    for (const size_t column : columns_) fields.push_back(stream_->schema()[column]);
    schema_ = Schema(std::move(fields));
  }

  const Schema& schema() const override { return schema_; }
  std::optional<Batch> Next() override {
    auto batch = stream_->Next();
    if (!batch) return std::nullopt;
    // The wanted children move to a new parent; the rest goes with the old one.
    ArrowArray whole = batch->Release();
    auto* const owner = new Owner{whole, {}};
    for (const size_t column : columns_) owner->children.push_back(whole.children[column]);
    ArrowArray projected = whole;
    projected.n_children = static_cast<int64_t>(owner->children.size());
    projected.children = owner->children.data();
    projected.private_data = owner;
    projected.release = [](ArrowArray* array) {
      auto* const owned = static_cast<Owner*>(array->private_data);
      owned->whole.release(&owned->whole);
      delete owned;
      array->release = nullptr;
    };
    return Batch(schema_, projected);
  }

 private:
  struct Owner {
    ArrowArray whole;
    std::vector<ArrowArray*> children;
  };

  const std::unique_ptr<BatchStream> stream_;
  const std::vector<size_t> columns_;
  Schema schema_;
};

class SequenceRecords final : public RecordSource {
 public:
  explicit SequenceRecords(const BatchSequence& sequence) : sequence_(sequence) {}

  const Schema& schema() const override { return sequence_.schema; }
  size_t streams() const override { return 1; }
  std::unique_ptr<BatchStream> Open(size_t, const std::vector<size_t>& columns,
                                    ScanFindings&) const override {
    return std::make_unique<ProjectedStream>(sequence_.open(), columns);
  }
  uint64_t bytes() const override { return 0; }

 private:
  const BatchSequence sequence_;
};

}  // namespace

std::shared_ptr<const RecordSource> OpenRecordFiles(const FileSet& files,
                                                    std::shared_ptr<io::ObjectStore> store) {
  return std::make_shared<FileRecords>(files, std::move(store));
}

std::shared_ptr<const RecordSource> OpenSequence(const BatchSequence& sequence) {
  return std::make_shared<SequenceRecords>(sequence);
}

}  // namespace weir::engine
