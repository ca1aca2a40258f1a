#include <algorithm>

#include "weir/base/error.h"
#include "weir/connect/files/csv_cell.h"
#include "weir/connect/files/csv_line.h"
#include "weir/connect/files/csv_skip.h"
#include "weir/connect/files/records.h"
#include "weir/connect/files/utf8.h"

namespace weir::connect {

namespace {

constexpr size_t kNoField = SIZE_MAX;
constexpr const char* kNul = "a NUL byte: the file is damaged, or no text in UTF-8";

class CsvRecords final : public Records {
 public:
  CsvRecords(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
             RecordScan scan)
      : Records(files, range, store, std::move(scan)), splitter_(options()) {
    for (const Field& field : fields()) {
      if (IsCsvType(field.type)) continue;
      throw Error(ErrorCode::kUnsupported, "column " + QuoteName(field.name) + " has type " +
                                               field.type.ToSql() + ", which CSV can't hold")
          .WithCondition("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
    }
    MapByPosition();
  }

 protected:
  void ReadHead(TextReader& first) override {
    TextLine line;
    SkipCsvRows(first, options());
    if (!options().header || !NextHeader(first, line)) return;
    std::string mended;
    std::string_view header = line.text;
    if (!IsUtf8(header)) {
      header = mended = MendUtf8(header);
      Tell(header, line, "bytes of the header that are not UTF-8 were replaced");
    }
    names_ = CsvHeaderNames(splitter_.Split(header), options());
    if (options().by_position) return;
    MapByName();
    const bool any_known = std::any_of(targets_.begin(), targets_.end(),
                                       [](size_t target) { return target != kNoField; });
    if (any_known || rescues() || fields().empty()) return;
    Tell(header, line, "the header names none of the columns (" + ColumnNames() + ")");
  }

  void ReadRecord(std::string_view text, const TextLine& line) override {
    const bool skipped = IsCsvLineSkipped(text, options());
    if (HasNul(text)) Report(text, line, kNul, !skipped);
    if (skipped) return;
    const std::vector<CsvField>& cells = splitter_.Split(text);
    BeginRow();
    std::string reason = splitter_.mistake();
    if (cells.size() != targets_.size()) {
      if (!reason.empty()) reason += ", ";
      reason += std::to_string(cells.size()) + (cells.size() == 1 ? " field" : " fields") +
                " instead of " + std::to_string(targets_.size());
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string_view value = CsvCellText(cells[i], options());
      if (value.data() == nullptr) continue;
      const size_t target = i < targets_.size() ? targets_[i] : kNoField;
      if (target == kNoField) {
        if (fails_on_new() && i < targets_.size()) FailOnNew(NameOf(i));
        if (rescuer() != nullptr) rescuer()->AddText(NameOf(i), value);
      } else if (!ReadCell(i, target, value) && reason.empty() && !rescues()) {
        reason = "column " + fields()[target].name + " is not " + fields()[target].type.ToSql() +
                 ": '" + std::string(value.substr(0, 100)) + "'";
      }
    }
    if (reason.empty()) return KeepRow();
    EndMalformed(text, line, reason);
  }

 private:
  static bool HasNul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

  // Of the head, which every range of the file reads.
  void Tell(std::string_view text, const TextLine& line, const std::string& reason) {
    if (has_head()) Report(text, line, reason, false);
  }

  bool NextHeader(TextReader& lines, TextLine& line) {
    while (lines.Next(line)) {
      if (HasNul(line.text)) Tell(line.text, line, kNul);
      if (!IsCsvLineSkipped(line.text, options())) return true;
    }
    return false;
  }

  std::string ColumnNames() const {
    std::string names;
    for (const Field& field : fields()) names += (names.empty() ? "" : ", ") + field.name;
    return CutText(names, 200);
  }

  // Whether the cell fits its column; what does not is rescued.
  bool ReadCell(size_t i, size_t target, std::string_view value) {
    ColumnBuilder* const into = column(target);
    if (into == nullptr && !needs_all_cells()) return true;
    if (AppendCsvCell(value, fields()[target].type, options(), into)) return true;
    if (rescuer() != nullptr) rescuer()->AddText(NameOf(i), value);
    MarkMisfit();
    return false;
  }

  std::string NameOf(size_t i) const {
    if (i < names_.size()) return names_[i];
    if (i < targets_.size() && targets_[i] != kNoField) return fields()[targets_[i]].name;
    return CsvPositionName(i);
  }

  void MapByPosition() {
    targets_.clear();
    for (size_t i = 0; i < fields().size(); ++i) {
      if (i != corrupt_field()) targets_.push_back(i);
    }
  }

  void MapByName() {
    const bool exact = rescues() && options().case_sensitive;
    targets_.assign(names_.size(), kNoField);
    std::vector<bool> taken(fields().size(), false);
    for (const bool by_case : {true, false}) {
      for (size_t i = 0; i < names_.size() && (by_case || !exact); ++i) {
        if (targets_[i] != kNoField) continue;
        const size_t field = FieldNamed(names_[i], by_case);
        if (field == kNoField || field == corrupt_field() || taken[field]) continue;
        taken[field] = true;
        targets_[i] = field;
      }
    }
  }

  size_t FieldNamed(const std::string& name, bool by_case) const {
    for (size_t i = 0; i < fields().size(); ++i) {
      const std::string& other = fields()[i].name;
      if (by_case ? other == name : LowerName(other) == LowerName(name)) return i;
    }
    return kNoField;
  }

  CsvSplitter splitter_;
  std::vector<std::string> names_;  // Of the file's header.
  std::vector<size_t> targets_;     // By position in the line: a field, or kNoField.
};

}  // namespace

std::unique_ptr<BatchStream> OpenCsvRecords(const FileSet& files, const RecordRange& range,
                                            io::ObjectStore& store, RecordScan scan) {
  return std::make_unique<CsvRecords>(files, range, store, std::move(scan));
}

}  // namespace weir::connect
