#include "weir/connect/files/records.h"

#include <algorithm>
#include <utility>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/connect/files/folder_stream.h"
#include "weir/connect/files/line_index.h"
#include "weir/connect/files/planned_files.h"
#include "weir/connect/files/text_file.h"
#include "weir/connect/files/utf8.h"

namespace weir::connect {

namespace {

constexpr int64_t kRowsPerBatch = 8192;
constexpr uint64_t kBytesPerBatch = 8 << 20;
constexpr size_t kShownText = 1000;

size_t CorruptField(const FileSet& files, const RecordOptions& options) {
  const auto found = files.schema.Find(options.corrupt_column);
  const bool usable = found && files.schema[*found].type.id() == TypeId::kString;
  return usable ? *found : files.schema.size();
}

}  // namespace

Schema Projected(const Schema& all, const std::vector<size_t>& columns) {
  std::vector<Field> fields;
  for (const size_t column : columns) {
    WEIR_CHECK(column < all.size());
    fields.push_back(all[column]);
  }
  return Schema(std::move(fields));
}

Schema RecordSchema(const FileSet& files) {
  std::vector<Field> fields = files.schema.fields();
  if (!files.rescued_column.empty()) fields.push_back({files.rescued_column, TypeId::kString});
  if (files.metadata) fields.push_back({"_metadata", FileMetadataType(), false});
  return Schema(std::move(fields));
}

Schema ScanSchema(const FileSet& files) {
  std::vector<Field> fields = RecordSchema(files).fields();
  fields.insert(fields.begin() + static_cast<ptrdiff_t>(files.schema.size()),
                files.folder_columns.fields().begin(), files.folder_columns.fields().end());
  return Schema(std::move(fields));
}

std::vector<RecordRange> SplitRecords(const FileSet& files, uint64_t bytes) {
  std::vector<RecordRange> ranges;
  bytes = std::max<uint64_t>(bytes, 1);
  const RecordOptions options = RecordOptionsFrom(files.options, files.zone);
  const bool whole =
      files.format == "binaryfile" || files.format == "avro" || files.format == "xml";
  for (size_t i = 0; i < files.files.size(); ++i) {
    const SourceFile& file = files.files[i];
    const uint64_t parts = whole || !CanBeCut(file, options)
                               ? 1
                               : std::max<uint64_t>((file.size + bytes / 2) / bytes, 1);
    for (uint64_t part = 0; part < parts; ++part) {
      const uint64_t end = part + 1 == parts ? UINT64_MAX : file.size / parts * (part + 1);
      ranges.push_back({i, file.size / parts * part, end});
    }
  }
  return ranges;
}

namespace {

std::unique_ptr<BatchStream> OpenFormat(const FileSet& files, const RecordRange& range,
                                        io::ObjectStore& store, RecordScan scan) {
  if (files.format == "csv") return OpenCsvRecords(files, range, store, std::move(scan));
  if (files.format == "json") return OpenJsonRecords(files, range, store, std::move(scan));
  if (files.format == "avro") return OpenAvroRecords(files, range, store, std::move(scan));
  if (files.format == "xml") return OpenXmlRecords(files, range, store, std::move(scan));
  if (files.format == "text") return OpenTextRecords(files, range, store, std::move(scan));
  if (files.format == "binaryfile") return OpenBinaryRecords(files, range, store, scan);
  throw Error(ErrorCode::kInternal, "no reader of records for format " + files.format);
}

}  // namespace

std::unique_ptr<BatchStream> OpenRecords(const FileSet& files, const RecordRange& range,
                                         io::ObjectStore& store, RecordScan scan) {
  if (files.folder_columns.size() == 0) return OpenFormat(files, range, store, std::move(scan));
  return WithFolderValues(files, range, std::move(scan), [&](RecordScan own) {
    return OpenFormat(files, range, store, std::move(own));
  });
}

std::unique_ptr<io::ObjectReader> OpenListed(io::ObjectStore& store, const SourceFile& file,
                                             const RecordOptions& options) {
  try {
    return store.Open(file.key);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    if (options.ignore_missing_files) return nullptr;
    throw Error(
        ErrorCode::kNotFound,
        "the file " + file.uri + " is gone; put it back, or read with ignoreMissingFiles => true",
        error.what())
        .WithCondition("FAILED_READ_FILE.FILE_NOT_EXIST");
  }
}

Records::Records(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
                 RecordScan scan)
    : file_(files.files.at(range.file)),
      format_(files.format),
      has_text_(files.format != "avro"),
      range_(range),
      store_(store),
      options_(RecordOptionsFrom(files.options, files.zone)),
      fields_(files.schema.fields()),
      corrupt_field_(CorruptField(files, options_)),
      rescues_(!files.rescued_column.empty()),
      needs_all_cells_(!rescues_ && options_.mode != ParseMode::kPermissive),
      report_(std::move(scan.report)),
      rescued_report_(std::move(scan.rescued)),
      index_(scan.lines ? std::move(scan.lines) : std::make_shared<LineIndex>(range.file + 1)),
      schema_(Projected(RecordSchema(files), scan.columns)),
      builder_(schema_),
      columns_(fields_.size(), nullptr),
      rescuer_(file_.uri) {
  const size_t rescued_at = rescues_ ? fields_.size() : SIZE_MAX;
  for (size_t i = 0; i < scan.columns.size(); ++i) {
    const size_t wanted = scan.columns[i];
    ColumnBuilder*& target = wanted < fields_.size() ? columns_[wanted]
                             : wanted == rescued_at  ? rescued_
                                                     : metadata_;
    WEIR_CHECK(target == nullptr);
    target = &builder_.column(i);
  }
  needs_all_cells_ = needs_all_cells_ || rescued_ != nullptr;
}

std::unique_ptr<TextReader> Records::NewLines(uint64_t offset) {
  return OpenText(*reader_, file_, format_, options_, offset);
}

void Records::Open() {
  opened_ = true;
  reader_ = OpenListed(store_, file_, options_);
  ended_ = reader_ == nullptr;
  if (ended_) return;
  if (range_.begin > 0 && !MayBeginIn(*reader_, options_, range_.begin, range_.end)) {
    ended_ = true;
    return;
  }
  // The byte before tells whether a record begins right at the start of the range.
  lines_ = NewLines(range_.begin == 0 ? 0 : range_.begin - 1);
  if (range_.begin == 0) return ReadHead(*lines_);
  TextLine line;
  lines_->Next(line);
  const auto first = NewLines(0);
  ReadHead(*first);
  head_end_ = first->lines() == 0 ? 0 : first->offset();
}

std::optional<Batch> Records::Next() {
  while (!ended_) {
    try {
      if (!opened_) Open();
      if (!ended_) ended_ = !ReadBatch();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt ||
          error.condition() == "MALFORMED_RECORD_IN_PARSING") {
        throw;
      }
      EndOfCorruptFile(error);
    }
    if (rescued_report_ && rescue_count_.rescued + rescue_count_.lossy > 0) {
      rescued_report_(std::exchange(rescue_count_, {}));
    }
    if (rows_ > 0) {
      const int64_t rows = rows_;
      rows_ = 0;
      return builder_.Finish(rows);
    }
  }
  return std::nullopt;
}

// False at the end of the range.
bool Records::ReadBatch() {
  TextLine line;
  uint64_t begin = UINT64_MAX;
  while (rows_ < kRowsPerBatch && lines_->Next(line)) {
    if (line.offset >= range_.end) return false;
    if (line.offset < head_end_) continue;
    begin = std::min(begin, line.offset);
    ReadLine(line);
    if (line.offset - begin >= kBytesPerBatch) return true;
  }
  return rows_ >= kRowsPerBatch;
}

void Records::ReadLine(const TextLine& line) {
  if (line.problem != nullptr) Report(line.text, line, line.problem, !line.text.empty());
  if (line.problem != nullptr && line.text.empty()) return;
  if (line.too_long) {
    return Report(line.text, line, "the record is longer than 128 MiB", false);
  }
  if (!has_text_ || IsUtf8(line.text)) return ReadRecord(line.text, line);
  const std::string mended = MendUtf8(line.text);
  Report(mended, line, "bytes that are not UTF-8 were replaced", true);
  ReadRecord(mended, line);
}

void Records::EndOfCorruptFile(const Error& error) {
  ended_ = true;
  const std::string place = lines_ ? " after line " + std::to_string(lines_->lines()) : "";
  if (!options_.ignore_corrupt_files) {
    throw Error(ErrorCode::kCorrupt, file_.uri + place + ": " + error.what(), error.detail())
        .WithCondition("FAILED_READ_FILE");
  }
  // Of a file that is cut, only its beginning can be unreadable, which every range looks at.
  if (report_ && has_head()) report_({file_.uri, 0, error.what() + place, "", false});
}

void Records::FailOnNew(std::string_view name) const {
  ThrowNewColumns(file_, {std::string(name)});
}

void Records::BeginRow() {
  row_misfits_ = false;
  corrupt_text_.reset();
  if (rescued_ != nullptr) rescuer_.BeginRow();
}

void Records::KeepRow() {
  if (corrupt_field_ < fields_.size() && columns_[corrupt_field_] != nullptr) {
    ColumnBuilder& column = *columns_[corrupt_field_];
    column.Truncate(rows_);
    if (corrupt_text_) column.AppendText(*corrupt_text_);
  }
  for (ColumnBuilder* const column : columns_) {
    if (column != nullptr && column->length() == rows_) column->AppendNull();
  }
  if (rescued_ != nullptr && rescuer_.HasAny()) {
    rescued_->AppendText(rescuer_.Finish());
    ++rescue_count_.rescued;
  } else if (rescued_ != nullptr) {
    rescued_->AppendNull();
  }
  if (rescues_ && rescued_ == nullptr && row_misfits_) ++rescue_count_.lossy;
  if (metadata_ != nullptr) AppendMetadata();
  ++rows_;
}

void Records::DropRow() {
  for (ColumnBuilder* const column : columns_) {
    if (column != nullptr) column->Truncate(rows_);
  }
}

void Records::EndMalformed(std::string_view text, const TextLine& line, const std::string& reason) {
  const bool keep = options_.mode == ParseMode::kPermissive;
  Report(text, line, reason, keep);
  if (!keep) return DropRow();
  corrupt_text_ = text;
  KeepRow();
}

void Records::EndUnreadable(std::string_view text, const TextLine& line,
                            const std::string& reason) {
  DropRow();
  if (rescued_ != nullptr) {
    rescuer_.BeginRow();
    rescuer_.AddText(options_.corrupt_column, text);
  }
  EndMalformed(text, line, reason);
}

void Records::Report(std::string_view text, const TextLine& line, const std::string& reason,
                     bool kept) {
  if (options_.mode == ParseMode::kFailFast) FailFast(text, line, reason);
  if (!report_) return;
  const std::string shown = IsUtf8(text) ? std::string(text) : MendUtf8(text);
  report_({file_.uri, LineNumber(line), reason, CutText(shown, kShownText), kept});
}

void Records::FailFast(std::string_view text, const TextLine& line, const std::string& reason) {
  throw Error(ErrorCode::kCorrupt,
              file_.uri + ":" + std::to_string(LineNumber(line)) + ": " + reason +
                  " (mode FAILFAST): " +
                  CutText(IsUtf8(text) ? std::string(text) : MendUtf8(text), kShownText))
      .WithCondition("MALFORMED_RECORD_IN_PARSING");
}

// A range in the midst of a file does not know how many lines came before; it asks, once, when
// somebody wants to know.
int64_t Records::LineNumber(const TextLine& line) {
  if (!lines_before_) {
    lines_before_ = 0;
    if (range_.begin > 0) {
      const auto open = [&](uint64_t offset) { return NewLines(offset); };
      lines_before_ = index_->LinesBefore(range_.file, line.offset, open) - (line.number - 1);
    }
  }
  return *lines_before_ + line.number;
}

void Records::AppendMetadata() {
  metadata_->child(0).AppendText(file_.uri);
  metadata_->child(1).AppendText(std::string_view(file_.key).substr(file_.key.rfind('/') + 1));
  metadata_->child(2).AppendInteger(static_cast<int64_t>(file_.size));
  metadata_->child(3).AppendInteger(0);
  metadata_->child(4).AppendInteger(static_cast<int64_t>(file_.size));
  metadata_->child(5).AppendInteger(file_.modified.micros);
  metadata_->AppendStruct();
}

}  // namespace weir::connect
