#include <algorithm>

#include "weir/base/check.h"
#include "weir/sql/functions_table.h"
#include "weir/sql/order_keys.h"

// Functions that take a lambda: transform, filter, exists, forall, aggregate, zip_with, and those
// of maps.
namespace weir::sql {

namespace {

bool IsLambda(const ArgumentShape& argument) { return argument.lambda_parameters > 0; }

// DuckDB counts elements from 1, Spark from 0.
std::string CountFromZero(const LambdaText& lambda) {
  if (lambda.parameters.size() < 2) return lambda.body;
  return ReplaceName(lambda.body, lambda.parameters[1],
                     "CAST(" + lambda.parameters[1] + " - 1 AS INTEGER)");
}

std::string Apply(const char* function, const std::string& list, const LambdaText& lambda,
                  const std::string& body) {
  std::string parameters = lambda.parameters[0];
  if (lambda.parameters.size() > 1) parameters += ", " + lambda.parameters[1];
  return std::string(function) + "(" + list + ", lambda " + parameters + ": " + body + ")";
}

using LambdaBody = std::function<std::string(std::span<const std::string>)>;

Signature MakeLambda(const Call& call, std::vector<DataType> arguments, DataType result,
                     LambdaBody duckdb, unsigned flags = kPlain) {
  Signature signature =
      MakeSignature(call, kScalar, std::move(arguments), std::move(result), "", flags);
  signature.duckdb = std::move(duckdb);
  return signature;
}

std::optional<NoSuchSignature> CheckShape(const Call& call, TypeId of, size_t parameters_min,
                                          size_t parameters_max) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  if (call.type(0).id() != of) {
    return WrongType(0, of == TypeId::kMap ? "\"MAP\"" : "\"ARRAY\"", call.type(0));
  }
  const size_t parameters = call.arguments[1].lambda_parameters;
  if (parameters < parameters_min || parameters > parameters_max) {
    return NoSuchSignature{"INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                           "A higher order function expects " + std::to_string(parameters_max) +
                               " arguments, but got " + std::to_string(parameters) + "."};
  }
  return std::nullopt;
}

Resolution ResolveTransform(const Call& call) {
  if (auto wrong = CheckShape(call, TypeId::kArray, 1, 2)) return *wrong;
  return MakeLambda(call, {call.type(0), call.type(1)},
                    DataType::Array(call.type(1), call.arguments[1].nullable),
                    [](std::span<const std::string> arguments) {
                      const LambdaText lambda = ParseLambda(arguments[1]);
                      return Apply("list_transform", arguments[0], lambda, CountFromZero(lambda));
                    });
}

Resolution ResolveFilter(const Call& call) {
  if (auto wrong = CheckShape(call, TypeId::kArray, 1, 2)) return *wrong;
  if (!CanCoerce(call.type(1), TypeId::kBoolean)) return WrongType(1, "\"BOOLEAN\"", call.type(1));
  return MakeLambda(call, {call.type(0), TypeId::kBoolean}, call.type(0),
                    [](std::span<const std::string> arguments) {
                      const LambdaText lambda = ParseLambda(arguments[1]);
                      return Apply("list_filter", arguments[0], lambda,
                                   "coalesce(" + CountFromZero(lambda) + ", false)");
                    });
}

// exists, forall: three-valued as OR and AND over all elements.
Resolver Quantified(std::string decisive) {
  return [decisive](const Call& call) -> Resolution {
    if (auto wrong = CheckShape(call, TypeId::kArray, 1, 1)) return *wrong;
    if (!CanCoerce(call.type(1), TypeId::kBoolean)) {
      return WrongType(1, "\"BOOLEAN\"", call.type(1));
    }
    const std::string other = decisive == "true" ? "false" : "true";
    const auto text = [decisive, other](std::span<const std::string> arguments) {
      const LambdaText lambda = ParseLambda(arguments[1]);
      const std::string list = Apply("list_transform", arguments[0], lambda, lambda.body);
      return WithOnce(list, [&](const std::string& once) {
        return "CASE WHEN list_contains(" + once + ", " + decisive + ") THEN " + decisive +
               " WHEN " + once + " IS NULL OR list_count(" + once + ") < len(" + once +
               ") THEN NULL ELSE " + other + " END";
      });
    };
    return MakeLambda(call, {call.type(0), TypeId::kBoolean}, TypeId::kBoolean, text,
                      call.arguments[1].nullable ? kMayBeNull : kPlain);
  };
}

// The body with its parameters standing for other texts, which are computed once.
std::string Bind(const LambdaText& lambda, std::span<const std::string> values) {
  std::string body = lambda.body;
  for (size_t i = 0; i < values.size(); ++i) {
    body = ReplaceName(body, lambda.parameters[i], values[i]);
  }
  return body;
}

// aggregate(array, zero, (state, x) -> merge [, state -> finish]). DuckDB's list_reduce keeps the
// state in the type of the elements, so both go into one struct.
std::string Reduce(std::span<const std::string> arguments, const DataType& element,
                   const DataType& state) {
  const LambdaText merge = ParseLambda(arguments[2]);
  const std::string no_state = "CAST(NULL AS " + DuckdbType(state) + ")";
  const std::string no_element = "CAST(NULL AS " + DuckdbType(element) + ")";
  const std::string& s = merge.parameters[0];
  const std::string& x = merge.parameters[1];
  const std::string left = "weir_l" + s;
  const std::string right = "weir_r" + s;
  const std::string bound[] = {left + ".s", right + ".x"};
  const std::string merged = Bind(merge, bound);
  const std::string items = "list_transform(" + arguments[0] + ", lambda " + x +
                            ": struct_pack(s := " + no_state + ", x := " + x + "))";
  return "list_reduce(" + items + ", lambda " + left + ", " + right +
         ": struct_pack(s := " + merged + ", x := " + no_element +
         "), struct_pack(s := " + arguments[1] + ", x := " + no_element + ")).s";
}

Resolution ResolveAggregate(const Call& call) {
  if (call.size() != 3 && call.size() != 4) return WrongCount(call.name, "[3, 4]", call.size());
  if (call.type(0).id() != TypeId::kArray) return WrongType(0, "\"ARRAY\"", call.type(0));
  const DataType& state = call.type(1);
  if (!IsLambda(call.arguments[2]) || !call.type(2).EqualsIgnoringNullability(state)) {
    return WrongType(2, "\"" + state.ToSql() + "\"", call.type(2));
  }
  const DataType element = call.type(0).element();
  const bool finish = call.size() == 4;
  std::vector<DataType> types{call.type(0), state, call.type(2)};
  if (finish) types.push_back(call.type(3));
  const DataType result = finish ? call.type(3) : state;
  return MakeLambda(
      call, types, result,
      [=](std::span<const std::string> arguments) {
        const std::string reduced = Reduce(arguments, element, state);
        if (!finish) return reduced;
        const LambdaText last = ParseLambda(arguments[3]);
        return "list_transform([" + reduced + "], lambda " + last.parameters[0] + ": " + last.body +
               ")[1]";
      },
      kMayBeNull);
}

Resolution ResolveZipWith(const Call& call) {
  if (call.size() != 3) return WrongCount(call.name, "3", call.size());
  for (size_t i = 0; i < 2; ++i) {
    if (call.type(i).id() != TypeId::kArray) return WrongType(i, "\"ARRAY\"", call.type(i));
  }
  if (call.arguments[2].lambda_parameters != 2) {
    return NoSuchSignature{"INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                           "A higher order function expects 2 arguments."};
  }
  return MakeLambda(call, {call.type(0), call.type(1), call.type(2)},
                    DataType::Array(call.type(2), call.arguments[2].nullable),
                    [](std::span<const std::string> arguments) {
                      const LambdaText lambda = ParseLambda(arguments[2]);
                      const std::string pair = "weir_z" + lambda.parameters[0];
                      const std::string values[] = {pair + "[1]", pair + "[2]"};
                      const std::string body = Bind(lambda, values);
                      const std::string lists[] = {arguments[0], arguments[1]};
                      return Once(
                          "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE "
                          "list_transform(list_zip($1, $2), lambda " +
                              pair + ": " + body + ") END",
                          lists);
                    });
}

// map_filter, transform_keys, transform_values over the entries of a map.
Resolver OverEntries(std::string kind) {
  return [kind](const Call& call) -> Resolution {
    if (auto wrong = CheckShape(call, TypeId::kMap, 2, 2)) return *wrong;
    const DataType& map = call.type(0);
    DataType result = map;
    DataType body = call.type(1);
    if (kind == "filter") {
      if (!CanCoerce(body, TypeId::kBoolean)) return WrongType(1, "\"BOOLEAN\"", body);
      body = TypeId::kBoolean;
    } else if (kind == "keys") {
      result = DataType::Map(body, map.value(), map.contains_null());
    } else {
      result = DataType::Map(map.key(), body, call.arguments[1].nullable);
    }
    return MakeLambda(call, {map, body}, result, [kind](std::span<const std::string> arguments) {
      const LambdaText lambda = ParseLambda(arguments[1]);
      const std::string entry = "weir_m" + lambda.parameters[0];
      const std::string values[] = {entry + ".key", entry + ".value"};
      const std::string bound = Bind(lambda, values);
      return WithOnce(arguments[0], [&](const std::string& map_text) {
        std::string list = "list_filter(map_entries(" + map_text + "), lambda " + entry +
                           ": coalesce(" + bound + ", false))";
        if (kind != "filter") {
          const std::string pair = kind == "keys" ? "k := " + bound + ", v := " + entry + ".value"
                                                  : "k := " + entry + ".key, v := " + bound;
          list = "list_transform(map_entries(" + map_text + "), lambda " + entry +
                 ": struct_pack(" + pair + "))";
        }
        return "CASE WHEN " + map_text + " IS NULL THEN NULL ELSE map_from_entries(" + list +
               ") END";
      });
    });
  };
}

// array_sort(array), or with (left, right) -> a negative number, 0 or a positive one.
Resolution ResolveSort(const Call& call) {
  if (call.size() == 1) {
    const auto array = Accept("array", call.type(0), false);
    if (!array) return WrongType(0, "\"ARRAY\"", call.type(0));
    return MakeSignature(call, kScalar, {*array}, *array,
                         NeedsOrderKey(array->element()) ? SortedByKey("$1", KeySort::kNullsLast)
                                                         : "list_sort($1, 'ASC', 'NULLS LAST')");
  }
  if (call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  if (auto wrong = CheckShape(call, TypeId::kArray, 2, 2)) return *wrong;
  if (call.type(1).id() != TypeId::kInt) {
    return NoSuchSignature{"DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
                           "The `lambdafunction` requires return \"INT\" type, but the actual is "
                           "\"" +
                               call.type(1).ToSql() + "\" type."};
  }
  return MakeLambda(call, {call.type(0), TypeId::kInt}, call.type(0),
                    [](std::span<const std::string> arguments) {
                      return "weir_sort_by(" + arguments[0] + ", " + arguments[1] + ")";
                    });
}

// The type of the keys of two maps, when they have one.
std::optional<DataType> CommonKey(const DataType& left, const DataType& right) {
  const bool text = left.key().id() == TypeId::kString || right.key().id() == TypeId::kString;
  if (text && left.key().id() != right.key().id() && left.key().id() != TypeId::kVoid &&
      right.key().id() != TypeId::kVoid) {
    return std::nullopt;
  }
  return CommonType(left.key(), right.key());
}

// map_zip_with(map, map, (key, left, right) -> value)
Resolution ResolveMapZip(const Call& call) {
  if (call.size() != 3) return WrongCount(call.name, "3", call.size());
  for (size_t i = 0; i < 2; ++i) {
    if (call.type(i).id() != TypeId::kMap) return WrongType(i, "\"MAP\"", call.type(i));
  }
  const auto key = CommonKey(call.type(0), call.type(1));
  if (!key) {
    return NoSuchSignature{"DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES",
                           "Input to the `map_zip_with` should have been two maps with compatible "
                           "key types, but it's [\"" +
                               call.type(0).key().ToSql() + "\", \"" + call.type(1).key().ToSql() +
                               "\"]."};
  }
  if (call.arguments[2].lambda_parameters != 3) {
    return NoSuchSignature{"INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                           "A higher order function expects 3 arguments."};
  }
  const auto with_key = [&](const DataType& map) {
    return DataType::Map(*key, map.value(), map.contains_null());
  };
  return MakeLambda(call, {with_key(call.type(0)), with_key(call.type(1)), call.type(2)},
                    DataType::Map(*key, call.type(2), call.arguments[2].nullable),
                    [](std::span<const std::string> arguments) {
                      const LambdaText lambda = ParseLambda(arguments[2]);
                      const std::string& k = lambda.parameters[0];
                      const std::string keys =
                          "list_concat(map_keys($1), list_filter(map_keys($2), lambda weir_k: NOT "
                          "map_contains($1, weir_k)))";
                      const std::string values[] = {k, "$1[" + k + "]", "$2[" + k + "]"};
                      const std::string maps[] = {arguments[0], arguments[1]};
                      return Once(
                          "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE "
                          "map_from_entries(list_transform(" +
                              keys + ", lambda " + k + ": struct_pack(k := " + k +
                              ", v := " + Bind(lambda, values) + "))) END",
                          maps);
                    });
}

std::vector<Field> LambdaFields(std::initializer_list<std::pair<const char*, Field>> all,
                                size_t count) {
  std::vector<Field> fields;
  for (const auto& [name, field] : all) {
    if (fields.size() == count) break;
    fields.push_back(Field{name, field.type, field.nullable, "{}"});
  }
  return fields.size() == count ? fields : std::vector<Field>{};
}

Field Element(const DataType& array) {
  return Field{"x", array.element(), array.contains_null(), "{}"};
}

std::vector<Field> AggregateParameters(std::span<const ArgumentShape> arguments, size_t position,
                                       size_t count) {
  const Field state{"acc", arguments[1].type, true, "{}"};
  if (position == 2)
    return LambdaFields({{"acc", state}, {"x", Element(arguments[0].type)}}, count);
  return LambdaFields({{"acc", state}}, count);
}

}  // namespace

std::vector<Field> LambdaParameters(std::string_view name, std::span<const ArgumentShape> arguments,
                                    size_t position, size_t count) {
  const std::string lower = LowerName(name);
  if (arguments.empty()) return {};
  const DataType& of = arguments[0].type;
  const Field index{"i", TypeId::kInt, false, "{}"};
  if (of.id() == TypeId::kArray) {
    if ((lower == "transform" || lower == "filter") && position == 1) {
      return LambdaFields({{"x", Element(of)}, {"i", index}}, count);
    }
    if ((lower == "exists" || lower == "forall" || lower == "any_match") && position == 1) {
      return LambdaFields({{"x", Element(of)}}, count);
    }
    if ((lower == "aggregate" || lower == "reduce") && position >= 2 && arguments.size() > 1) {
      return AggregateParameters(arguments, position, count);
    }
    if (lower == "array_sort" && position == 1) {
      Field element = Element(of);
      element.nullable = true;
      return LambdaFields({{"left", element}, {"right", element}}, count);
    }
    if (lower == "zip_with" && position == 2 && arguments[1].type.id() == TypeId::kArray) {
      Field left = Element(of);
      Field right = Element(arguments[1].type);
      left.nullable = right.nullable = true;
      return LambdaFields({{"x", left}, {"y", right}}, count);
    }
  }
  if (lower == "map_zip_with" && position == 2 && of.id() == TypeId::kMap &&
      arguments[1].type.id() == TypeId::kMap) {
    const DataType& other = arguments[1].type;
    const auto key = CommonKey(of, other);
    if (!key) return {};
    return LambdaFields({{"k", Field{"k", *key, false, "{}"}},
                         {"a", Field{"a", of.value(), true, "{}"}},
                         {"b", Field{"b", other.value(), true, "{}"}}},
                        count);
  }
  const bool of_map =
      lower == "map_filter" || lower == "transform_keys" || lower == "transform_values";
  if (of.id() == TypeId::kMap && of_map && position == 1) {
    return LambdaFields({{"k", Field{"k", of.key(), false, "{}"}},
                         {"v", Field{"v", of.value(), of.contains_null(), "{}"}}},
                        count);
  }
  return {};
}

void AddLambdas(FunctionTable& table) {
  table.Add("transform", kScalar, ResolveTransform);
  table.Add("filter", kScalar, ResolveFilter);
  table.Add("exists", kScalar, Quantified("true"));
  table.Add("forall", kScalar, Quantified("false"));
  table.Add("aggregate", kScalar, ResolveAggregate);
  table.Alias("reduce", "aggregate");
  table.Add("zip_with", kScalar, ResolveZipWith);
  table.Add("array_sort", kScalar, ResolveSort);
  table.Add("map_zip_with", kScalar, ResolveMapZip);
  table.Add("map_filter", kScalar, OverEntries("filter"));
  table.Add("transform_keys", kScalar, OverEntries("keys"));
  table.Add("transform_values", kScalar, OverEntries("values"));
}

}  // namespace weir::sql
