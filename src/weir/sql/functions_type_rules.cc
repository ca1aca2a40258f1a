#include <algorithm>

#include "weir/sql/functions.h"
#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

constexpr int kMaxPrecision = 38;

// Of the numeric types that are no decimals, the later is the wider.
int NumericRank(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
      return 0;
    case TypeId::kShort:
      return 1;
    case TypeId::kInt:
      return 2;
    case TypeId::kLong:
      return 3;
    case TypeId::kFloat:
      return 4;
    default:
      return 5;
  }
}

bool IsDecimal(const DataType& type) { return type.id() == TypeId::kDecimal; }
bool IsDatetime(const DataType& type) { return type.id() == TypeId::kDate || IsTime(type); }

DataType WiderDecimal(const DataType& left, const DataType& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int range = std::max(left.precision() - left.scale(), right.precision() - right.scale());
  if (range + scale <= kMaxPrecision) return DataType::Decimal(range + scale, scale);
  return DataType::Decimal(kMaxPrecision, std::max(0, scale - (range + scale - kMaxPrecision)));
}

std::optional<DataType> CommonNumeric(const DataType& left, const DataType& right) {
  if (IsDecimal(left) || IsDecimal(right)) {
    if (IsReal(left) || IsReal(right)) return DataType(TypeId::kDouble);
    return WiderDecimal(DecimalOf(left), DecimalOf(right));
  }
  const DataType& wider = NumericRank(left) > NumericRank(right) ? left : right;
  // An integer has more digits than FLOAT keeps.
  if (wider.id() == TypeId::kFloat) return DataType(TypeId::kDouble);
  return wider;
}

// A text beside another type is read as that type; beside numbers as BIGINT or DOUBLE.
std::optional<DataType> BesideString(const DataType& other) {
  if (other.IsIntegral()) return DataType(TypeId::kLong);
  if (other.IsNumeric()) return DataType(TypeId::kDouble);
  if (other.IsInterval() || other.IsNested()) return std::nullopt;
  if (other.id() == TypeId::kVariant || other.id() == TypeId::kCalendarInterval)
    return std::nullopt;
  return other;
}

using TypeRule = std::optional<DataType> (*)(const DataType& left, const DataType& right);

std::optional<DataType> CommonNested(const DataType& left, const DataType& right, TypeRule common) {
  if (left.id() == TypeId::kArray) {
    auto element = common(left.element(), right.element());
    if (!element) return std::nullopt;
    return DataType::Array(*element, left.contains_null() || right.contains_null() ||
                                         CastIsNullable(left.element(), *element) ||
                                         CastIsNullable(right.element(), *element));
  }
  if (left.id() == TypeId::kMap) {
    auto key = common(left.key(), right.key());
    auto value = common(left.value(), right.value());
    if (!key || !value) return std::nullopt;
    return DataType::Map(*key, *value,
                         left.contains_null() || right.contains_null() ||
                             CastIsNullable(left.value(), *value) ||
                             CastIsNullable(right.value(), *value));
  }
  const auto& a = left.fields();
  const auto& b = right.fields();
  if (a.size() != b.size()) return std::nullopt;
  std::vector<Field> fields;
  for (size_t i = 0; i < a.size(); ++i) {
    if (LowerName(a[i].name) != LowerName(b[i].name)) return std::nullopt;
    auto type = common(a[i].type, b[i].type);
    if (!type) return std::nullopt;
    const bool nullable = a[i].nullable || b[i].nullable || CastIsNullable(a[i].type, *type) ||
                          CastIsNullable(b[i].type, *type);
    fields.push_back(Field{a[i].name, *type, nullable, "{}"});
  }
  return DataType::Struct(std::move(fields));
}

// Whether every value of `from` has a place in the decimal `to`.
bool FitsDecimal(const DataType& from, const DataType& to) {
  if (from.id() == TypeId::kBoolean) return to.precision() - to.scale() >= 1;
  if (!from.IsIntegral() && !IsDecimal(from)) return false;
  const DataType decimal = DecimalOf(from);
  return to.precision() - to.scale() >= decimal.precision() - decimal.scale() &&
         to.scale() >= decimal.scale();
}

template <typename Rule>
bool ForParts(const DataType& from, const DataType& to, const Rule& rule) {
  if (from.id() != to.id()) return false;
  if (from.id() == TypeId::kArray) return rule(from.element(), to.element());
  if (from.id() == TypeId::kMap) {
    return rule(from.key(), to.key()) && rule(from.value(), to.value());
  }
  const auto& a = from.fields();
  const auto& b = to.fields();
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!rule(a[i].type, b[i].type)) return false;
  }
  return true;
}

// What a variant can be cast to.
bool CanReadVariant(const DataType& to) {
  switch (to.id()) {
    case TypeId::kArray:
      return CanReadVariant(to.element());
    case TypeId::kMap:
      return IsString(to.key()) && CanReadVariant(to.value());
    case TypeId::kStruct:
      return std::all_of(to.fields().begin(), to.fields().end(),
                         [](const Field& field) { return CanReadVariant(field.type); });
    default:
      return !to.IsInterval() && to.id() != TypeId::kVoid;
  }
}

// Structs and maps become variants by to_variant_object only.
bool CanBeVariant(const DataType& from) {
  if (from.id() == TypeId::kArray) return CanBeVariant(from.element());
  return !from.IsNested() && !from.IsInterval();
}

}  // namespace

bool MixesText(const DataType& left, const DataType& right) {
  if (left.id() == TypeId::kVoid || right.id() == TypeId::kVoid) return false;
  return IsString(left) != IsString(right);
}

bool IsTemporal(const DataType& type) {
  return IsDatetime(type) || IsClock(type) || type.IsInterval() || IsCalendar(type);
}

DataType DecimalOf(const DataType& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
      return type;
    case TypeId::kByte:
      return DataType::Decimal(3, 0);
    case TypeId::kShort:
      return DataType::Decimal(5, 0);
    case TypeId::kInt:
      return DataType::Decimal(10, 0);
    case TypeId::kLong:
      return DataType::Decimal(20, 0);
    case TypeId::kFloat:
      return DataType::Decimal(14, 7);
    case TypeId::kDouble:
      return DataType::Decimal(30, 15);
    default:
      return DataType::Decimal(kMaxPrecision, 18);
  }
}

DataType DecimalOfArgument(const ArgumentShape& argument) {
  const Value* const value = argument.literal;
  if (!argument.type.IsIntegral() || !argument.is_literal || value == nullptr || value->is_null()) {
    return DecimalOf(argument.type);
  }
  int digits = 1;
  for (int64_t rest = value->integer() / 10; rest != 0; rest /= 10) ++digits;
  return DataType::Decimal(digits, 0);
}

DataType AdjustDecimal(int precision, int scale) {
  if (precision <= kMaxPrecision) return DataType::Decimal(precision, scale);
  const int kept = std::min(scale, 6);
  return DataType::Decimal(kMaxPrecision, std::max(kMaxPrecision - (precision - scale), kept));
}

bool IsOrderable(const DataType& type) {
  if (type.id() == TypeId::kMap || type.id() == TypeId::kVariant) return false;
  if (type.id() == TypeId::kCalendarInterval) return false;
  if (type.id() == TypeId::kArray) return IsOrderable(type.element());
  if (type.id() != TypeId::kStruct) return true;
  return std::all_of(type.fields().begin(), type.fields().end(),
                     [](const Field& field) { return IsOrderable(field.type); });
}

std::optional<DataType> CommonType(const DataType& left, const DataType& right) {
  if (left == right || right.id() == TypeId::kVoid) return left;
  if (left.id() == TypeId::kVoid) return right;
  if (left.IsNumeric() && right.IsNumeric()) return CommonNumeric(left, right);
  if (IsDatetime(left) && IsDatetime(right)) {
    const bool instant = left.id() == TypeId::kTimestamp || right.id() == TypeId::kTimestamp;
    return DataType(instant ? TypeId::kTimestamp : TypeId::kTimestampNtz);
  }
  if (left.IsInterval() && left.id() == right.id()) {
    return DataType::Interval(std::min(left.from(), right.from()), std::max(left.to(), right.to()));
  }
  if (IsClock(left) && IsClock(right)) {
    return DataType::Time(std::max(left.precision(), right.precision()));
  }
  if (IsString(left)) return BesideString(right);
  if (IsString(right)) return BesideString(left);
  if (left.IsNested() && left.id() == right.id()) return CommonNested(left, right, CommonType);
  return std::nullopt;
}

namespace {

// findTightestCommonType; `parts` is the rule for what arrays, maps and structs hold.
std::optional<DataType> Tightest(const DataType& left, const DataType& right, TypeRule parts) {
  if (left == right) return left;
  if (left.IsNested() && left.id() == right.id()) return CommonNested(left, right, parts);
  if (MixesText(left, right)) return std::nullopt;
  const auto common = CommonType(left, right);
  const bool decimals = IsDecimal(left) || IsDecimal(right);
  if (!decimals || !common || IsVoid(left) || IsVoid(right)) return common;
  // A decimal beside a whole number that fits into it; never beside another decimal.
  const bool one = IsDecimal(left) != IsDecimal(right);
  return one && IsDecimal(*common) && (*common == left || *common == right) ? common : std::nullopt;
}

std::optional<DataType> TightestOperand(const DataType& left, const DataType& right) {
  return Tightest(left, right, TightestOperand);
}

bool IsFloatAndInteger(const DataType& left, const DataType& right) {
  return (left.id() == TypeId::kFloat && right.IsIntegral()) ||
         (right.id() == TypeId::kFloat && left.IsIntegral());
}

}  // namespace

std::optional<DataType> TightestType(const DataType& left, const DataType& right) {
  if (IsFloatAndInteger(left, right)) return DataType(TypeId::kFloat);
  return Tightest(left, right, TightestType);
}

std::optional<DataType> TypeWithoutTexts(const DataType& left, const DataType& right) {
  if (left.IsNested() && left.id() == right.id()) {
    return CommonNested(left, right, TypeWithoutTexts);
  }
  if (IsFloatAndInteger(left, right)) return DataType(TypeId::kFloat);
  return MixesText(left, right) ? std::nullopt : CommonType(left, right);
}

std::optional<DataType> ComparedType(const DataType& left, const DataType& right) {
  return left.IsNested() ? TightestOperand(left, right) : CommonType(left, right);
}

bool CanCast(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kVoid) return true;
  if (from.id() == TypeId::kVariant) return CanReadVariant(to);
  if (to.id() == TypeId::kVariant) return CanBeVariant(from);
  if (to.id() == TypeId::kString) return true;
  if (to.id() == TypeId::kVoid) return false;
  if (IsString(from)) return !to.IsNested();
  if (from.IsNested()) return ForParts(from, to, CanCast);
  switch (to.id()) {
    case TypeId::kBoolean:
      return from.IsNumeric();
    case TypeId::kDate:
      return IsTime(from);
    case TypeId::kTimestamp:
      return IsDatetime(from) || from.IsNumeric();
    case TypeId::kTimestampNtz:
      return IsDatetime(from);
    case TypeId::kTime:
      return IsClock(from);
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      return from.id() == to.id() || from.IsIntegral() || IsDecimal(from);
    default:
      if (!to.IsNumeric()) return false;
      if (from.IsInterval() || IsClock(from)) return !IsReal(to);
      return from.IsNumeric() || from.id() == TypeId::kBoolean || from.id() == TypeId::kTimestamp;
  }
}

std::string_view RefusedCast(const DataType& from, const DataType& to) {
  const bool date = from.id() == TypeId::kDate;
  if ((date && to.IsNumeric()) || (from.IsNumeric() && to.id() == TypeId::kDate)) {
    return "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION";
  }
  const bool to_boolean = to.id() == TypeId::kBoolean && (date || from.id() == TypeId::kTimestamp);
  const bool of_boolean = from.id() == TypeId::kBoolean && to.id() == TypeId::kTimestamp;
  const bool to_binary = from.IsIntegral() && to.id() == TypeId::kBinary;
  return to_boolean || of_boolean || to_binary ? "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION"
                                               : "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION";
}

bool CanAssign(const DataType& from, const DataType& to) {
  if (from == to || from.id() == TypeId::kVoid) return true;
  if (from.IsNumeric() && to.IsNumeric()) return true;
  if ((from.IsInterval() || IsClock(from)) && from.id() == to.id()) return true;
  if (!from.IsNested() && IsString(to)) return true;
  if (IsDatetime(from) && IsDatetime(to)) return true;
  return from.IsNested() && ForParts(from, to, CanAssign);
}

bool CastIsNullable(const DataType& from, const DataType& to) {
  if (from.id() == TypeId::kVoid) return true;
  if (from.id() == TypeId::kVariant) return to.id() != TypeId::kVariant;
  if (from == to || IsString(to)) return false;
  if (IsString(from)) return to.id() != TypeId::kBinary;
  if (IsReal(from) && to.id() == TypeId::kTimestamp) return true;
  if (to.id() == TypeId::kDate) return !IsTime(from);
  if (IsDecimal(to)) return !FitsDecimal(from, to);
  if (from.id() == TypeId::kTimestamp && to.IsIntegral()) return to.id() != TypeId::kLong;
  return (IsReal(from) || IsDecimal(from)) && to.IsIntegral();
}

bool CanCoerce(const DataType& from, const DataType& to) {
  if (CanAssign(from, to)) return true;
  if (IsString(from)) return !to.IsNested() && to.id() != TypeId::kVoid;
  return from.id() == TypeId::kDate && IsTime(to);
}

std::optional<DataType> CommonTypeOf(std::span<const ArgumentShape> arguments) {
  DataType common;
  // Texts first, as Spark does: what (1, 'a', 2.5) gives does not depend on the order then.
  for (const bool strings : {true, false}) {
    for (const ArgumentShape& argument : arguments) {
      if (IsString(argument.type) != strings) continue;
      auto wider = CommonType(common, argument.type);
      if (!wider) return std::nullopt;
      common = *wider;
    }
  }
  return common;
}

}  // namespace weir::sql
