#include "weir/types/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "weir/base/check.h"
#include "weir/types/calendar_interval.h"
#include "weir/types/civil_time.h"
#include "weir/types/interval_text.h"
#include "weir/types/parse_text.h"
#include "weir/types/variant.h"

namespace weir {

namespace {

// As Java prints: the shortest digits that read back, plain from 0.001 up to 10 million, else
// with one digit before the point and an exponent.
template <typename Real>
std::string RealToString(Real value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  const Real size = std::fabs(value);
  const bool plain = size == 0 || (size >= Real(1e-3) && size < Real(1e7));
  char text[64];
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  const auto printed = std::to_chars(text, text + sizeof(text), value, format);
  std::string result(text, printed.ptr);
  if (plain) return result.find('.') == std::string::npos ? result + ".0" : result;
  const size_t e = result.find('e');
  std::string digits = result.substr(0, e);
  if (digits.find('.') == std::string::npos) digits += ".0";
  const int exponent = std::atoi(result.c_str() + e + 1);
  return digits + "E" + std::to_string(exponent);
}

std::string NestedToString(const Value& value) {
  if (value.is_null()) return "null";
  return value.type().id() == TypeId::kVariant ? VariantView(value.text()).ToJson()
                                               : value.ToString();
}

std::string ItemsToString(const std::vector<Value>& items, const char* open, const char* close) {
  std::string result = open;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) result += ", ";
    result += NestedToString(items[i]);
  }
  return result + close;
}

std::string EntriesToString(const std::vector<Value>& items) {
  std::string result = "{";
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (i > 0) result += ", ";
    result += NestedToString(items[i]) + " -> " + NestedToString(items[i + 1]);
  }
  return result + "}";
}

int Sign(bool less, bool greater) { return less ? -1 : greater ? 1 : 0; }

int CompareReals(double left, double right) {
  const bool left_nan = std::isnan(left);
  const bool right_nan = std::isnan(right);
  if (left_nan || right_nan) return Sign(!left_nan, !right_nan);
  return Sign(left<right, left> right);
}

std::optional<Value> Whole(std::string_view text, const DataType& type, int64_t min, int64_t max) {
  const auto value = ParseLong(text);
  if (!value || *value < min || *value > max) return std::nullopt;
  return Value(type, *value);
}

template <typename Data>
std::optional<Value> Typed(const DataType& type, const std::optional<Data>& data) {
  if (!data) return std::nullopt;
  return Value(type, *data);
}

template <typename Integer>
std::optional<Value> WholeOf(std::string_view text, const DataType& type) {
  return Whole(text, type, std::numeric_limits<Integer>::min(),
               std::numeric_limits<Integer>::max());
}

}  // namespace

std::string Value::ToString() const {
  if (is_null()) return "NULL";
  switch (type_.id()) {
    case TypeId::kVoid:
      return "NULL";
    case TypeId::kBoolean:
      return boolean() ? "true" : "false";
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return std::to_string(integer());
    case TypeId::kFloat:
      return RealToString(static_cast<float>(real()));
    case TypeId::kDouble:
      return RealToString(real());
    case TypeId::kDecimal:
      return DecimalToString(decimal(), type_.scale());
    case TypeId::kString:
    case TypeId::kBinary:
      return text();
    case TypeId::kDate:
      return DateToString(integer());
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return TimestampToString(integer());
    case TypeId::kTime:
      return TimeToString(integer());
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return IntervalToString(integer(), type_);
    case TypeId::kCalendarInterval:
      return CalendarInterval::Decode(text()).ToString();
    case TypeId::kArray:
      return ItemsToString(items(), "[", "]");
    case TypeId::kMap:
      return EntriesToString(items());
    case TypeId::kStruct:
      return ItemsToString(items(), "{", "}");
    case TypeId::kVariant:
      return VariantView(text()).ToText();
  }
  return "NULL";
}

int CompareValues(const Value& left, const Value& right) {
  WEIR_CHECK(!left.is_null() && !right.is_null() && left.type() == right.type());
  WEIR_CHECK(left.data().index() == right.data().index() && !left.type().IsNested());
  if (std::holds_alternative<bool>(left.data())) {
    return Sign(left.boolean() < right.boolean(), left.boolean() > right.boolean());
  }
  if (std::holds_alternative<int64_t>(left.data())) {
    return Sign(left.integer() < right.integer(), left.integer() > right.integer());
  }
  if (std::holds_alternative<double>(left.data())) return CompareReals(left.real(), right.real());
  if (std::holds_alternative<Int128>(left.data())) {
    return Sign(left.decimal() < right.decimal(), left.decimal() > right.decimal());
  }
  const int order = left.text().compare(right.text());
  return Sign(order<0, order> 0);
}

std::optional<Value> ParseValue(std::string_view text, const DataType& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return Typed(type, ParseBoolean(text));
    case TypeId::kByte:
      return WholeOf<int8_t>(text, type);
    case TypeId::kShort:
      return WholeOf<int16_t>(text, type);
    case TypeId::kInt:
      return WholeOf<int32_t>(text, type);
    case TypeId::kLong:
      return WholeOf<int64_t>(text, type);
    case TypeId::kFloat: {
      const auto value = ParseFloat(text);
      if (!value) return std::nullopt;
      return Value(type, static_cast<double>(*value));
    }
    case TypeId::kDouble:
      return Typed(type, ParseDouble(text));
    case TypeId::kDecimal:
      return Typed(type, ParseDecimal(text, type.precision(), type.scale()));
    case TypeId::kString:
    case TypeId::kBinary:
      return Value(type, std::string(text));
    case TypeId::kDate:
      return Typed(type, ParseDate(text));
    case TypeId::kTimestamp:
      return Typed(type, ParseTimestamp(text));
    case TypeId::kTimestampNtz:
      return Typed(type, ParseTimestampNtz(text));
    case TypeId::kTime:
      return Typed(type, ParseTime(text, type.precision()));
    default:
      return std::nullopt;
  }
}

std::string DecimalToString(Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  __extension__ typedef unsigned __int128 Unsigned;
  Unsigned rest = static_cast<Unsigned>(unscaled);
  if (negative) rest = 0 - rest;
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  while (digits.size() <= static_cast<size_t>(scale)) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), 1, '.');
  return negative ? "-" + digits : digits;
}

}  // namespace weir
