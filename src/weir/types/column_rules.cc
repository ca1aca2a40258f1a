#include "weir/types/column_rules.h"

#include <cstdint>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/types/value.h"

namespace weir {
namespace {

constexpr const char* kIdentityStart = "delta.identity.start";
constexpr const char* kIdentityStep = "delta.identity.step";
constexpr const char* kIdentityMark = "delta.identity.highWaterMark";
constexpr const char* kIdentityInsert = "delta.identity.allowExplicitInsert";

Json MetadataOfField(const Field& field) {
  if (field.metadata.size() <= 2) return Json::object();
  return ParseJson(field.metadata, "the metadata of column " + field.name);
}

DataType AsNullableType(const DataType& type) {
  switch (type.id()) {
    case TypeId::kStruct: {
      std::vector<Field> fields;
      for (const Field& field : type.fields()) fields.push_back(AsNullable(field));
      return DataType::Struct(std::move(fields));
    }
    case TypeId::kArray:
      return DataType::Array(AsNullableType(type.element()));
    case TypeId::kMap:
      return DataType::Map(AsNullableType(type.key()), AsNullableType(type.value()));
    default:
      return type;
  }
}

}  // namespace

std::optional<std::string> MetadataText(const Field& field, std::string_view key) {
  // Most fields have none of it, and their metadata need not be parsed.
  if (field.metadata.find(key) == std::string::npos) return std::nullopt;
  const Json object = MetadataOfField(field);
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

Field WithMetadataText(const Field& field, std::string_view key,
                       const std::optional<std::string>& text) {
  Field result = field;
  Json object = MetadataOfField(field);
  if (text) {
    object[std::string(key)] = *text;
  } else {
    object.erase(std::string(key));
  }
  result.metadata = object.dump();
  return result;
}

std::optional<IdentityRule> IdentityOf(const Field& field) {
  if (field.metadata.find(kIdentityStart) == std::string::npos) return std::nullopt;
  const Json object = MetadataOfField(field);
  const auto number = [&](const char* key) -> std::optional<int64_t> {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_integer()) return std::nullopt;
    return found->get<int64_t>();
  };
  IdentityRule rule;
  rule.start = number(kIdentityStart).value_or(1);
  rule.step = number(kIdentityStep).value_or(1);
  rule.high_water_mark = number(kIdentityMark);
  const auto insert = object.find(kIdentityInsert);
  rule.always = insert == object.end() || !insert->is_boolean() || !insert->get<bool>();
  return rule;
}

Field WithIdentity(const Field& field, const IdentityRule& rule) {
  Field result = field;
  Json object = MetadataOfField(field);
  object[kIdentityStart] = rule.start;
  object[kIdentityStep] = rule.step;
  if (rule.high_water_mark) object[kIdentityMark] = *rule.high_water_mark;
  object[kIdentityInsert] = !rule.always;
  result.metadata = object.dump();
  return result;
}

Field WithoutIdentity(const Field& field) {
  Field result = field;
  Json object = MetadataOfField(field);
  for (const char* key : {kIdentityStart, kIdentityStep, kIdentityMark, kIdentityInsert}) {
    object.erase(key);
  }
  result.metadata = object.dump();
  return result;
}

std::optional<int64_t> NumberFrom(const IdentityRule& rule, int64_t value) {
  // Differences of two BIGINTs may take a bit more.
  const Int128 step = rule.step;
  const Int128 distance = Int128{value} - rule.start;
  // Before the start there is none.
  if (distance == 0 || (distance > 0) != (step > 0)) return rule.start;
  const Int128 steps = (distance + step - (step > 0 ? 1 : -1)) / step;
  const Int128 number = rule.start + steps * step;
  if (number > INT64_MAX || number < INT64_MIN) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<int64_t> NextNumber(const IdentityRule& rule) {
  if (!rule.high_water_mark) return rule.start;
  const int64_t mark = *rule.high_water_mark;
  if (mark == (rule.step > 0 ? INT64_MAX : INT64_MIN)) return std::nullopt;
  return NumberFrom(rule, mark + (rule.step > 0 ? 1 : -1));
}

int64_t LaterNumber(const IdentityRule& rule, int64_t left, int64_t right) {
  return (left > right) == (rule.step > 0) ? left : right;
}

Field WithoutRules(const Field& field) {
  if (field.metadata.size() <= 2) return field;
  Field plain = field;
  Json object = MetadataOfField(field);
  for (const char* key : {kGenerationKey, kDefaultKey, kExistsDefaultKey, kInvariantsKey,
                          kIdentityStart, kIdentityStep, kIdentityMark, kIdentityInsert}) {
    object.erase(key);
  }
  plain.metadata = object.dump();
  return plain;
}

Schema WithoutRules(const Schema& table) {
  std::vector<Field> fields;
  for (const Field& field : table.fields()) fields.push_back(WithoutRules(field));
  return Schema(std::move(fields));
}

Field AsNullable(const Field& field) {
  return {field.name, AsNullableType(field.type), true, field.metadata};
}

std::optional<std::string> InvariantOf(const Field& field) {
  const auto text = MetadataText(field, kInvariantsKey);
  if (!text) return std::nullopt;
  const Json rule = ParseJson(*text, "the invariant of column " + field.name);
  const auto outer = rule.is_object() ? rule.find("expression") : rule.end();
  if (outer != rule.end() && outer->is_object()) {
    const auto inner = outer->find("expression");
    if (inner != outer->end() && inner->is_string()) return inner->get<std::string>();
  }
  throw Error(
      ErrorCode::kUnsupported,
      "column `" + field.name + "` has an invariant of a kind that weir does not know: " + *text)
      .WithCondition("DELTA_UNRECOGNIZED_INVARIANT");
}

}  // namespace weir
