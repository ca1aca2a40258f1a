#include <algorithm>

#include "weir/sql/functions_table.h"
#include "weir/sql/order_keys.h"

namespace weir::sql {

namespace {

NoSuchSignature NoCommonType(const Call& call) {
  std::string types;
  for (const ArgumentShape& argument : call.arguments) {
    types += (types.empty() ? "\"" : ", \"") + argument.type.ToSql() + "\"";
  }
  return {"DATATYPE_MISMATCH.DATA_DIFF_TYPES", "Input to `" + std::string(call.name) +
                                                   "` should all be the same type, but it's [" +
                                                   types + "]."};
}

bool AnyNeverNull(std::span<const ArgumentShape> arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const ArgumentShape& argument) { return !argument.nullable; });
}

// coalesce, greatest, least: NULL only when all are.
Resolver FirstOf(std::string text, size_t at_least, std::string by_key = {}) {
  const bool ordered = !by_key.empty();
  return [=](const Call& call) -> Resolution {
    if (call.size() < at_least) {
      return WrongCount(call.name, "> " + std::to_string(at_least - 1), call.size());
    }
    std::optional<DataType> common = CommonTypeOf(call.arguments);
    if (ordered && common) {
      // greatest and least take no text beside numbers, nor in parts.
      for (const ArgumentShape& argument : call.arguments) {
        if (!TypeWithoutTexts(*common, argument.type)) return NoCommonType(call);
      }
    }
    if (!common) return NoCommonType(call);
    if (ordered && !IsOrderable(*common)) {
      return NoSuchSignature{"DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                             "The `" + std::string(call.name) +
                                 "` does not support ordering on type \"" + common->ToSql() +
                                 "\"."};
    }
    Signature signature = MakeSignature(
        call, FunctionKind::kScalar, std::vector<DataType>(call.size(), *common), *common,
        ordered && NeedsOrderKey(*common) ? TypedText(by_key, *common) : text,
        AnyNeverNull(call.arguments) ? kNeverNull : kMayBeNull);
    return signature;
  };
}

// if(c, a, b), nvl2(x, a, b): `text` picks; types of the last two are made one.
Resolver Pick(std::string text, bool condition) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 3) return WrongCount(call.name, "3", call.size());
    if (condition && !CanCoerce(call.type(0), TypeId::kBoolean)) {
      return WrongType(0, "\"BOOLEAN\"", call.type(0));
    }
    const auto common = CommonType(call.type(1), call.type(2));
    if (!common) return NoCommonType(call);
    const bool never = !call.arguments[1].nullable && !call.arguments[2].nullable;
    return MakeSignature(call, FunctionKind::kScalar,
                         {condition ? DataType(TypeId::kBoolean) : call.type(0), *common, *common},
                         *common, text, never ? kNeverNull : kMayBeNull);
  };
}

Resolution ResolveNullIf(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  const auto common = ComparedType(call.type(0), call.type(1));
  if (!common) {
    return NoSuchSignature{"DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
                           "The arguments of `nullif` have incompatible types (\"" +
                               call.type(0).ToSql() + "\" and \"" + call.type(1).ToSql() + "\")."};
  }
  if (!IsOrderable(*common)) return NoCommonType(call);
  Signature signature = MakeSignature(call, FunctionKind::kScalar, {call.type(0), *common},
                                      call.type(0), "", kMayBeNull);
  // The first argument comes out as it is; only the comparison converts.
  signature.clock = Clock::kZone;
  signature.duckdb = [from = call.type(0), to = *common](std::span<const std::string> arguments) {
    const std::string values[] = {
        arguments[0], DuckdbCast(arguments[0], from, to, false, arguments[2]), arguments[1]};
    if (from == to) return "nullif(" + values[0] + ", " + values[2] + ")";
    return Once("CASE WHEN $2 = $3 THEN NULL ELSE $1 END", values);
  };
  return signature;
}

// nullifzero(x) is nullif(x, 0), zeroifnull(x) is coalesce(x, 0).
Resolver BesideZero(bool to_null) {
  return [to_null](const Call& call) -> Resolution {
    if (call.size() != 1) return WrongCount(call.name, "1", call.size());
    const DataType& type = call.type(0);
    const auto common = CommonType(type, TypeId::kInt);
    if (!common) return WrongType(0, "\"NUMERIC\"", type);
    if (!to_null) {
      return MakeSignature(call, FunctionKind::kScalar, {*common}, *common,
                           "coalesce($1, CAST(0 AS " + DuckdbType(*common) + "))", kNeverNull);
    }
    Signature signature = MakeSignature(call, FunctionKind::kScalar, {type}, type, "", kMayBeNull);
    signature.duckdb = [from = type, to = *common](std::span<const std::string> arguments) {
      const std::string values[] = {arguments[0], DuckdbCast(arguments[0], from, to, false)};
      return Once("CASE WHEN $2 = 0 THEN NULL ELSE $1 END", values);
    };
    return signature;
  };
}

// nanvl(x, otherwise): what stands second is computed only where x is no number.
Resolution ResolveNanvl(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  for (size_t i = 0; i < 2; ++i) {
    if (!CanCoerce(call.type(i), TypeId::kDouble)) return WrongType(i, "\"DOUBLE\"", call.type(i));
  }
  Signature signature =
      MakeSignature(call, FunctionKind::kScalar, {TypeId::kDouble, TypeId::kDouble},
                    TypeId::kDouble, "", kMayBeNull);
  signature.duckdb = [](std::span<const std::string> arguments) {
    return WithOnce(arguments[0], [&](const std::string& value) {
      return "CASE WHEN isnan(" + value + ") THEN " + arguments[1] + " ELSE " + value + " END";
    });
  };
  return signature;
}

Resolution ResolveTypeof(const Call& call) {
  if (call.size() != 1) return WrongCount(call.name, "1", call.size());
  return MakeSignature(call, FunctionKind::kScalar, {call.type(0)}, TypeId::kString,
                       "'" + call.type(0).ToString() + "'", kNeverNull);
}

}  // namespace

void AddConditionals(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  table.Add("coalesce", scalar, FirstOf("coalesce($*)", 1));
  table.Add("greatest", scalar, FirstOf("greatest($*)", 2, ExtremeByKey("[$*]", "list_max")));
  table.Add("least", scalar, FirstOf("least($*)", 2, ExtremeByKey("[$*]", "list_min")));
  table.Add("nvl", scalar, [](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    return FirstOf("coalesce($*)", 2)(call);
  });
  table.Alias("ifnull", "nvl");
  table.Add("if", scalar, Pick("CASE WHEN $1 THEN $2 ELSE $3 END", true));
  table.Alias("iff", "if");
  table.Add("nvl2", scalar, Pick("CASE WHEN $1 IS NOT NULL THEN $2 ELSE $3 END", false));
  table.Add("nullif", scalar, ResolveNullIf);
  table.Add({"isnull", "any", "boolean", "($1 IS NULL)", kNeverNull});
  table.Add({"isnotnull", "any", "boolean", "($1 IS NOT NULL)", kNeverNull});
  table.Alias("is null", "isnull");
  table.Alias("is not null", "isnotnull");
  table.Add("nullifzero", scalar, BesideZero(true));
  table.Add("zeroifnull", scalar, BesideZero(false));
  table.Add({"isnan", "double", "boolean", "coalesce(isnan($1), false)", kNeverNull});
  table.Add({"isnan", "float", "boolean", "coalesce(isnan($1), false)", kNeverNull});
  table.Add("nanvl", scalar, ResolveNanvl);
  table.Add("typeof", scalar, ResolveTypeof);
  table.Add({"raise_error", "string", "void",
             "weir_error('USER_RAISED_EXCEPTION', coalesce($1, 'null'))",
             kMayBeNull | kNonDeterministic});
  table.Add({"assert_true", "boolean", "void",
             "CASE WHEN $1 THEN NULL ELSE weir_error('USER_RAISED_EXCEPTION', "
             "'assertion failed: the condition is not true!') END",
             kMayBeNull | kNonDeterministic});
  table.Add({"assert_true", "boolean string", "void",
             "CASE WHEN $1 THEN NULL ELSE weir_error('USER_RAISED_EXCEPTION', $2) END",
             kMayBeNull | kNonDeterministic});
}

}  // namespace weir::sql
