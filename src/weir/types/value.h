#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/types/data_type.h"

namespace weir {

__extension__ typedef __int128 Int128;

// One value of a DataType, or NULL: literals, partition values, statistics, cells shown to people.
//   boolean -> bool; byte..long, date (days), timestamps and times (microseconds), intervals
//   (months or microseconds) -> int64_t; calendar intervals -> std::string, see
//   calendar_interval.h; float, double -> double; decimal -> Int128 (unscaled); string, binary,
//   variant (variant.h) -> std::string; array -> elements; struct -> members; map -> key, value,
//   key,
//   ...
class Value {
 public:
  using Data =
      std::variant<std::monostate, bool, int64_t, double, Int128, std::string, std::vector<Value>>;

  Value() = default;  // NULL of type void.
  Value(DataType type, Data data) : type_(std::move(type)), data_(std::move(data)) {}
  static Value Null(DataType type) { return Value(std::move(type), std::monostate{}); }
  static Value Boolean(bool value) { return Value(TypeId::kBoolean, value); }
  static Value Int(int32_t value) { return Value(TypeId::kInt, int64_t{value}); }
  static Value Long(int64_t value) { return Value(TypeId::kLong, value); }
  static Value Double(double value) { return Value(TypeId::kDouble, value); }
  static Value String(std::string value) { return Value(TypeId::kString, std::move(value)); }

  const DataType& type() const { return type_; }
  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const Data& data() const { return data_; }
  bool boolean() const { return std::get<bool>(data_); }
  int64_t integer() const { return std::get<int64_t>(data_); }
  double real() const { return std::get<double>(data_); }
  Int128 decimal() const { return std::get<Int128>(data_); }
  const std::string& text() const { return std::get<std::string>(data_); }
  const std::vector<Value>& items() const { return std::get<std::vector<Value>>(data_); }

  // As Spark's CAST(... AS STRING) prints it, timestamps in UTC: "1.50", "2013-01-01 05:00:00",
  // "{1, a}", "[1, 2]", "{k -> v}". NULL is "NULL" at top level and "null" when nested.
  std::string ToString() const;
  bool operator==(const Value& other) const = default;

 private:
  DataType type_;
  Data data_;
};

// <0, 0 or >0 by Spark's order (NaN above all, strings by bytes). Both must be non-null and of one
// type that is not nested; else Error{kInternal}.
int CompareValues(const Value& left, const Value& right);

// The value that `text` spells in `type`, by Spark's CAST(string AS type) in ANSI mode (leading and
// trailing white space allowed, timestamps without zone taken as UTC); nothing when it does not.
// Primitive types only.
std::optional<Value> ParseValue(std::string_view text, const DataType& type);

// "123.45" for 12345 at scale 2.
std::string DecimalToString(Int128 unscaled, int scale);

}  // namespace weir
