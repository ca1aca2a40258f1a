#include <limits>

#include "weir/engine/duckdb/functions/decimal_call.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/interval_text.h"
#include "weir/types/value.h"

// Intervals as numbers: months in 32 bits, microseconds in 64.
namespace weir::engine {

namespace {

using duckdb::hugeint_t;

[[noreturn]] void RaiseIntervalOverflow(const std::string& advice) {
  Raise(advice.empty() ? "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION"
                       : "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
        advice.empty() ? "Integer overflow while operating with intervals. Try devising "
                         "appropriate values for the interval parameters."
                       : "Integer overflow while operating with intervals. Use `" + advice +
                             "` to tolerate overflow and return NULL instead.");
}

template <typename T>
void AddSums(Registry& registry) {
  registry.Add("weir_interval_add", [](T left, T right) -> T {
    T sum = 0;
    if (__builtin_add_overflow(left, right, &sum)) RaiseIntervalOverflow("try_add");
    return sum;
  });
  registry.Add("weir_interval_subtract", [](T left, T right) -> T {
    T difference = 0;
    if (__builtin_sub_overflow(left, right, &difference)) RaiseIntervalOverflow("try_subtract");
    return difference;
  });
  registry.Add("weir_interval_negate", [](T value) -> T {
    if (value == std::numeric_limits<T>::min()) RaiseIntervalOverflow("");
    return static_cast<T>(-value);
  });
}

DataType TypeOf(int32_t from, int32_t to) {
  return DataType::Interval(static_cast<IntervalField>(from), static_cast<IntervalField>(to));
}

template <typename T>
bool Fits(Int128 value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

// Numbers count the smallest field.
template <typename T>
std::optional<T> Counted(int64_t count, int32_t to) {
  const Int128 amount = Int128{count} * IntervalFieldSize(static_cast<IntervalField>(to));
  return Fits<T>(amount) ? std::optional<T>(static_cast<T>(amount)) : std::nullopt;
}

// A number with a fraction: rounded half up to months or microseconds, then what is less than the
// smallest field of a day-time interval cut off.
template <typename T>
std::optional<T> CountedDecimal(Int128 unscaled, int scale, int32_t to) {
  const Int128 size = IntervalFieldSize(static_cast<IntervalField>(to));
  const Int128 unit = PowerOfTen(scale);
  Int128 product = 0;
  if (__builtin_mul_overflow(unscaled, size, &product)) return std::nullopt;
  Int128 whole = product / unit;
  const Int128 rest = product % unit;
  const Int128 twice = (rest < 0 ? -rest : rest) * 2;
  if (twice >= unit) whole += product < 0 ? -1 : 1;
  if (sizeof(T) == 8 && to != static_cast<int>(IntervalField::kSecond)) whole -= whole % size;
  return Fits<T>(whole) ? std::optional<T>(static_cast<T>(whole)) : std::nullopt;
}

template <typename T>
void AddConversions(Registry& registry, const std::string& unit) {
  registry.Add("weir_" + unit + "_to_string", [](T amount, int32_t from, int32_t to) {
    return IntervalToString(amount, TypeOf(from, to));
  });
  registry.Add("weir_to_" + unit, [](std::string_view text, int32_t from, int32_t to) -> T {
    const auto parsed = ParseIntervalAs(text, TypeOf(from, to));
    if (const auto* const bad = std::get_if<BadInterval>(&parsed)) {
      Raise(bad->condition, bad->message);
    }
    return static_cast<T>(std::get<int64_t>(parsed));
  });
  registry.Add("weir_try_to_" + unit,
               [](std::string_view text, int32_t from, int32_t to) -> std::optional<T> {
                 const auto parsed = ParseIntervalAs(text, TypeOf(from, to));
                 const auto* const amount = std::get_if<int64_t>(&parsed);
                 return amount == nullptr ? std::nullopt
                                          : std::optional<T>(static_cast<T>(*amount));
               });
  registry.Add("weir_to_" + unit, [](int64_t count, int32_t from, int32_t to) -> T {
    const auto amount = Counted<T>(count, to);
    if (!amount) RaiseCastOverflow(std::to_string(count), "BIGINT", TypeOf(from, to).ToSql());
    return *amount;
  });
  registry.Add("weir_try_to_" + unit,
               [](int64_t count, int32_t, int32_t to) { return Counted<T>(count, to); });
  // Of decimals the call's precision and scale are the fields.
  const auto counted = [](Frame& frame, hugeint_t value) {
    const auto& call = frame.BindData<DecimalCall>();
    return CountedDecimal<T>(ToInt128(value), call.left_scale, call.scale);
  };
  AddDecimal(registry, "weir_to_" + unit, [counted](Frame& frame, hugeint_t value) -> T {
    const auto amount = counted(frame, value);
    const auto& call = frame.BindData<DecimalCall>();
    if (!amount) {
      RaiseCastOverflow(DecimalToString(ToInt128(value), call.left_scale), "DECIMAL",
                        TypeOf(call.precision, call.scale).ToSql());
    }
    return *amount;
  });
  AddDecimal<true>(registry, "weir_try_to_" + unit, counted);
}

int64_t MadeMicros(int32_t days, int32_t hours, int32_t minutes, int64_t seconds) {
  const Int128 total = ((Int128{days} * 24 + hours) * 60 + minutes) * 60'000'000 + seconds;
  if (!Fits<int64_t>(total)) RaiseIntervalOverflow("");
  return static_cast<int64_t>(total);
}

int32_t MadeMonths(int32_t years, int32_t months) {
  const int64_t total = int64_t{years} * 12 + months;
  if (!Fits<int32_t>(total)) RaiseIntervalOverflow("");
  return static_cast<int32_t>(total);
}

}  // namespace

void AddLengths(Registry& registry) {
  AddSums<int32_t>(registry);
  AddSums<int64_t>(registry);
  AddConversions<int32_t>(registry, "months");
  AddConversions<int64_t>(registry, "micros");
  auto micros = registry.Make(MadeMicros);
  micros.arguments.back() = duckdb::LogicalType::DECIMAL(18, 6);  // 64 bits of microseconds.
  registry.Add("weir_make_dt_interval", std::move(micros));
  registry.Add("weir_make_ym_interval", MadeMonths);
}

}  // namespace weir::engine
