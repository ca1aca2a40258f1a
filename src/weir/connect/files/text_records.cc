#include "weir/base/error.h"
#include "weir/connect/files/records.h"

namespace weir::connect {

namespace {

// Every record is a value as it stands.
class TextRecords final : public Records {
 public:
  TextRecords(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
              RecordScan scan)
      : Records(files, range, store, std::move(scan)) {
    if (fields().size() == 1 && fields()[0].type.id() == TypeId::kString) return;
    throw Error(ErrorCode::kUnsupported, "text files have one column, a STRING")
        .WithCondition("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE");
  }

 protected:
  void ReadHead(TextReader&) override {}

  void ReadRecord(std::string_view text, const TextLine&) override {
    BeginRow();
    if (column(0) != nullptr) column(0)->AppendText(text);
    KeepRow();
  }
};

}  // namespace

std::unique_ptr<BatchStream> OpenTextRecords(const FileSet& files, const RecordRange& range,
                                             io::ObjectStore& store, RecordScan scan) {
  return std::make_unique<TextRecords>(files, range, store, std::move(scan));
}

}  // namespace weir::connect
