#include <charconv>
#include <cmath>
#include <cstring>

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

namespace {

constexpr const char* kByZero =
    "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.";
constexpr const char* kRemainderByZero =
    "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead.";

// ------------------------------------------------------------------------------- division

double Divided(double left, double right) {
  if (right == 0) Raise("DIVIDE_BY_ZERO", kByZero);
  return left / right;
}

int64_t WholeQuotient(int64_t left, int64_t right) {
  if (right == 0) Raise("DIVIDE_BY_ZERO", kByZero);
  if (left == INT64_MIN && right == -1) RaiseOverflow("long overflow", "try_divide");
  return left / right;
}

template <typename T>
T RemainderOf(T left, T right) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(left, right);
  } else {
    return right == -1 ? T(0) : static_cast<T>(left % right);
  }
}

template <typename T>
void AddRemainders(Registry& registry) {
  registry.Add("weir_remainder", [](T left, T right) -> T {
    if (right == 0) Raise("REMAINDER_BY_ZERO", kRemainderByZero);
    return RemainderOf(left, right);
  });
  registry.Add("weir_try_remainder", [](T left, T right) -> std::optional<T> {
    if (right == 0) return std::nullopt;
    return RemainderOf(left, right);
  });
  registry.Add("weir_pmod", [](T left, T right) -> T {
    if (right == 0) Raise("REMAINDER_BY_ZERO", kRemainderByZero);
    const T rest = RemainderOf(left, right);
    return rest < 0 ? RemainderOf(static_cast<T>(rest + right), right) : rest;
  });
}

// ------------------------------------------------------------------------------- try_*

template <typename T>
std::optional<T> Unless(bool overflow, T value) {
  if (overflow) return std::nullopt;
  return value;
}

template <typename T>
void AddTries(Registry& registry) {
  registry.Add("weir_try_add", [](T left, T right) -> std::optional<T> {
    if constexpr (std::is_floating_point_v<T>)
      return left + right;
    else {
      T sum = 0;
      const bool overflow = __builtin_add_overflow(left, right, &sum);
      return Unless(overflow, sum);
    }
  });
  registry.Add("weir_try_subtract", [](T left, T right) -> std::optional<T> {
    if constexpr (std::is_floating_point_v<T>)
      return left - right;
    else {
      T difference = 0;
      const bool overflow = __builtin_sub_overflow(left, right, &difference);
      return Unless(overflow, difference);
    }
  });
  registry.Add("weir_try_multiply", [](T left, T right) -> std::optional<T> {
    if constexpr (std::is_floating_point_v<T>)
      return left * right;
    else {
      T product = 0;
      const bool overflow = __builtin_mul_overflow(left, right, &product);
      return Unless(overflow, product);
    }
  });
}

template <typename T>
void AddAbs(Registry& registry, const char* name) {
  const std::string what = std::string(name) + " overflow";
  registry.Add("weir_abs", [what](T value) -> T {
    if constexpr (std::is_floating_point_v<T>)
      return std::fabs(value);
    else {
      if (value == std::numeric_limits<T>::min()) RaiseOverflow(what);
      return static_cast<T>(value < 0 ? -value : value);
    }
  });
}

// ------------------------------------------------------------------------------- bits

template <typename T>
void AddShifts(Registry& registry) {
  using Unsigned = std::make_unsigned_t<T>;
  // Only the low bits of the count matter, as in Java.
  constexpr int32_t kMask = sizeof(T) * 8 - 1;
  registry.Add("weir_shift_left", [](T value, int32_t count) -> T {
    return static_cast<T>(static_cast<Unsigned>(value) << (count & kMask));
  });
  registry.Add("weir_shift_right",
               [](T value, int32_t count) -> T { return value >> (count & kMask); });
  registry.Add("weir_shift_right_unsigned", [](T value, int32_t count) -> T {
    return static_cast<T>(static_cast<Unsigned>(value) >> (count & kMask));
  });
}

// ------------------------------------------------------------------------------- rounding

// The shortest digits that read back as the value: value = digits * 10^exponent.
struct Shortest {
  bool negative = false;
  uint64_t digits = 0;
  int exponent = 0;
};

template <typename Real>
Shortest ShortestOf(Real value) {
  char text[64];
  const auto printed =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  Shortest result;
  const char* at = text;
  if (*at == '-') {
    result.negative = true;
    ++at;
  }
  int fraction = 0;
  bool point = false;
  for (; at < printed.ptr && *at != 'e'; ++at) {
    if (*at == '.') {
      point = true;
      continue;
    }
    result.digits = result.digits * 10 + static_cast<uint64_t>(*at - '0');
    if (point) ++fraction;
  }
  int exponent = 0;
  ++at;
  std::from_chars(*at == '+' ? at + 1 : at, printed.ptr, exponent);
  result.exponent = exponent - fraction;
  return result;
}

uint64_t PowerOfTen(int power) {
  uint64_t value = 1;
  for (int i = 0; i < power; ++i) value *= 10;
  return value;
}

// Halves away from zero, or to the even digit.
template <typename Real>
Real Rounded(Real value, int64_t places, bool even) {
  if (!std::isfinite(value)) return value;
  Shortest number = ShortestOf(value);
  if (number.exponent >= 0 && places >= 0) return value;
  if (-number.exponent <= places) return value;
  const int64_t drop = -int64_t{number.exponent} - places;
  uint64_t kept = 0;
  if (drop <= 18) {
    const uint64_t unit = PowerOfTen(static_cast<int>(drop));
    kept = number.digits / unit;
    const uint64_t rest = number.digits % unit;
    const uint64_t half = unit / 2;
    if (rest > half || (rest == half && (!even || kept % 2 == 1))) ++kept;
  }
  char text[64];
  char* end = std::to_chars(text, text + 24, kept).ptr;
  *end++ = 'e';
  end = std::to_chars(end, text + sizeof(text), -places).ptr;
  Real result = 0;
  std::from_chars(text, end, result);
  // BigDecimal has no negative zero.
  return number.negative && result != 0 ? -result : result;
}

template <typename T>
T RoundedWhole(T value, int64_t places, bool even) {
  if (places >= 0) return value;
  if (places < -19) return 0;
  __extension__ typedef __int128 Wide;
  Wide unit = 1;
  for (int64_t i = 0; i < -places; ++i) unit *= 10;
  const Wide size = value < 0 ? -Wide(value) : Wide(value);
  Wide kept = size / unit;
  const Wide rest = size % unit;
  if (rest * 2 > unit || (rest * 2 == unit && (!even || kept % 2 == 1))) ++kept;
  const Wide result = value < 0 ? -kept * unit : kept * unit;
  if (result < std::numeric_limits<T>::min() || result > std::numeric_limits<T>::max()) {
    RaiseOverflow("Overflow");
  }
  return static_cast<T>(result);
}

template <typename T>
void AddRounding(Registry& registry) {
  for (const bool even : {false, true}) {
    registry.Add(even ? "weir_bround" : "weir_round", [even](T value, int32_t places) -> T {
      if constexpr (std::is_floating_point_v<T>)
        return Rounded(value, places, even);
      else
        return RoundedWhole(value, places, even);
    });
  }
}

// As Java casts: NaN is 0, what is too large the largest.
int64_t ToLong(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 9223372036854775808.0) return INT64_MAX;
  if (value < -9223372036854775808.0) return INT64_MIN;
  return static_cast<int64_t>(value);
}

// ------------------------------------------------------------------------------- doubles

constexpr double kDegrees = 57.29577951308232;
constexpr double kRadians = 0.017453292519943295;

double PowerOf(double base, double exponent) {
  // Java differs from C: 1^NaN and (-1)^Infinity are no numbers there.
  if (std::isnan(exponent) || (std::fabs(base) == 1 && std::isinf(exponent))) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return std::pow(base, exponent);
}

// The C library's of a double misses 3 for 27.
double CubeRoot(double value) { return static_cast<double>(cbrtl(value)); }

std::optional<double> LogOf(double value, double (*log)(double), double above) {
  if (value <= above) return std::nullopt;
  return log(value);
}

void AddDoubles(Registry& registry) {
  static constexpr std::pair<const char*, double (*)(double)> kPlain[] = {
      {"sqrt", std::sqrt},      {"exp", std::exp},     {"expm1", std::expm1}, {"cbrt", CubeRoot},
      {"sin", std::sin},        {"cos", std::cos},     {"tan", std::tan},     {"asin", std::asin},
      {"acos", std::acos},      {"atan", std::atan},   {"sinh", std::sinh},   {"cosh", std::cosh},
      {"tanh", std::tanh},      {"asinh", std::asinh}, {"acosh", std::acosh}, {"atanh", std::atanh},
      {"rint", std::nearbyint},
  };
  for (const auto& [name, function] : kPlain) {
    double (*const f)(double) = function;
    registry.Add(std::string("weir_") + name, [f](double value) { return f(value); });
  }
  registry.Add("weir_cot", [](double value) { return 1 / std::tan(value); });
  registry.Add("weir_sec", [](double value) { return 1 / std::cos(value); });
  registry.Add("weir_csc", [](double value) { return 1 / std::sin(value); });
  registry.Add("weir_degrees", [](double value) { return value * kDegrees; });
  registry.Add("weir_radians", [](double value) { return value * kRadians; });
  registry.Add("weir_signum", [](double value) {
    return value > 0 ? 1.0 : value < 0 ? -1.0 : value;
  });
  registry.Add("weir_ln", [](double value) { return LogOf(value, std::log, 0); });
  registry.Add("weir_log10", [](double value) { return LogOf(value, std::log10, 0); });
  registry.Add("weir_log2", [](double value) { return LogOf(value, std::log2, 0); });
  registry.Add("weir_log1p", [](double value) { return LogOf(value, std::log1p, -1); });
  registry.Add("weir_log", [](double base, double value) -> std::optional<double> {
    if (base <= 0 || value <= 0) return std::nullopt;
    return std::log(value) / std::log(base);
  });
  registry.Add("weir_pow", [](double base, double exponent) { return PowerOf(base, exponent); });
  registry.Add("weir_hypot", [](double a, double b) { return std::hypot(a, b); });
  registry.Add("weir_ceil", [](double value) { return ToLong(std::ceil(value)); });
  registry.Add("weir_floor", [](double value) { return ToLong(std::floor(value)); });
}

// ------------------------------------------------------------------------------- intervals

int64_t RoundedToLong(double value) {
  const double rounded = std::round(value);  // Halves away from zero.
  if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0)) {
    RaiseOverflow("Overflow");
  }
  return static_cast<int64_t>(rounded);
}

template <typename T>
T Checked(int64_t value) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    RaiseOverflow("Overflow");
  }
  return static_cast<T>(value);
}

[[noreturn]] void RaiseIntervalByZero() {
  Raise("INTERVAL_DIVIDED_BY_ZERO",
        "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead.");
}

template <typename T>
void AddIntervals(Registry& registry, const std::string& unit) {
  registry.Add("weir_" + unit + "_multiply", [](T value, int64_t by) -> T {
    int64_t product = 0;
    if (__builtin_mul_overflow(int64_t{value}, by, &product)) RaiseOverflow("Overflow");
    return Checked<T>(product);
  });
  registry.Add("weir_" + unit + "_multiply", [](T value, double by) -> T {
    return Checked<T>(RoundedToLong(static_cast<double>(value) * by));
  });
  registry.Add("weir_" + unit + "_divide", [](T value, int64_t by) -> T {
    if (by == 0) RaiseIntervalByZero();
    if (by == -1 && value == std::numeric_limits<T>::min()) {
      Raise("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
            "Interval value overflows after being divided by -1. Use `try_divide` to tolerate "
            "overflow and return NULL instead.");
    }
    const int64_t whole = int64_t{value} / by;
    const uint64_t rest = static_cast<uint64_t>(std::abs(int64_t{value} % by));
    const uint64_t size = by < 0 ? 0 - static_cast<uint64_t>(by) : static_cast<uint64_t>(by);
    const int64_t away = (value < 0) != (by < 0) ? -1 : 1;
    return Checked<T>(rest >= size - rest ? whole + away : whole);
  });
  registry.Add("weir_" + unit + "_divide", [](T value, double by) -> T {
    if (by == 0) RaiseIntervalByZero();
    return Checked<T>(RoundedToLong(static_cast<double>(value) / by));
  });
}

std::optional<int64_t> Factorial(int32_t n) {
  if (n < 0 || n > 20) return std::nullopt;
  int64_t result = 1;
  for (int64_t i = 2; i <= n; ++i) result *= i;
  return result;
}

template <typename T>
void AddOfType(Registry& registry) {
  AddRemainders<T>(registry);
  AddTries<T>(registry);
  AddRounding<T>(registry);
}

}  // namespace

void AddNumbers(Registry& registry) {
  registry.Add("weir_divide", [](double left, double right) { return Divided(left, right); });
  registry.Add("weir_try_divide", [](double left, double right) -> std::optional<double> {
    if (right == 0) return std::nullopt;
    return left / right;
  });
  registry.Add("weir_div", [](int64_t left, int64_t right) { return WholeQuotient(left, right); });
  registry.Add("weir_interval_div", [](int64_t left, int64_t right) {
    if (right == 0) RaiseIntervalByZero();
    return WholeQuotient(left, right);
  });
  registry.Add("weir_floor_div", [](int64_t left, int64_t right) {
    return left / right - (left % right != 0 && (left < 0) != (right < 0) ? 1 : 0);
  });
  AddOfType<int8_t>(registry);
  AddOfType<int16_t>(registry);
  AddOfType<int32_t>(registry);
  AddOfType<int64_t>(registry);
  AddOfType<float>(registry);
  AddOfType<double>(registry);
  AddAbs<int8_t>(registry, "byte");
  AddAbs<int16_t>(registry, "short");
  AddAbs<int32_t>(registry, "integer");
  AddAbs<int64_t>(registry, "long");
  AddAbs<float>(registry, "float");
  AddAbs<double>(registry, "double");
  AddShifts<int32_t>(registry);
  AddShifts<int64_t>(registry);
  AddDoubles(registry);
  AddIntervals<int32_t>(registry, "months");
  AddIntervals<int64_t>(registry, "micros");
  registry.Add("weir_factorial", [](int32_t n) { return Factorial(n); });
}

}  // namespace weir::engine
