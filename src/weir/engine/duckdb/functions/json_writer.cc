#include "weir/engine/duckdb/functions/json_writer.h"

#include <algorithm>
#include <numeric>

#include "weir/engine/duckdb/functions/base64.h"
#include "weir/types/value.h"
#include "weir/types/variant.h"

namespace weir::engine {

namespace {

using duckdb::idx_t;
using duckdb::list_entry_t;
using duckdb::PhysicalType;

// As BigDecimal.toString: an exponent where there would be many zeros behind the point.
void AppendDecimal(std::string& out, Int128 unscaled, int scale) {
  const std::string plain = DecimalToString(unscaled, 0);
  const bool negative = plain.starts_with('-');
  const std::string digits = plain.substr(negative ? 1 : 0);
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (exponent >= -6 || scale == 0) {
    out += DecimalToString(unscaled, scale);
    return;
  }
  if (negative) out += '-';
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  out += "E" + std::to_string(exponent);
}

std::vector<size_t> Order(const DataType& type) {
  if (type.id() != TypeId::kStruct) return {};
  std::vector<size_t> order(type.fields().size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

WriterColumn::WriterColumn(duckdb::Vector& vector, idx_t count, const DataType& of)
    : type(of), physical(vector.GetType().InternalType()), order(Order(of)) {
  if (of.id() == TypeId::kStruct) {
    vector.Flatten(count);
    auto& entries = duckdb::StructVector::GetEntries(vector);
    for (size_t i = 0; i < entries.size(); ++i) {
      children.emplace_back(*entries[i], count, of.fields()[i].type);
    }
  } else if (of.id() == TypeId::kArray && vector.GetType().id() == duckdb::LogicalTypeId::LIST) {
    children.emplace_back(duckdb::ListVector::GetEntry(vector),
                          duckdb::ListVector::GetListSize(vector), of.element());
  } else if (of.id() == TypeId::kMap && vector.GetType().id() == duckdb::LogicalTypeId::MAP) {
    const idx_t size = duckdb::ListVector::GetListSize(vector);
    duckdb::Vector& entries = duckdb::ListVector::GetEntry(vector);
    entries.Flatten(size);
    auto& parts = duckdb::StructVector::GetEntries(entries);
    children.emplace_back(*parts[0], size, of.key());
    children.emplace_back(*parts[1], size, of.value());
  }
  vector.ToUnifiedFormat(count, format);
}

std::string_view WriterColumn::Text(idx_t at) const {
  const auto& text = Get<duckdb::string_t>(at);
  return {text.GetData(), text.GetSize()};
}

int64_t WriterColumn::Whole(idx_t at) const {
  switch (physical) {
    case PhysicalType::INT8:
      return Get<int8_t>(at);
    case PhysicalType::INT16:
      return Get<int16_t>(at);
    case PhysicalType::INT32:
      return Get<int32_t>(at);
    default:
      return Get<int64_t>(at);
  }
}

Int128 WriterColumn::Decimal(idx_t at) const {
  if (physical != PhysicalType::INT128) return Whole(at);
  const auto& huge = Get<duckdb::hugeint_t>(at);
  return static_cast<Int128>(huge.upper) << 64 | static_cast<Int128>(huge.lower);
}

JsonWriter::JsonWriter(const TypedCall& call)
    : writes_nulls_(!call.Flag("ignorenullfields", true)),
      pretty_(call.Flag("pretty", false)),
      sorts_(call.Flag("sortkeys", false)),
      escapes_(call.Flag("writenonasciicharacterascodepoint", false) ? JsonEscapes::kNonAscii
                                                                     : JsonEscapes::kNone),
      formats_(call) {}

void JsonWriter::Write(const WriterColumn& column, idx_t row, std::string& out) {
  out_ = &out;
  level_ = 0;
  WriteValue(column, row);
}

void JsonWriter::WriteValue(const WriterColumn& column, idx_t row) {
  const idx_t at = column.At(row);
  if (column.type.id() == TypeId::kVoid || column.IsNull(at)) {
    *out_ += "null";
    return;
  }
  switch (column.type.id()) {
    case TypeId::kStruct:
      return WriteStruct(column, at);
    case TypeId::kArray:
      return WriteArray(column, at);
    case TypeId::kMap:
      return WriteMap(column, at);
    default:
      return WritePrimitive(column, at);
  }
}

void JsonWriter::WritePrimitive(const WriterColumn& column, idx_t at) {
  switch (column.type.id()) {
    case TypeId::kBoolean:
      *out_ += column.Get<bool>(at) ? "true" : "false";
      return;
    case TypeId::kFloat:
      return AppendJsonReal(*out_, column.Get<float>(at), true);
    case TypeId::kDouble:
      return AppendJsonReal(*out_, column.Get<double>(at));
    case TypeId::kDecimal:
      return AppendDecimal(*out_, column.Decimal(at), column.type.scale());
    case TypeId::kString:
      return AppendJsonText(*out_, column.Text(at), escapes_);
    case TypeId::kBinary:
      *out_ += '"';
      AppendBase64(*out_, column.Text(at));
      *out_ += '"';
      return;
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return AppendJsonText(*out_, formats_.Write(column.Whole(at), column.type), escapes_);
    case TypeId::kVariant:
      return VariantView(column.Text(at)).AppendJson(*out_, formats_.zone());
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return AppendJsonText(*out_, Value(column.type, column.Whole(at)).ToString());
    default:
      *out_ += std::to_string(column.Whole(at));
  }
}

void JsonWriter::BeginObject() {
  *out_ += '{';
  ++level_;
}

void JsonWriter::WriteName(std::string_view name, bool first) {
  if (!first) *out_ += ',';
  if (pretty_) *out_ += "\n" + std::string(2 * level_, ' ');
  AppendJsonText(*out_, name, escapes_);
  *out_ += pretty_ ? " : " : ":";
}

void JsonWriter::EndObject(bool empty) {
  --level_;
  if (pretty_) *out_ += empty ? " " : "\n" + std::string(2 * level_, ' ');
  *out_ += '}';
}

void JsonWriter::WriteStruct(const WriterColumn& column, idx_t at) {
  bool first = true;
  BeginObject();
  for (const size_t i : column.order) {
    const WriterColumn& field = column.children[i];
    const bool null = field.type.id() == TypeId::kVoid || field.IsNull(field.At(at));
    if (null && !writes_nulls_) continue;
    WriteName(column.type.fields()[i].name, first);
    WriteValue(field, at);
    first = false;
  }
  EndObject(first);
}

void JsonWriter::WriteArray(const WriterColumn& column, idx_t at) {
  const auto entry = column.Get<list_entry_t>(at);
  *out_ += pretty_ ? "[ " : "[";
  for (idx_t i = 0; i < entry.length; ++i) {
    if (i > 0) *out_ += pretty_ ? ", " : ",";
    WriteValue(column.children[0], entry.offset + i);
  }
  *out_ += pretty_ && entry.length > 0 ? " ]" : "]";
}

void JsonWriter::WriteMap(const WriterColumn& column, idx_t at) {
  const auto entry = column.Get<list_entry_t>(at);
  std::vector<std::pair<std::string, idx_t>> entries;
  for (idx_t i = 0; i < entry.length; ++i) {
    entries.emplace_back("", entry.offset + i);
    WriteKey(column.children[0], entry.offset + i, entries.back().first);
  }
  if (sorts_) std::stable_sort(entries.begin(), entries.end());
  BeginObject();
  for (size_t i = 0; i < entries.size(); ++i) {
    WriteName(entries[i].first, i == 0);
    WriteValue(column.children[1], entries[i].second);
  }
  EndObject(entries.empty());
}

// As Spark's rows and arrays print themselves: dates and times as numbers.
void JsonWriter::WriteKey(const WriterColumn& column, idx_t row, std::string& key) {
  const idx_t at = column.At(row);
  if (column.type.id() == TypeId::kVoid || column.IsNull(at)) {
    key += "null";
    return;
  }
  switch (column.type.id()) {
    case TypeId::kString:
      key += column.Text(at);
      return;
    case TypeId::kBoolean:
      key += column.Get<bool>(at) ? "true" : "false";
      return;
    case TypeId::kFloat:
      key += Value(column.type, double{column.Get<float>(at)}).ToString();
      return;
    case TypeId::kDouble:
      key += Value(column.type, column.Get<double>(at)).ToString();
      return;
    case TypeId::kDecimal:
      key += DecimalToString(column.Decimal(at), column.type.scale());
      return;
    case TypeId::kStruct:
      for (size_t i = 0; i < column.children.size(); ++i) {
        key += i > 0 ? "," : "[";
        WriteKey(column.children[i], at, key);
      }
      key += column.children.empty() ? "[]" : "]";
      return;
    case TypeId::kArray: {
      const auto entry = column.Get<list_entry_t>(at);
      key += '[';
      for (idx_t i = 0; i < entry.length; ++i) {
        if (i > 0) key += ',';
        WriteKey(column.children[0], entry.offset + i, key);
      }
      key += ']';
      return;
    }
    default:
      key += std::to_string(column.Whole(at));
  }
}

// ------------------------------------------------------------------------------- to_json

namespace {

struct WritingState : duckdb::FunctionLocalState {
  explicit WritingState(const TypedCall& call) : writer(call), type(call.type) {}
  JsonWriter writer;
  DataType type;
};

void SortFields(WriterColumn& column) {
  if (column.type.id() == TypeId::kStruct) {
    const auto& fields = column.type.fields();
    std::stable_sort(column.order.begin(), column.order.end(),
                     [&](size_t a, size_t b) { return fields[a].name < fields[b].name; });
  }
  for (WriterColumn& child : column.children) SortFields(child);
}

void ToJson(duckdb::DataChunk& input, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const bool constant = input.AllConstant();
  const idx_t count = constant ? 1 : input.size();
  auto& local = Frame{state}.Local<WritingState>();
  WriterColumn column(input.data[0], count, local.type);
  if (local.writer.sorts()) SortFields(column);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  std::string text;
  for (idx_t row = 0; row < count; ++row) {
    if (column.IsNull(column.At(row))) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    text.clear();
    local.writer.Write(column, row, text);
    PutText(result, row, text);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace

void AddJsonWriting(Registry& registry) {
  using duckdb::LogicalType;
  duckdb::ScalarFunction function({LogicalType::ANY, LogicalType::VARCHAR, LogicalType::VARCHAR},
                                  LogicalType::VARCHAR, ToJson, BindTypedCall);
  function.SetInitStateCallback(NewTypedState<WritingState>);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  registry.Add("weir_to_json", std::move(function));
}

}  // namespace weir::engine
