#include "weir/base/check.h"
#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

struct NamedType {
  std::string_view name;
  TypeId id;
};
constexpr NamedType kTypes[] = {
    {"boolean", TypeId::kBoolean},
    {"tinyint", TypeId::kByte},
    {"smallint", TypeId::kShort},
    {"int", TypeId::kInt},
    {"bigint", TypeId::kLong},
    {"float", TypeId::kFloat},
    {"double", TypeId::kDouble},
    {"string", TypeId::kString},
    {"binary", TypeId::kBinary},
    {"date", TypeId::kDate},
    {"timestamp", TypeId::kTimestamp},
    {"timestamp_ntz", TypeId::kTimestampNtz},
    {"months", TypeId::kYearMonthInterval},
    {"micros", TypeId::kDayTimeInterval},
    {"calendar", TypeId::kCalendarInterval},
    {"clock", TypeId::kTime},
    {"void", TypeId::kVoid},
};

std::optional<DataType> TypeNamed(std::string_view name) {
  for (const NamedType& type : kTypes) {
    if (type.name == name) return DataType(type.id);
  }
  return std::nullopt;
}

std::optional<DataType> If(bool condition, const DataType& type) {
  if (!condition) return std::nullopt;
  return type;
}

// Of an abstract parameter: whether it takes the type as it is.
bool Belongs(std::string_view parameter, const DataType& type) {
  if (parameter == "any") return true;
  if (parameter == "numeric") return type.IsNumeric();
  if (parameter == "integral") return type.IsIntegral();
  if (parameter == "decimal") return type.id() == TypeId::kDecimal;
  if (parameter == "small") {
    return type.id() == TypeId::kInt || type.id() == TypeId::kShort || type.id() == TypeId::kByte;
  }
  if (parameter == "time") {
    return type.id() == TypeId::kTimestamp || type.id() == TypeId::kTimestampNtz;
  }
  if (parameter == "array") return type.id() == TypeId::kArray;
  if (parameter == "map") return type.id() == TypeId::kMap;
  if (parameter == "struct") return type.id() == TypeId::kStruct;
  if (parameter == "orderable") return IsOrderable(type);
  if (parameter == "strings") {
    return type.id() == TypeId::kArray && type.element().id() == TypeId::kString;
  }
  if (parameter == "doubles") {
    return type.id() == TypeId::kArray && type.element().id() == TypeId::kDouble;
  }
  WEIR_CHECK(false);
}

// What an abstract parameter makes of a type that does not belong.
std::optional<DataType> Convert(std::string_view parameter, const DataType& given) {
  const bool string = given.id() == TypeId::kString;
  const bool null = given.id() == TypeId::kVoid;
  if (parameter == "numeric") return If(string || null, TypeId::kDouble);
  if (parameter == "integral") return If(null, TypeId::kInt);
  if (parameter == "small") return If(string || null, TypeId::kInt);
  if (parameter == "decimal") {
    return If(given.IsNumeric() || string || null, DecimalOf(given));
  }
  if (parameter == "time") {
    return If(string || null || given.id() == TypeId::kDate, TypeId::kTimestamp);
  }
  if (parameter == "array") return If(null, DataType::Array(TypeId::kVoid));
  if (parameter == "map") return If(null, DataType::Map(TypeId::kVoid, TypeId::kVoid));
  if (parameter == "strings") {
    const bool ok = given.id() == TypeId::kArray && CanCoerce(given.element(), TypeId::kString);
    return If(ok || null, DataType::Array(TypeId::kString));
  }
  if (parameter == "doubles") {
    const bool ok = given.id() == TypeId::kArray && given.element().IsNumeric();
    return If(ok, DataType::Array(TypeId::kDouble));
  }
  return std::nullopt;
}

}  // namespace

std::optional<DataType> Accept(std::string_view parameter, const DataType& given, bool exact) {
  if (const auto concrete = TypeNamed(parameter)) {
    return If(exact ? given == *concrete : CanCoerce(given, *concrete), *concrete);
  }
  if (Belongs(parameter, given)) {
    // SMALLINT and TINYINT count as INT here.
    return parameter == "small" ? DataType(TypeId::kInt) : given;
  }
  return exact ? std::nullopt : Convert(parameter, given);
}

DataType ResultType(std::string_view word, std::span<const DataType> arguments) {
  if (const auto type = TypeNamed(word)) return *type;
  if (word.starts_with('$')) return arguments[static_cast<size_t>(word[1] - '1')];
  const auto inner = [&](std::string_view prefix) {
    return ResultType(word.substr(prefix.size(), word.size() - prefix.size() - 1), arguments);
  };
  if (word.starts_with("element(")) return inner("element(").element();
  if (word.starts_with("array(")) return DataType::Array(inner("array("), false);
  if (word.starts_with("nullable_array(")) return DataType::Array(inner("nullable_array("), true);
  if (word == "map(string)") return DataType::Map(TypeId::kString, TypeId::kString, true);
  if (word.starts_with("key(")) return inner("key(").key();
  if (word.starts_with("value(")) return inner("value(").value();
  WEIR_CHECK(false);
}

}  // namespace weir::sql
