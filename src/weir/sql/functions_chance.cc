#include "weir/sql/functions_table.h"

// What differs from row to row: random numbers, texts and orders by Spark's own generators, and
// numbers of rows.
namespace weir::sql {

namespace {

constexpr unsigned kChance = kNonDeterministic | kNeverNull;

// A seed must be a constant whole number; NULL counts as 0.
std::optional<NoSuchSignature> CheckSeed(const Call& call, size_t position,
                                         std::string_view condition) {
  const DataType& type = call.type(position);
  const bool whole =
      type.id() == TypeId::kInt || type.id() == TypeId::kLong || type.id() == TypeId::kVoid;
  if (!whole) return WrongType(position, "(\"INT\" or \"BIGINT\")", type);
  if (call.arguments[position].literal != nullptr) return std::nullopt;
  return NoSuchSignature{std::string(condition),
                         "The seed of `" + std::string(call.name) + "` must be a constant."};
}

Resolver Random(std::string seeded, std::string unseeded, DataType result) {
  return [=](const Call& call) -> Resolution {
    if (call.size() > 1) return WrongCount(call.name, "[0, 1]", call.size());
    if (call.size() == 0) return MakeSignature(call, kScalar, {}, result, unseeded, kChance);
    if (auto wrong = CheckSeed(call, 0, "SEED_EXPRESSION_IS_UNFOLDABLE")) return *wrong;
    return MakeSignature(call, kScalar, {TypeId::kLong}, result, seeded + "($1)", kChance);
  };
}

// The type of uniform(min, max): the wider of two numbers, and of a whole number and a decimal
// the decimal.
DataType TypeBetween(const DataType& min, const DataType& max) {
  if (min.id() == TypeId::kVoid || max.id() == TypeId::kVoid) return TypeId::kDouble;
  if (min.IsIntegral() && max.id() == TypeId::kDecimal) return max;
  if (max.IsIntegral() && min.id() == TypeId::kDecimal) return min;
  for (const TypeId real : {TypeId::kDouble, TypeId::kFloat}) {
    if (min.id() == real || max.id() == real) return real;
  }
  return CommonType(min, max).value_or(TypeId::kDouble);
}

// uniform(min, max [, seed]): from min to below max.
Resolution ResolveUniform(const Call& call) {
  if (call.size() != 2 && call.size() != 3) return WrongCount(call.name, "[2, 3]", call.size());
  for (size_t i = 0; i < 2; ++i) {
    if (!call.type(i).IsNumeric() && call.type(i).id() != TypeId::kVoid) {
      return WrongType(i, "\"NUMERIC\"", call.type(i));
    }
    if (call.arguments[i].literal == nullptr) return NotFoldable(i == 0 ? "min" : "max", "NUMERIC");
  }
  if (call.size() == 3) {
    if (auto wrong = CheckSeed(call, 2, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT")) return *wrong;
  }
  const DataType result = TypeBetween(call.type(0), call.type(1));
  std::vector<DataType> types{TypeId::kDouble, TypeId::kDouble};
  if (call.size() == 3) types.push_back(TypeId::kLong);
  Signature signature =
      MakeSignature(call, kScalar, types, result, "", kNonDeterministic | kMayBeNull);
  signature.duckdb = [result](std::span<const std::string> arguments) {
    const std::string random =
        arguments.size() == 3 ? "weir_rand(" + arguments[2] + ")" : std::string("random()");
    const std::string number =
        arguments[0] + " + (" + arguments[1] + " - " + arguments[0] + ") * " + random;
    return DuckdbCast("(" + number + ")", TypeId::kDouble, result, false);
  };
  return signature;
}

// randstr(length [, seed]): of letters and digits.
Resolution ResolveRandomText(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  if (!CanCoerce(call.type(0), TypeId::kInt)) return WrongType(0, "\"INT\"", call.type(0));
  if (call.arguments[0].literal == nullptr) return NotFoldable("length", "INT");
  std::vector<DataType> types{TypeId::kInt};
  if (call.size() == 2) {
    if (auto wrong = CheckSeed(call, 1, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT")) return *wrong;
    types.push_back(TypeId::kLong);
  }
  return MakeSignature(call, kScalar, types, TypeId::kString, "weir_randstr($*)", kChance);
}

Resolution ResolveShuffle(const Call& call) {
  if (call.size() != 1 && call.size() != 2) return WrongCount(call.name, "[1, 2]", call.size());
  const auto array = Accept("array", call.type(0), false);
  if (!array) return WrongType(0, "\"ARRAY\"", call.type(0));
  std::vector<DataType> types{*array};
  if (call.size() == 2) {
    if (auto wrong = CheckSeed(call, 1, "SEED_EXPRESSION_IS_UNFOLDABLE")) return *wrong;
    types.push_back(TypeId::kLong);
  }
  return MakeSignature(call, kScalar, types, *array, "weir_shuffle($*)", kNonDeterministic);
}

}  // namespace

void AddChance(FunctionTable& table) {
  table.Add("rand", kScalar, Random("weir_rand", "random()", TypeId::kDouble));
  table.Alias("random", "rand");
  table.Add("randn", kScalar, Random("weir_randn", "weir_randn()", TypeId::kDouble));
  table.Add("uuid", kScalar, Random("weir_uuid", "CAST(uuid() AS VARCHAR)", TypeId::kString));
  table.Add("uniform", kScalar, ResolveUniform);
  table.Add("randstr", kScalar, ResolveRandomText);
  table.Add("shuffle", kScalar, ResolveShuffle);
  table.Add({"monotonically_increasing_id", "", "bigint", "weir_row_id()", kChance});
  // weir has no partitions of a job: all rows are of the first.
  table.Add({"spark_partition_id", "", "int", "CAST(0 AS INTEGER)", kChance});
}

}  // namespace weir::sql
