#include "weir/sql/duckdb_literals.h"

#include <charconv>
#include <cmath>

#include "weir/sql/duckdb_printer.h"
#include "weir/sql/functions.h"
#include "weir/types/civil_time.h"

namespace weir::sql {

namespace {

// 0001-01-01 and 9999-12-31, between which the text of a date is the same for everybody.
constexpr int64_t kFirstDay = -719'162;
constexpr int64_t kLastDay = 2'932'896;

std::string Cast(const std::string& text, const DataType& type) {
  return "CAST(" + text + " AS " + DuckdbType(type) + ")";
}

std::string Real(const Value& value) {
  const double real = value.real();
  if (std::isnan(real)) return Cast("'nan'", value.type());
  if (std::isinf(real)) return Cast(real > 0 ? "'infinity'" : "'-infinity'", value.type());
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), real, std::chars_format::scientific);
  return Cast(std::string(text, end.ptr), value.type());
}

std::string Bytes(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "'";
  for (unsigned char byte : bytes) {
    text += "\\x";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text + "'::BLOB";
}

std::string Date(int64_t days) {
  if (days < kFirstDay || days > kLastDay) {
    return "CAST(DATE '1970-01-01' + CAST(" + std::to_string(days) + " AS INTEGER) AS DATE)";
  }
  return "DATE '" + Value(TypeId::kDate, days).ToString() + "'";
}

std::string Timestamp(int64_t micros) {
  if (micros < kFirstDay * kMicrosPerDay || micros >= (kLastDay + 1) * kMicrosPerDay) {
    return "make_timestamp(CAST(" + std::to_string(micros) + " AS BIGINT))";
  }
  return "TIMESTAMP '" + Value(TypeId::kTimestampNtz, micros).ToString() + "'";
}

std::string Items(const std::vector<Value>& items, size_t from, size_t step) {
  std::string text;
  for (size_t i = from; i < items.size(); i += step) {
    text += (i > from ? ", " : "") + DuckdbLiteral(items[i]);
  }
  return "[" + text + "]";
}

std::string Struct(const Value& value) {
  std::string text;
  const auto& fields = value.type().fields();
  for (size_t i = 0; i < fields.size(); ++i) {
    text += (i > 0 ? ", " : "") + DuckdbQuote(fields[i].name) +
            " := " + DuckdbLiteral(value.items()[i]);
  }
  return "struct_pack(" + text + ")";
}

}  // namespace

std::string DuckdbLiteral(const Value& value) {
  if (value.is_null()) {
    return value.type().id() == TypeId::kVoid ? "NULL" : Cast("NULL", value.type());
  }
  switch (value.type().id()) {
    case TypeId::kVoid:
      return "NULL";
    case TypeId::kBoolean:
      return value.boolean() ? "true" : "false";
    case TypeId::kInt:
      if (value.integer() >= 0) return std::to_string(value.integer());
      return Cast(std::to_string(value.integer()), value.type());
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kLong:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return Cast(std::to_string(value.integer()), value.type());
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Real(value);
    case TypeId::kDecimal:
      return Cast("'" + DecimalToString(value.decimal(), value.type().scale()) + "'", value.type());
    case TypeId::kString:
      return DuckdbString(value.text());
    case TypeId::kBinary:
    case TypeId::kVariant:
    case TypeId::kCalendarInterval:
      return Bytes(value.text());
    case TypeId::kDate:
      return Date(value.integer());
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Timestamp(value.integer());
    case TypeId::kTime:
      return "TIME '" + value.ToString() + "'";
    case TypeId::kArray:
      return Cast(Items(value.items(), 0, 1), value.type());
    case TypeId::kMap:
      return Cast("MAP(" + Items(value.items(), 0, 2) + ", " + Items(value.items(), 1, 2) + ")",
                  value.type());
    case TypeId::kStruct:
      return Cast(Struct(value), value.type());
  }
  return "NULL";
}

std::string DuckdbQuote(const std::string& identifier) {
  std::string text = "\"";
  for (char c : identifier) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + "\"";
}

std::string DuckdbString(const std::string& value) {
  std::string text = "'";
  bool zero = false;
  for (char c : value) {
    if (c == '\0') {  // Ends the text for DuckDB's parser.
      text += "' || chr(0) || '";
      zero = true;
      continue;
    }
    if (c == '\'') text += '\'';
    text += c;
  }
  text += "'";
  return zero ? "(" + text + ")" : text;
}

}  // namespace weir::sql
