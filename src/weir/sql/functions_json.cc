#include "weir/sql/function_options.h"
#include "weir/sql/json_schema.h"

// JSON texts taken apart, read as values and written.
namespace weir::sql {

namespace {

// A function of texts only, none of which is converted.
Resolver OfTexts(size_t count, DataType result, std::string text) {
  return [count, result, text](const Call& call) -> Resolution {
    if (call.size() != count) return WrongCount(call.name, std::to_string(count), call.size());
    for (size_t i = 0; i < count; ++i) {
      if (auto wrong = RequireText(call, i)) return *wrong;
    }
    return MakeSignature(call, kScalar, std::vector<DataType>(count, TypeId::kString), result, text,
                         kMayBeNull);
  };
}

NoSuchSignature NoSchema(const DataType& type) {
  return {"DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
          "Input schema \"" + type.ToSql() + "\" must be a struct, an array, a map or a variant."};
}

// Types that JSON can't be read as; nothing when it can.
std::optional<NoSuchSignature> MistakeIn(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return MistakeIn(type.element());
    case TypeId::kMap:
      if (type.key().id() != TypeId::kString) {
        return NoSuchSignature{"DATATYPE_MISMATCH.INVALID_JSON_MAP_KEY_TYPE",
                               "Input schema \"" + type.ToSql() +
                                   "\" can only contain STRING as a key type for a MAP."};
      }
      return MistakeIn(type.value());
    case TypeId::kStruct:
      for (const Field& field : type.fields()) {
        if (auto mistake = MistakeIn(field.type)) return mistake;
      }
      return std::nullopt;
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kVoid:
      return NoSuchSignature{"UNSUPPORTED_FEATURE",
                             "The feature is not supported: `from_json` with the type \"" +
                                 type.ToSql() + "\"; read a STRING and CAST it."};
    default:
      return std::nullopt;
  }
}

std::optional<NoSuchSignature> UnsupportedMode(const Call& call, const FunctionOptions& options) {
  if (LowerName(options.Text("mode")) != "dropmalformed") return std::nullopt;
  return NoSuchSignature{"PARSE_MODE_UNSUPPORTED",
                         "The function `" + std::string(call.name) +
                             "` doesn't support the DROPMALFORMED mode. Acceptable modes are "
                             "PERMISSIVE and FAILFAST."};
}

// The column for texts that don't fit has to be one for texts.
std::optional<NoSuchSignature> CorruptColumnMistake(const DataType& type,
                                                    const FunctionOptions& options) {
  if (type.id() != TypeId::kStruct) return std::nullopt;
  const std::string name = options.Text("columnnameofcorruptrecord", "_corrupt_record");
  for (const Field& field : type.fields()) {
    if (field.name != name || field.type.id() == TypeId::kString) continue;
    return NoSuchSignature{"INVALID_CORRUPT_RECORD_TYPE",
                           "The column " + QuoteName(name) +
                               " for corrupt records must have the nullable STRING type, but got " +
                               field.type.ToSql() + "."};
  }
  return std::nullopt;
}

// The column that takes whole texts has to be there, and alone but for the one for corrupt texts.
std::optional<NoSuchSignature> SingleVariantMistake(const DataType& type,
                                                    const FunctionOptions& options) {
  const std::string name = options.Text("singlevariantcolumn");
  if (name.empty()) return std::nullopt;
  const std::string corrupt = options.Text("columnnameofcorruptrecord", "_corrupt_record");
  bool found = false;
  bool alone = true;
  if (type.id() == TypeId::kStruct) {
    for (const Field& field : type.fields()) {
      const bool is_it = field.name == name && field.type.id() == TypeId::kVariant;
      found |= is_it;
      alone &= is_it || field.name == corrupt;
    }
  }
  if (found && alone) return std::nullopt;
  return NoSuchSignature{"INVALID_SINGLE_VARIANT_COLUMN",
                         "The schema \"" + type.ToSql() +
                             "\" is not one with the option `singleVariantColumn`: it has to be "
                             "the one column " +
                             QuoteName(name) + " of the type VARIANT."};
}

Resolution ResolveFromJson(const Call& call) {
  if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
  const auto schema = SchemaOf(call, 1);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&schema)) return *wrong;
  const auto options = OptionsOf(call, 2, kJsonOption);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&options)) return *wrong;
  if (auto wrong = RequireText(call, 0)) return *wrong;
  const auto& type = std::get<DataType>(schema);
  const auto& given = std::get<FunctionOptions>(options);
  if (!type.IsNested() && type.id() != TypeId::kVariant) return NoSchema(type);
  if (auto wrong = MistakeIn(type)) return *wrong;
  if (auto wrong = CorruptColumnMistake(type, given)) return *wrong;
  if (auto wrong = SingleVariantMistake(type, given)) return *wrong;
  if (auto wrong = UnsupportedMode(call, given)) return *wrong;
  Signature signature = MakeSignature(call, kScalar, {TypeId::kString}, type, "", kMayBeNull);
  signature.clock = Clock::kZone;
  signature.duckdb = ZonedCallText("weir_from_json", type, given, /*tells_result=*/true);
  return signature;
}

// Of a map key Spark prints what has no text of its own.
std::optional<NoSuchSignature> KeyMistake(const DataType& key) {
  if (key.id() == TypeId::kArray) return KeyMistake(key.element());
  if (key.id() == TypeId::kStruct) {
    for (const Field& field : key.fields()) {
      if (auto mistake = KeyMistake(field.type)) return mistake;
    }
  }
  if (key.id() != TypeId::kBinary && key.id() != TypeId::kVariant) return std::nullopt;
  return NoSuchSignature{"UNSUPPORTED_FEATURE",
                         "The feature is not supported: `to_json` of a MAP whose keys hold \"" +
                             key.ToSql() + "\"; CAST them to STRING."};
}

std::optional<NoSuchSignature> WritingMistake(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return WritingMistake(type.element());
    case TypeId::kMap:
      if (auto mistake = KeyMistake(type.key())) return mistake;
      return WritingMistake(type.value());
    case TypeId::kStruct:
      for (const Field& field : type.fields()) {
        if (auto mistake = WritingMistake(field.type)) return mistake;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

Resolution ResolveToJson(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  const auto options = OptionsOf(call, 1, kJsonOption);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&options)) return *wrong;
  const DataType& type = call.type(0);
  if (type.id() == TypeId::kVoid) {
    return MakeSignature(call, kScalar, {type}, TypeId::kString, "CAST(NULL AS VARCHAR)",
                         kMayBeNull);
  }
  if (!type.IsNested() && type.id() != TypeId::kVariant) return NoSchema(type);
  if (auto wrong = WritingMistake(type)) return *wrong;
  Signature signature = MakeSignature(call, kScalar, {type}, TypeId::kString, "", kMayBeNull);
  signature.clock = Clock::kZone;
  signature.duckdb = ZonedCallText("weir_to_json", type, std::get<FunctionOptions>(options),
                                   /*tells_result=*/false);
  return signature;
}

Resolution ResolveSchemaOfJson(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  const auto options = OptionsOf(call, 1, kJsonOption);
  if (const auto* const wrong = std::get_if<NoSuchSignature>(&options)) return *wrong;
  if (auto wrong = RequireText(call, 0)) return *wrong;
  const Value* const json = call.arguments[0].literal;
  if (json == nullptr) return NotFoldable("json", "STRING");
  if (json->is_null()) {
    return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_NULL", "The `json` must not be null."};
  }
  const auto schema = SchemaOfJson(json->text(), std::get<FunctionOptions>(options));
  if (const auto* const mistake = std::get_if<JsonMistake>(&schema)) {
    return NoSuchSignature{mistake->condition, mistake->message};
  }
  Signature signature = MakeSignature(call, kScalar, {}, TypeId::kString, "");
  signature.constant = Value::String(std::get<DataType>(schema).ToSql());
  return signature;
}

// json_tuple(json, name, ...): a column c0, c1, ... for each name.
Resolution ResolveJsonTuple(const Call& call) {
  if (call.size() < 2) return WrongCount(call.name, "> 1", call.size());
  std::vector<Field> fields;
  for (size_t i = 0; i < call.size(); ++i) {
    if (call.type(i).id() != TypeId::kString) {
      return NoSuchSignature{"DATATYPE_MISMATCH.NON_STRING_TYPE",
                             "All arguments of the function `json_tuple` must be strings."};
    }
    if (i > 0) fields.push_back({"c" + std::to_string(i - 1), TypeId::kString});
  }
  Signature signature = MakeSignature(call, FunctionKind::kGenerator,
                                      std::vector<DataType>(call.size(), TypeId::kString),
                                      DataType::Struct(fields), "weir_json_tuple($*)");
  signature.generated = std::move(fields);
  return signature;
}

}  // namespace

void AddJson(FunctionTable& table) {
  table.Add("get_json_object", kScalar,
            OfTexts(2, TypeId::kString, "weir_get_json_object($1, $2)"));
  table.Add("json_array_length", kScalar, OfTexts(1, TypeId::kInt, "weir_json_array_length($1)"));
  table.Add("json_object_keys", kScalar,
            OfTexts(1, DataType::Array(TypeId::kString), "weir_json_object_keys($1)"));
  table.Add("json_tuple", FunctionKind::kGenerator, ResolveJsonTuple);
  table.Add("from_json", kScalar, ResolveFromJson);
  table.Add("to_json", kScalar, ResolveToJson);
  table.Add("schema_of_json", kScalar, ResolveSchemaOfJson);
}

}  // namespace weir::sql
