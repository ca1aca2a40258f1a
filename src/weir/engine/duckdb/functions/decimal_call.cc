#include "weir/engine/duckdb/functions/decimal_call.h"

namespace weir::engine {

using duckdb::hugeint_t;

namespace {

std::string Shown(const Signed& value, int scale) {
  if (!value.size.FitsUInt128()) return "The result";
  const Int128 size = static_cast<Int128>(value.size.ToUInt128());
  return DecimalToString(value.negative ? -size : size, scale);
}

using duckdb::ClientContext;
using duckdb::Expression;
using duckdb::ScalarFunction;
using Arguments = duckdb::vector<duckdb::unique_ptr<Expression>>;

duckdb::Value Constant(ClientContext& context, Expression& expression) {
  return duckdb::ExpressionExecutor::EvaluateScalar(context, expression);
}

int ScaleOf(const Expression& expression) {
  if (expression.return_type.id() != duckdb::LogicalTypeId::DECIMAL) return 0;
  return duckdb::DecimalType::GetScale(expression.return_type);
}

// Takes the constants behind the operands off the call: precision and scale, or what round has.
void TakeConstants(ClientContext& context, ScalarFunction& function, Arguments& arguments,
                   size_t operands, DecimalCall& call) {
  const auto number = [&](size_t i) {
    return Constant(context, *arguments[i]).GetValue<int64_t>();
  };
  const size_t constants = arguments.size() - operands;
  if (constants == 4) {  // round: places, mode, precision, scale
    call.places = number(operands);
    const std::string mode = Constant(context, *arguments[operands + 1]).ToString();
    call.rounding = mode == "bround"  ? Rounding::kHalfEven
                    : mode == "ceil"  ? Rounding::kCeiling
                    : mode == "floor" ? Rounding::kFloor
                                      : Rounding::kHalfUp;
  }
  if (constants >= 2) {
    call.precision = static_cast<int>(number(arguments.size() - 2));
    call.scale = static_cast<int>(number(arguments.size() - 1));
  }
  while (arguments.size() > operands) {
    duckdb::Function::EraseArgument(function, arguments, arguments.size() - 1);
  }
}

}  // namespace

Int128 ToInt128(const hugeint_t& value) {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<uint64_t>(value.upper)) << 64) |
                             value.lower);
}

hugeint_t ToHugeint(Int128 value) {
  hugeint_t result;
  result.lower = static_cast<uint64_t>(value);
  result.upper = static_cast<int64_t>(value >> 64);
  return result;
}

Int128 PowerOfTen(int power) {
  Int128 value = 1;
  for (int i = 0; i < power; ++i) value *= 10;
  return value;
}

Signed::Signed(Int128 value) : negative(value < 0), size(SizeOf(value)) {}

void DropDigits(Signed& value, int count, Rounding rounding) {
  uint64_t last = 0;
  bool rest = false;
  for (int i = 0; i < count; ++i) {
    rest = rest || last != 0;
    last = value.size.DivideBy(10);
  }
  const bool any = rest || last != 0;
  bool up = false;
  switch (rounding) {
    case Rounding::kHalfUp:
      up = last >= 5;
      break;
    case Rounding::kHalfEven: {
      Wide copy = value.size;
      up = last > 5 || (last == 5 && (rest || copy.DivideBy(2) == 1));
      break;
    }
    case Rounding::kCeiling:
      up = any && !value.negative;
      break;
    case Rounding::kFloor:
      up = any && value.negative;
      break;
  }
  if (up) value.size.Add(Wide(1));
}

void RaiseOutOfRange(const std::string& value, const DecimalCall& call) {
  Raise("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", value + " cannot be represented as Decimal(" +
                                                          std::to_string(call.precision) + ", " +
                                                          std::to_string(call.scale) + ").");
}

std::optional<hugeint_t> Fit(Signed value, int scale, const DecimalCall& call) {
  const Signed exact = value;
  if (scale > call.scale) DropDigits(value, scale - call.scale, call.rounding);
  if (scale < call.scale) value.size.ShiftByTens(call.scale - scale);
  const Wide limit(static_cast<UInt128>(PowerOfTen(call.precision)));
  if (value.size.Compare(limit) >= 0) {
    if (call.is_try) return std::nullopt;
    RaiseOutOfRange(Shown(exact, scale), call);
  }
  const Int128 size = static_cast<Int128>(value.size.ToUInt128());
  return ToHugeint(value.negative ? -size : size);
}

template <size_t operands, bool is_try>
duckdb::unique_ptr<duckdb::FunctionData> BindDecimal(ClientContext& context,
                                                     ScalarFunction& function,
                                                     Arguments& arguments) {
  auto call = duckdb::make_uniq<DecimalCall>();
  call->is_try = is_try;
  call->left_scale = ScaleOf(*arguments[0]);
  if (operands > 1) call->right_scale = ScaleOf(*arguments[1]);
  TakeConstants(context, function, arguments, operands, *call);
  for (size_t i = 0; i < operands; ++i) {
    if (function.arguments[i].id() == duckdb::LogicalTypeId::DECIMAL) {
      function.arguments[i] =
          duckdb::LogicalType::DECIMAL(kMaxDigits, static_cast<uint8_t>(ScaleOf(*arguments[i])));
    }
  }
  if (function.return_type.id() == duckdb::LogicalTypeId::DECIMAL) {
    function.return_type =
        duckdb::LogicalType::DECIMAL(kMaxDigits, static_cast<uint8_t>(call->scale));
  }
  return call;
}

template duckdb::unique_ptr<duckdb::FunctionData> BindDecimal<1, false>(ClientContext&,
                                                                        ScalarFunction&,
                                                                        Arguments&);
template duckdb::unique_ptr<duckdb::FunctionData> BindDecimal<1, true>(ClientContext&,
                                                                       ScalarFunction&, Arguments&);
template duckdb::unique_ptr<duckdb::FunctionData> BindDecimal<2, false>(ClientContext&,
                                                                        ScalarFunction&,
                                                                        Arguments&);
template duckdb::unique_ptr<duckdb::FunctionData> BindDecimal<2, true>(ClientContext&,
                                                                       ScalarFunction&, Arguments&);

}  // namespace weir::engine
