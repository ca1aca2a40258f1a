#include "weir/connect/files/json_cell.h"

#include <array>
#include <limits>
#include <optional>

#include "weir/base/base64.h"
#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"
#include "weir/types/variant_json.h"

namespace weir::connect {

namespace {

std::optional<std::pair<int64_t, int64_t>> WholeLimits(TypeId id) {
  const auto of = [](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    return std::pair<int64_t, int64_t>(Limits::min(), Limits::max());
  };
  switch (id) {
    case TypeId::kByte:
      return of(int8_t{});
    case TypeId::kShort:
      return of(int16_t{});
    case TypeId::kInt:
      return of(int32_t{});
    case TypeId::kLong:
      return of(int64_t{});
    default:
      return std::nullopt;
  }
}

// The words JSON has no numbers for.
std::optional<double> RealWord(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text != "INF" && text != "Infinity") return std::nullopt;
  const double infinity = std::numeric_limits<double>::infinity();
  return negative ? -infinity : infinity;
}

std::optional<double> RealOf(std::string_view number, TypeId id) {
  if (id == TypeId::kFloat) {
    const auto value = ParseFloat(number);
    return value ? std::optional<double>(*value) : std::nullopt;
  }
  return ParseDouble(number);
}

template <typename T>
bool PutInteger(const std::optional<T>& value, ColumnBuilder* column) {
  if (value && column) column->AppendInteger(*value);
  return value.has_value();
}

}  // namespace

bool JsonCells::Mismatch(std::string_view raw, const DataType& type, ColumnBuilder* column) {
  if (column) column->AppendNull();
  if (mistake_.empty()) mistake_ = std::string(raw.substr(0, 100)) + " is not " + type.ToSql();
  return false;
}

bool JsonCells::Read(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column) {
  const DataType& type = shape.type();
  const JsonKind kind = cursor.Kind();
  if (type.id() == TypeId::kVariant) return ReadVariant(cursor, column);
  if (kind == JsonKind::kNull) {
    cursor.TakeWord();
    if (column) column->AppendNull();
    return true;
  }
  const size_t begin = cursor.offset();
  bool fits = false;
  if (kind == JsonKind::kObject && type.id() == TypeId::kStruct) {
    return ReadStruct(cursor, shape, column);
  } else if (kind == JsonKind::kObject && type.id() == TypeId::kMap) {
    return ReadMap(cursor, shape, column);
  } else if (kind == JsonKind::kArray && type.id() == TypeId::kArray) {
    return ReadArray(cursor, shape, column);
  } else if (type.id() == TypeId::kString) {
    return ReadText(cursor, column);
  } else if (kind == JsonKind::kNumber) {
    fits = ReadNumber(cursor, type, column);
  } else if (kind == JsonKind::kText) {
    fits = ReadQuoted(cursor, type, column);
  } else if (kind == JsonKind::kTrue || kind == JsonKind::kFalse) {
    fits = ReadWord(cursor, type, kind, column);
  } else {
    cursor.Skip();
  }
  if (!cursor.ok()) return false;
  return fits || Mismatch(cursor.Since(begin), type, column);
}

// Whatever it is goes into a text as it stands.
bool JsonCells::ReadText(JsonCursor& cursor, ColumnBuilder* column) {
  const bool text = cursor.Kind() == JsonKind::kText;
  const std::string_view value = text ? cursor.TakeText(scratch_) : cursor.Skip();
  if (cursor.ok() && column) column->AppendText(value);
  return cursor.ok();
}

// Whatever it is goes into a VARIANT as it is; null is the variant that is null.
bool JsonCells::ReadVariant(JsonCursor& cursor, ColumnBuilder* column) {
  const std::string_view raw = cursor.Skip();
  if (!cursor.ok()) return false;
  JsonCursor value(raw);
  const bool good = AppendJson(value, variant_);
  const std::string bytes = variant_.Finish();
  if (!good) return Mismatch(raw, TypeId::kVariant, column);
  if (column) column->AppendText(bytes);
  return true;
}

bool JsonCells::ReadWord(JsonCursor& cursor, const DataType& type, JsonKind kind,
                         ColumnBuilder* column) {
  cursor.TakeWord();
  if (type.id() != TypeId::kBoolean) return false;
  if (column) column->AppendBoolean(kind == JsonKind::kTrue);
  return true;
}

bool JsonCells::ReadNumber(JsonCursor& cursor, const DataType& type, ColumnBuilder* column) {
  const std::string_view number = cursor.TakeNumber();
  if (!cursor.ok()) return false;
  if (const auto limits = WholeLimits(type.id())) {
    const auto value = ParseLong(number);
    if (!value || *value < limits->first || *value > limits->second) return false;
    return PutInteger(value, column);
  }
  switch (type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const auto value = RealOf(number, type.id());
      if (value && column) column->AppendReal(*value);
      return value.has_value();
    }
    case TypeId::kDecimal: {
      const auto value = ParseDecimal(number, type.precision(), type.scale());
      if (value && column) column->AppendDecimal(*value);
      return value.has_value();
    }
    case TypeId::kTimestamp: {
      // Seconds since 1970.
      const auto seconds = ParseLong(number);
      int64_t micros = 0;
      if (!seconds || __builtin_mul_overflow(*seconds, kMicrosPerSecond, &micros)) return false;
      return PutInteger(std::optional<int64_t>(micros), column);
    }
    default:
      return false;
  }
}

bool JsonCells::ReadQuoted(JsonCursor& cursor, const DataType& type, ColumnBuilder* column) {
  const std::string_view text = cursor.TakeText(scratch_);
  if (!cursor.ok()) return false;
  switch (type.id()) {
    case TypeId::kFloat:
    case TypeId::kDouble: {
      const auto value = RealWord(text);
      if (value && column) column->AppendReal(*value);
      return value.has_value();
    }
    case TypeId::kDecimal: {
      const auto value = ParseDecimal(text, type.precision(), type.scale());
      if (value && column) column->AppendDecimal(*value);
      return value.has_value();
    }
    case TypeId::kDate:
      return PutInteger(ParseDate(text), column);
    case TypeId::kTimestamp:
      return PutInteger(ParseTimestamp(text, *zone_), column);
    case TypeId::kTimestampNtz:
      return PutInteger(ParseTimestampNtz(text), column);
    case TypeId::kBinary: {
      const auto bytes = FromBase64(text);
      if (bytes && column) column->AppendText(*bytes);
      return bytes.has_value();
    }
    default:
      return false;
  }
}

// Spark gives up the whole of an array or map for one item that does not fit.
bool JsonCells::EndItems(bool fits, int64_t count, int64_t before, ColumnBuilder* column) {
  if (column == nullptr) return fits;
  column->AppendList(count);
  if (fits) return true;
  column->Truncate(before);
  column->AppendNull();
  return false;
}

bool JsonCells::ReadArray(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column) {
  const int64_t before = column ? column->length() : 0;
  bool fits = true;
  int64_t count = 0;
  ++in_items_;
  cursor.BeginArray();
  for (; cursor.NextItem(); ++count) {
    fits = Read(cursor, shape.child(0), column ? &column->child(0) : nullptr) && fits;
  }
  --in_items_;
  return cursor.ok() && EndItems(fits, count, before, column);
}

bool JsonCells::ReadMap(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column) {
  const int64_t before = column ? column->length() : 0;
  bool fits = true;
  int64_t count = 0;
  ++in_items_;
  cursor.BeginObject();
  for (std::string_view name; cursor.NextMember(name); ++count) {
    if (column) column->child(0).AppendText(UnescapeJson(name, name_));
    fits = Read(cursor, shape.child(0), column ? &column->child(1) : nullptr) && fits;
  }
  --in_items_;
  return cursor.ok() && EndItems(fits, count, before, column);
}

bool JsonCells::ReadStruct(JsonCursor& cursor, const JsonShape& shape, ColumnBuilder* column) {
  bool fits = true;
  size_t hint = 0;
  const bool rescues = rescuer_ != nullptr && in_items_ == 0;
  cursor.BeginObject();
  for (std::string_view name; cursor.NextMember(name);) {
    const auto member = shape.Find(UnescapeJson(name, name_), hint);
    if (!member) {
      const bool null = cursor.Kind() == JsonKind::kNull;
      const std::string_view raw = cursor.Skip();
      if (!cursor.ok() || null) continue;
      if (rescues) {
        rescuer_->Add(name, raw);
      } else {
        unplaced_ = true;
      }
      continue;
    }
    ColumnBuilder* const into = column ? &column->child(*member) : nullptr;
    // Of equal names the last one counts.
    if (into != nullptr && into->length() != column->length()) into->Truncate(column->length());
    const size_t begin = cursor.offset();
    if (rescues) rescuer_->Enter(name);
    const bool good = Read(cursor, shape.child(*member), into);
    if (rescues) rescuer_->Leave();
    if (!cursor.ok()) continue;
    if (rescues && (TakeUnplaced() || !good)) rescuer_->Add(name, cursor.Since(begin));
    // Within an array or map a member that does not fit spoils the whole of it.
    if (in_items_ > 0 && !good) fits = false;
  }
  if (!cursor.ok() || column == nullptr) return fits;
  for (size_t i = 0; i < shape.type().fields().size(); ++i) {
    if (column->child(i).length() == column->length()) column->child(i).AppendNull();
  }
  column->AppendStruct();
  return fits;
}

}  // namespace weir::connect
