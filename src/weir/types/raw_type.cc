#include "weir/types/raw_type.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/base/json.h"

namespace weir {
namespace {

constexpr const char* kRawTypeKey = "__CHAR_VARCHAR_TYPE_STRING";

std::string RawTextFrom(const DataType& type, const StringTypes& strings, size_t& next) {
  switch (type.id()) {
    case TypeId::kString:
      WEIR_CHECK(next < strings.size());
      return strings[next++].ToString();
    case TypeId::kArray:
      return "array<" + RawTextFrom(type.element(), strings, next) + ">";
    case TypeId::kMap: {
      const std::string key = RawTextFrom(type.key(), strings, next);
      return "map<" + key + "," + RawTextFrom(type.value(), strings, next) + ">";
    }
    case TypeId::kStruct: {
      std::string text = "struct<";
      for (const Field& field : type.fields()) {
        if (&field != &type.fields().front()) text += ",";
        text += QuoteName(field.name) + ":" + RawTextFrom(field.type, strings, next);
      }
      return text + ">";
    }
    default:
      return type.ToString();
  }
}

}  // namespace

std::string StringType::ToString() const {
  if (kind == Kind::kAny) return "string";
  return (kind == Kind::kChar ? "char(" : "varchar(") + std::to_string(length) + ")";
}

bool HasLengths(const StringTypes& strings) {
  return std::any_of(strings.begin(), strings.end(),
                     [](const StringType& one) { return one.kind != StringType::Kind::kAny; });
}

std::string RawTypeText(const DataType& type, const StringTypes& strings) {
  size_t next = 0;
  return RawTextFrom(type, strings, next);
}

std::optional<std::string> RawTypeOf(std::string_view metadata) {
  if (metadata.find(kRawTypeKey) == std::string_view::npos) return std::nullopt;
  const Json object = ParseJson(metadata, "the metadata of a column");
  const auto found = object.find(kRawTypeKey);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::string WithRawType(const std::string& metadata, const std::string& raw_type) {
  Json object = ParseJson(metadata, "the metadata of a column");
  object[kRawTypeKey] = raw_type;
  return object.dump();
}

Field WithDeclaredType(Field field, const std::optional<std::string>& raw_type) {
  Json object = ParseJson(field.metadata, "the metadata of a column");
  object.erase(kRawTypeKey);
  field.metadata = object.dump();
  if (raw_type) field.metadata = WithRawType(field.metadata, *raw_type);
  return field;
}

std::string DeclaredType(const Field& field) {
  return RawTypeOf(field.metadata).value_or(field.type.ToString());
}

}  // namespace weir
