#include "weir/delta/type_widening.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/types/schema_json.h"
#include "weir/types/whole_digits.h"

namespace weir::delta {
namespace {

struct TypeChange {
  DataType from;
  DataType to;
  std::string inner;  // "element.key"; "" for the field itself.
};

std::string Inner(const std::string& above, const char* step) {
  return above.empty() ? step : above + "." + step;
}

std::string TypeName(const DataType& type) {
  const Json schema = ParseJson(SchemaToJson(Schema({{"c", type}})), "a type");
  return schema["fields"][0]["type"].get<std::string>();
}

std::optional<DataType> TypeNamed(const std::string& name) {
  const Json field = {
      {"name", "c"}, {"type", name}, {"nullable", true}, {"metadata", Json::object()}};
  const Json schema = {{"type", "struct"}, {"fields", Json::array({field})}};
  try {
    return SchemaFromJson(schema.dump())[0].type;
  } catch (const Error&) {
    return std::nullopt;  // A type that weir does not know.
  }
}

[[noreturn]] void RefuseChange(const std::string& column, const DataType& from,
                               const DataType& to) {
  throw Error(ErrorCode::kInvalid, "column " + column + " can't change from " + from.ToSql() +
                                       " to " + to.ToSql() +
                                       ": types only widen, such as INT to BIGINT")
      .WithCondition("DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP");
}

std::vector<Field> NotedFields(const std::vector<Field>& before, const std::vector<Field>& after,
                               const std::string& above);

// `after` with changes of fields inside noted; those of the type itself are added to `changes`.
DataType Noted(const DataType& before, const DataType& after, const std::string& column,
               const std::string& inner, std::vector<TypeChange>& changes) {
  if (before == after && !after.IsNested()) return after;
  if (before.id() == after.id()) {
    switch (after.id()) {
      case TypeId::kStruct:
        return DataType::Struct(NotedFields(before.fields(), after.fields(), column + "."));
      case TypeId::kArray:
        return DataType::Array(Noted(before.element(), after.element(), column + ".element",
                                     Inner(inner, "element"), changes),
                               after.contains_null());
      case TypeId::kMap: {
        DataType key =
            Noted(before.key(), after.key(), column + ".key", Inner(inner, "key"), changes);
        return DataType::Map(
            std::move(key),
            Noted(before.value(), after.value(), column + ".value", Inner(inner, "value"), changes),
            after.contains_null());
      }
      default:
        break;
    }
  }
  if (!IsWidening(before, after)) RefuseChange(column, before, after);
  changes.push_back({before, after, inner});
  return after;
}

Field WithChanges(Field field, const std::vector<TypeChange>& changes) {
  if (changes.empty()) return field;
  Json json = ParseJson(field.metadata, "the metadata of column " + field.name);
  if (!json.contains(kTypeChanges)) json[kTypeChanges] = Json::array();
  Json& list = json[kTypeChanges];
  for (const TypeChange& change : changes) {
    Json item = {{"toType", TypeName(change.to)}, {"fromType", TypeName(change.from)}};
    if (!change.inner.empty()) item["fieldPath"] = change.inner;
    list.push_back(std::move(item));
  }
  field.metadata = json.dump();
  return field;
}

std::vector<Field> NotedFields(const std::vector<Field>& before, const std::vector<Field>& after,
                               const std::string& above) {
  std::vector<Field> fields;
  for (Field field : after) {
    const std::string lowered = LowerName(field.name);
    const auto same = std::find_if(before.begin(), before.end(), [&](const Field& other) {
      return LowerName(other.name) == lowered;
    });
    if (same != before.end()) {
      std::vector<TypeChange> changes;
      field.type = Noted(same->type, field.type, above + QuoteName(field.name), "", changes);
      field = WithChanges(std::move(field), changes);
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

// Calls `each(field, change as JSON)`; until it says false.
bool EachChange(const std::vector<Field>& fields,
                const std::function<bool(const Field&, const Json&)>& each);

bool EachChangeIn(const DataType& type,
                  const std::function<bool(const Field&, const Json&)>& each) {
  switch (type.id()) {
    case TypeId::kStruct:
      return EachChange(type.fields(), each);
    case TypeId::kArray:
      return EachChangeIn(type.element(), each);
    case TypeId::kMap:
      return EachChangeIn(type.key(), each) && EachChangeIn(type.value(), each);
    default:
      return true;
  }
}

Json ChangesOf(const Field& field) {
  if (field.metadata.find(kTypeChanges) == std::string::npos) return Json::array();
  const Json json = ParseJson(field.metadata, "the metadata of column " + field.name);
  const auto found = json.find(kTypeChanges);
  return found != json.end() && found->is_array() ? *found : Json::array();
}

bool EachChange(const std::vector<Field>& fields,
                const std::function<bool(const Field&, const Json&)>& each) {
  for (const Field& field : fields) {
    for (const Json& change : ChangesOf(field)) {
      if (!each(field, change)) return false;
    }
    if (!EachChangeIn(field.type, each)) return false;
  }
  return true;
}

std::string TextIn(const Json& change, const char* key) {
  const auto found = change.is_object() ? change.find(key) : change.end();
  return change.is_object() && found != change.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

}  // namespace

bool IsWideningByData(const DataType& from, const DataType& to) {
  if (from.IsIntegral() && to.IsIntegral()) return WholeDigits(from) < WholeDigits(to);
  if (from.id() == TypeId::kFloat) return to.id() == TypeId::kDouble;
  if (from.id() != TypeId::kDecimal || to.id() != TypeId::kDecimal || from == to) return false;
  return to.scale() >= from.scale() && WholeDigits(to) >= WholeDigits(from);
}

bool IsWidening(const DataType& from, const DataType& to) {
  if (IsWideningByData(from, to)) return true;
  if (from.IsIntegral()) {
    if (to.id() == TypeId::kDouble) return from.id() != TypeId::kLong;
    return to.id() == TypeId::kDecimal && WholeDigits(to) >= WholeDigits(from);
  }
  return from.id() == TypeId::kDate && to.id() == TypeId::kTimestampNtz;
}

Schema WithTypeChanges(const Schema& before, const Schema& after) {
  return Schema(NotedFields(before.fields(), after.fields(), ""));
}

bool HasTypeChanges(const Schema& schema) {
  return !EachChange(schema.fields(), [](const Field&, const Json&) { return false; });
}

void CheckTypeChanges(const Schema& schema) {
  EachChange(schema.fields(), [](const Field& field, const Json& change) {
    const std::string from_name = TextIn(change, "fromType");
    const std::string to_name = TextIn(change, "toType");
    const auto from = TypeNamed(from_name);
    const auto to = TypeNamed(to_name);
    if (from && to && IsWidening(*from, *to)) return true;
    throw Error(ErrorCode::kUnsupported, "column " + QuoteName(field.name) + " was changed from `" +
                                             from_name + "` to `" + to_name +
                                             "`, and weir can't read the files of before")
        .WithCondition("DELTA_UNSUPPORTED_TYPE_CHANGE_IN_SCHEMA");
  });
}

bool WasFloat(const Field& field) {
  const Json changes = ChangesOf(field);
  return std::any_of(changes.begin(), changes.end(), [](const Json& change) {
    return TextIn(change, "fromType") == "float" && TextIn(change, "fieldPath").empty();
  });
}

}  // namespace weir::delta
