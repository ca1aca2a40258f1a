#include "weir/engine/duckdb/functions/time_steps.h"

#include <algorithm>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/types/civil_time.h"

namespace weir::engine {

using duckdb::timestamp_t;

int LastDay(int64_t year, int month) {
  for (int day = 31; day > 28; --day) {
    if (IsValidDay({year, month, day})) return day;
  }
  return 28;
}

int64_t MonthsLater(int64_t days, int64_t months) {
  CivilDay day = CivilDayOf(days);
  const int64_t month = day.year * 12 + day.month - 1 + months;
  day.year = FloorDiv(month, 12);
  day.month = static_cast<int>(month - day.year * 12) + 1;
  day.day = std::min(day.day, LastDay(day.year, day.month));
  return DaysSinceEpoch(day);
}

timestamp_t MonthsLater(timestamp_t time, int64_t months) {
  const int64_t days = FloorDiv(time.value, kMicrosPerDay);
  int64_t micros = 0;
  if (__builtin_mul_overflow(MonthsLater(days, months), kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, time.value - days * kMicrosPerDay, &micros)) {
    RaiseOverflow("long overflow");
  }
  return timestamp_t(micros);
}

timestamp_t MicrosLater(timestamp_t time, int64_t micros) {
  int64_t result = 0;
  if (__builtin_add_overflow(time.value, micros, &result)) RaiseOverflow("long overflow");
  return timestamp_t(result);
}

timestamp_t MonthsLater(timestamp_t time, int64_t months, const TimeZone& zone) {
  if (zone.IsUtc()) return MonthsLater(time, months);
  const timestamp_t local = MonthsLater(timestamp_t(zone.ToLocal(time.value)), months);
  return timestamp_t(zone.ToInstant(local.value, time.value));
}

timestamp_t MicrosLater(timestamp_t time, int64_t micros, const TimeZone& zone) {
  const int64_t days = micros / kMicrosPerDay;
  if (days == 0 || zone.IsUtc()) return MicrosLater(time, micros);
  const timestamp_t local =
      MicrosLater(timestamp_t(zone.ToLocal(time.value)), days * kMicrosPerDay);
  return MicrosLater(timestamp_t(zone.ToInstant(local.value, time.value)),
                     micros - days * kMicrosPerDay);
}

int64_t MonthsApart(timestamp_t from, timestamp_t to) {
  struct Place {
    int64_t month;
    int64_t in_month;  // Microseconds.
  };
  const auto place = [](timestamp_t time) {
    const int64_t days = FloorDiv(time.value, kMicrosPerDay);
    const CivilDay day = CivilDayOf(days);
    return Place{day.year * 12 + day.month,
                 (day.day - 1) * kMicrosPerDay + time.value - days * kMicrosPerDay};
  };
  const Place a = place(from);
  const Place b = place(to);
  const int64_t months = b.month - a.month;
  if (months > 0 && b.in_month < a.in_month) return months - 1;
  if (months < 0 && b.in_month > a.in_month) return months + 1;
  return months;
}

}  // namespace weir::engine
