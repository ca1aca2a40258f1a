#include <algorithm>
#include <array>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/civil_time.h"
#include "weir/types/parse_text.h"
#include "weir/types/value.h"

// Times of day.
namespace weir::engine {

namespace {

using duckdb::dtime_t;

constexpr int kMostDigits = 6;

std::optional<dtime_t> TimeOf(std::string_view text, int32_t precision) {
  const auto micros = ParseTime(text, precision);
  if (!micros) return std::nullopt;
  return dtime_t(*micros);
}

[[noreturn]] void RaiseOutOfBounds(const char* field, int64_t most, const std::string& value) {
  Raise("DATETIME_FIELD_OUT_OF_BOUNDS.WITHOUT_SUGGESTION",
        "Invalid value for " + std::string(field) + " (valid values 0 - " + std::to_string(most) +
            "): " + value + ".");
}

dtime_t MadeTime(int32_t hour, int32_t minute, duckdb::hugeint_t seconds) {
  if (hour < 0 || hour > 23) RaiseOutOfBounds("HourOfDay", 23, std::to_string(hour));
  if (minute < 0 || minute > 59) RaiseOutOfBounds("MinuteOfHour", 59, std::to_string(minute));
  const Int128 micros =
      (static_cast<Int128>(seconds.upper) << 64) | static_cast<Int128>(seconds.lower);
  if (micros < 0 || micros >= 60 * kMicrosPerSecond) {
    RaiseOutOfBounds("SecondOfMinute", 59, DecimalToString(micros, kMostDigits));
  }
  return dtime_t((int64_t{hour} * 60 + minute) * 60 * kMicrosPerSecond +
                 static_cast<int64_t>(micros));
}

int64_t SizeOfUnit(std::string_view function, std::string_view unit) {
  struct Unit {
    std::string_view name;
    int64_t size;
  };
  static constexpr std::array<Unit, 5> kUnits = {{{"HOUR", 3'600 * kMicrosPerSecond},
                                                  {"MINUTE", 60 * kMicrosPerSecond},
                                                  {"SECOND", kMicrosPerSecond},
                                                  {"MILLISECOND", 1'000},
                                                  {"MICROSECOND", 1}}};
  for (const Unit& known : kUnits) {
    if (LowerName(known.name) == LowerName(unit)) return known.size;
  }
  Raise("INVALID_PARAMETER_VALUE.TIME_UNIT",
        "The value of parameter(s) `unit` in `" + std::string(function) +
            "` is invalid: expects one of the units 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', "
            "'MICROSECOND', but got '" +
            std::string(unit.substr(0, 100)) + "'.");
}

dtime_t Later(dtime_t time, int64_t micros) {
  int64_t result = 0;
  if (__builtin_add_overflow(time.micros, micros, &result) || result < 0 ||
      result >= kMicrosPerDay) {
    Raise("DATETIME_OVERFLOW", "Datetime operation overflow: add " +
                                   Value(TypeId::kDayTimeInterval, micros).ToString() +
                                   " to the time value '" + TimeToString(time.micros) + "'.");
  }
  return dtime_t(result);
}

}  // namespace

void AddClocks(Registry& registry) {
  registry.Add("weir_to_time", [](std::string_view text, int32_t precision) -> dtime_t {
    const auto time = TimeOf(text, precision);
    if (!time) RaiseMalformed(text, DataType::Time(precision).ToSql());
    return *time;
  });
  registry.Add("weir_try_to_time",
               [](std::string_view text, int32_t precision) { return TimeOf(text, precision); });
  registry.Add("weir_read_time", [](std::string_view text) -> dtime_t {
    const auto time = TimeOf(text, kMostDigits);
    if (time) return *time;
    Raise("CANNOT_PARSE_TIME", "The input string '" + std::string(text.substr(0, 200)) +
                                   "' cannot be parsed to a TIME value because it does not match "
                                   "the datetime format 'HH:mm:ss.SSSSSS'.");
  });
  registry.Add("weir_try_read_time",
               [](std::string_view text) { return TimeOf(text, kMostDigits); });
  registry.Add("weir_truncate_time", [](dtime_t time, int32_t precision) {
    return dtime_t(TruncateTime(time.micros, precision));
  });
  registry.Add("weir_to_string", [](dtime_t time) { return TimeToString(time.micros); });
  registry.Add("weir_time_micros", [](dtime_t time) { return int64_t{time.micros}; });
  registry.Add("weir_time_seconds",
               [](dtime_t time) { return static_cast<int32_t>(time.micros / kMicrosPerSecond); });
  auto making = registry.Make(MadeTime);
  making.arguments.back() = duckdb::LogicalType::DECIMAL(38, kMostDigits);
  registry.Add("weir_make_time", std::move(making));
  registry.Add("weir_time_add", Later);
  registry.Add("weir_time_trunc", [](std::string_view unit, dtime_t time) {
    return dtime_t(time.micros - time.micros % SizeOfUnit("time_trunc", unit));
  });
  registry.Add("weir_time_diff", [](std::string_view unit, dtime_t from, dtime_t to) {
    return (to.micros - from.micros) / SizeOfUnit("time_diff", unit);
  });
}

}  // namespace weir::engine
