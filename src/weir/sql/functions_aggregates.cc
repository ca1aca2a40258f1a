#include <algorithm>

#include "weir/sql/functions_table.h"
#include "weir/sql/order_keys.h"

namespace weir::sql {

std::string DistinctWord(const Call& call) { return call.distinct ? "DISTINCT " : ""; }

Signature MakeAggregate(const Call& call, std::vector<DataType> arguments, DataType result,
                        std::string text, std::string outer, unsigned flags) {
  Signature signature = MakeSignature(call, kAggregate, std::move(arguments), std::move(result),
                                      std::move(text), flags);
  if (!outer.empty()) {
    signature.duckdb_result = [outer](const std::string& value) {
      return Fill(outer, std::span(&value, 1));
    };
  }
  return signature;
}

namespace {

std::string NotNull(size_t arguments) {
  std::string text;
  for (size_t i = 0; i < arguments; ++i) {
    text += (i > 0 ? " AND $" : "$") + std::to_string(i + 1) + " IS NOT NULL";
  }
  return text;
}

// count(*), count(a), count(a, b): rows where none of them is NULL.
Resolution ResolveCount(const Call& call) {
  std::vector<DataType> types;
  bool nullable = false;
  for (const ArgumentShape& argument : call.arguments) {
    types.push_back(argument.type);
    nullable = nullable || argument.nullable;
  }
  if (call.size() == 0) {
    return MakeAggregate(call, types, TypeId::kLong, "count(*)", "", kNeverNull);
  }
  std::string text = "count(*)";
  if (call.distinct) text = call.size() == 1 ? "count(DISTINCT $1)" : "count(DISTINCT row($*))";
  Signature signature = MakeAggregate(call, types, TypeId::kLong, text, "", kNeverNull);
  if (call.size() == 1 && !call.distinct && nullable) {
    signature.duckdb = Text("count($1)");
  } else if (nullable && (call.size() > 1)) {
    signature.duckdb_filter = Text(NotNull(call.size()));
  }
  return signature;
}

// approx_count_distinct(a [, relativeSD]): as exact as it gets, which is within every deviation.
Resolution ResolveApproxCount(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  std::vector<DataType> types{call.type(0)};
  if (call.size() == 2) {
    const Value* const deviation = call.arguments[1].literal;
    if (deviation == nullptr) return NotFoldable("relativeSD", "DOUBLE");
    const TypeId given = call.type(1).id();
    if (given != TypeId::kDouble && given != TypeId::kDecimal) {
      return WrongType(1, "\"DOUBLE\"", call.type(1));
    }
    types.push_back(TypeId::kDouble);
  }
  return MakeAggregate(call, types, TypeId::kLong, "count(DISTINCT $1)", "", kNeverNull);
}

DataType SumOfDecimal(const DataType& type) {
  return DataType::Decimal(std::min(38, type.precision() + 10), type.scale());
}

Resolver Sum(bool is_try) {
  return [is_try](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    const DataType& given = call.type(0);
    const std::string text = "sum(" + DistinctWord(call) + "$1)";
    const std::string fit = is_try ? "weir_try_sum_to_" : "weir_sum_to_";
    if (given.id() == TypeId::kYearMonthInterval) {
      return MakeAggregate(call, {given}, given, text, fit + "int($1)");
    }
    if (given.IsIntegral() || given.IsInterval()) {
      const DataType result = given.IsInterval() ? given : DataType(TypeId::kLong);
      return MakeAggregate(call, {given}, result, text, fit + "bigint($1)");
    }
    if (given.id() == TypeId::kDecimal) {
      const DataType result = SumOfDecimal(given);
      // 38 digits fit into what DuckDB sums in; more are found by us.
      return MakeAggregate(
          call, {given}, result, text,
          NativeCast(fit + "decimal($1, " + std::to_string(result.precision()) + ")", result));
    }
    const auto number = Accept("numeric", given, false);
    if (!number) return WrongType(0, "\"NUMERIC\" or \"ANSI INTERVAL\"", given);
    return MakeAggregate(call, {TypeId::kDouble}, TypeId::kDouble, text, "");
  };
}

Resolver Average(bool is_try) {
  return [is_try](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    const DataType& given = call.type(0);
    if (given.IsInterval()) {
      const std::string type = given.id() == TypeId::kYearMonthInterval ? "INTEGER" : "BIGINT";
      // Of all fields: an average has more than what it is taken of.
      return MakeAggregate(call, {given}, DataType(given.id()),
                           "weir_avg_whole(" + DistinctWord(call) + "CAST($1 AS BIGINT))",
                           "CAST($1 AS " + type + ")");
    }
    if (given.id() == TypeId::kDecimal) {
      const DataType result =
          DataType::Decimal(std::min(38, given.precision() + 4), std::min(38, given.scale() + 4));
      return MakeAggregate(
          call, {given}, result,
          "weir_avg_decimal(" + DistinctWord(call) + "CAST($1 AS DECIMAL(38, " +
              std::to_string(given.scale()) + ")))",
          NativeCast((is_try ? "weir_try_sum_to_decimal($1, " : "weir_sum_to_decimal($1, ") +
                         std::to_string(result.precision()) + ")",
                     result));
    }
    const auto number = Accept("numeric", given, false);
    if (!number) return WrongType(0, "\"NUMERIC\" or \"ANSI INTERVAL\"", given);
    const DataType argument = number->IsIntegral() ? *number : DataType(TypeId::kDouble);
    return MakeAggregate(call, {argument}, TypeId::kDouble, "avg(" + DistinctWord(call) + "$1)",
                         "");
  };
}

// min, max; arrays and structs are compared as DuckDB does.
Resolver Extreme(std::string function) {
  return [function](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    if (!IsOrderable(call.type(0))) {
      return NoSuchSignature{"DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                             "The `" + function + "` does not support ordering on type \"" +
                                 call.type(0).ToSql() + "\"."};
    }
    std::string text = function + "($1)";
    if (NeedsOrderKey(call.type(0))) {
      text = "arg_" + function + "($1, " + OrderKey(call.type(0), "$1") + ")";
    }
    return MakeAggregate(call, {call.type(0)}, call.type(0), std::move(text), "");
  };
}

// collect_list, collect_set: NULLs are left out, and nothing collected is an empty array.
Resolver Collect(bool set) {
  return [set](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    const bool distinct = set || call.distinct;
    Signature signature =
        MakeAggregate(call, {call.type(0)}, DataType::Array(call.type(0), false),
                      std::string("list(") + (distinct ? "DISTINCT " : "") + "$1)",
                      "coalesce($1, [])", kNeverNull);
    signature.duckdb_filter = Text("$1 IS NOT NULL");
    return signature;
  };
}

// first, last, any_value; the second argument says whether NULLs are passed over.
Resolver OneOf(std::string function, std::string ignoring, bool filters) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
    bool ignore = false;
    std::vector<DataType> types{call.type(0)};
    if (call.size() == 2) {
      const Value* const value = call.arguments[1].literal;
      if (value == nullptr || value->is_null() || value->type().id() != TypeId::kBoolean) {
        return NoSuchSignature{
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            "The second argument of `" + std::string(call.name) + "` must be a constant boolean."};
      }
      ignore = value->boolean();
      types.push_back(TypeId::kBoolean);
    }
    Signature signature =
        MakeAggregate(call, types, call.type(0), (ignore ? ignoring : function) + "($1)", "");
    if (ignore && filters) signature.duckdb_filter = Text("$1 IS NOT NULL");
    return signature;
  };
}

// string_agg(texts [, constant between them]); bytes are joined by their hexadecimal digits.
Resolution ResolveJoin(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  const bool bytes = call.type(0).id() == TypeId::kBinary;
  const DataType type = bytes ? TypeId::kBinary : TypeId::kString;
  for (size_t i = 0; i < call.size(); ++i) {
    if (!CanCoerce(call.type(i), type)) {
      return WrongType(i, "(\"STRING\" or \"BINARY\")", call.type(i));
    }
  }
  std::string between = "''";
  if (call.size() == 2) {
    const Value* const value = call.arguments[1].literal;
    if (value == nullptr) return NotFoldable("delimiter", "STRING");
    if (bytes && !value->is_null() && value->type().id() != TypeId::kBinary) {
      return NoSuchSignature{"DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                             "Input to `" + std::string(call.name) +
                                 "` should all be the same type, but it's (\"BINARY\" or \"" +
                                 call.type(1).ToSql() + "\")."};
    }
    if (!value->is_null()) between = bytes ? "hex($2)" : "$2";
  }
  return MakeAggregate(
      call, std::vector<DataType>(call.size(), type), type,
      "string_agg(" + DistinctWord(call) + (bytes ? "hex($1)" : "$1") + ", " + between + ")",
      bytes ? "unhex($1)" : "");
}

// max_by(x, y) and min_by; of the first n of them, an array.
Resolver By(std::string function) {
  return [function](const Call& call) -> Resolution {
    if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
    if (!IsOrderable(call.type(1))) {
      return NoSuchSignature{"DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                             "The `" + std::string(call.name) +
                                 "` does not support ordering on type \"" + call.type(1).ToSql() +
                                 "\"."};
    }
    const std::string by = OrderKey(call.type(1), "$2");
    if (call.size() == 2) {
      return MakeAggregate(call, {call.type(0), call.type(1)}, call.type(0),
                           function + "_null($1, " + by + ")", "");
    }
    const Value* const count = call.arguments[2].literal;
    if (count == nullptr) return NotFoldable("k", "INT");
    constexpr int64_t kMost = 100'000;
    if (count->is_null() || !count->type().IsIntegral() || count->integer() < 1 ||
        count->integer() > kMost) {
      return NoSuchSignature{
          "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
          "The k must be between [1, 100000] (current value = " + count->ToString() + ")."};
    }
    return MakeAggregate(call, {call.type(0), call.type(1), TypeId::kInt},
                         DataType::Array(call.type(0)),
                         function + "(struct_pack(v := $1), " + by + ", $3)",
                         "list_transform($1, lambda weir_v: weir_v.v)");
  };
}

void AddVariances(FunctionTable& table) {
  const auto add = [&](std::string_view name, const std::string& function) {
    table.Add({name, "double", "double", function + "($1)", kMayBeNull, kAggregate});
  };
  add("stddev", "stddev_samp");
  table.Alias("stddev_samp", "stddev");
  table.Alias("std", "stddev");
  add("stddev_pop", "stddev_pop");
  add("variance", "var_samp");
  table.Alias("var_samp", "variance");
  add("var_pop", "var_pop");
  const auto pair = [&](std::string_view name, const std::string& text,
                        const std::string& outer = "") {
    table.Add({name, "double double", "double", text, kMayBeNull, kAggregate, outer});
  };
  // Of a single pair, or without any variance, there is no correlation.
  pair("corr", "corr($1, $2)", "nullif($1, CAST('NaN' AS DOUBLE))");
  pair("covar_pop", "covar_pop($1, $2)");
  pair("covar_samp", "covar_samp($1, $2)");
}

void AddLogic(FunctionTable& table) {
  table.Add({"bool_and", "boolean", "boolean", "bool_and($1)", kMayBeNull, kAggregate});
  table.Add({"bool_or", "boolean", "boolean", "bool_or($1)", kMayBeNull, kAggregate});
  table.Alias("every", "bool_and");
  table.Alias("any", "bool_or");
  table.Alias("some", "bool_or");
  table.Add({"count_if", "boolean", "bigint", "count_if($1)", kNeverNull, kAggregate,
             "CAST(coalesce($1, 0) AS BIGINT)"});
  table.Add({"bit_and", "integral", "$1", "bit_and($1)", kMayBeNull, kAggregate});
  table.Add({"bit_or", "integral", "$1", "bit_or($1)", kMayBeNull, kAggregate});
  table.Add({"bit_xor", "integral", "$1", "bit_xor($1)", kMayBeNull, kAggregate});
}

}  // namespace

void AddAggregates(FunctionTable& table) {
  table.Add("count", kAggregate, ResolveCount);
  table.Add("approx_count_distinct", kAggregate, ResolveApproxCount);
  table.Add("sum", kAggregate, Sum(false));
  table.Add("try_sum", kAggregate, Sum(true));
  table.Add("avg", kAggregate, Average(false));
  table.Alias("mean", "avg");
  table.Add("try_avg", kAggregate, Average(true));
  table.Add("min", kAggregate, Extreme("min"));
  table.Add("max", kAggregate, Extreme("max"));
  table.Add("collect_list", kAggregate, Collect(false));
  table.Alias("array_agg", "collect_list");
  table.Add("collect_set", kAggregate, Collect(true));
  table.Add("first", kAggregate, OneOf("first", "any_value", false));
  table.Alias("first_value", "first");
  table.Alias("any_value", "first");
  table.Add("last", kAggregate, OneOf("last", "last", true));
  table.Alias("last_value", "last");
  table.Add("max_by", kAggregate, By("arg_max"));
  table.Add("min_by", kAggregate, By("arg_min"));
  table.Add("string_agg", kAggregate, ResolveJoin);
  table.Alias("listagg", "string_agg");
  AddVariances(table);
  AddLogic(table);
}

}  // namespace weir::sql
