#include <optional>

#include "weir/base/error.h"
#include "weir/connect/files/avro_blocks.h"
#include "weir/connect/files/avro_cells.h"
#include "weir/connect/files/records.h"
#include "weir/connect/files/sample.h"
#include "weir/connect/files/text_file.h"

namespace weir::connect {

namespace {

// Records of other types than record are rows of one column.
constexpr const char* kValueColumn = "value";

class AvroRecords final : public Records {
 public:
  AvroRecords(const FileSet& files, const RecordRange& range, io::ObjectStore& store,
              RecordScan scan)
      : Records(files, range, store, std::move(scan)) {
    cells_.set_rescuer(rescuer());
  }

 protected:
  void ReadHead(TextReader& first) override {
    blocks_ = dynamic_cast<AvroBlocks*>(&first);
    const AvroType& root = blocks_->schema().root();
    if (root.kind == AvroKind::kRecord) {
      row_ = root;
    } else {
      row_.kind = AvroKind::kRecord;
      row_.names = {kValueColumn};
      row_.parts = {&root};
    }
    plan_ = PlanAvro(row_, DataType::Struct(fields()));
  }

  void ReadRecord(std::string_view block, const TextLine& line) override {
    AvroInput input(block);
    for (int64_t left = blocks_->records(); left > 0; --left) {
      TextLine record = line;
      record.number = ++number_;
      try {
        ReadRow(input, record);
      } catch (const Error&) {
        DropRow();  // What of it was read; the rows before it are good.
        throw;
      }
    }
    if (!input.AtEnd()) {
      throw Error(ErrorCode::kCorrupt, "a block of the Avro file holds more than its records");
    }
  }

 private:
  void ReadRow(AvroInput& input, const TextLine& line) {
    const AvroInput start = input;
    BeginRow();
    cells_.ForgetMistake();
    mistaken_.clear();
    for (size_t i = 0; i < plan_.parts.size(); ++i) ReadField(i, input);
    if (!mistaken_.empty()) MarkMisfit();
    if (mistaken_.empty() || rescues()) return KeepRow();
    AvroInput again = start;
    std::string json;
    AppendAvroJson(row_, again, json);
    EndMalformed(json, line, "column " + mistaken_ + ": " + cells_.mistake());
  }

  void ReadField(size_t i, AvroInput& input) {
    const AvroPlan& plan = plan_.parts[i];
    const size_t place = plan_.places[i];
    if (place == SIZE_MAX || place == corrupt_field()) return ReadUnknown(i, input);
    ColumnBuilder* const into = column(place);
    if (into == nullptr && !needs_all_cells()) return SkipAvro(*plan.from, input);
    AvroInput start = input;
    if (rescuer() != nullptr) rescuer()->Enter(plan_.labels[i]);
    const bool fits = cells_.Read(plan, input, into);
    if (rescuer() != nullptr) rescuer()->Leave();
    if (fits) return;
    if (mistaken_.empty()) mistaken_ = fields()[place].name;
    if (into != nullptr) into->Truncate(rows());
    if (rescuer() != nullptr) Rescue(i, start);
  }

  void ReadUnknown(size_t i, AvroInput& input) {
    if (fails_on_new()) FailOnNew(plan_.from->names[i]);
    if (rescuer() == nullptr) return SkipAvro(*plan_.parts[i].from, input);
    Rescue(i, input);
  }

  void Rescue(size_t i, AvroInput& input) {
    json_.clear();
    AppendAvroJson(*plan_.parts[i].from, input, json_);
    if (json_ != "null") rescuer()->Add(plan_.labels[i], json_);
  }

  const AvroBlocks* blocks_ = nullptr;  // The reader of the file.
  AvroType row_;
  AvroPlan plan_;
  AvroCells cells_;
  int64_t number_ = 0;
  std::string mistaken_;
  std::string json_;
};

}  // namespace

std::unique_ptr<BatchStream> OpenAvroRecords(const FileSet& files, const RecordRange& range,
                                             io::ObjectStore& store, RecordScan scan) {
  return std::make_unique<AvroRecords>(files, range, store, std::move(scan));
}

Schema ReadAvroSchema(const SourceFile& file, io::ObjectStore& store,
                      const RecordOptions& options) {
  const auto reader = store.Open(file.key);
  const auto text = OpenText(*reader, file, "avro", options);
  return AvroColumns(dynamic_cast<AvroBlocks&>(*text).schema().root());
}

}  // namespace weir::connect
