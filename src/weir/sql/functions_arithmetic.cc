#include <algorithm>

#include "weir/sql/functions_table.h"
#include "weir/sql/time_arithmetic.h"

// + - * / % div by the types of their operands: numbers, decimals, dates, times and intervals.
namespace weir::sql {

void AddArithmetic(FunctionTable& table);

namespace {

Signature MakeBinary(const Call& call, const DataType& left, const DataType& right,
                     const DataType& result, std::string text, unsigned flags = kPlain) {
  return MakeSignature(call, FunctionKind::kScalar, {left, right}, result, std::move(text), flags);
}

NoSuchSignature WrongOperand(const Call& call, const DataType& type) {
  return {"DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
          "The binary operator `" + std::string(call.name) +
              "` requires the input type (\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL "
              "YEAR TO MONTH\"), not \"" +
              type.ToSql() + "\"."};
}

NoSuchSignature DifferentOperands(const Call& call) {
  return {"DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
          "The left and right operands of the operator `" + std::string(call.name) +
              "` have incompatible types (\"" + call.type(0).ToSql() + "\" and \"" +
              call.type(1).ToSql() + "\")."};
}

// Operands that no operator takes. A text counts as what stands beside it, but for intervals.
NoSuchSignature UnfitOperands(const Call& call) {
  const auto beside = [](const DataType& type, const DataType& other) {
    return IsString(type) && !other.IsInterval() ? other : type;
  };
  const DataType left = beside(call.type(0), call.type(1));
  const DataType right = beside(call.type(1), call.type(0));
  const bool shifts = call.name == "+" || call.name == "-";
  if (shifts && left.id() == TypeId::kDate && (right.IsNumeric() || right.id() == TypeId::kDate)) {
    return WrongType(1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", right);
  }
  return left == right ? WrongOperand(call, left) : DifferentOperands(call);
}

// ------------------------------------------------------------------------------- decimals

std::string Hugely(const std::string& text, int scale) {
  return "CAST(" + text + " AS DECIMAL(38, " + std::to_string(scale) + "))";
}

// Ours, for results whose digits give way, and for division: on 38 digits with the exact result
// rounded half up once.
std::string ExactDecimal(const std::string& function, const DataType& left, const DataType& right,
                         const DataType& result) {
  return NativeCast(function + "(" + Hugely("$1", left.scale()) + ", " +
                        Hugely("$2", right.scale()) + ", " + std::to_string(result.precision()) +
                        ", " + std::to_string(result.scale()) + ")",
                    result);
}

// DuckDB computes in 64 bits when both operands have at most 18 digits, whatever the result needs.
std::string NativeDecimal(const std::string& op, const DataType& left, const DataType& right,
                          const DataType& result, const DataType& widened) {
  const bool narrow = left.precision() <= 18 && right.precision() <= 18;
  const std::string first = narrow && result.precision() > 18 ? NativeCast("$1", widened) : "$1";
  return NativeCast("(" + first + " " + op + " $2)", result);
}

Signature DecimalSum(const Call& call, const DataType& left, const DataType& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int precision =
      std::max(left.precision() - left.scale(), right.precision() - right.scale()) + scale + 1;
  const DataType result = AdjustDecimal(precision, scale);
  const bool plus = call.name == "+" || call.name == "try_add";
  const std::string text =
      precision <= 38
          ? NativeDecimal(plus ? "+" : "-", left, right, result, result)
          : ExactDecimal(plus ? "weir_decimal_add" : "weir_decimal_subtract", left, right, result);
  return MakeBinary(call, left, right, result, text, precision <= 38 ? kPlain : kMayBeNull);
}

Signature DecimalProduct(const Call& call, const DataType& left, const DataType& right) {
  const int precision = left.precision() + right.precision() + 1;
  const int scale = left.scale() + right.scale();
  const DataType result = AdjustDecimal(precision, scale);
  const DataType widened = DataType::Decimal(std::max(left.precision(), 19), left.scale());
  const std::string text = precision <= 38 && right.precision() + widened.precision() <= 38
                               ? NativeDecimal("*", left, right, result, widened)
                               : ExactDecimal("weir_decimal_multiply", left, right, result);
  return MakeBinary(call, left, right, result, text);
}

Signature DecimalQuotient(const Call& call, const DataType& left, const DataType& right) {
  const int scale = std::max(6, left.scale() + right.precision() + 1);
  const DataType result =
      AdjustDecimal(left.precision() - left.scale() + right.scale() + scale, scale);
  return MakeBinary(call, left, right, result,
                    ExactDecimal("weir_decimal_divide", left, right, result), kMayBeNull);
}

Signature DecimalRemainder(const Call& call, const DataType& left, const DataType& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int whole = std::min(left.precision() - left.scale(), right.precision() - right.scale());
  const DataType result = AdjustDecimal(whole + scale, scale);
  const std::string function = call.name == "pmod" ? "weir_decimal_pmod" : "weir_decimal_remainder";
  return MakeBinary(call, left, right, result, ExactDecimal(function, left, right, result),
                    kMayBeNull);
}

Signature Decimals(const Call& call, const DataType& left, const DataType& right) {
  if (call.name == "*") return DecimalProduct(call, left, right);
  if (call.name == "/") return DecimalQuotient(call, left, right);
  if (call.name == "%" || call.name == "pmod") return DecimalRemainder(call, left, right);
  return DecimalSum(call, left, right);
}

// ------------------------------------------------------------------------------- numbers

// What a text or NULL counts as beside the other operand.
DataType NumberOf(const DataType& type, const DataType& other) {
  if (IsVoid(type)) return other.IsNumeric() ? other : DataType(TypeId::kDouble);
  if (IsString(type) && other.IsNumeric()) {
    return other.IsIntegral() ? TypeId::kLong : TypeId::kDouble;
  }
  return type;
}

std::string NumberOperation(std::string_view name) {
  if (name == "/") return "weir_divide($1, $2)";
  if (name == "%") return "weir_remainder($1, $2)";
  if (name == "pmod") return "weir_pmod($1, $2)";
  return "($1 " + std::string(name) + " $2)";
}

Resolution Numbers(const Call& call) {
  const DataType left = NumberOf(call.type(0), call.type(1));
  const DataType right = NumberOf(call.type(1), call.type(0));
  if (!left.IsNumeric() || !right.IsNumeric()) return UnfitOperands(call);
  const bool decimal = left.id() == TypeId::kDecimal || right.id() == TypeId::kDecimal;
  const DataType common = *CommonType(left, right);
  if (decimal && common.id() == TypeId::kDecimal) {
    const auto of = [&](size_t i, const DataType& type) {
      return call.type(i) == type ? DecimalOfArgument(call.arguments[i]) : DecimalOf(type);
    };
    return Decimals(call, of(0, left), of(1, right));
  }
  if (call.name == "/") {
    return MakeBinary(call, TypeId::kDouble, TypeId::kDouble, TypeId::kDouble, NumberOperation("/"),
                      kMayBeNull);
  }
  const bool divides = call.name == "%" || call.name == "pmod";
  return MakeBinary(call, common, common, common, NumberOperation(call.name),
                    divides ? kMayBeNull : kPlain);
}

// ------------------------------------------------------------------------------- time

Resolver Arithmetic(std::optional<Resolution> (*on_time)(const Call&)) {
  return [on_time](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    if (!IsTemporal(call.type(0)) && !IsTemporal(call.type(1))) return Numbers(call);
    if (on_time != nullptr) {
      if (auto resolution = on_time(call)) return std::move(*resolution);
    }
    return UnfitOperands(call);
  };
}

Resolution ResolveDiv(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  if (call.type(0).IsInterval() && call.type(1).IsInterval()) {
    const auto type = CommonType(call.type(0), call.type(1));
    if (!type) return DifferentOperands(call);
    return MakeBinary(call, *type, *type, TypeId::kLong,
                      "weir_interval_div(CAST($1 AS BIGINT), CAST($2 AS BIGINT))", kMayBeNull);
  }
  const DataType left = NumberOf(call.type(0), call.type(1));
  const DataType right = NumberOf(call.type(1), call.type(0));
  const auto fits = [](const DataType& type) {
    return type.IsIntegral() || type.id() == TypeId::kDecimal;
  };
  if (IsVoid(call.type(0)) && IsVoid(call.type(1))) {
    return MakeBinary(call, TypeId::kLong, TypeId::kLong, TypeId::kLong, "weir_div($1, $2)",
                      kMayBeNull);
  }
  if (!fits(left) || !fits(right)) return WrongOperand(call, fits(left) ? right : left);
  if (left.IsIntegral() && right.IsIntegral()) {
    return MakeBinary(call, TypeId::kLong, TypeId::kLong, TypeId::kLong, "weir_div($1, $2)",
                      kMayBeNull);
  }
  const DataType a = DecimalOf(left);
  const DataType b = DecimalOf(right);
  return MakeBinary(
      call, a, b, TypeId::kLong,
      "weir_decimal_div(" + Hugely("$1", a.scale()) + ", " + Hugely("$2", b.scale()) + ")",
      kMayBeNull);
}

// -x and +x with one argument, else the binary operator.
Resolver Signed(Resolver binary, std::string text, std::string on_calendar) {
  return [=](const Call& call) -> Resolution {
    if (call.size() != 1) return binary(call);
    const DataType& type = call.type(0);
    if (type.IsInterval()) {
      const std::string of_interval = text == "(- $1)" ? "weir_interval_negate($1)" : text;
      return MakeSignature(call, FunctionKind::kScalar, {type}, type, of_interval);
    }
    if (IsCalendar(type)) {
      return MakeSignature(call, FunctionKind::kScalar, {type}, type, on_calendar);
    }
    const auto number = Accept("numeric", type, false);
    if (!number) {
      return WrongType(
          0, "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")", type);
    }
    return MakeSignature(call, FunctionKind::kScalar, {*number}, *number, text);
  };
}

// try_add and the like: NULL where the operator fails, on the same types.
Resolver Trying(std::string op, Resolver plain, std::string function) {
  return [=](const Call& call) -> Resolution {
    const Call of_operator{op, call.arguments, false};
    Resolution resolution = plain(of_operator);
    auto* const signature = std::get_if<Signature>(&resolution);
    if (signature == nullptr) return resolution;
    const DataType& result = signature->result;
    if (!result.IsNumeric()) {
      // NULL for whatever fails, what is within the operands too.
      Signature trying = MakeBinary(call, signature->arguments[0], signature->arguments[1], result,
                                    "", kMayBeNull);
      trying.duckdb = [inner = signature->duckdb](std::span<const std::string> arguments) {
        return "TRY(" + inner(arguments) + ")";
      };
      trying.clock = signature->clock;
      return trying;
    }
    std::string text = function + "($1, $2)";
    if (result.id() == TypeId::kDecimal) {
      text = NativeCast(function + "_decimal(" + Hugely("$1", signature->arguments[0].scale()) +
                            ", " + Hugely("$2", signature->arguments[1].scale()) + ", " +
                            std::to_string(result.precision()) + ", " +
                            std::to_string(result.scale()) + ")",
                        result);
    }
    return MakeBinary(call, signature->arguments[0], signature->arguments[1], result, text,
                      kMayBeNull);
  };
}

}  // namespace

void AddArithmetic(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  const Resolver add = Arithmetic(AddTimes);
  const Resolver subtract = Arithmetic(SubtractTimes);
  const Resolver scale = Arithmetic(ScaleInterval);
  const Resolver none = Arithmetic(nullptr);
  table.Add("+", scalar, Signed(add, "(+ $1)", "$1"));
  table.Add("-", scalar, Signed(subtract, "(- $1)", "weir_calendar_negate($1)"));
  table.Add("*", scalar, scale);
  table.Add("/", scalar, scale);
  table.Add("%", scalar, none);
  table.Add("mod", scalar, [none](const Call& call) -> Resolution {
    return none(Call{"%", call.arguments, false});
  });
  table.Add("pmod", scalar, none);
  table.Add("div", scalar, ResolveDiv);
  table.Alias("negative", "-");
  table.Alias("positive", "+");
  table.Add("try_add", scalar, Trying("+", add, "weir_try_add"));
  table.Add("try_subtract", scalar, Trying("-", subtract, "weir_try_subtract"));
  table.Add("try_multiply", scalar, Trying("*", scale, "weir_try_multiply"));
  table.Add("try_divide", scalar, Trying("/", scale, "weir_try_divide"));
  table.Add("try_mod", scalar, Trying("%", none, "weir_try_remainder"));
}

}  // namespace weir::sql
