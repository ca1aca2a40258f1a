#include "weir/connect/files/csv_cell.h"

#include <algorithm>
#include <limits>

#include "weir/types/parse_text.h"
#include "weir/types/whole_digits.h"

namespace weir::connect {

namespace {

bool IsPadded(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; };
  return text.empty() || blank(text.front()) || blank(text.back());
}

bool IsSpelt(std::string_view text, std::string_view word) {
  return text.size() == word.size() && LowerName(text) == word;
}

// CSV takes no other words for a truth value, unlike CAST.
std::optional<bool> BooleanOf(std::string_view text) {
  if (IsSpelt(text, "true")) return true;
  if (IsSpelt(text, "false")) return false;
  return std::nullopt;
}

// Whole numbers may not be padded with blanks, doubles may: so does Java.
std::optional<int64_t> WholeOf(std::string_view text) {
  if (IsPadded(text)) return std::nullopt;
  return ParseLong(text);
}

std::optional<int64_t> WholeOf(std::string_view text, int64_t min, int64_t max) {
  const auto value = WholeOf(text);
  return value && *value >= min && *value <= max ? value : std::nullopt;
}

template <typename Integer>
std::optional<int64_t> WholeIn(std::string_view text) {
  return WholeOf(text, std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max());
}

// "2013-01-31" and nothing else: a column is not taken for dates lightly.
bool IsPlainDate(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && ParseDate(text);
}

// Java knows "NaN" and "Infinity", but not "nan" or "inf", which CAST takes: in a CSV file these
// are words, unless the options name them.
bool IsRealWord(std::string_view text) {
  text = TrimAsCast(text);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text == "NaN" || text == "Infinity";
}

bool HasDigit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

template <typename Real>
std::optional<double> RealOf(std::string_view text, const RecordOptions& options) {
  if (HasDigit(text) || IsRealWord(text)) {
    // A float is rounded once, not by way of a double.
    const auto value = [&] {
      if constexpr (std::is_same_v<Real, float>) {
        return ParseFloat(text);
      } else {
        return ParseDouble(text);
      }
    }();
    if (value) return static_cast<double>(*value);
  }
  if (text == options.nan_text) return std::numeric_limits<double>::quiet_NaN();
  if (text == options.positive_infinity) return std::numeric_limits<double>::infinity();
  if (text == options.negative_infinity) return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

bool Put(const std::optional<int64_t>& value, ColumnBuilder* column) {
  if (value && column) column->AppendInteger(*value);
  return value.has_value();
}

bool Put(const std::optional<double>& value, ColumnBuilder* column) {
  if (value && column) column->AppendReal(*value);
  return value.has_value();
}

// A whole number too large for BIGINT.
std::optional<DataType> LargeWhole(std::string_view text) {
  if (IsPadded(text)) return std::nullopt;
  std::string_view digits = text;
  if (digits[0] == '-' || digits[0] == '+') digits.remove_prefix(1);
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  const bool whole =
      !digits.empty() && digits.size() <= 38 &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!whole) return std::nullopt;
  return DataType::Decimal(static_cast<int>(digits.size()), 0);
}

// The narrowest type of one cell that is at least as wide as `from` in the order of inference.
DataType TypeOfCell(TypeId from, std::string_view text, const RecordOptions& options) {
  switch (from) {
    case TypeId::kVoid:
    case TypeId::kInt:
      if (WholeIn<int32_t>(text)) return TypeId::kInt;
      [[fallthrough]];
    case TypeId::kLong:
      if (WholeOf(text)) return TypeId::kLong;
      [[fallthrough]];
    case TypeId::kDecimal:
      if (const auto decimal = LargeWhole(text)) return *decimal;
      [[fallthrough]];
    case TypeId::kDouble:
      if (RealOf<double>(text, options)) return TypeId::kDouble;
      [[fallthrough]];
    case TypeId::kDate:
      if (IsPlainDate(text)) return TypeId::kDate;
      [[fallthrough]];
    case TypeId::kTimestamp:
      if (ParseTimestamp(text)) return TypeId::kTimestamp;
      [[fallthrough]];
    case TypeId::kBoolean:
      if (BooleanOf(text)) return TypeId::kBoolean;
      return TypeId::kString;
    default:
      return TypeId::kString;
  }
}

// Both are int, long, decimal or double.
DataType MergeCsvNumbers(const DataType& left, const DataType& right) {
  if (left.id() == TypeId::kDouble || right.id() == TypeId::kDouble) return TypeId::kDouble;
  if (left.id() != TypeId::kDecimal && right.id() != TypeId::kDecimal) return TypeId::kLong;
  const int left_scale = left.id() == TypeId::kDecimal ? left.scale() : 0;
  const int right_scale = right.id() == TypeId::kDecimal ? right.scale() : 0;
  const int scale = std::max(left_scale, right_scale);
  const int precision = std::max(WholeDigits(left), WholeDigits(right)) + scale;
  return precision > 38 ? DataType(TypeId::kDouble) : DataType::Decimal(precision, scale);
}

}  // namespace

std::string_view CsvCellText(const CsvField& field, const RecordOptions& options) {
  std::string_view text = field.text;
  if (text.empty()) text = field.quoted ? options.empty_text : options.null_text;
  return text == options.null_text ? std::string_view() : text;
}

bool AppendCsvCell(std::string_view text, const DataType& type, const RecordOptions& options,
                   ColumnBuilder* column) {
  switch (type.id()) {
    case TypeId::kString:
    case TypeId::kBinary:
      if (column) column->AppendText(text);
      return true;
    case TypeId::kBoolean: {
      const auto value = BooleanOf(text);
      if (value && column) column->AppendBoolean(*value);
      return value.has_value();
    }
    case TypeId::kByte:
      return Put(WholeIn<int8_t>(text), column);
    case TypeId::kShort:
      return Put(WholeIn<int16_t>(text), column);
    case TypeId::kInt:
      return Put(WholeIn<int32_t>(text), column);
    case TypeId::kLong:
      return Put(WholeOf(text), column);
    case TypeId::kFloat:
      return Put(RealOf<float>(text, options), column);
    case TypeId::kDouble:
      return Put(RealOf<double>(text, options), column);
    case TypeId::kDecimal: {
      if (IsPadded(text)) return false;
      const auto value = ParseDecimal(text, type.precision(), type.scale());
      if (value && column) column->AppendDecimal(*value);
      return value.has_value();
    }
    case TypeId::kDate:
      return Put(ParseDate(text), column);
    case TypeId::kTimestamp:
      return Put(ParseTimestamp(text, *options.zone), column);
    case TypeId::kTimestampNtz:
      return Put(ParseTimestampNtz(text), column);
    default:
      return false;
  }
}

DataType MergeCsvTypes(const DataType& left, const DataType& right) {
  if (left == right || right.id() == TypeId::kVoid) return left;
  if (left.id() == TypeId::kVoid) return right;
  if (left.IsNumeric() && right.IsNumeric()) return MergeCsvNumbers(left, right);
  const auto is_time = [](const DataType& type) {
    return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp;
  };
  return is_time(left) && is_time(right) ? TypeId::kTimestamp : TypeId::kString;
}

DataType InferCsvCell(const DataType& so_far, std::string_view text, const RecordOptions& options) {
  if (so_far.id() == TypeId::kString) return so_far;
  return MergeCsvTypes(so_far, TypeOfCell(so_far.id(), text, options));
}

bool IsCsvType(const DataType& type) {
  return !type.IsNested() && !type.IsInterval() && type.id() != TypeId::kVoid &&
         type.id() != TypeId::kVariant && type.id() != TypeId::kTime &&
         type.id() != TypeId::kCalendarInterval;
}

}  // namespace weir::connect
