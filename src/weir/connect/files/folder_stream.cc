#include "weir/connect/files/folder_stream.h"

#include <utility>

#include "weir/base/check.h"
#include "weir/connect/files/records.h"

namespace weir::connect {

namespace {

// Where an output column comes from.
struct FolderOutput {
  bool is_folder = false;
  size_t place = 0;  // Among the columns of the file, or those of the folders, that are wanted.
};

// Two batches of as many rows as one, whose columns it owns.
struct JoinedBatches {
  ArrowArray file;
  ArrowArray folders;
  std::vector<ArrowArray*> children;
};

class FolderStream final : public BatchStream {
 public:
  FolderStream(std::unique_ptr<BatchStream> file, std::vector<FolderOutput> outputs, Schema folders,
               std::vector<Value> values)
      : file_(std::move(file)),
        outputs_(std::move(outputs)),
        values_(std::move(values)),
        builder_(folders) {
    std::vector<Field> fields;
    for (const FolderOutput& output : outputs_) {
      fields.push_back(output.is_folder ? folders[output.place] : file_->schema()[output.place]);
    }
    schema_ = Schema(std::move(fields));
  }

  const Schema& schema() const override { return schema_; }

  std::optional<Batch> Next() override {
    auto batch = file_->Next();
    if (!batch) return std::nullopt;
    const int64_t rows = batch->rows();
    for (size_t i = 0; i < values_.size(); ++i) {
      for (int64_t row = 0; row < rows; ++row) builder_.column(i).Append(values_[i]);
    }
    return Joined(batch->Release(), builder_.Finish(rows).Release());
  }

 private:
  Batch Joined(ArrowArray file, ArrowArray folders) const {
    auto* const owner = new JoinedBatches{file, folders, {}};
    for (const FolderOutput& output : outputs_) {
      owner->children.push_back((output.is_folder ? folders : file).children[output.place]);
    }
    ArrowArray joined = file;
    joined.n_children = static_cast<int64_t>(owner->children.size());
    joined.children = owner->children.data();
    joined.private_data = owner;
    joined.release = [](ArrowArray* array) {
      auto* const owned = static_cast<JoinedBatches*>(array->private_data);
      owned->file.release(&owned->file);
      owned->folders.release(&owned->folders);
      delete owned;
      array->release = nullptr;
    };
    return Batch(schema_, joined);
  }

  const std::unique_ptr<BatchStream> file_;
  const std::vector<FolderOutput> outputs_;
  const std::vector<Value> values_;  // Of the folder columns that are wanted.
  BatchBuilder builder_;
  Schema schema_;
};

}  // namespace

std::unique_ptr<BatchStream> WithFolderValues(
    const FileSet& files, const RecordRange& range, RecordScan scan,
    const std::function<std::unique_ptr<BatchStream>(RecordScan own)>& open) {
  const SourceFile& file = files.files.at(range.file);
  const size_t before = files.schema.size();
  const size_t count = files.folder_columns.size();
  WEIR_CHECK(file.folder_values.size() == count);
  std::vector<FolderOutput> outputs;
  std::vector<size_t> own;
  std::vector<Field> folders;
  std::vector<Value> values;
  for (const size_t column : scan.columns) {
    if (column >= before && column < before + count) {
      outputs.push_back({true, values.size()});
      folders.push_back(files.folder_columns[column - before]);
      values.push_back(file.folder_values[column - before]);
    } else {
      outputs.push_back({false, own.size()});
      own.push_back(column < before ? column : column - count);
    }
  }
  scan.columns = std::move(own);
  return std::make_unique<FolderStream>(open(std::move(scan)), std::move(outputs),
                                        Schema(std::move(folders)), std::move(values));
}

}  // namespace weir::connect
