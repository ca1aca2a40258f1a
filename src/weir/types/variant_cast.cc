#include "weir/types/variant_cast.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"

namespace weir {

namespace {

using Kind = VariantView::Kind;

std::optional<std::pair<int64_t, int64_t>> LimitsOf(TypeId id) {
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

std::optional<int64_t> Truncated(double value) {
  const double whole = std::trunc(value);
  if (!(std::fabs(whole) < 0x1p63)) return std::nullopt;  // Not so for NaN.
  return static_cast<int64_t>(whole);
}

std::optional<int64_t> Truncated(const VariantView::Decimal& value) {
  Int128 whole = value.unscaled;
  for (int i = 0; i < value.scale; ++i) whole /= 10;
  if (whole > std::numeric_limits<int64_t>::max() || whole < std::numeric_limits<int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(whole);
}

std::optional<int64_t> WholeOf(const VariantView& value) {
  switch (value.kind()) {
    case Kind::kBoolean:
      return value.boolean() ? 1 : 0;
    case Kind::kLong:
      return value.integer();
    case Kind::kDouble:
    case Kind::kFloat:
      return Truncated(value.real());
    case Kind::kDecimal:
      return Truncated(value.decimal());
    case Kind::kText:
      return ParseLong(value.text());
    case Kind::kTimestamp:
      return FloorDiv(value.integer(), kMicrosPerSecond);
    default:
      return std::nullopt;
  }
}

std::optional<double> RealOf(const VariantView& value) {
  switch (value.kind()) {
    case Kind::kBoolean:
      return value.boolean() ? 1 : 0;
    case Kind::kLong:
      return static_cast<double>(value.integer());
    case Kind::kDouble:
    case Kind::kFloat:
      return value.real();
    case Kind::kDecimal:
      return ParseDouble(value.ToText());
    case Kind::kText:
      return ParseDouble(value.text());
    case Kind::kTimestamp:
      return static_cast<double>(value.integer()) / static_cast<double>(kMicrosPerSecond);
    default:
      return std::nullopt;
  }
}

std::optional<Int128> DecimalOf(const VariantView& value, const DataType& to) {
  switch (value.kind()) {
    case Kind::kBoolean:
      return ParseDecimal(value.boolean() ? "1" : "0", to.precision(), to.scale());
    case Kind::kLong:
    case Kind::kDouble:
    case Kind::kFloat:
    case Kind::kDecimal:
    case Kind::kText:
      return ParseDecimal(value.ToText(), to.precision(), to.scale());
    case Kind::kTimestamp:
      return ParseDecimal(DecimalToString(value.integer(), 6), to.precision(), to.scale());
    default:
      return std::nullopt;
  }
}

std::optional<bool> TruthOf(const VariantView& value) {
  switch (value.kind()) {
    case Kind::kBoolean:
      return value.boolean();
    case Kind::kLong:
      return value.integer() != 0;
    case Kind::kDouble:
    case Kind::kFloat:
      return value.real() != 0;
    case Kind::kDecimal:
      return value.decimal().unscaled != 0;
    case Kind::kText:
      return ParseBoolean(value.text());
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> SecondsToMicros(const VariantView& value) {
  if (value.kind() == Kind::kLong) {
    int64_t micros = 0;
    const bool over = __builtin_mul_overflow(value.integer(), kMicrosPerSecond, &micros);
    return over ? std::nullopt : std::optional(micros);
  }
  const auto seconds = RealOf(value);
  return seconds ? Truncated(*seconds * static_cast<double>(kMicrosPerSecond)) : std::nullopt;
}

std::optional<int64_t> MomentOf(const VariantView& value, const TimeZone& zone,
                                const TimeZones* regions) {
  switch (value.kind()) {
    case Kind::kTimestamp:
      return value.integer();
    case Kind::kTimestampNtz:
      return zone.ToInstant(value.integer());
    case Kind::kDate:
      return zone.StartOfDay(value.integer() * kMicrosPerDay);
    case Kind::kText:
      return ParseTimestamp(value.text(), zone, regions);
    case Kind::kLong:
    case Kind::kDouble:
    case Kind::kFloat:
    case Kind::kDecimal:
      return SecondsToMicros(value);
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> ClockOf(const VariantView& value, const TimeZone& zone) {
  switch (value.kind()) {
    case Kind::kTimestamp:
      return zone.ToLocal(value.integer());
    case Kind::kTimestampNtz:
      return value.integer();
    case Kind::kDate:
      return value.integer() * kMicrosPerDay;
    case Kind::kText:
      return ParseTimestampNtz(value.text());
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> DateOf(const VariantView& value, const TimeZone& zone) {
  switch (value.kind()) {
    case Kind::kDate:
      return value.integer();
    case Kind::kTimestamp:
      return FloorDiv(zone.ToLocal(value.integer()), kMicrosPerDay);
    case Kind::kTimestampNtz:
      return FloorDiv(value.integer(), kMicrosPerDay);
    case Kind::kText:
      return ParseDate(value.text());
    default:
      return std::nullopt;
  }
}

template <typename Data>
std::optional<Value> ValueOf(const DataType& type, const std::optional<Data>& data) {
  if (!data) return std::nullopt;
  return Value(type, *data);
}

}  // namespace

std::optional<Value> CastVariant(const VariantView& value, const DataType& to, const TimeZone& zone,
                                 const TimeZones* regions) {
  if (const auto limits = LimitsOf(to.id())) {
    const auto whole = WholeOf(value);
    if (!whole || *whole < limits->first || *whole > limits->second) return std::nullopt;
    return Value(to, *whole);
  }
  switch (to.id()) {
    case TypeId::kBoolean:
      return ValueOf(to, TruthOf(value));
    case TypeId::kFloat: {
      const auto real = RealOf(value);
      if (!real) return std::nullopt;
      return Value(to, double{static_cast<float>(*real)});
    }
    case TypeId::kDouble:
      return ValueOf(to, RealOf(value));
    case TypeId::kDecimal:
      return ValueOf(to, DecimalOf(value, to));
    case TypeId::kString:
      return Value(to, value.ToText(zone));
    case TypeId::kBinary:
      if (value.kind() != Kind::kText && value.kind() != Kind::kBinary) return std::nullopt;
      return Value(to, std::string(value.text()));
    case TypeId::kDate:
      return ValueOf(to, DateOf(value, zone));
    case TypeId::kTimestamp:
      return ValueOf(to, MomentOf(value, zone, regions));
    case TypeId::kTimestampNtz:
      return ValueOf(to, ClockOf(value, zone));
    default:
      return std::nullopt;
  }
}

// ------------------------------------------------------------------------------- schemas

namespace {

constexpr int kMostDigits = 38;

DataType DecimalType(const VariantView::Decimal& value) {
  const std::string digits = DecimalToString(value.unscaled, 0);
  const int precision = static_cast<int>(digits.size()) - (digits[0] == '-' ? 1 : 0);
  return DataType::Decimal(std::max(precision, value.scale), value.scale);
}

DataType CommonNumber(const DataType& left, const DataType& right) {
  const bool real = left.id() == TypeId::kDouble || right.id() == TypeId::kDouble;
  const bool single = left.id() == TypeId::kFloat || right.id() == TypeId::kFloat;
  if (real || single) return TypeId::kDouble;
  const auto decimal = [](const DataType& type) {
    return type.id() == TypeId::kLong ? DataType::Decimal(20, 0) : type;
  };
  const DataType a = decimal(left);
  const DataType b = decimal(right);
  const int scale = std::max(a.scale(), b.scale());
  const int range = std::max(a.precision() - a.scale(), b.precision() - b.scale());
  if (range + scale > kMostDigits) return TypeId::kDouble;
  return DataType::Decimal(range + scale, scale);
}

DataType CommonObject(const DataType& left, const DataType& right) {
  std::vector<Field> fields = left.fields();
  for (const Field& field : right.fields()) {
    const auto place =
        std::lower_bound(fields.begin(), fields.end(), field.name,
                         [](const Field& one, const std::string& name) { return one.name < name; });
    if (place != fields.end() && place->name == field.name) {
      place->type = CommonVariantType(place->type, field.type);
    } else {
      fields.insert(place, field);
    }
  }
  return DataType::Struct(std::move(fields));
}

}  // namespace

DataType CommonVariantType(const DataType& left, const DataType& right) {
  if (left == right || right.id() == TypeId::kVoid) return left;
  if (left.id() == TypeId::kVoid) return right;
  if (left.IsNumeric() && right.IsNumeric()) return CommonNumber(left, right);
  if (left.id() == TypeId::kStruct && right.id() == TypeId::kStruct) {
    return CommonObject(left, right);
  }
  if (left.id() == TypeId::kArray && right.id() == TypeId::kArray) {
    return DataType::Array(CommonVariantType(left.element(), right.element()));
  }
  return TypeId::kVariant;
}

DataType TypeOfVariant(const VariantView& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return TypeId::kVoid;
    case Kind::kBoolean:
      return TypeId::kBoolean;
    case Kind::kLong:
      return TypeId::kLong;
    case Kind::kDouble:
      return TypeId::kDouble;
    case Kind::kDecimal:
      return DecimalType(value.decimal());
    case Kind::kFloat:
      return TypeId::kFloat;
    case Kind::kText:
    case Kind::kUuid:
      return TypeId::kString;
    case Kind::kBinary:
      return TypeId::kBinary;
    case Kind::kDate:
      return TypeId::kDate;
    case Kind::kTimestamp:
      return TypeId::kTimestamp;
    case Kind::kTimestampNtz:
      return TypeId::kTimestampNtz;
    case Kind::kObject: {
      std::vector<Field> fields;
      for (size_t i = 0; i < value.size(); ++i) {
        fields.push_back({std::string(value.name(i)), TypeOfVariant(value.item(i))});
      }
      return DataType::Struct(std::move(fields));
    }
    case Kind::kArray: {
      DataType element = TypeId::kVoid;
      for (size_t i = 0; i < value.size(); ++i) {
        element = CommonVariantType(element, TypeOfVariant(value.item(i)));
      }
      return DataType::Array(std::move(element));
    }
  }
  return TypeId::kVariant;
}

std::string VariantTypeToSql(const DataType& type) {
  if (type.id() == TypeId::kArray) return "ARRAY<" + VariantTypeToSql(type.element()) + ">";
  if (type.id() != TypeId::kStruct) return type.ToSql();
  std::string text = "OBJECT<";
  for (size_t i = 0; i < type.fields().size(); ++i) {
    if (i > 0) text += ", ";
    text += QuoteName(type.fields()[i].name) + ": " + VariantTypeToSql(type.fields()[i].type);
  }
  return text + ">";
}

}  // namespace weir
