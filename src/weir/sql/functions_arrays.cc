#include <algorithm>

#include "weir/sql/functions_table.h"
#include "weir/sql/order_keys.h"

namespace weir::sql {

namespace {

// array(a, b, ...)
Resolution ResolveArray(const Call& call) {
  const auto common = CommonTypeOf(call.arguments);
  if (!common) {
    std::string types;
    for (const ArgumentShape& argument : call.arguments) {
      types += (types.empty() ? "\"" : ", \"") + argument.type.ToSql() + "\"";
    }
    return NoSuchSignature{
        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        "Input to `array` should all be the same type, but it's [" + types + "]."};
  }
  const bool nulls =
      std::any_of(call.arguments.begin(), call.arguments.end(), [&](const ArgumentShape& argument) {
        return argument.nullable || CastIsNullable(argument.type, *common);
      });
  return MakeSignature(call, kScalar, std::vector<DataType>(call.size(), *common),
                       DataType::Array(*common, call.size() > 0 && nulls), "list_value($*)",
                       kNeverNull);
}

// The array that holds a value too; nothing when there is none.
std::optional<DataType> WithElement(const DataType& array, const DataType& value, bool wider) {
  if (array.id() != TypeId::kArray) return std::nullopt;
  const auto common =
      wider ? TypeWithoutTexts(array.element(), value) : TightestType(array.element(), value);
  if (!common) return std::nullopt;
  return DataType::Array(*common,
                         array.contains_null() || CastIsNullable(array.element(), *common));
}

NoSuchSignature ArrayAndElement(const Call& call) {
  return {"DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
          "Input to `" + std::string(call.name) +
              "` should have been \"ARRAY\" followed by a value with same element type, but it's "
              "[\"" +
              call.type(0).ToSql() + "\", \"" + call.type(1).ToSql() + "\"]."};
}

NoSuchSignature UnorderedElements(const Call& call, const DataType& element) {
  return {"DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "The `" + std::string(call.name) +
                                                         "` does not support ordering on type \"" +
                                                         element.ToSql() + "\"."};
}

using ResultOf = std::function<DataType(const DataType& array, const ArgumentShape& value)>;

// What is said of the arguments of f(array, value) before their elements are looked at.
std::optional<NoSuchSignature> CheckElement(const Call& call) {
  const bool looks = call.name == "array_contains" || call.name == "array_position";
  const bool null_value = call.name == "array_contains" && IsVoid(call.type(1));
  if (null_value || (looks && IsVoid(call.type(0)))) {
    return NoSuchSignature{
        "DATATYPE_MISMATCH.NULL_TYPE",
        "Null typed values cannot be used as arguments of `" + std::string(call.name) + "`."};
  }
  if (call.type(0).id() != TypeId::kArray && call.name != "array_remove") {
    return WrongType(0, "\"ARRAY\"", call.type(0));
  }
  return std::nullopt;
}

// f(array, value)
Resolver OnElement(std::string text, ResultOf result, unsigned flags = kPlain) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    if (auto wrong = CheckElement(call)) return *std::move(wrong);
    // array_contains alone widens decimals.
    const auto array = WithElement(call.type(0), call.type(1), call.name == "array_contains");
    if (!array) return ArrayAndElement(call);
    const bool grows = call.name == "array_append" || call.name == "array_prepend";
    if (!grows && !IsOrderable(array->element())) return UnorderedElements(call, array->element());
    unsigned with = flags;
    if (call.name == "array_contains" && array->contains_null()) with |= kMayBeNull;
    return MakeSignature(call, kScalar, {*array, array->element()},
                         result(*array, call.arguments[1]), text, with);
  };
}

// f(array, array) of one type.
Resolver OnTwo(std::string text, ResultOf result, bool may_be_null = false) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    const auto common = TightestType(call.type(0), call.type(1));
    if (!common || common->id() != TypeId::kArray || IsVoid(call.type(0)) || IsVoid(call.type(1))) {
      return NoSuchSignature{"DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES",
                             "Input to function `" + std::string(call.name) +
                                 "` should have been two \"ARRAY\" with same element type, but "
                                 "it's [\"" +
                                 call.type(0).ToSql() + "\", \"" + call.type(1).ToSql() + "\"]."};
    }
    if (!IsOrderable(*common)) return UnorderedElements(call, common->element());
    return MakeSignature(call, kScalar, {*common, *common}, result(*common, call.arguments[1]),
                         text, may_be_null && common->contains_null() ? kMayBeNull : kPlain);
  };
}

DataType SameArray(const DataType& array, const ArgumentShape&) { return array; }

void AddSets(FunctionTable& table) {
  table.Add({"array_distinct", "array", "$1", "weir_list_distinct($1)"});
  table.Add("array_union", kScalar,
            OnTwo("weir_list_distinct(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE "
                  "list_concat($1, $2) END)",
                  SameArray));
  table.Add("array_intersect", kScalar, OnTwo("weir_list_intersect($1, $2)", SameArray));
  table.Add("array_except", kScalar, OnTwo("weir_list_except($1, $2)", SameArray));
  table.Add(
      "arrays_overlap", kScalar,
      OnTwo(
          "CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_has_any($1, $2) THEN "
          "true WHEN len($1) > 0 AND len($2) > 0 AND (list_count($1) < len($1) OR "
          "list_count($2) < len($2)) THEN NULL ELSE false END",
          [](const DataType&, const ArgumentShape&) { return DataType(TypeId::kBoolean); }, true));
}

void AddElements(FunctionTable& table) {
  const auto boolean = [](const DataType&, const ArgumentShape&) {
    return DataType(TypeId::kBoolean);
  };
  table.Add("array_contains", kScalar,
            OnElement("CASE WHEN list_contains($1, $2) THEN true WHEN $1 IS NULL OR $2 IS NULL OR "
                      "list_count($1) < len($1) THEN NULL ELSE false END",
                      boolean));
  table.Add(
      "array_position", kScalar,
      OnElement("CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE "
                "CAST(coalesce(list_position($1, $2), 0) AS BIGINT) END",
                [](const DataType&, const ArgumentShape&) { return DataType(TypeId::kLong); }));
  table.Add(
      "array_remove", kScalar,
      OnElement(
          "CASE WHEN $2 IS NULL THEN NULL ELSE list_filter($1, lambda weir_x: weir_x IS DISTINCT "
          "FROM $2) END",
          SameArray));
  const auto grown = [](const DataType& array, const ArgumentShape& value) {
    return DataType::Array(array.element(), array.contains_null() || value.nullable);
  };
  // NULL is an element like others; only an array that is NULL stays so.
  const auto of_array_only = [](Resolver resolver) {
    return [resolver](const Call& call) -> Resolution {
      Resolution resolution = resolver(call);
      if (auto* const signature = std::get_if<Signature>(&resolution)) {
        signature->never_null = !call.arguments[0].nullable;
      }
      return resolution;
    };
  };
  table.Add("array_append", kScalar,
            of_array_only(
                OnElement("CASE WHEN $1 IS NULL THEN NULL ELSE list_append($1, $2) END", grown)));
  table.Add("array_prepend", kScalar,
            of_array_only(
                OnElement("CASE WHEN $1 IS NULL THEN NULL ELSE list_prepend($2, $1) END", grown)));
}

// element_at(array, i) counts from 1 or from the end; element_at(map, key).
Resolver ElementAt(bool is_try) {
  return [is_try](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    const DataType& of = call.type(0);
    if (of.id() == TypeId::kMap) {
      const auto key = TightestType(of.key(), call.type(1));
      if (!key) return WrongKey(call);
      return MakeSignature(call, kScalar,
                           {DataType::Map(*key, of.value(), of.contains_null()), *key}, of.value(),
                           "$1[$2]", kMayBeNull);
    }
    if (of.id() != TypeId::kArray) return WrongType(0, "(\"ARRAY\" or \"MAP\")", of);
    const auto index = Accept("small", call.type(1), true);
    if (!index && call.type(1).id() != TypeId::kVoid) {
      return WrongType(1, "\"INT\"", call.type(1));
    }
    const bool nulls = is_try || of.contains_null();
    return MakeSignature(call, kScalar, {of, TypeId::kInt}, of.element(),
                         is_try ? "weir_try_element_at($1, $2)" : "weir_element_at($1, $2)",
                         nulls ? kMayBeNull : kPlain);
  };
}

void AddSequences(FunctionTable& table) {
  static constexpr std::pair<const char*, const char*> kTypes[] = {
      {"tinyint", "TINYINT"}, {"smallint", "SMALLINT"}, {"int", "INTEGER"}, {"bigint", "BIGINT"}};
  for (const auto& [type, duckdb] : kTypes) {
    const std::string name = type;
    const auto series = [&](const std::string& step) {
      return "CAST(generate_series(CAST($1 AS BIGINT), CAST($2 AS BIGINT), weir_step($1, $2" +
             step + ")) AS " + duckdb + "[])";
    };
    table.Add({"sequence", name + " " + name, "array(" + name + ")", series("")});
    table.Add({"sequence", name + " " + name + " " + name, "array(" + name + ")", series(", $3")});
  }
  table.Add({"sequence", "date date", "array(date)",
             "weir_sequence_days($1, $2, CASE WHEN $1 <= $2 THEN 1 ELSE -1 END)"});
  table.Add({"sequence", "date date micros", "array(date)",
             "weir_sequence_days($1, $2, CAST($3 // 86400000000 AS INTEGER))"});
  table.Add({"sequence", "date date months", "array(date)", "weir_sequence_months($1, $2, $3)"});
  table.Add({"sequence", "timestamp timestamp micros", "array(timestamp)",
             "weir_sequence_micros($1, $2, $3, $zone)"});
  table.Add({"sequence", "timestamp timestamp months", "array(timestamp)",
             "weir_sequence_months($1, $2, $3, $zone)"});
}

// array_repeat(value, count)
Resolution ResolveRepeat(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  if (!CanCoerce(call.type(1), TypeId::kInt)) return WrongType(1, "\"INT\"", call.type(1));
  return MakeSignature(
      call, kScalar, {call.type(0), TypeId::kInt},
      DataType::Array(call.type(0), call.arguments[0].nullable),
      "CASE WHEN $2 IS NULL THEN NULL ELSE list_transform(range(weir_repetitions($2)), "
      "lambda weir_x: $1) END",
      call.arguments[1].nullable ? kMayBeNull : kNeverNull);
}

// array_insert(array, position, value): positions count from 1, or from behind the end.
Resolution ResolveInsert(const Call& call) {
  if (call.size() != 3) return WrongCount(call.name, "3", call.size());
  const DataType& given = call.type(0);
  const DataType& value = call.type(2);
  const auto mismatch = [&] {
    return NoSuchSignature{"DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                           "Input to `array_insert` should have been \"ARRAY\" followed by a value "
                           "with same element type, but it's [\"" +
                               given.ToSql() + "\", \"" + value.ToSql() + "\"]."};
  };
  if (given.id() != TypeId::kArray) return mismatch();
  const auto common = TightestType(given.element(), value);
  if (!common) return mismatch();
  if (!Accept("small", call.type(1), true)) return WrongType(1, "\"INT\"", call.type(1));
  return MakeSignature(
      call, kScalar, {DataType::Array(*common), TypeId::kInt, *common}, DataType::Array(*common),
      "weir_array_insert($1, $2, $3)",
      call.arguments[0].nullable || call.arguments[1].nullable ? kMayBeNull : kNeverNull);
}

Resolution ResolveFlatten(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  const DataType& type = call.type(0);
  if (type.id() != TypeId::kArray || type.element().id() != TypeId::kArray) {
    return WrongType(0, "\"ARRAY\" of \"ARRAY\"", type);
  }
  return MakeSignature(call, kScalar, {type}, type.element(),
                       "CASE WHEN list_count($1) < len($1) THEN NULL ELSE flatten($1) END",
                       type.contains_null() ? kMayBeNull : kPlain);
}

Resolution ResolveZip(const Call& call) {
  if (call.size() == 0) return WrongCount(call.name, "> 0", call.size());
  std::vector<Field> fields;
  std::vector<DataType> types;
  for (size_t i = 0; i < call.size(); ++i) {
    if (call.type(i).id() != TypeId::kArray) return WrongType(i, "\"ARRAY\"", call.type(i));
    fields.push_back(Field{std::to_string(i), call.type(i).element(), true, "{}"});
    types.push_back(call.type(i));
  }
  const DataType result = DataType::Array(DataType::Struct(fields), false);
  Signature signature = MakeSignature(call, kScalar, types, result, "");
  signature.duckdb = [result](std::span<const std::string> arguments) {
    // A NULL array makes all NULL; DuckDB takes it as an empty one.
    std::string none;
    std::string list;
    for (size_t i = 0; i < arguments.size(); ++i) {
      const std::string mark = "$" + std::to_string(i + 1);
      none += (i > 0 ? " OR " : "") + mark + " IS NULL";
      list += (i > 0 ? ", " : "") + mark;
    }
    return Once("CASE WHEN " + none + " THEN NULL ELSE CAST(list_zip(" + list + ") AS " +
                    DuckdbType(result) + ") END",
                arguments);
  };
  return signature;
}

Resolver Sized(std::string of_array, std::string of_map) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    const DataType& type = call.type(0);
    const bool map = type.id() == TypeId::kMap && !of_map.empty();
    if (!map && type.id() != TypeId::kArray && type.id() != TypeId::kVoid) {
      return WrongType(0, of_map.empty() ? "\"ARRAY\"" : "(\"ARRAY\" or \"MAP\")", type);
    }
    if (type.id() == TypeId::kVoid) {
      return MakeSignature(call, kScalar, {type}, TypeId::kInt, "CAST(NULL AS INTEGER)",
                           kMayBeNull);
    }
    return MakeSignature(call, kScalar, {type}, TypeId::kInt, map ? of_map : of_array);
  };
}

}  // namespace

void AddArrays(FunctionTable& table) {
  table.Add("array", kScalar, ResolveArray);
  AddSets(table);
  AddElements(table);
  AddSequences(table);
  table.Add("element_at", kScalar, ElementAt(false));
  table.Add("try_element_at", kScalar, ElementAt(true));
  table.Add({"get", "array int", "element($1)", "weir_try_array_item($1, $2)", kMayBeNull});
  const std::string length = "CAST(len($1) AS INTEGER)";
  table.Add("size", kScalar, Sized(length, "CAST(cardinality($1) AS INTEGER)"));
  table.Alias("cardinality", "size");
  table.Add("array_size", kScalar, Sized(length, ""));
  table.Add({"array_join", "strings string", "string", "weir_array_join($1, $2)"});
  table.Add({"array_join", "strings string string", "string", "weir_array_join($1, $2, $3)"});
  for (const auto& [name, function] :
       {std::pair{"array_max", "list_max"}, std::pair{"array_min", "list_min"}}) {
    FunctionRow row{name, "array", "element($1)", std::string(function) + "($1)", kMayBeNull};
    row.by_key = ExtremeByKey("$1", function);
    table.Add(row);
  }
  table.Add({"array_compact", "array", "$1", "list_filter($1, lambda weir_x: weir_x IS NOT NULL)"});
  table.Add("array_repeat", kScalar, ResolveRepeat);
  table.Add("flatten", kScalar, ResolveFlatten);
  table.Add("arrays_zip", kScalar, ResolveZip);
  table.Add({"slice", "array int int", "$1", "weir_slice($1, $2, $3)"});
  const std::string rising = SortedByKey("$1", KeySort::kNullsFirst);
  const std::string falling = SortedByKey("$1", KeySort::kDescendingNullsLast);
  FunctionRow sort{"sort_array", "array", "$1", "list_sort($1, 'ASC', 'NULLS FIRST')"};
  sort.by_key = rising;
  table.Add(sort);
  table.Add("array_insert", kScalar, ResolveInsert);
  FunctionRow sort_either{
      "sort_array", "array boolean", "$1",
      "CASE WHEN $2 THEN list_sort($1, 'ASC', 'NULLS FIRST') ELSE list_sort($1, 'DESC', "
      "'NULLS LAST') END"};
  sort_either.by_key = "CASE WHEN $2 THEN " + rising + " ELSE " + falling + " END";
  table.Add(sort_either);
}

}  // namespace weir::sql
