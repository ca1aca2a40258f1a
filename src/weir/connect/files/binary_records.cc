#include <vector>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/connect/files/records.h"

namespace weir::connect {

namespace {

constexpr uint64_t kLargestFile = 1 << 30;

enum FileField : size_t { kPath, kModified, kLength, kContent, kMetadata };

// A file as one row. Its bytes are read only where they are wanted.
class BinaryRecords final : public BatchStream {
 public:
  BinaryRecords(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
                const RecordScan& scan)
      : file_(files.files.at(range.file)),
        options_(RecordOptionsFrom(files.options, files.zone)),
        store_(store),
        wanted_(scan.columns),
        schema_(Projected(RecordSchema(files), wanted_)),
        builder_(schema_) {
    WEIR_CHECK(files.schema == BinaryFileSchema());
  }

  const Schema& schema() const override { return schema_; }

  std::optional<Batch> Next() override {
    if (done_) return std::nullopt;
    done_ = true;
    for (size_t i = 0; i < wanted_.size(); ++i) {
      if (wanted_[i] != kContent) continue;
      if (!ReadContent()) return std::nullopt;
      builder_.column(i).AppendText({content_.data(), content_.size()});
    }
    for (size_t i = 0; i < wanted_.size(); ++i) Append(wanted_[i], builder_.column(i));
    return builder_.Finish(1);
  }

 private:
  void Append(size_t field, ColumnBuilder& column) const {
    switch (field) {
      case kPath:
        return column.AppendText(file_.uri);
      case kModified:
        return column.AppendInteger(file_.modified.micros);
      case kLength:
        return column.AppendInteger(static_cast<int64_t>(file_.size));
      case kMetadata:
        return column.Append(FileMetadataOf(file_));
      default:
        return;
    }
  }

  // False when the file is gone and that is no mistake.
  bool ReadContent() {
    if (file_.size > kLargestFile) {
      throw Error(ErrorCode::kUnsupported,
                  "the file " + file_.uri + " has " + std::to_string(file_.size) +
                      " bytes, more than the 1 GiB that a value of `content` can hold; leave it "
                      "out with pathGlobFilter, or do not select `content`")
          .WithCondition("FAILED_READ_FILE");
    }
    const auto reader = OpenListed(store_, file_, options_);
    if (reader == nullptr) return false;
    content_.resize(file_.size);
    size_t have = 0;
    while (have < content_.size()) {
      const size_t got = reader->ReadAt(have, content_.data() + have, content_.size() - have);
      if (got == 0) break;
      have += got;
    }
    if (have == content_.size()) return true;
    throw Error(ErrorCode::kUnavailable,
                "the file " + file_.uri + " got shorter while it was read");
  }

  const SourceFile file_;
  const RecordOptions options_;
  io::ObjectStore& store_;
  const std::vector<size_t> wanted_;
  const Schema schema_;
  BatchBuilder builder_;
  std::vector<char> content_;
  bool done_ = false;
};

}  // namespace

Schema BinaryFileSchema() {
  return Schema({{"path", TypeId::kString},
                 {"modificationTime", TypeId::kTimestamp},
                 {"length", TypeId::kLong},
                 {"content", TypeId::kBinary}});
}

std::unique_ptr<BatchStream> OpenBinaryRecords(const FileSet& files, const RecordRange& range,
                                               io::ObjectStore& store, const RecordScan& scan) {
  return std::make_unique<BinaryRecords>(files, range, store, scan);
}

}  // namespace weir::connect
