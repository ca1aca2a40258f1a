#include "weir/base/error.h"
#include "weir/connect/files/records.h"
#include "weir/connect/files/xml_cells.h"
#include "weir/connect/files/xml_text.h"

namespace weir::connect {

namespace {

class XmlRecords final : public Records {
 public:
  XmlRecords(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
             RecordScan scan)
      : Records(files, range, store, std::move(scan)),
        shape_(DataType::Struct(fields()), false),
        cells_(options()) {
    cells_.set_rescuer(rescuer());
    if (fails_on_new()) {
      cells_.set_unknown([this](std::string_view name) { FailOnNew(name); });
    }
    for (const Field& field : fields()) CheckXmlType(field.type, field.name);
  }

 protected:
  void ReadHead(TextReader&) override {}

  void ReadRecord(std::string_view text, const TextLine& line) override {
    row_ = text;
    BeginRow();
    const std::string wrong = ParseXmlRow(row_, document_);
    if (!wrong.empty()) return EndUnreadable(text, line, wrong);
    cells_.ForgetMistake();
    const XmlCells::Target target{[this](size_t field) -> ColumnBuilder* {
                                    return field == corrupt_field() ? nullptr : column(field);
                                  },
                                  needs_all_cells(), rows()};
    cells_.ReadFields(document_.document_element(), shape_, target);
    if (!cells_.mistake().empty()) MarkMisfit();
    if (cells_.mistake().empty() || rescues()) return KeepRow();
    EndMalformed(text, line, cells_.mistake());
  }

 private:
  static void CheckXmlType(const DataType& type, const std::string& column) {
    bool good = true;
    switch (type.id()) {
      case TypeId::kArray:
        return CheckXmlType(type.element(), column);
      case TypeId::kMap:
        good = type.key().id() == TypeId::kString;
        if (good) return CheckXmlType(type.value(), column);
        break;
      case TypeId::kStruct:
        for (const Field& field : type.fields()) CheckXmlType(field.type, column);
        return;
      case TypeId::kVoid:
      case TypeId::kVariant:
      case TypeId::kTime:
      case TypeId::kYearMonthInterval:
      case TypeId::kDayTimeInterval:
      case TypeId::kCalendarInterval:
        good = false;
        break;
      default:
        break;
    }
    if (good) return;
    throw Error(ErrorCode::kUnsupported, "column " + QuoteName(column) + " has type " +
                                             type.ToSql() + ", which XML can't hold")
        .WithCondition("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
  }

  JsonShape shape_;
  XmlCells cells_;
  std::string row_;
  pugi::xml_document document_;
};

}  // namespace

std::unique_ptr<BatchStream> OpenXmlRecords(const FileSet& files, const RecordRange& range,
                                            io::ObjectStore& store, RecordScan scan) {
  return std::make_unique<XmlRecords>(files, range, store, std::move(scan));
}

}  // namespace weir::connect
