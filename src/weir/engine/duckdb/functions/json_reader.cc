#include "weir/engine/duckdb/functions/json_reader.h"

#include <limits>

#include "weir/engine/duckdb/functions/base64.h"
#include "weir/engine/duckdb/functions/json_text.h"
#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"

namespace weir::engine {

namespace {

using duckdb::FlatVector;
using duckdb::ListVector;
using duckdb::StructVector;

JsonDialect DialectOf(const TypedCall& call) {
  JsonDialect dialect;
  dialect.comments = call.Flag("allowcomments", false);
  dialect.unquoted_names = call.Flag("allowunquotedfieldnames", false);
  dialect.single_quotes = call.Flag("allowsinglequotes", true);
  dialect.leading_zeros = call.Flag("allownumericleadingzeros", false);
  dialect.any_escape = call.Flag("allowbackslashescapinganycharacter", false);
  dialect.control_characters = call.Flag("allowunquotedcontrolchars", false);
  dialect.word_numbers = call.Flag("allownonnumericnumbers", true);
  return dialect;
}

// The range in which Jackson reads a number as one of the type: bytes may be unsigned.
bool FitsWhole(int64_t value, TypeId id) {
  switch (id) {
    case TypeId::kByte:
      return value >= INT8_MIN && value <= UINT8_MAX;
    case TypeId::kShort:
      return value >= INT16_MIN && value <= INT16_MAX;
    case TypeId::kInt:
      return value >= INT32_MIN && value <= INT32_MAX;
    default:
      return true;
  }
}

bool IsWhole(std::string_view number) {
  return number.find_first_of(".eEN") == std::string_view::npos;
}

// The words that stand for doubles, in quotes or as numbers.
std::optional<double> RealWord(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  const bool is_signed = negative || text.starts_with('+');
  if (is_signed) text.remove_prefix(1);
  if (text != "Infinity" && (text != "INF" || !is_signed)) return std::nullopt;
  const double infinity = std::numeric_limits<double>::infinity();
  return negative ? -infinity : infinity;
}

void PutReal(duckdb::Vector& result, duckdb::idx_t row, double value, const DataType& type) {
  if (type.id() == TypeId::kFloat) {
    PutCell(result, row, static_cast<float>(value));
  } else {
    PutCell(result, row, value);
  }
}

std::optional<double> RealOf(std::string_view number, const DataType& type) {
  if (const auto word = RealWord(number)) return word;
  if (type.id() == TypeId::kDouble) return ParseDouble(number);
  const auto value = ParseFloat(number);
  return value ? std::optional<double>(*value) : std::nullopt;
}

// A text as a decimal: commas between digits don't count.
std::optional<Int128> DecimalIn(std::string_view text, const DataType& type) {
  std::string digits;
  for (const char c : text) {
    if (c != ',') digits += c;
  }
  if (digits.empty() || TrimAsCast(digits).size() != digits.size()) return std::nullopt;
  return ParseDecimal(digits, type.precision(), type.scale());
}

}  // namespace

JsonReader::JsonReader(const TypedCall& call)
    : shape_(call.type, /*case_sensitive=*/true),
      dialect_(DialectOf(call)),
      fail_fast_(LowerName(call.Option("mode")) == "failfast"),
      formats_(call) {
  if (call.type.id() != TypeId::kStruct) return;
  size_t hint = 0;
  if (const std::string name = call.Option("singlevariantcolumn"); !name.empty()) {
    single_variant_ = shape_.Find(name, hint);
  }
  corrupt_ = shape_.Find(call.Option("columnnameofcorruptrecord", "_corrupt_record"), hint);
}

void JsonReader::Read(std::string_view text, Vector& result, idx_t row) {
  JsonCursor cursor(text, dialect_);
  FlatVector::SetNull(result, row, true);
  if (cursor.ok() && cursor.AtEnd()) return;
  if (single_variant_) return ReadSingleVariant(cursor, text, result, row);
  const Fit fit = ReadRoot(cursor, result, row);
  if (!cursor.ok() || fit != Fit::kWhole) {
    EndCorrupt(text, cursor.ok() && fit == Fit::kPartly, result, row);
  }
}

// The whole text is the value of the only column.
void JsonReader::ReadSingleVariant(JsonCursor& cursor, std::string_view text, Vector& result,
                                   idx_t row) {
  const size_t column = *single_variant_;
  auto& fields = StructVector::GetEntries(result);
  FlatVector::Validity(result).SetValid(row);
  if (ReadVariant(cursor, *fields[column], row) != Fit::kWhole) {
    EndCorrupt(text, false, result, row);
  }
}

JsonReader::Fit JsonReader::ReadRoot(JsonCursor& cursor, Vector& result, idx_t row) {
  const JsonKind kind = cursor.Kind();
  const DataType& type = shape_.type();
  if (kind == JsonKind::kNull && type.id() != TypeId::kVariant) return ReadMisplaced(cursor);
  if (kind == JsonKind::kArray && type.id() == TypeId::kStruct && fail_fast_) {
    Raise("MALFORMED_RECORD_IN_PARSING.CANNOT_PARSE_JSON_ARRAYS_AS_STRUCTS",
          "Malformed records are detected in record parsing. Parsing JSON arrays as structs is "
          "forbidden.");
  }
  if (kind == JsonKind::kObject && type.id() == TypeId::kArray) {
    return ReadSingle(cursor, shape_, result, row);
  }
  return ReadValue(cursor, shape_, result, row);
}

void JsonReader::EndCorrupt(std::string_view text, bool partly, Vector& result, idx_t row) {
  if (fail_fast_) {
    Raise("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
          "Malformed records are detected in record parsing: " + std::string(text.substr(0, 100)) +
              ". Parse Mode: FAILFAST. To process malformed records as null result, try setting "
              "the option 'mode' as 'PERMISSIVE'.");
  }
  if (shape_.type().id() != TypeId::kStruct) {
    if (!partly) FlatVector::SetNull(result, row, true);
    return;
  }
  auto& fields = StructVector::GetEntries(result);
  if (!partly) {
    for (auto& field : fields) FlatVector::SetNull(*field, row, true);
  }
  FlatVector::Validity(result).SetValid(row);
  if (corrupt_) PutText(*fields[*corrupt_], row, text);
}

JsonReader::Fit JsonReader::ReadMisplaced(JsonCursor& cursor) {
  cursor.Skip();
  return Fit::kNot;
}

JsonReader::Fit JsonReader::ReadValue(JsonCursor& cursor, const JsonShape& shape, Vector& result,
                                      idx_t row) {
  const DataType& type = shape.type();
  const JsonKind kind = cursor.Kind();
  if (type.id() == TypeId::kVariant) return ReadVariant(cursor, result, row);
  if (kind == JsonKind::kNull) {
    cursor.TakeWord();
    FlatVector::SetNull(result, row, true);
    return Fit::kWhole;
  }
  switch (type.id()) {
    case TypeId::kStruct:
      return kind == JsonKind::kObject ? ReadStruct(cursor, shape, result, row)
                                       : ReadMisplaced(cursor);
    case TypeId::kMap:
      return kind == JsonKind::kObject ? ReadMap(cursor, shape, result, row)
                                       : ReadMisplaced(cursor);
    case TypeId::kArray:
      return kind == JsonKind::kArray ? ReadArray(cursor, shape, result, row)
                                      : ReadMisplaced(cursor);
    case TypeId::kString:
      ReadString(cursor, kind, result, row);
      return Fit::kWhole;
    default:
      return ReadPrimitive(cursor, type, kind, result, row) ? Fit::kWhole : Fit::kNot;
  }
}

JsonReader::Fit JsonReader::ReadVariant(JsonCursor& cursor, Vector& result, idx_t row) {
  const bool good = AppendJson(cursor, variant_);
  const std::string bytes = variant_.Finish();
  if (!good) return Fit::kNot;
  PutText(result, row, bytes);
  return Fit::kWhole;
}

// What is no text goes into a text as JSON.
void JsonReader::ReadString(JsonCursor& cursor, JsonKind kind, Vector& result, idx_t row) {
  std::string_view text;
  if (kind == JsonKind::kText) {
    text = cursor.TakeText(scratch_);
  } else {
    bytes_.clear();
    CopyJson(cursor, bytes_, JsonEscapes::kPairs);
    text = bytes_;
  }
  if (cursor.ok()) PutText(result, row, text);
}

bool JsonReader::ReadPrimitive(JsonCursor& cursor, const DataType& type, JsonKind kind,
                               Vector& result, idx_t row) {
  if (kind == JsonKind::kNumber) {
    const std::string_view number = cursor.TakeNumber();
    return cursor.ok() && ReadNumber(number, type, result, row);
  }
  if (kind == JsonKind::kText) {
    const std::string_view text = cursor.TakeText(scratch_);
    return cursor.ok() && !text.empty() && ReadText(text, type, result, row);
  }
  cursor.Skip();
  const bool truth = kind == JsonKind::kTrue || kind == JsonKind::kFalse;
  if (!cursor.ok() || !truth || type.id() != TypeId::kBoolean) return false;
  PutCell(result, row, kind == JsonKind::kTrue);
  return true;
}

bool JsonReader::ReadNumber(std::string_view number, const DataType& type, Vector& result,
                            idx_t row) {
  switch (type.id()) {
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong: {
      const auto value = IsWhole(number) ? ParseLong(number) : std::nullopt;
      if (!value || !FitsWhole(*value, type.id())) return false;
      PutWhole(result, row, *value);
      return true;
    }
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const auto value = RealOf(number, type);
      if (value) PutReal(result, row, *value, type);
      return value.has_value();
    }
    case TypeId::kDecimal: {
      const auto value = ParseDecimal(number, type.precision(), type.scale());
      if (value) PutDecimal(result, row, *value);
      return value.has_value();
    }
    case TypeId::kTimestamp: {  // Seconds since 1970.
      const auto seconds = IsWhole(number) ? ParseLong(number) : std::nullopt;
      int64_t micros = 0;
      if (!seconds || __builtin_mul_overflow(*seconds, kMicrosPerSecond, &micros)) return false;
      PutWhole(result, row, micros);
      return true;
    }
    default:
      return false;
  }
}

bool JsonReader::ReadText(std::string_view text, const DataType& type, Vector& result, idx_t row) {
  switch (type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const auto value = RealWord(text);
      if (value) PutReal(result, row, *value, type);
      return value.has_value();
    }
    case TypeId::kDecimal: {
      const auto value = DecimalIn(text, type);
      if (value) PutDecimal(result, row, *value);
      return value.has_value();
    }
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz: {
      const auto value = formats_.Read(text, type);
      if (value) PutWhole(result, row, *value);
      return value.has_value();
    }
    case TypeId::kBinary: {
      const auto bytes = text.size() % 4 == 0 ? TryFromBase64(text) : std::nullopt;
      if (bytes) PutText(result, row, *bytes);
      return bytes.has_value();
    }
    default:
      return false;
  }
}

JsonReader::Fit JsonReader::ReadStruct(JsonCursor& cursor, const JsonShape& shape, Vector& result,
                                       idx_t row) {
  FlatVector::SetNull(result, row, true);  // Its fields too.
  FlatVector::Validity(result).SetValid(row);
  auto& fields = StructVector::GetEntries(result);
  const bool is_root = &shape == &shape_;
  bool whole = true;
  size_t hint = 0;
  std::string scratch;
  cursor.BeginObject();
  for (std::string_view name; cursor.NextName(name, scratch);) {
    const auto member = shape.Find(name, hint);
    if (!member || (is_root && member == corrupt_)) {
      cursor.Skip();
      continue;
    }
    // Of equal names the last one that fits counts.
    whole &= ReadValue(cursor, shape.child(*member), *fields[*member], row) == Fit::kWhole;
  }
  return whole ? Fit::kWhole : Fit::kPartly;
}

// One item that does not fit spoils the whole of it, as it does in a map.
JsonReader::Fit JsonReader::ReadArray(JsonCursor& cursor, const JsonShape& shape, Vector& result,
                                      idx_t row) {
  const idx_t begin = ListVector::GetListSize(result);
  idx_t end = begin;
  Fit fit = Fit::kWhole;
  cursor.BeginArray();
  while (cursor.NextItem()) {
    if (fit == Fit::kNot) {
      cursor.Skip();
      continue;
    }
    ListVector::Reserve(result, end + 1);
    const Fit item = ReadValue(cursor, shape.child(0), ListVector::GetEntry(result), end);
    ListVector::SetListSize(result, ++end);
    if (item != Fit::kWhole) fit = item;
  }
  if (!cursor.ok() || fit == Fit::kNot) {
    ListVector::SetListSize(result, begin);
    return Fit::kNot;
  }
  PutCell(result, row, duckdb::list_entry_t{begin, end - begin});
  return fit;
}

// An object where an array of structs is expected is the only one in it.
JsonReader::Fit JsonReader::ReadSingle(JsonCursor& cursor, const JsonShape& shape, Vector& result,
                                       idx_t row) {
  if (shape.child(0).type().id() != TypeId::kStruct) return ReadMisplaced(cursor);
  const idx_t begin = ListVector::GetListSize(result);
  ListVector::Reserve(result, begin + 1);
  const Fit fit = ReadStruct(cursor, shape.child(0), ListVector::GetEntry(result), begin);
  if (!cursor.ok()) return Fit::kNot;
  ListVector::SetListSize(result, begin + 1);
  PutCell(result, row, duckdb::list_entry_t{begin, 1});
  return fit;
}

JsonReader::Fit JsonReader::ReadMap(JsonCursor& cursor, const JsonShape& shape, Vector& result,
                                    idx_t row) {
  const idx_t begin = ListVector::GetListSize(result);
  idx_t end = begin;
  Fit fit = Fit::kWhole;
  std::string scratch;
  cursor.BeginObject();
  for (std::string_view name; cursor.NextName(name, scratch);) {
    if (fit == Fit::kNot) {
      cursor.Skip();
      continue;
    }
    ListVector::Reserve(result, end + 1);
    auto& entries = StructVector::GetEntries(ListVector::GetEntry(result));
    FlatVector::Validity(ListVector::GetEntry(result)).SetValid(end);
    PutText(*entries[0], end, name);
    const Fit value = ReadValue(cursor, shape.child(0), *entries[1], end);
    if (value != Fit::kWhole) fit = value;
    ListVector::SetListSize(result, ++end);
  }
  if (!cursor.ok() || fit == Fit::kNot) {
    ListVector::SetListSize(result, begin);
    return Fit::kNot;
  }
  PutCell(result, row, duckdb::list_entry_t{begin, end - begin});
  return fit;
}

// ------------------------------------------------------------------------------- from_json

namespace {

struct ReadingState : duckdb::FunctionLocalState {
  explicit ReadingState(const TypedCall& call) : reader(call) {}
  JsonReader reader;
};

void FromJson(duckdb::DataChunk& input, duckdb::ExpressionState& state, duckdb::Vector& result) {
  const bool constant = input.AllConstant();
  const duckdb::idx_t count = constant ? 1 : input.size();
  const TextColumn texts(input.data[0], input.size());
  JsonReader& reader = Frame{state}.Local<ReadingState>().reader;
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    if (const auto text = texts.At(row)) {
      reader.Read(*text, result, row);
    } else {
      FlatVector::SetNull(result, row, true);
    }
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

}  // namespace

void AddJsonReading(Registry& registry) {
  using duckdb::LogicalType;
  duckdb::ScalarFunction function(
      {LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::VARCHAR, LogicalType::ANY},
      LogicalType::ANY, FromJson, BindTypedCall);
  function.SetInitStateCallback(NewTypedState<ReadingState>);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetFallible();
  registry.Add("weir_from_json", std::move(function));
}

}  // namespace weir::engine
