#include <algorithm>

#include "weir/connect/files/csv_cell.h"
#include "weir/connect/files/csv_line.h"
#include "weir/connect/files/csv_skip.h"
#include "weir/connect/files/sample.h"
#include "weir/connect/files/utf8.h"

namespace weir::connect {

namespace {

// Columns as the files show them, one file after another.
class CsvColumns {
 public:
  explicit CsvColumns(const FileOptions& options)
      : options_(RecordOptionsFrom(options.record_options, options.zone)),
        infer_types_(options.infer_types),
        splitter_(options_) {}

  void Look(TextReader& lines, size_t bytes) {
    TextLine line;
    SkipCsvRows(lines, options_);
    if (!NextCsvLine(lines, options_, line)) return;
    // Damaged, or UTF-16: it names no columns, and is told when it is read.
    if (line.text.find('\0') != std::string_view::npos) return;
    const std::string head = IsUtf8(line.text) ? std::string(line.text) : MendUtf8(line.text);
    const std::vector<CsvField>& first = splitter_.Split(head);
    std::vector<size_t> places;
    if (options_.header) {
      for (const std::string& name : CsvHeaderNames(first, options_)) places.push_back(Place(name));
    } else {
      for (size_t i = 0; i < first.size(); ++i) places.push_back(Place(CsvPositionName(i)));
      LookAt(first, places);
    }
    const uint64_t begin = lines.offset();
    while (infer_types_ && lines.offset() - begin < bytes && NextCsvLine(lines, options_, line)) {
      LookAt(splitter_.Split(line.text), places);
    }
  }

  Schema Finish() {
    for (Field& field : fields_) {
      if (!infer_types_ || field.type.id() == TypeId::kVoid) field.type = TypeId::kString;
    }
    return Schema(std::move(fields_));
  }

 private:
  size_t Place(const std::string& name) {
    const std::string lower = LowerName(name);
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (LowerName(fields_[i].name) == lower) return i;
    }
    fields_.push_back({name, TypeId::kVoid});
    return fields_.size() - 1;
  }

  void LookAt(const std::vector<CsvField>& cells, const std::vector<size_t>& places) {
    for (size_t i = 0; i < std::min(cells.size(), places.size()); ++i) {
      const std::string_view text = CsvCellText(cells[i], options_);
      DataType& type = fields_[places[i]].type;
      if (text.data() != nullptr) type = InferCsvCell(type, text, options_);
    }
  }

  RecordOptions options_;
  bool infer_types_;
  CsvSplitter splitter_;
  std::vector<Field> fields_;
};

}  // namespace

Schema InferCsv(const FileOptions& options, const std::vector<SourceFile>& sample,
                io::ObjectStore& store) {
  CsvColumns columns(options);
  for (const SourceFile& file : sample) {
    SampleRecords(file, store, options.format,
                  RecordOptionsFrom(options.record_options, options.zone),
                  [&](TextReader& lines) { columns.Look(lines, SampleBytes(sample.size())); });
  }
  return columns.Finish();
}

}  // namespace weir::connect
