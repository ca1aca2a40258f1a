#include "weir/sql/function_options.h"
#include "weir/types/variant.h"

// VARIANT: made of JSON and of other values, and taken apart.
namespace weir::sql {

namespace {

std::optional<NoSuchSignature> RequireVariant(const Call& call, size_t position) {
  const TypeId id = call.type(position).id();
  if (id == TypeId::kVariant || id == TypeId::kVoid) return std::nullopt;
  return WrongType(position, "\"VARIANT\"", call.type(position));
}

Resolver OfVariant(DataType result, std::string text, unsigned flags) {
  return [result, text, flags](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    if (auto wrong = RequireVariant(call, 0)) return *wrong;
    return MakeSignature(call, kScalar, {TypeId::kVariant}, result, text, flags);
  };
}

Resolver ParseJson(std::string function, unsigned flags) {
  return [function, flags](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    if (auto wrong = RequireText(call, 0)) return *wrong;
    return MakeSignature(call, kScalar, {TypeId::kString}, TypeId::kVariant, function + "($1)",
                         flags);
  };
}

NoSuchSignature NoCast(const DataType& from, const DataType& to) {
  return {"DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
          "Cannot cast \"" + from.ToSql() + "\" to \"" + to.ToSql() + "\"."};
}

std::optional<NoSuchSignature> PathMistake(const Call& call) {
  const Value* const path = call.arguments[1].literal;
  if (path == nullptr || path->is_null() || ParseVariantPath(path->ToString())) {
    return std::nullopt;
  }
  return NoSuchSignature{"INVALID_VARIANT_GET_PATH",
                         "The path `" + path->ToString() +
                             "` is not a valid variant extraction path in `" +
                             std::string(call.name) +
                             "`. A valid path should start with `$` and is followed by zero or "
                             "more segments like `[123]`, `.name`, `['name']`, or `[\"name\"]`."};
}

// variant_get(v, path [, type])
Resolver GetVariant(bool is_try) {
  return [is_try](const Call& call) -> Resolution {
    if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
    DataType type = TypeId::kVariant;
    if (call.size() == 3) {
      const auto schema = SchemaOf(call, 2);
      if (const auto* const wrong = std::get_if<NoSuchSignature>(&schema)) return *wrong;
      type = std::get<DataType>(schema);
    }
    if (auto wrong = RequireVariant(call, 0)) return *wrong;
    if (auto wrong = RequireText(call, 1)) return *wrong;
    if (!CanCast(TypeId::kVariant, type)) return NoCast(TypeId::kVariant, type);
    if (auto wrong = PathMistake(call)) return *wrong;
    Signature signature =
        MakeSignature(call, kScalar, {TypeId::kVariant, TypeId::kString}, type, "", kMayBeNull);
    FunctionOptions options;
    if (is_try) options.values["try"] = "true";
    signature.clock = Clock::kZone;
    const auto whole = ZonedCallText("weir_variant_get", type, options, /*tells_result=*/true);
    signature.duckdb = [whole](std::span<const std::string> arguments) {
      std::string text = whole(arguments);
      text.pop_back();  // The path comes before the parenthesis.
      return text + ", " + arguments[1] + ")";
    };
    return signature;
  };
}

bool CanBeObject(const DataType& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return CanBeObject(type.element());
    case TypeId::kMap:
      return type.key().id() == TypeId::kString && CanBeObject(type.value());
    case TypeId::kStruct:
      for (const Field& field : type.fields()) {
        if (!CanBeObject(field.type)) return false;
      }
      return true;
    default:
      return type.id() != TypeId::kVoid && CanCast(type, TypeId::kVariant);
  }
}

Resolution ResolveToObject(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (!type.IsNested() || !CanBeObject(type)) return NoCast(type, TypeId::kVariant);
  Signature signature = MakeSignature(call, kScalar, {type}, TypeId::kVariant, "");
  signature.duckdb = TypedCallText("weir_to_variant", type, {}, /*tells_result=*/false);
  return signature;
}

// Rows of position, name (NULL in arrays) and value.
Resolution ResolveVariantExplode(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  if (auto wrong = RequireVariant(call, 0)) return *wrong;
  std::vector<Field> fields{{"pos", TypeId::kInt, false},
                            {"key", TypeId::kString, true},
                            {"value", TypeId::kVariant, false}};
  Signature signature = MakeSignature(call, FunctionKind::kGenerator, {TypeId::kVariant},
                                      DataType::Struct(fields), "weir_variant_explode($1)");
  signature.generated = std::move(fields);
  return signature;
}

Resolution ResolveSchemaAggregate(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  if (auto wrong = RequireVariant(call, 0)) return *wrong;
  Signature signature =
      MakeSignature(call, FunctionKind::kAggregate, {TypeId::kVariant}, TypeId::kString,
                    "list(DISTINCT weir_variant_shape($1))", kNeverNull);
  signature.duckdb_result = [](const std::string& list) {
    return "weir_merge_variant_shapes(" + list + ")";
  };
  return signature;
}

}  // namespace

void AddVariants(FunctionTable& table) {
  table.Add("parse_json", kScalar, ParseJson("weir_parse_json", kPlain));
  table.Add("try_parse_json", kScalar, ParseJson("weir_try_parse_json", kMayBeNull));
  table.Add("is_variant_null", kScalar,
            OfVariant(TypeId::kBoolean, "weir_is_variant_null($1)", kNeverNull));
  table.Add("variant_get", kScalar, GetVariant(false));
  table.Add("try_variant_get", kScalar, GetVariant(true));
  table.Add("schema_of_variant", kScalar,
            OfVariant(TypeId::kString, "weir_schema_of_variant($1)", kPlain));
  table.Add("schema_of_variant_agg", FunctionKind::kAggregate, ResolveSchemaAggregate);
  table.Add("to_variant_object", kScalar, ResolveToObject);
  table.Add("variant_explode", FunctionKind::kGenerator, ResolveVariantExplode);
  // The row that only the outer one has is the plan's business.
  table.Alias("variant_explode_outer", "variant_explode");
}

}  // namespace weir::sql
