#include "weir/engine/duckdb/functions/decimal_call.h"

namespace weir::engine {

namespace {

using duckdb::hugeint_t;

Signed SumOf(Signed left, Signed right) {
  if (left.negative == right.negative) {
    left.size.Add(right.size);
    return left;
  }
  if (left.size.Compare(right.size) < 0) std::swap(left, right);
  left.size.Subtract(right.size);
  return left;
}

std::optional<hugeint_t> Add(const DecimalCall& call, hugeint_t a, hugeint_t b, bool minus) {
  Signed left(ToInt128(a));
  Signed right(ToInt128(b));
  if (minus) right.negative = !right.negative;
  const int scale = std::max(call.left_scale, call.right_scale);
  left.size.ShiftByTens(scale - call.left_scale);
  right.size.ShiftByTens(scale - call.right_scale);
  return Fit(SumOf(left, right), scale, call);
}

std::optional<hugeint_t> Multiply(const DecimalCall& call, hugeint_t a, hugeint_t b) {
  const Signed left(ToInt128(a));
  const Signed right(ToInt128(b));
  Signed product;
  product.negative = left.negative != right.negative;
  product.size = left.size.Times(right.size);
  int scale = call.left_scale + call.right_scale;
  // BigDecimal.multiply keeps 38 digits.
  const int extra = product.size.Digits() - kMaxDigits;
  if (extra > 0) {
    DropDigits(product, extra, Rounding::kHalfUp);
    scale -= extra;
  }
  if (scale < 0) {
    product.size.ShiftByTens(-scale);
    scale = 0;
  }
  return Fit(product, scale, call);
}

std::optional<hugeint_t> Divide(const DecimalCall& call, hugeint_t a, hugeint_t b) {
  constexpr int kQuotientScale = 39;  // Spark divides to this scale, and rounds to its own then.
  const Signed left(ToInt128(a));
  const Signed right(ToInt128(b));
  if (right.size.IsZero()) {
    if (call.is_try) return std::nullopt;
    Raise(
        "DIVIDE_BY_ZERO",
        "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.");
  }
  Wide rest = left.size;
  rest.ShiftByTens(kQuotientScale + call.right_scale - call.left_scale);
  Signed quotient;
  quotient.negative = left.negative != right.negative;
  quotient.size = rest.Divide(right.size);
  rest.Add(rest);
  if (rest.Compare(right.size) >= 0) quotient.size.Add(Wide(1));
  return Fit(quotient, kQuotientScale, call);
}

// In 128 bits where all fits, which is nearly always. A quotient so near below a half that 39
// digits make it one is left to the longer way; it takes a divisor with that many digits.
std::optional<hugeint_t> DivideFast(const DecimalCall& call, hugeint_t a, hugeint_t b) {
  const Int128 left = ToInt128(a);
  const Int128 right = ToInt128(b);
  const int shift = call.scale + call.right_scale - call.left_scale;
  if (right == 0 || shift < 0 || shift > 36) return Divide(call, a, b);
  const UInt128 divisor = SizeOf(right);
  UInt128 shifted = 0;
  if (__builtin_mul_overflow(SizeOf(left), static_cast<UInt128>(PowerOfTen(shift)), &shifted) ||
      divisor >= static_cast<UInt128>(PowerOfTen(std::min(38, 39 - call.scale)))) {
    return Divide(call, a, b);
  }
  UInt128 quotient = shifted / divisor;
  const UInt128 rest = shifted % divisor;
  if (rest * 2 >= divisor) ++quotient;
  if (quotient >= static_cast<UInt128>(PowerOfTen(call.precision))) return Divide(call, a, b);
  const Int128 size = static_cast<Int128>(quotient);
  return ToHugeint((left < 0) != (right < 0) ? -size : size);
}

std::optional<hugeint_t> RemainderOf(const DecimalCall& call, hugeint_t a, hugeint_t b) {
  Signed left(ToInt128(a));
  Signed right(ToInt128(b));
  if (right.size.IsZero()) {
    if (call.is_try) return std::nullopt;
    Raise("REMAINDER_BY_ZERO",
          "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead.");
  }
  const int scale = std::max(call.left_scale, call.right_scale);
  left.size.ShiftByTens(scale - call.left_scale);
  right.size.ShiftByTens(scale - call.right_scale);
  left.size.Divide(right.size);  // Leaves the remainder.
  return Fit(left, scale, call);
}

std::optional<hugeint_t> PositiveRemainder(const DecimalCall& call, hugeint_t a, hugeint_t b) {
  const auto rest = RemainderOf(call, a, b);
  if (!rest || ToInt128(*rest) >= 0) return rest;
  const auto sum = Add(
      [&] {
        DecimalCall aligned = call;
        aligned.left_scale = call.scale;
        return aligned;
      }(),
      *rest, b, false);
  DecimalCall again = call;
  again.left_scale = call.scale;
  return RemainderOf(again, *sum, b);
}

int64_t WholeQuotient(const DecimalCall& call, hugeint_t a, hugeint_t b) {
  Signed left(ToInt128(a));
  Signed right(ToInt128(b));
  if (right.size.IsZero()) {
    Raise(
        "DIVIDE_BY_ZERO",
        "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.");
  }
  const int scale = std::max(call.left_scale, call.right_scale);
  left.size.ShiftByTens(scale - call.left_scale);
  right.size.ShiftByTens(scale - call.right_scale);
  const Wide quotient = left.size.Divide(right.size);
  const Wide limit(static_cast<UInt128>(INT64_MAX));
  if (quotient.Compare(limit) > 0) RaiseOverflow("Overflow in integral divide", "try_divide");
  const auto size = static_cast<int64_t>(quotient.ToUInt128());
  return left.negative != right.negative ? -size : size;
}

std::optional<hugeint_t> Round(const DecimalCall& call, hugeint_t a) {
  Signed value(ToInt128(a));
  int scale = call.left_scale;
  if (call.places < scale) {
    DropDigits(value, static_cast<int>(std::min<int64_t>(scale - call.places, 80)), call.rounding);
    scale = static_cast<int>(std::max<int64_t>(call.places, -kMaxDigits));
  }
  if (scale < 0) {
    value.size.ShiftByTens(-scale);
    scale = 0;
  }
  return Fit(value, scale, call);
}

using Operation = std::optional<hugeint_t> (*)(const DecimalCall&, hugeint_t, hugeint_t);

void AddOperation(Registry& registry, const std::string& name, const std::string& try_name,
                  Operation operation) {
  const auto run = [operation](Frame& frame, hugeint_t a, hugeint_t b) -> std::optional<hugeint_t> {
    return operation(frame.BindData<DecimalCall>(), a, b);
  };
  if (!name.empty()) AddDecimal(registry, name, run);
  if (!try_name.empty()) AddDecimal<true>(registry, try_name, run);
}

// Interval times or by a decimal: rounded half up to whole months or microseconds.
template <typename T>
void AddDecimalIntervals(Registry& registry, const std::string& unit) {
  const auto scaled = [](Frame& frame, T value, hugeint_t by, bool divide) -> T {
    DecimalCall call;
    call.left_scale = 0;
    call.right_scale = frame.BindData<DecimalCall>().right_scale;
    const hugeint_t left = ToHugeint(Int128{value});
    if (divide && ToInt128(by) == 0) {
      Raise("INTERVAL_DIVIDED_BY_ZERO",
            "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL "
            "instead.");
    }
    const Int128 result = ToInt128(divide ? *Divide(call, left, by) : *Multiply(call, left, by));
    if (result < std::numeric_limits<T>::min() || result > std::numeric_limits<T>::max()) {
      RaiseOverflow("Overflow");
    }
    return static_cast<T>(result);
  };
  AddDecimal(
      registry, "weir_" + unit + "_multiply",
      [scaled](Frame& frame, T value, hugeint_t by) { return scaled(frame, value, by, false); }, 0);
  AddDecimal(
      registry, "weir_" + unit + "_divide",
      [scaled](Frame& frame, T value, hugeint_t by) { return scaled(frame, value, by, true); }, 0);
}

}  // namespace

void AddDecimals(Registry& registry) {
  AddOperation(
      registry, "weir_decimal_add", "weir_try_add_decimal",
      [](const DecimalCall& call, hugeint_t a, hugeint_t b) { return Add(call, a, b, false); });
  AddOperation(
      registry, "weir_decimal_subtract", "weir_try_subtract_decimal",
      [](const DecimalCall& call, hugeint_t a, hugeint_t b) { return Add(call, a, b, true); });
  AddOperation(registry, "weir_decimal_multiply", "weir_try_multiply_decimal", Multiply);
  AddOperation(registry, "weir_decimal_divide", "weir_try_divide_decimal", DivideFast);
  AddOperation(registry, "weir_decimal_remainder", "weir_try_remainder_decimal", RemainderOf);
  AddOperation(registry, "weir_decimal_pmod", "", PositiveRemainder);
  AddDecimal(
      registry, "weir_decimal_div",
      [](Frame& frame, hugeint_t a, hugeint_t b) {
        return WholeQuotient(frame.BindData<DecimalCall>(), a, b);
      },
      0);
  AddDecimal(
      registry, "weir_decimal_round",
      [](Frame& frame, hugeint_t a) { return Round(frame.BindData<DecimalCall>(), a); }, 4, true);
  AddDecimalIntervals<int32_t>(registry, "months");
  AddDecimalIntervals<int64_t>(registry, "micros");
}

}  // namespace weir::engine
