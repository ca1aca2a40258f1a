#include <algorithm>

#include "weir/sql/functions_table.h"

// Maps and structs.
namespace weir::sql {

namespace {

std::vector<ArgumentShape> EveryOther(std::span<const ArgumentShape> arguments, size_t from) {
  std::vector<ArgumentShape> result;
  for (size_t i = from; i < arguments.size(); i += 2) result.push_back(arguments[i]);
  return result;
}

bool AnyNullable(std::span<const ArgumentShape> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const ArgumentShape& argument) { return argument.nullable; });
}

// map(key, value, ...)
Resolution ResolveMap(const Call& call) {
  if (call.size() % 2 != 0) return WrongCount(call.name, "2n (n > 0)", call.size());
  const auto keys = EveryOther(call.arguments, 0);
  const auto values = EveryOther(call.arguments, 1);
  const auto key = CommonTypeOf(keys);
  const auto value = CommonTypeOf(values);
  if (!key || !value) {
    return NoSuchSignature{"DATATYPE_MISMATCH.CREATE_MAP_KEY_DIFF_TYPES",
                           "The keys and the values of `map` must each be of one type."};
  }
  std::vector<DataType> types;
  for (size_t i = 0; i < call.size(); ++i) types.push_back(i % 2 == 0 ? *key : *value);
  const DataType result = DataType::Map(*key, *value, AnyNullable(values));
  Signature signature = MakeSignature(call, kScalar, types, result, "", kNeverNull);
  signature.duckdb = [result](std::span<const std::string> arguments) {
    std::string key_texts;
    std::string value_texts;
    for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
      key_texts += (i > 0 ? ", " : "") + arguments[i];
      value_texts += (i > 0 ? ", " : "") + arguments[i + 1];
    }
    if (arguments.empty()) return std::string("MAP {}");
    return "map([" + key_texts + "], [" + value_texts + "])";
  };
  return signature;
}

Resolution ResolveFromArrays(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  for (size_t i = 0; i < 2; ++i) {
    if (call.type(i).id() != TypeId::kArray) return WrongType(i, "\"ARRAY\"", call.type(i));
  }
  return MakeSignature(
      call, kScalar, {call.type(0), call.type(1)},
      DataType::Map(call.type(0).element(), call.type(1).element(), call.type(1).contains_null()),
      "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN len($1) <> len($2) THEN "
      "CASE WHEN weir_error('_LEGACY_ERROR_TEMP_2128', 'The key array and value array of MapData "
      "must have the same length.') IS NULL THEN NULL END ELSE map($1, $2) END");
}

Resolution ResolveFromEntries(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (type.id() != TypeId::kArray || type.element().id() != TypeId::kStruct ||
      type.element().fields().size() != 2) {
    return WrongType(0, "\"ARRAY\" of pair \"STRUCT\"", type);
  }
  const auto& fields = type.element().fields();
  return MakeSignature(call, kScalar, {type},
                       DataType::Map(fields[0].type, fields[1].type, fields[1].nullable),
                       "CASE WHEN $1 IS NULL OR list_count($1) < len($1) THEN NULL ELSE "
                       "map_from_entries($1) END",
                       type.contains_null() ? kMayBeNull : kPlain);
}

Resolution ResolveEntries(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (type.id() != TypeId::kMap) return WrongType(0, "\"MAP\"", type);
  const DataType entry =
      DataType::Struct({Field{"key", type.key(), false, "{}"},
                        Field{"value", type.value(), type.contains_null(), "{}"}});
  return MakeSignature(call, kScalar, {type}, DataType::Array(entry, false),
                       "CASE WHEN $1 IS NULL THEN NULL ELSE map_entries($1) END");
}

Resolution ResolveKeys(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (type.id() != TypeId::kMap) return WrongType(0, "\"MAP\"", type);
  const bool keys = call.name == "map_keys";
  return MakeSignature(call, kScalar, {type},
                       keys ? DataType::Array(type.key(), false)
                            : DataType::Array(type.value(), type.contains_null()),
                       keys ? "map_keys($1)" : "map_values($1)");
}

Resolution ResolveContainsKey(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const DataType& type = call.type(0);
  if (type.id() != TypeId::kMap) return WrongType(0, "\"MAP\"", type);
  if (IsVoid(call.type(1))) {
    return NoSuchSignature{"DATATYPE_MISMATCH.NULL_TYPE",
                           "Null typed values cannot be used as arguments of `map_contains_key`."};
  }
  const auto key = TypeWithoutTexts(type.key(), call.type(1));
  if (!key) return WrongKey(call);
  const DataType widened = DataType::Map(*key, type.value(), type.contains_null());
  return MakeSignature(call, kScalar, {widened, *key}, TypeId::kBoolean,
                       "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE map_contains($1, $2) "
                       "END",
                       kMayBeNull);
}

// map_concat(map, ...)
Resolution ResolveMapConcat(const Call& call) {
  if (call.size() == 0) {
    return MakeSignature(call, kScalar, {}, DataType::Map(TypeId::kString, TypeId::kString, false),
                         "CAST(MAP {} AS MAP(VARCHAR, VARCHAR))", kNeverNull);
  }
  std::string given;
  bool mixed = false;
  for (size_t i = 0; i < call.size(); ++i) {
    const DataType& type = call.type(i);
    given += (i > 0 ? ", \"" : "\"") + type.ToSql() + "\"";
    if (type.id() != TypeId::kMap) {
      return NoSuchSignature{
          "DATATYPE_MISMATCH.MAP_CONCAT_DIFF_TYPES",
          "The `map_concat` should all be of type \"MAP\", but one is \"" + type.ToSql() + "\"."};
    }
    const DataType& first = call.type(0);
    mixed = mixed || MixesText(first.key(), type.key()) || MixesText(first.value(), type.value());
  }
  const auto common = CommonTypeOf(call.arguments);
  if (mixed || !common) {
    return NoSuchSignature{
        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        "Input to `map_concat` should all be the same type, but it's (" + given + ")."};
  }
  std::string entries;
  std::string none;
  for (size_t i = 0; i < call.size(); ++i) {
    const std::string mark = "$" + std::to_string(i + 1);
    entries += (i > 0 ? ", " : "") + std::string("map_entries(") + mark + ")";
    none += (i > 0 ? " OR " : "") + mark + " IS NULL";
  }
  // DuckDB's own lets a later key win; a key that comes twice is an error here.
  return MakeSignature(
      call, kScalar, std::vector<DataType>(call.size(), *common), *common,
      "CASE WHEN " + none + " THEN NULL ELSE map_from_entries(flatten([" + entries + "])) END");
}

// named_struct('a', 1, 'b', 2); the binder makes struct(x, y) of it, with the names it knows.
Resolution ResolveNamedStruct(const Call& call) {
  if (call.size() == 0 || call.size() % 2 != 0) {
    return WrongCount(call.name, "2n (n > 0)", call.size());
  }
  std::vector<Field> fields;
  std::vector<DataType> types;
  for (size_t i = 0; i < call.size(); i += 2) {
    const Value* const name = call.arguments[i].literal;
    if (name == nullptr || name->is_null() || name->type().id() != TypeId::kString) {
      return NoSuchSignature{"DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                             "Only foldable `STRING` expressions are allowed to appear at odd "
                             "position."};
    }
    const auto same = [&](const Field& field) {
      return LowerName(field.name) == LowerName(name->text());
    };
    if (std::any_of(fields.begin(), fields.end(), same)) {
      return NoSuchSignature{"UNSUPPORTED_FEATURE",
                             "The feature is not supported: a STRUCT with two fields named " +
                                 QuoteName(name->text()) + "; names compare without case."};
    }
    fields.push_back(Field{name->text(), call.type(i + 1), call.arguments[i + 1].nullable, "{}"});
    types.push_back(TypeId::kString);
    types.push_back(call.type(i + 1));
  }
  Signature signature =
      MakeSignature(call, kScalar, types, DataType::Struct(fields), "", kNeverNull);
  signature.duckdb = [fields](std::span<const std::string> arguments) {
    std::string members;
    for (size_t i = 0; i < fields.size(); ++i) {
      members += (i > 0 ? ", " : "") + QuotedName(fields[i].name) + " := " + arguments[2 * i + 1];
    }
    return "struct_pack(" + members + ")";
  };
  return signature;
}

// struct(x, y) where nobody knows names: col1, col2, ...
Resolution ResolveStruct(const Call& call) {
  if (call.size() == 0) return WrongCount(call.name, "> 0", call.size());
  std::vector<Field> fields;
  std::vector<DataType> types;
  for (size_t i = 0; i < call.size(); ++i) {
    fields.push_back(
        Field{"col" + std::to_string(i + 1), call.type(i), call.arguments[i].nullable, "{}"});
    types.push_back(call.type(i));
  }
  Signature signature =
      MakeSignature(call, kScalar, types, DataType::Struct(fields), "", kNeverNull);
  signature.duckdb = [](std::span<const std::string> arguments) {
    std::string members;
    for (size_t i = 0; i < arguments.size(); ++i) {
      members += (i > 0 ? ", col" : "col") + std::to_string(i + 1) + " := " + arguments[i];
    }
    return "struct_pack(" + members + ")";
  };
  return signature;
}

// str_to_map(text [, between pairs [, between key and value]]), both regular expressions.
void AddTextMaps(FunctionTable& table) {
  const auto text = [](const std::string& pairs, const std::string& value) {
    const std::string parts = "weir_split(weir_e, " + value + ", 2)";
    return "CAST(map_from_entries(list_transform(list_transform(weir_split($1, " + pairs +
           ", -1), lambda weir_e: " + parts +
           "), lambda weir_p: struct_pack(k := weir_p[1], v := weir_p[2]))) AS MAP(VARCHAR, "
           "VARCHAR))";
  };
  const std::string result = "map(string)";
  table.Add({"str_to_map", "string", result, text("','", "':'")});
  table.Add({"str_to_map", "string string", result, text("$2", "':'")});
  table.Add({"str_to_map", "string string string", result, text("$2", "$3")});
}

}  // namespace

void AddMaps(FunctionTable& table) {
  table.Add("map", kScalar, ResolveMap);
  table.Add("map_from_arrays", kScalar, ResolveFromArrays);
  table.Add("map_from_entries", kScalar, ResolveFromEntries);
  table.Add("map_entries", kScalar, ResolveEntries);
  table.Add("map_keys", kScalar, ResolveKeys);
  table.Add("map_values", kScalar, ResolveKeys);
  table.Add("map_contains_key", kScalar, ResolveContainsKey);
  table.Add("map_concat", kScalar, ResolveMapConcat);
  AddTextMaps(table);
  table.Add("named_struct", kScalar, ResolveNamedStruct);
  table.Add("struct", kScalar, ResolveStruct);
}

}  // namespace weir::sql
