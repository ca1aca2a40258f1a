#include "weir/types/csv_text.h"

#include "weir/engine/duckdb/functions/json_writer.h"
#include "weir/engine/duckdb/functions/time_formats.h"
#include "weir/engine/duckdb/functions/typed_call.h"

// from_csv and to_csv.
namespace weir::engine {

namespace {

using duckdb::FlatVector;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

bool IsTime(const DataType& type) {
  return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp ||
         type.id() == TypeId::kTimestampNtz;
}

// ------------------------------------------------------------------------------- from_csv

struct CsvReading : duckdb::FunctionLocalState {
  explicit CsvReading(const TypedCall& call)
      : fields(call.type.fields()),
        rules(CsvRulesOf(call.options, /*writing=*/false)),
        formats(call),
        fail_fast(LowerName(call.Option("mode")) == "failfast") {
    const std::string name = call.Option("columnnameofcorruptrecord", "_corrupt_record");
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name == name) corrupt = i;
    }
  }

  void Read(std::string_view line, Vector& result, idx_t row) {
    auto& entries = duckdb::StructVector::GetEntries(result);
    FlatVector::SetNull(result, row, true);
    FlatVector::Validity(result).SetValid(row);
    const auto cells = SplitCsv(line, rules);
    bool good = cells && cells->size() == fields.size() - (corrupt ? 1 : 0);
    size_t next = 0;
    for (size_t i = 0; cells && i < fields.size(); ++i) {
      if (i == corrupt) continue;
      const size_t at = next++;
      if (at < cells->size() && (*cells)[at]) {
        good &= ReadCell(*(*cells)[at], fields[i].type, *entries[i], row);
      }
    }
    if (good) return;
    if (fail_fast) {
      Raise(
          "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
          "Malformed records are detected in record parsing: " + std::string(line.substr(0, 100)) +
              ". Parse Mode: FAILFAST. To process malformed records as null result, try setting "
              "the option 'mode' as 'PERMISSIVE'.");
    }
    if (corrupt) PutText(*entries[*corrupt], row, line);
  }

  bool ReadCell(std::string_view text, const DataType& type, Vector& into, idx_t row) {
    if (IsTime(type)) {
      const auto value = formats.Read(text, type);
      if (value) PutWhole(into, row, *value);
      return value.has_value();
    }
    const auto value = ReadCsvCell(text, type, rules);
    if (value) PutValue(into, row, *value);
    return value.has_value();
  }

  std::vector<Field> fields;
  CsvRules rules;
  TimeFormats formats;
  bool fail_fast;
  std::optional<size_t> corrupt;
};

void FromCsv(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const TextColumn lines(input.data[0], input.size());
  auto& reading = Frame{state}.Local<CsvReading>();
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (idx_t row = 0; row < count; ++row) {
    if (const auto line = lines.At(row)) {
      reading.Read(*line, result, row);
    } else {
      FlatVector::SetNull(result, row, true);
    }
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

// ------------------------------------------------------------------------------- to_csv

std::string HexBytes(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "[";
  for (const char c : bytes) {
    if (text.size() > 1) text += ' ';
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text + "]";
}

struct CsvWriting : duckdb::FunctionLocalState {
  explicit CsvWriting(const TypedCall& call)
      : type(call.type),
        rules(CsvRulesOf(call.options, /*writing=*/true)),
        quoting{call.Flag("quoteall", false), call.Flag("escapequotes", true)},
        formats(call) {}

  void Write(const WriterColumn& column, idx_t at, std::string& out) const {
    for (size_t i = 0; i < column.children.size(); ++i) {
      if (i > 0) out += rules.delimiter;
      const WriterColumn& field = column.children[i];
      const idx_t cell = field.At(at);
      if (field.type.id() == TypeId::kVoid || field.IsNull(cell)) {
        out += rules.null_text;
        continue;
      }
      const std::string text = Text(field, cell);
      if (text.empty()) {
        out += rules.empty_text;
      } else {
        AppendCsvField(out, text, rules, quoting, i == 0);
      }
    }
  }

  std::string Text(const WriterColumn& field, idx_t cell) const {
    switch (field.type.id()) {
      case TypeId::kString:
        return std::string(field.Text(cell));
      case TypeId::kBinary:
        return HexBytes(field.Text(cell));
      case TypeId::kBoolean:
        return field.Get<bool>(cell) ? "true" : "false";
      case TypeId::kFloat:
        return Value(field.type, double{field.Get<float>(cell)}).ToString();
      case TypeId::kDouble:
        return Value(field.type, field.Get<double>(cell)).ToString();
      case TypeId::kDecimal:
        return DecimalToString(field.Decimal(cell), field.type.scale());
      default:
        return IsTime(field.type) ? formats.Write(field.Whole(cell), field.type)
                                  : Value(field.type, field.Whole(cell)).ToString();
    }
  }

  DataType type;
  CsvRules rules;
  CsvQuoting quoting;
  TimeFormats formats;
};

void ToCsv(duckdb::DataChunk& input, duckdb::ExpressionState& state, Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  const auto& writing = Frame{state}.Local<CsvWriting>();
  const WriterColumn column(input.data[0], count, writing.type);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  std::string text;
  for (idx_t row = 0; row < count; ++row) {
    const idx_t at = column.At(row);
    if (column.IsNull(at)) {
      FlatVector::SetNull(result, row, true);
      continue;
    }
    text.clear();
    writing.Write(column, at, text);
    PutText(result, row, text);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace

void AddCsv(Registry& registry) {
  const auto text = LogicalType::VARCHAR;
  duckdb::ScalarFunction reading({text, text, text, LogicalType::ANY}, LogicalType::ANY, FromCsv,
                                 BindTypedCall);
  reading.SetInitStateCallback(NewTypedState<CsvReading>);
  reading.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  reading.SetFallible();
  registry.Add("weir_from_csv", std::move(reading));
  duckdb::ScalarFunction writing({LogicalType::ANY, text, text}, text, ToCsv, BindTypedCall);
  writing.SetInitStateCallback(NewTypedState<CsvWriting>);
  writing.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_to_csv", std::move(writing));
}

}  // namespace weir::engine
