#include "weir/base/error.h"
#include "weir/connect/files/json_cell.h"
#include "weir/connect/files/records.h"

namespace weir::connect {

namespace {

bool IsJsonType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kTime:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      return false;
    case TypeId::kArray:
      return IsJsonType(type.element());
    case TypeId::kMap:
      return type.key().id() == TypeId::kString && IsJsonType(type.value());
    case TypeId::kStruct:
      for (const Field& field : type.fields()) {
        if (!IsJsonType(field.type)) return false;
      }
      return true;
    default:
      return true;
  }
}

class JsonRecords final : public Records {
 public:
  JsonRecords(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
              RecordScan scan)
      : Records(files, range, store, std::move(scan)),
        shape_(DataType::Struct(fields()), options().case_sensitive) {
    for (const Field& field : fields()) {
      if (IsJsonType(field.type)) continue;
      throw Error(ErrorCode::kUnsupported, "column " + QuoteName(field.name) + " has type " +
                                               field.type.ToSql() + ", which JSON can't hold")
          .WithCondition("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
    }
    cells_.set_rescuer(rescuer());
    cells_.set_zone(options().zone);
  }

 protected:
  void ReadHead(TextReader&) override {}

  void ReadRecord(std::string_view text, const TextLine& line) override {
    JsonCursor cursor(text);
    if (cursor.AtEnd()) return;
    if (!options().variant_column.empty()) return ReadWhole(cursor, text, line);
    if (cursor.Kind() != JsonKind::kArray || options().multi_line) {
      ReadObject(cursor, text, line, false);
      return;
    }
    // A list of objects on one line is as many records.
    bool good = true;
    cursor.BeginArray();
    while (cursor.NextItem()) good = ReadObject(cursor, text, line, true);
    if (cursor.ok() && !cursor.AtEnd()) cursor.Fail("text follows the record");
    if (good && !cursor.ok()) {
      BeginRow();
      EndUnreadable(text, line, Place(cursor, text));
    }
  }

 private:
  std::string Place(const JsonCursor& cursor, std::string_view text) const {
    return "malformed JSON at byte " + std::to_string(cursor.offset() + 1) + ": " +
           cursor.problem() +
           (GoesOn(text) ? "; records over several lines need multiLine => true" : "");
  }

  // Whether the line looks like a part of a record, or of a list of them, on several lines.
  bool GoesOn(std::string_view text) const {
    if (options().multi_line) return false;
    const size_t last = text.find_last_not_of(" \t");
    return last != std::string_view::npos &&
           std::string_view("{[,").find(text[last]) != std::string_view::npos;
  }

  // singleVariantColumn: the record is the value of the one column, whatever it is.
  void ReadWhole(JsonCursor& cursor, std::string_view text, const TextLine& line) {
    BeginRow();
    cells_.ForgetMistake();
    const bool good = cells_.Read(cursor, shape_.child(0), column(0));
    if (cursor.ok() && !cursor.AtEnd()) cursor.Fail("text follows the record");
    if (!cursor.ok()) {
      if (column(0) != nullptr) column(0)->Truncate(rows());
      return EndUnreadable(text, line, Place(cursor, text));
    }
    if (good) {
      KeepRow();
    } else {
      EndMalformed(text, line, "column " + fields()[0].name + ": " + cells_.mistake());
    }
  }

  // False when nothing after it can be read either.
  bool ReadObject(JsonCursor& cursor, std::string_view text, const TextLine& line, bool in_list) {
    BeginRow();
    cells_.ForgetMistake();
    if (cursor.Kind() != JsonKind::kObject) {
      cursor.Skip();
      cursor.Fail("a record is not an object");
    }
    ReadMembers(cursor);
    if (cursor.ok() && !in_list && !cursor.AtEnd()) cursor.Fail("text follows the record");
    if (!cursor.ok()) {
      EndUnreadable(text, line, Place(cursor, text));
      return false;
    }
    if (!cells_.mistake().empty()) MarkMisfit();
    if (cells_.mistake().empty() || rescues()) {
      KeepRow();
    } else {
      EndMalformed(text, line, "column " + mistaken_ + ": " + cells_.mistake());
    }
    return true;
  }

  void ReadMembers(JsonCursor& cursor) {
    size_t hint = 0;
    cursor.BeginObject();
    for (std::string_view name; cursor.NextMember(name);) {
      const auto field = shape_.Find(UnescapeJson(name, name_), hint);
      if (!field || *field == corrupt_field()) {
        SkipUnknown(cursor, name);
      } else {
        ReadMember(cursor, name, *field);
      }
    }
  }

  void SkipUnknown(JsonCursor& cursor, std::string_view name) {
    const bool null = cursor.Kind() == JsonKind::kNull;
    const std::string_view raw = cursor.Skip();
    if (cursor.ok() && !null && fails_on_new()) FailOnNew(UnescapeJson(name, name_));
    if (cursor.ok() && !null && rescuer() != nullptr) rescuer()->Add(name, raw);
  }

  void ReadMember(JsonCursor& cursor, std::string_view name, size_t field) {
    ColumnBuilder* const into = column(field);
    if (into == nullptr && !needs_all_cells()) {
      cursor.Skip();
      return;
    }
    // Of equal names the last one counts.
    if (into != nullptr && into->length() != rows()) into->Truncate(rows());
    const size_t begin = cursor.offset();
    const bool had_mistake = !cells_.mistake().empty();
    if (rescuer() != nullptr) rescuer()->Enter(name);
    const bool good = cells_.Read(cursor, shape_.child(field), into);
    if (rescuer() != nullptr) rescuer()->Leave();
    if (!had_mistake && !cells_.mistake().empty()) mistaken_ = fields()[field].name;
    if (!cursor.ok() || (!cells_.TakeUnplaced() && good)) return;
    if (rescuer() != nullptr) rescuer()->Add(name, cursor.Since(begin));
  }

  JsonShape shape_;
  JsonCells cells_;
  std::string name_;
  std::string mistaken_;
};

}  // namespace

std::unique_ptr<BatchStream> OpenJsonRecords(const FileSet& files, const RecordRange& range,
                                             io::ObjectStore& store, RecordScan scan) {
  return std::make_unique<JsonRecords>(files, range, store, std::move(scan));
}

}  // namespace weir::connect
