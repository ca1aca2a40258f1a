#include <cmath>
#include <limits>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/time_steps.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/calendar_interval.h"
#include "weir/types/civil_time.h"
#include "weir/types/value.h"

// Intervals of months, days and microseconds, as the bytes of CalendarInterval.
namespace weir::engine {

namespace {

using duckdb::date_t;
using duckdb::timestamp_t;

constexpr double kMonthDays = 31;
constexpr double kDayMicros = static_cast<double>(kMicrosPerDay);

CalendarInterval Read(Blob blob) { return CalendarInterval::Decode(blob.bytes); }
NewBlob Written(const CalendarInterval& interval) { return {interval.Encode()}; }

template <typename To>
To Exact(Int128 value) {
  if (value < std::numeric_limits<To>::min() || value > std::numeric_limits<To>::max()) {
    RaiseOverflow(sizeof(To) == 4 ? "integer overflow" : "long overflow");
  }
  return static_cast<To>(value);
}

NewBlob Made(int32_t years, int32_t months, int32_t weeks, int32_t days, int32_t hours,
             int32_t minutes, int64_t seconds) {
  CalendarInterval made;
  made.months = Exact<int32_t>(Int128{years} * 12 + months);
  made.days = Exact<int32_t>(Int128{weeks} * 7 + days);
  made.micros = Exact<int64_t>((Int128{hours} * 60 + minutes) * 60 * kMicrosPerSecond + seconds);
  return Written(made);
}

NewBlob SumOf(Blob left, Blob right, int sign) {
  const CalendarInterval a = Read(left);
  const CalendarInterval b = Read(right);
  return Written({Exact<int32_t>(Int128{a.months} + sign * Int128{b.months}),
                  Exact<int32_t>(Int128{a.days} + sign * Int128{b.days}),
                  Exact<int64_t>(Int128{a.micros} + sign * Int128{b.micros})});
}

// Halves away from zero; what is beyond the range of T is an overflow.
template <typename T>
T Rounded(double value) {
  const double whole = std::round(value);
  const double limit = std::ldexp(1.0, sizeof(T) * 8 - 1);
  if (!(whole >= -limit && whole < limit)) {
    RaiseOverflow(sizeof(T) == 4 ? "integer overflow" : "long overflow");
  }
  return static_cast<T>(whole);
}

// A fraction of a month is no days; one of a day is time.
NewBlob Scaled(Blob blob, double factor, bool divide) {
  const CalendarInterval interval = Read(blob);
  const auto scaled = [&](auto part) {
    const auto value = static_cast<double>(part);
    return divide ? value / factor : value * factor;
  };
  const double months = scaled(interval.months);
  const double days = scaled(interval.days);
  CalendarInterval result;
  result.months = Rounded<int32_t>(std::trunc(months));
  result.days = Rounded<int32_t>(std::trunc(days));
  result.micros =
      Rounded<int64_t>(scaled(interval.micros) + kDayMicros * (days - std::trunc(days)));
  return Written(result);
}

int64_t Turned(int64_t value, bool minus) { return minus ? -value : value; }

timestamp_t LaterTime(timestamp_t time, Blob blob, bool minus) {
  const CalendarInterval by = Read(blob);
  const timestamp_t month = MonthsLater(time, Turned(by.months, minus));
  const timestamp_t day = MicrosLater(month, Turned(by.days, minus) * kMicrosPerDay);
  return MicrosLater(day, Turned(by.micros, minus));
}

timestamp_t LaterThere(timestamp_t time, Blob blob, bool minus, const TimeZone& zone) {
  const CalendarInterval by = Read(blob);
  const timestamp_t month = MonthsLater(time, Turned(by.months, minus), zone);
  const timestamp_t day = MicrosLater(month, Turned(by.days, minus) * kMicrosPerDay, zone);
  return MicrosLater(day, Turned(by.micros, minus));
}

date_t LaterDate(date_t date, Blob blob, bool minus) {
  const CalendarInterval by = Read(blob);
  if (by.micros != 0) {
    Raise("INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION",
          "Cannot add an interval to a date because its microseconds part is not 0. To resolve "
          "this, cast the input date to a timestamp, which supports the addition of intervals with "
          "non-zero microseconds.");
  }
  const int64_t days =
      MonthsLater(int64_t{date.days}, Turned(by.months, minus)) + Turned(by.days, minus);
  return date_t(Exact<int32_t>(days));
}

}  // namespace

void AddCalendars(Registry& registry) {
  for (const bool is_try : {false, true}) {
    auto making = registry.Make([is_try](int32_t years, int32_t months, int32_t weeks, int32_t days,
                                         int32_t hours, int32_t minutes,
                                         int64_t seconds) -> std::optional<NewBlob> {
      try {
        return Made(years, months, weeks, days, hours, minutes, seconds);
      } catch (const duckdb::InvalidInputException&) {
        if (!is_try) throw;
        return std::nullopt;
      }
    });
    making.arguments.back() = duckdb::LogicalType::DECIMAL(18, 6);  // 64 bits of microseconds.
    registry.Add(is_try ? "weir_try_make_interval" : "weir_make_interval", std::move(making));
  }
  registry.Add("weir_try_to_calendar", [](std::string_view text) -> std::optional<NewBlob> {
    const auto parsed = ParseCalendarInterval(text);
    if (!parsed) return std::nullopt;
    return Written(*parsed);
  });
  registry.Add("weir_calendar_to_string", [](Blob blob) { return Read(blob).ToString(); });
  registry.Add("weir_calendar_months", [](Blob blob) { return Read(blob).months; });
  registry.Add("weir_calendar_days", [](Blob blob) { return Read(blob).days; });
  registry.Add("weir_calendar_micros", [](Blob blob) { return Read(blob).micros; });
  registry.Add("weir_calendar_add", [](Blob left, Blob right) { return SumOf(left, right, 1); });
  registry.Add("weir_calendar_subtract",
               [](Blob left, Blob right) { return SumOf(left, right, -1); });
  registry.Add("weir_calendar_negate",
               [](Blob blob) { return SumOf({CalendarInterval().Encode()}, blob, -1); });
  registry.Add("weir_calendar_multiply",
               [](Blob blob, double by) { return Scaled(blob, by, false); });
  registry.Add("weir_calendar_divide", [](Blob blob, double by) {
    if (by == 0) {
      Raise("INTERVAL_DIVIDED_BY_ZERO",
            "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL "
            "instead.");
    }
    return Scaled(blob, by, true);
  });
  registry.Add("weir_add_calendar", LaterTime);
  AddZoned(registry, "weir_add_calendar",
           [](Frame& frame, timestamp_t time, Blob by, bool minus, std::string_view zone) {
             return LaterThere(time, by, minus, frame.Local<ZoneState>().Get(zone));
           });
  registry.Add("weir_add_calendar", LaterDate);
}

}  // namespace weir::engine
