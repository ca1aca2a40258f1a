#include <algorithm>

#include "weir/sql/functions_table.h"

namespace weir::sql {

namespace {

std::string Widest(const DataType& decimal) {
  return "CAST($1 AS DECIMAL(38, " + std::to_string(decimal.scale()) + "))";
}

// The literal number of digits that round, ceil and floor take; nothing when it is no literal.
std::optional<int64_t> DigitsOf(const Call& call) {
  if (call.size() == 1) return 0;
  const Value* const value = call.arguments[1].literal;
  if (value == nullptr || value->is_null() || !value->type().IsIntegral()) return std::nullopt;
  return value->integer();
}

NoSuchSignature NoConstant(const Call& call) {
  return {"DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
          "The second argument of `" + std::string(call.name) + "` must be a constant integer."};
}

DataType RoundedDecimal(const DataType& type, int64_t digits) {
  const int whole = type.precision() - type.scale() + 1;
  if (digits < 0) {
    return DataType::Decimal(std::min<int>(std::max<int>(whole, static_cast<int>(-digits) + 1), 38),
                             0);
  }
  const int scale = static_cast<int>(std::min<int64_t>(type.scale(), digits));
  return DataType::Decimal(std::min(whole + scale, 38), scale);
}

Signature Decimal(const Call& call, const DataType& from, const DataType& result, int64_t digits,
                  std::vector<DataType> arguments, const std::string& mode) {
  return MakeSignature(
      call, FunctionKind::kScalar, std::move(arguments), result,
      NativeCast("weir_decimal_round(" + Widest(from) + ", " + std::to_string(digits) + ", '" +
                     mode + "', " + std::to_string(result.precision()) + ", " +
                     std::to_string(result.scale()) + ")",
                 result));
}

// round and bround: halves away from zero, or to the even digit.
Resolver Round(std::string mode) {
  return [mode](const Call& call) -> Resolution {
    if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
    const auto digits = DigitsOf(call);
    if (!digits) return NoConstant(call);
    const auto type = Accept("numeric", call.type(0), false);
    if (!type) return WrongType(0, "\"NUMERIC\"", call.type(0));
    std::vector<DataType> arguments{*type};
    if (call.size() == 2) arguments.push_back(TypeId::kInt);
    if (type->id() == TypeId::kDecimal) {
      return Decimal(call, *type, RoundedDecimal(*type, *digits), *digits, arguments, mode);
    }
    const bool same = type->IsIntegral() && *digits >= 0;
    const std::string text = same ? "$1" : "weir_" + mode + "($1, " + std::to_string(*digits) + ")";
    return MakeSignature(call, FunctionKind::kScalar, std::move(arguments), *type, text,
                         kMayBeNull);
  };
}

// ceil and floor. With a number of digits Spark computes on decimals.
Resolver Toward(std::string mode) {
  return [mode](const Call& call) -> Resolution {
    if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
    const auto digits = DigitsOf(call);
    if (!digits) return NoConstant(call);
    auto type = Accept("numeric", call.type(0), false);
    if (!type) return WrongType(0, "\"NUMERIC\"", call.type(0));
    if (call.size() == 1) {
      if (type->id() == TypeId::kDecimal) {
        const DataType result = DataType::Decimal(
            std::min(type->precision() - type->scale() + (type->scale() > 0 ? 1 : 0), 38), 0);
        return Decimal(call, *type, result, 0, {*type}, mode);
      }
      const bool whole = type->IsIntegral();
      return MakeSignature(call, FunctionKind::kScalar,
                           {whole ? DataType(TypeId::kLong) : DataType(TypeId::kDouble)},
                           TypeId::kLong, whole ? "$1" : "weir_" + mode + "($1)", kMayBeNull);
    }
    const DataType decimal = DecimalOf(*type);
    return Decimal(call, decimal, RoundedDecimal(decimal, *digits), *digits,
                   {decimal, TypeId::kInt}, mode);
  };
}

void AddDoubles(FunctionTable& table) {
  for (const std::string_view name :
       {"sqrt", "exp",  "expm1", "cbrt",    "sin",     "cos",   "tan",   "asin",
        "acos", "atan", "sinh",  "cosh",    "tanh",    "asinh", "acosh", "atanh",
        "cot",  "sec",  "csc",   "degrees", "radians", "rint",  "signum"}) {
    table.Add({name, "double", "double", "weir_" + std::string(name) + "($1)", kMayBeNull});
  }
  for (const std::string_view interval : {"months", "micros"}) {
    table.Add({"signum", std::string(interval), "double", "weir_signum(CAST($1 AS DOUBLE))"});
  }
  table.Alias("sign", "signum");
  // Of what is not positive there is no logarithm: NULL.
  table.Add({"ln", "double", "double", "weir_ln($1)", kMayBeNull});
  table.Add({"log10", "double", "double", "weir_log10($1)", kMayBeNull});
  table.Add({"log2", "double", "double", "weir_log2($1)", kMayBeNull});
  table.Add({"log1p", "double", "double", "weir_log1p($1)", kMayBeNull});
  table.Add({"log", "double", "double", "weir_ln($1)", kMayBeNull});
  table.Add({"log", "double double", "double", "weir_log($1, $2)", kMayBeNull});
  table.Add({"pow", "double double", "double", "weir_pow($1, $2)"});
  table.Alias("power", "pow");
  table.Add({"atan2", "double double", "double", "atan2($1, $2)"});
  table.Add({"hypot", "double double", "double", "weir_hypot($1, $2)"});
  table.Add({"pi", "", "double", "CAST(3.141592653589793 AS DOUBLE)"});
  table.Add({"e", "", "double", "CAST(2.718281828459045 AS DOUBLE)"});
}

// bit_get(n, position)
Resolution ResolveBit(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const auto number = Accept("integral", call.type(0), false);
  if (!number) return WrongType(0, "\"INTEGRAL\"", call.type(0));
  if (!CanCoerce(call.type(1), TypeId::kInt)) return WrongType(1, "\"INT\"", call.type(1));
  return MakeSignature(call, FunctionKind::kScalar, {*number, TypeId::kInt}, TypeId::kByte,
                       "weir_bit_get($1, $2)");
}

// width_bucket(x, from, to, buckets): of numbers, or of intervals of one kind.
Resolution ResolveWidthBucket(const Call& call) {
  if (call.size() != 4) return WrongCount(call.name, "4", call.size());
  std::vector<DataType> types;
  std::string text = "weir_width_bucket(";
  for (size_t i = 0; i < 3; ++i) {
    const DataType& type = call.type(i);
    const bool interval = call.type(0).IsInterval();
    if (type.IsInterval() != interval || (interval && type.id() != call.type(0).id())) {
      return NoSuchSignature{"DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                             "Input to `width_bucket` should all be the same type, but it's (\"" +
                                 call.type(0).ToSql() + "\" or \"" + call.type(1).ToSql() +
                                 "\" or \"" + call.type(2).ToSql() + "\")."};
    }
    if (!interval && !CanCoerce(type, TypeId::kDouble)) {
      return WrongType(i, "(\"DOUBLE\" or \"ANSI INTERVAL\")", type);
    }
    types.push_back(interval ? type : DataType(TypeId::kDouble));
    text += "CAST($" + std::to_string(i + 1) + " AS DOUBLE), ";
  }
  if (!CanCoerce(call.type(3), TypeId::kLong)) return WrongType(3, "\"BIGINT\"", call.type(3));
  types.push_back(TypeId::kLong);
  return MakeSignature(call, FunctionKind::kScalar, types, TypeId::kLong, text + "$4)", kMayBeNull);
}

}  // namespace

void AddNumerics(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  table.Add("round", scalar, Round("round"));
  table.Add("bround", scalar, Round("bround"));
  table.Add("ceil", scalar, Toward("ceil"));
  table.Alias("ceiling", "ceil");
  table.Add("floor", scalar, Toward("floor"));
  table.Add("abs", scalar, [](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    auto type = Accept("numeric", call.type(0), false);
    if (call.type(0).IsInterval()) type = call.type(0);
    if (!type) return WrongType(0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", call.type(0));
    const bool decimal = type->id() == TypeId::kDecimal;
    return MakeSignature(call, scalar, {*type}, *type, decimal ? "abs($1)" : "weir_abs($1)");
  });
  AddDoubles(table);
  table.Add({"factorial", "int", "bigint", "weir_factorial($1)", kMayBeNull});
  table.Add({"hex", "bigint", "string", "weir_hex($1)"});
  table.Add({"hex", "binary", "string", "hex($1)"});
  table.Add({"hex", "string", "string", "hex(encode($1))"});
  table.Add({"unhex", "string", "binary", "weir_unhex($1)", kMayBeNull});
  table.Add({"bin", "bigint", "string", "weir_bin($1)"});
  table.Add({"bit_count", "bigint", "int", "CAST(bit_count($1) AS INTEGER)"});
  table.Add({"conv", "string int int", "string", "weir_conv($1, $2, $3)", kMayBeNull});
  table.Add("bit_get", scalar, ResolveBit);
  table.Alias("getbit", "bit_get");
  table.Add("width_bucket", scalar, ResolveWidthBucket);
}

}  // namespace weir::sql
