#include "weir/types/schema_json.h"

#include <charconv>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir {

namespace {

struct NamedType {
  std::string_view name;
  TypeId id;
};

// The first name of a type is the one written.
constexpr NamedType kPrimitives[] = {
    {"void", TypeId::kVoid},           {"null", TypeId::kVoid},
    {"boolean", TypeId::kBoolean},     {"byte", TypeId::kByte},
    {"short", TypeId::kShort},         {"integer", TypeId::kInt},
    {"long", TypeId::kLong},           {"float", TypeId::kFloat},
    {"double", TypeId::kDouble},       {"string", TypeId::kString},
    {"binary", TypeId::kBinary},       {"date", TypeId::kDate},
    {"timestamp", TypeId::kTimestamp}, {"timestamp_ntz", TypeId::kTimestampNtz},
    {"variant", TypeId::kVariant},
};

[[noreturn]] void Malformed(const std::string& what) {
  throw Error(ErrorCode::kCorrupt, "a table's schema text is malformed: " + what);
}

Json TypeToJson(const DataType& type);

Json FieldsToJson(const std::vector<Field>& fields) {
  Json list = Json::array();
  for (const Field& field : fields) {
    Json item = Json::object();
    item["name"] = field.name;
    item["type"] = TypeToJson(field.type);
    item["nullable"] = field.nullable;
    item["metadata"] = ParseJson(field.metadata, "the metadata of column " + field.name);
    list.push_back(std::move(item));
  }
  return Json{{"type", "struct"}, {"fields", std::move(list)}};
}

Json TypeToJson(const DataType& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
      return type.ToString();
    case TypeId::kArray:
      return Json{{"type", "array"},
                  {"elementType", TypeToJson(type.element())},
                  {"containsNull", type.contains_null()}};
    case TypeId::kMap:
      return Json{{"type", "map"},
                  {"keyType", TypeToJson(type.key())},
                  {"valueType", TypeToJson(type.value())},
                  {"valueContainsNull", type.contains_null()}};
    case TypeId::kStruct:
      return FieldsToJson(type.fields());
    case TypeId::kTime:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
      return type.ToString();
    default:
      break;
  }
  for (const NamedType& primitive : kPrimitives) {
    if (primitive.id == type.id()) return std::string(primitive.name);
  }
  Malformed("no name for " + type.ToString());
}

// "decimal(10,2)" with optional white space; nothing when it is not one.
std::optional<DataType> DecimalFromName(std::string_view name) {
  if (name == "decimal") return DataType::Decimal(10, 0);
  if (!name.starts_with("decimal(") || !name.ends_with(")")) return std::nullopt;
  std::string digits;
  for (const char c : name.substr(8, name.size() - 9)) {
    if (c != ' ') digits += c;
  }
  int precision = 0;
  int scale = 0;
  const char* const end = digits.data() + digits.size();
  auto parsed = std::from_chars(digits.data(), end, precision);
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != ',') return std::nullopt;
  parsed = std::from_chars(parsed.ptr + 1, end, scale);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (precision < 1 || precision > 38 || scale < 0 || scale > precision) {
    Malformed("the type " + std::string(name) + " is out of range");
  }
  return DataType::Decimal(precision, scale);
}

// "interval", "interval day to second", "time(3)"; nothing for other names.
std::optional<DataType> LengthOrTimeFromName(const std::string& name) {
  if (name == "interval") return DataType(TypeId::kCalendarInterval);
  for (int precision = 0; precision <= 6; ++precision) {
    if (name == DataType::Time(precision).ToString()) return DataType::Time(precision);
  }
  if (!name.starts_with("interval ")) return std::nullopt;
  for (int from = 0; from <= static_cast<int>(IntervalField::kSecond); ++from) {
    const bool months = from <= static_cast<int>(IntervalField::kMonth);
    const int last = static_cast<int>(months ? IntervalField::kMonth : IntervalField::kSecond);
    for (int to = from; to <= last; ++to) {
      const DataType type =
          DataType::Interval(static_cast<IntervalField>(from), static_cast<IntervalField>(to));
      if (name == type.ToString()) return type;
    }
  }
  return std::nullopt;
}

DataType TypeFromName(const std::string& name) {
  for (const NamedType& primitive : kPrimitives) {
    if (primitive.name == name) return primitive.id;
  }
  if (const auto decimal = DecimalFromName(name)) return *decimal;
  if (const auto type = LengthOrTimeFromName(name)) return *type;
  // Older writers put these into the type; the length is a matter of the writer.
  if (name.starts_with("char(") || name.starts_with("varchar(")) return TypeId::kString;
  throw Error(ErrorCode::kUnsupported, "the table's schema has a column of type `" + name +
                                           "`, which weir does not support");
}

const Json& Member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) Malformed("`" + std::string(key) + "` is missing");
  return *found;
}

bool Flag(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  if (!value.is_boolean()) Malformed("`" + std::string(key) + "` is not true or false");
  return value.get<bool>();
}

std::string Text(const Json& object, const char* key) {
  const Json& value = Member(object, key);
  if (!value.is_string()) Malformed("`" + std::string(key) + "` is not a text");
  return value.get<std::string>();
}

DataType TypeFromJson(const Json& json);

std::vector<Field> FieldsFromJson(const Json& json) {
  const Json& list = Member(json, "fields");
  if (!list.is_array()) Malformed("`fields` is not a list");
  std::vector<Field> fields;
  fields.reserve(list.size());
  for (const Json& item : list) {
    if (!item.is_object()) Malformed("a field is not an object");
    Field field;
    field.name = Text(item, "name");
    field.type = TypeFromJson(Member(item, "type"));
    field.nullable = Flag(item, "nullable");
    if (const auto metadata = item.find("metadata"); metadata != item.end()) {
      if (!metadata->is_object()) Malformed("the metadata of " + field.name + " is not an object");
      field.metadata = metadata->dump();
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

DataType TypeFromJson(const Json& json) {
  if (json.is_string()) return TypeFromName(json.get<std::string>());
  if (!json.is_object()) Malformed("a type is neither a name nor an object");
  const std::string kind = Text(json, "type");
  if (kind == "struct") return DataType::Struct(FieldsFromJson(json));
  if (kind == "array") {
    return DataType::Array(TypeFromJson(Member(json, "elementType")), Flag(json, "containsNull"));
  }
  if (kind == "map") {
    return DataType::Map(TypeFromJson(Member(json, "keyType")),
                         TypeFromJson(Member(json, "valueType")), Flag(json, "valueContainsNull"));
  }
  throw Error(ErrorCode::kUnsupported, "the table's schema has a column of type `" + kind +
                                           "`, which weir does not support");
}

}  // namespace

std::string SchemaToJson(const Schema& schema) { return FieldsToJson(schema.fields()).dump(); }

Schema SchemaFromJson(std::string_view json) {
  const Json parsed = ParseJson(json, "a table's schema text");
  if (!parsed.is_object() || Text(parsed, "type") != "struct") Malformed("it is not a struct");
  return Schema(FieldsFromJson(parsed));
}

}  // namespace weir
