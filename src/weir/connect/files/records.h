#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/connect/files/options.h"
#include "weir/connect/files/record_reader.h"
#include "weir/connect/files/rescue.h"
#include "weir/connect/files/text_reader.h"

namespace weir::connect {

// What readers of records of all formats share: the file, its lines, the batch being built, and
// what becomes of malformed records. A format reads lines into rows: BeginRow, cells through
// column(), then KeepRow or DropRow. Driven by one thread.
class Records : public BatchStream {
 public:
  Records(const FileSet& files, const RecordRange& range, io::ObjectStore& store, RecordScan scan);

  const Schema& schema() const final { return schema_; }
  std::optional<Batch> Next() final;

 protected:
  // Before the first line of the range. `first` reads the file from its start: the lines of the
  // range themselves where that begins at 0.
  virtual void ReadHead(TextReader& first) = 0;
  // The text is valid UTF-8.
  virtual void ReadRecord(std::string_view text, const TextLine& line) = 0;

  const RecordOptions& options() const { return options_; }
  const std::vector<Field>& fields() const { return fields_; }  // Of the FileSet.
  // The column for a field; null when it is not wanted.
  ColumnBuilder* column(size_t field) { return columns_[field]; }
  // The field that takes malformed records whole, or fields().size().
  size_t corrupt_field() const { return corrupt_field_; }

  // Whether this range has the file's head: what is wrong with it is told once.
  bool has_head() const { return range_.begin == 0; }
  int64_t rows() const { return rows_; }     // In the batch so far, without the one begun.
  bool rescues() const { return rescues_; }  // What does not fit is no mistake.
  // Fields that no column is there for end the reading.
  bool fails_on_new() const { return options_.fails_on_new; }
  [[noreturn]] void FailOnNew(std::string_view name) const;
  // A value that is not of its column's type; where it is not rescued it is nowhere.
  void MarkMisfit() { row_misfits_ = true; }
  // Cells that nobody wants still have to be looked at.
  bool needs_all_cells() const { return needs_all_cells_; }
  Rescuer* rescuer() { return rescued_ == nullptr ? nullptr : &rescuer_; }

  void BeginRow();
  // Fields without a cell yet become NULL.
  void KeepRow();
  void DropRow();
  // The row, as far as it was read, ends in a way its mode decides. Only cells that were good may
  // have been appended.
  void EndMalformed(std::string_view text, const TextLine& line, const std::string& reason);
  // A record of which nothing can be used: a row of NULLs, or none.
  void EndUnreadable(std::string_view text, const TextLine& line, const std::string& reason);
  // Only to be told; nothing happens to the row.
  void Report(std::string_view text, const TextLine& line, const std::string& reason, bool kept);

 private:
  void Open();
  bool ReadBatch();
  void ReadLine(const TextLine& line);
  void AppendMetadata();
  int64_t LineNumber(const TextLine& line);
  [[noreturn]] void FailFast(std::string_view text, const TextLine& line,
                             const std::string& reason);
  void EndOfCorruptFile(const Error& error);
  std::unique_ptr<TextReader> NewLines(uint64_t offset);

  SourceFile file_;
  std::string format_;
  bool has_text_;  // Records are to be UTF-8.
  RecordRange range_;
  io::ObjectStore& store_;
  RecordOptions options_;
  std::vector<Field> fields_;
  size_t corrupt_field_;
  bool rescues_;
  bool needs_all_cells_;
  std::function<void(MalformedRecord)> report_;
  std::function<void(RescueCount)> rescued_report_;
  std::shared_ptr<LineIndex> index_;

  Schema schema_;
  BatchBuilder builder_;
  std::vector<ColumnBuilder*> columns_;  // By field.
  ColumnBuilder* rescued_ = nullptr;
  ColumnBuilder* metadata_ = nullptr;
  Rescuer rescuer_;
  RescueCount rescue_count_;  // Of the batch.
  bool row_misfits_ = false;
  std::optional<std::string> corrupt_text_;
  int64_t rows_ = 0;  // In the batch.

  std::unique_ptr<io::ObjectReader> reader_;
  std::unique_ptr<TextReader> lines_;
  uint64_t head_end_ = 0;                // Lines before it are not records.
  std::optional<int64_t> lines_before_;  // The range; asked for when a number is needed.
  bool opened_ = false;
  bool ended_ = false;
};

std::unique_ptr<BatchStream> OpenCsvRecords(const FileSet& files, const RecordRange& range,
                                            io::ObjectStore& store, RecordScan scan);
std::unique_ptr<BatchStream> OpenJsonRecords(const FileSet& files, const RecordRange& range,
                                             io::ObjectStore& store, RecordScan scan);

std::unique_ptr<BatchStream> OpenAvroRecords(const FileSet& files, const RecordRange& range,
                                             io::ObjectStore& store, RecordScan scan);
// The columns that an Avro file says it has. Throws Error{kCorrupt}.
Schema ReadAvroSchema(const SourceFile& file, io::ObjectStore& store, const RecordOptions& options);
std::unique_ptr<BatchStream> OpenXmlRecords(const FileSet& files, const RecordRange& range,
                                            io::ObjectStore& store, RecordScan scan);

std::unique_ptr<BatchStream> OpenTextRecords(const FileSet& files, const RecordRange& range,
                                             io::ObjectStore& store, RecordScan scan);
std::unique_ptr<BatchStream> OpenBinaryRecords(const FileSet& files, const RecordRange& range,
                                               io::ObjectStore& store, const RecordScan& scan);
// path, modificationTime, length, content: of every FileSet of format "binaryfile".
Schema BinaryFileSchema();

// ScanSchema without the columns of folders: what readers of records give.
Schema RecordSchema(const FileSet& files);
// The wanted columns of a schema, by position.
Schema Projected(const Schema& all, const std::vector<size_t>& columns);
// A file that was listed; null when it is gone and the options say that this is no mistake, else
// throws kNotFound then.
std::unique_ptr<io::ObjectReader> OpenListed(io::ObjectStore& store, const SourceFile& file,
                                             const RecordOptions& options);

}  // namespace weir::connect
