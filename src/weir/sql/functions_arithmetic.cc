#include <algorithm>

#include "weir/sql/functions_table.h"
#include "weir/types/civil_time.h"

// + - * / % div by the types of their operands: numbers, decimals, dates, times and intervals.
namespace weir::sql {

void AddArithmetic(FunctionTable& table);

namespace {

using Answer = std::optional<Signature>;

bool IsDate(const DataType& type) { return type.id() == TypeId::kDate; }
bool IsMonths(const DataType& type) { return type.id() == TypeId::kYearMonthInterval; }
bool IsMicros(const DataType& type) { return type.id() == TypeId::kDayTimeInterval; }
bool IsVoid(const DataType& type) { return type.id() == TypeId::kVoid; }

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
  if (shifts && IsDate(left) && (right.IsNumeric() || IsDate(right))) {
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

// DATE + INTERVAL '2' DAY stays a DATE. Which fields an interval was written with is not part of
// our types: a literal of whole days counts as days.
bool IsWholeDays(const ArgumentShape& argument) {
  return argument.literal != nullptr && !argument.literal->is_null() &&
         argument.literal->integer() % kMicrosPerDay == 0;
}

// `swapped`: the interval stands on the left.
Answer Shift(const Call& call, const DataType& from, size_t interval, bool minus, bool swapped) {
  const DataType& by = call.type(interval);
  const std::string base = swapped ? "$2" : "$1";
  const std::string amount = std::string(minus ? "-" : "") + (swapped ? "$1" : "$2");
  const auto make = [&](const DataType& type, const DataType& result, const std::string& text) {
    return swapped ? MakeBinary(call, by, type, result, text)
                   : MakeBinary(call, type, by, result, text);
  };
  if (IsMonths(by)) return make(from, from, "weir_add_months(" + base + ", " + amount + ")");
  if (!IsMicros(by)) return std::nullopt;
  if (IsTime(from)) return make(from, from, "weir_add_micros(" + base + ", " + amount + ")");
  if (IsWholeDays(call.arguments[interval])) {
    return make(from, from,
                "weir_add_days(" + base + ", CAST(" + amount + " // " +
                    std::to_string(kMicrosPerDay) + " AS INTEGER))");
  }
  return make(TypeId::kTimestamp, TypeId::kTimestamp,
              "weir_add_micros(" + base + ", " + amount + ")");
}

Answer AddTimes(const Call& call) {
  const DataType& left = call.type(0);
  const DataType& right = call.type(1);
  if ((IsDate(left) || IsTime(left)) && right.IsInterval()) {
    return Shift(call, left, 1, false, false);
  }
  if (left.IsInterval() && (IsDate(right) || IsTime(right))) {
    return Shift(call, right, 0, false, true);
  }
  if (IsDate(left) && Accept("small", right, true)) {
    return MakeBinary(call, left, TypeId::kInt, left, "weir_add_days($1, $2)");
  }
  if (Accept("small", left, true) && IsDate(right)) {
    return MakeBinary(call, TypeId::kInt, right, right, "weir_add_days($2, $1)");
  }
  if (left.IsInterval() && left == right) return MakeBinary(call, left, left, left, "($1 + $2)");
  return std::nullopt;
}

Answer SubtractTimes(const Call& call) {
  const DataType& left = call.type(0);
  const DataType& right = call.type(1);
  if ((IsDate(left) || IsTime(left)) && right.IsInterval())
    return Shift(call, left, 1, true, false);
  if (IsDate(left) && Accept("small", right, true)) {
    return MakeBinary(call, left, TypeId::kInt, left, "weir_add_days($1, -$2)");
  }
  if (left.IsInterval() && left == right) return MakeBinary(call, left, left, left, "($1 - $2)");
  const auto is_point = [](const DataType& type) { return IsDate(type) || IsTime(type); };
  if (!is_point(left) && !is_point(right)) return std::nullopt;
  const DataType micros(TypeId::kDayTimeInterval);
  if (IsTime(left) || IsTime(right)) {
    const auto common = CommonType(left, right);
    if (!common || !IsTime(*common)) return std::nullopt;
    return MakeBinary(call, *common, *common, micros, "(epoch_us($1) - epoch_us($2))");
  }
  if (!CanCoerce(left, TypeId::kDate) || !CanCoerce(right, TypeId::kDate)) return std::nullopt;
  return MakeBinary(call, TypeId::kDate, TypeId::kDate, micros, "(($1 - $2) * 86400000000)");
}

Answer ScaleInterval(const Call& call) {
  const bool left = call.type(0).IsInterval();
  const DataType& interval = call.type(left ? 0 : 1);
  const DataType& number = call.type(left ? 1 : 0);
  if (!interval.IsInterval() || (!left && call.name == "/")) return std::nullopt;
  DataType by = number;
  if (IsString(by) || IsVoid(by)) by = TypeId::kDouble;
  if (!by.IsNumeric()) return std::nullopt;
  const std::string value = left ? "$1" : "$2";
  std::string factor = left ? "$2" : "$1";
  if (by.id() == TypeId::kFloat) by = TypeId::kDouble;
  if (by.IsIntegral()) by = TypeId::kLong;
  if (by.id() == TypeId::kDecimal) factor = Hugely(factor, by.scale());
  const std::string unit = IsMonths(interval) ? "months" : "micros";
  const std::string text =
      "weir_" + unit + (call.name == "*" ? "_multiply(" : "_divide(") + value + ", " + factor + ")";
  if (left) return MakeBinary(call, interval, by, interval, text);
  return MakeBinary(call, by, interval, interval, text);
}

Resolver Arithmetic(std::function<Answer(const Call&)> on_time) {
  return [on_time = std::move(on_time)](const Call& call) -> Resolution {
    if (call.size() != 2) return WrongCount(call.name, "2", call.size());
    if (!IsTemporal(call.type(0)) && !IsTemporal(call.type(1))) return Numbers(call);
    if (on_time) {
      if (auto signature = on_time(call)) return std::move(*signature);
    }
    return UnfitOperands(call);
  };
}

Resolution ResolveDiv(const Call& call) {
  if (call.size() != 2) return WrongCount(call.name, "2", call.size());
  if (call.type(0).IsInterval() && call.type(0) == call.type(1)) {
    const DataType& type = call.type(0);
    return MakeBinary(call, type, type, TypeId::kLong,
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
Resolver Signed(Resolver binary, std::string text) {
  return [binary = std::move(binary), text = std::move(text)](const Call& call) -> Resolution {
    if (call.size() != 1) return binary(call);
    const DataType& type = call.type(0);
    if (type.IsInterval()) {
      return MakeSignature(call, FunctionKind::kScalar, {type}, type, text);
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
Resolver Trying(std::string op, std::function<Answer(const Call&)> on_time, std::string function) {
  return [op, function, plain = Arithmetic(std::move(on_time))](const Call& call) -> Resolution {
    const Call of_operator{op, call.arguments, false};
    Resolution resolution = plain(of_operator);
    auto* const signature = std::get_if<Signature>(&resolution);
    if (signature == nullptr) return resolution;
    const DataType& result = signature->result;
    std::string text = function + "($1, $2)";
    if (result.id() == TypeId::kDecimal) {
      text = NativeCast(function + "_decimal(" + Hugely("$1", signature->arguments[0].scale()) +
                            ", " + Hugely("$2", signature->arguments[1].scale()) + ", " +
                            std::to_string(result.precision()) + ", " +
                            std::to_string(result.scale()) + ")",
                        result);
    } else if (!result.IsNumeric()) {
      return NoSuchSignature{"UNSUPPORTED_FEATURE",
                             "`" + std::string(call.name) + "` of dates and intervals."};
    }
    return MakeBinary(call, signature->arguments[0], signature->arguments[1], result, text,
                      kMayBeNull);
  };
}

}  // namespace

void AddArithmetic(FunctionTable& table) {
  const auto scalar = FunctionKind::kScalar;
  table.Add("+", scalar, Signed(Arithmetic(AddTimes), "(+ $1)"));
  table.Add("-", scalar, Signed(Arithmetic(SubtractTimes), "(- $1)"));
  table.Add("*", scalar, Arithmetic(ScaleInterval));
  table.Add("/", scalar, Arithmetic(ScaleInterval));
  table.Add("%", scalar, Arithmetic(nullptr));
  table.Add("mod", scalar, [](const Call& call) -> Resolution {
    return Arithmetic(nullptr)(Call{"%", call.arguments, false});
  });
  table.Add("pmod", scalar, Arithmetic(nullptr));
  table.Add("div", scalar, ResolveDiv);
  table.Alias("negative", "-");
  table.Alias("positive", "+");
  table.Add("try_add", scalar, Trying("+", AddTimes, "weir_try_add"));
  table.Add("try_subtract", scalar, Trying("-", SubtractTimes, "weir_try_subtract"));
  table.Add("try_multiply", scalar, Trying("*", ScaleInterval, "weir_try_multiply"));
  table.Add("try_divide", scalar, Trying("/", ScaleInterval, "weir_try_divide"));
  table.Add("try_mod", scalar, Trying("%", nullptr, "weir_try_remainder"));
}

}  // namespace weir::sql
