#include <algorithm>
#include <array>
#include <cmath>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/time_steps.h"
#include "weir/engine/duckdb/functions/zone_state.h"
#include "weir/types/civil_time.h"
#include "weir/types/data_type.h"

namespace weir::engine {

namespace {

using duckdb::date_t;
using duckdb::timestamp_t;

date_t DateOf(int64_t days) {
  if (days < INT32_MIN || days > INT32_MAX) RaiseOverflow("integer overflow");
  return date_t(static_cast<int32_t>(days));
}

// What of a day has gone by counts as seconds that passed, not as clocks show it.
double MonthsBetween(timestamp_t first, timestamp_t second, bool round, const TimeZone& zone) {
  const int64_t days1 = FloorDiv(zone.ToLocal(first.value), kMicrosPerDay);
  const int64_t days2 = FloorDiv(zone.ToLocal(second.value), kMicrosPerDay);
  const CivilDay a = CivilDayOf(days1);
  const CivilDay b = CivilDayOf(days2);
  const auto months = static_cast<double>((a.year - b.year) * 12 + a.month - b.month);
  const bool last_days = a.day == LastDay(a.year, a.month) && b.day == LastDay(b.year, b.month);
  if (a.day == b.day || last_days) return months;
  const auto seconds = [&](timestamp_t time, int64_t days) {
    return FloorDiv(time.value - zone.StartOfDay(days * kMicrosPerDay), kMicrosPerSecond);
  };
  const int64_t seconds1 = seconds(first, days1);
  const int64_t seconds2 = seconds(second, days2);
  const int64_t apart = (a.day - b.day) * int64_t{86'400} + seconds1 - seconds2;
  const double result = months + static_cast<double>(apart) / (31.0 * 86'400);
  if (!round) return result;
  return std::round(result * 1e8) / 1e8;
}

// ------------------------------------------------------------------------------- truncation

// The first day of the period that a word names; nothing when it names none of days.
std::optional<int64_t> FirstDay(const std::string& word, int64_t days) {
  CivilDay day = CivilDayOf(days);
  day.day = 1;
  if (word == "YEAR" || word == "YYYY" || word == "YY") {
    day.month = 1;
    return DaysSinceEpoch(day);
  }
  if (word == "QUARTER") {
    day.month = (day.month - 1) / 3 * 3 + 1;
    return DaysSinceEpoch(day);
  }
  if (word == "MONTH" || word == "MM" || word == "MON") return DaysSinceEpoch(day);
  if (word == "WEEK") return days - (days + 3 - FloorDiv(days + 3, 7) * 7);  // Monday.
  return std::nullopt;
}

int64_t MicrosOfUnit(const std::string& word) {
  if (word == "DAY" || word == "DD") return kMicrosPerDay;
  if (word == "HOUR") return 3'600 * kMicrosPerSecond;
  if (word == "MINUTE") return 60 * kMicrosPerSecond;
  if (word == "SECOND") return kMicrosPerSecond;
  if (word == "MILLISECOND") return 1'000;
  return word == "MICROSECOND" ? 1 : 0;
}

std::optional<timestamp_t> Truncated(std::string_view unit, timestamp_t time,
                                     const TimeZone& zone) {
  const std::string word = UpperName(unit);
  const int64_t size = MicrosOfUnit(word);
  // Offsets of zones are whole seconds.
  if (size != 0 && (size <= kMicrosPerSecond || zone.IsUtc())) {
    return timestamp_t(FloorDiv(time.value, size) * size);
  }
  const int64_t local = zone.ToLocal(time.value);
  if (size != 0) return timestamp_t(zone.ToInstant(FloorDiv(local, size) * size, time.value));
  const auto day = FirstDay(word, FloorDiv(local, kMicrosPerDay));
  if (!day) return std::nullopt;
  return timestamp_t(zone.StartOfDay(*day * kMicrosPerDay));
}

std::optional<date_t> TruncatedDate(date_t date, std::string_view unit) {
  const auto day = FirstDay(UpperName(unit), date.days);
  if (!day) return std::nullopt;
  return DateOf(*day);
}

date_t NextDay(date_t date, std::string_view name) {
  static constexpr std::array<std::array<std::string_view, 3>, 7> kNames = {
      {{"MO", "MON", "MONDAY"},
       {"TU", "TUE", "TUESDAY"},
       {"WE", "WED", "WEDNESDAY"},
       {"TH", "THU", "THURSDAY"},
       {"FR", "FRI", "FRIDAY"},
       {"SA", "SAT", "SATURDAY"},
       {"SU", "SUN", "SUNDAY"}}};
  const std::string word = UpperName(name);
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (std::find(kNames[i].begin(), kNames[i].end(), word) == kNames[i].end()) continue;
    const int64_t weekday = int64_t{date.days} + 3 - FloorDiv(int64_t{date.days} + 3, 7) * 7;
    const int64_t ahead = (static_cast<int64_t>(i) - weekday + 6) % 7 + 1;
    return DateOf(date.days + ahead);
  }
  Raise("ILLEGAL_DAY_OF_WEEK", "Illegal input for day of week: " + std::string(name) + ".");
}

// ------------------------------------------------------------------------------- making

[[noreturn]] void RaiseOutOfBounds(const std::string& what) {
  Raise("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", what + ".");
}

void CheckField(const char* field, int64_t low, int64_t high, int64_t value) {
  if (value >= low && value <= high) return;
  RaiseOutOfBounds("Invalid value for " + std::string(field) + " (valid values " +
                   std::to_string(low) + " - " + std::to_string(high) +
                   "): " + std::to_string(value));
}

int64_t MadeDay(int32_t year, int32_t month, int32_t day) {
  static constexpr const char* kMonths[] = {"JANUARY",   "FEBRUARY", "MARCH",    "APRIL",
                                            "MAY",       "JUNE",     "JULY",     "AUGUST",
                                            "SEPTEMBER", "OCTOBER",  "NOVEMBER", "DECEMBER"};
  CheckField("MonthOfYear", 1, 12, month);
  CheckField("DayOfMonth", 1, 31, day);
  const CivilDay civil{year, month, day};
  if (!IsValidDay(civil)) {
    if (month == 2 && day == 29) {
      RaiseOutOfBounds("Invalid date 'February 29' as '" + std::to_string(year) +
                       "' is not a leap year");
    }
    RaiseOutOfBounds("Invalid date '" + std::string(kMonths[month - 1]) + " " +
                     std::to_string(day) + "'");
  }
  return DaysSinceEpoch(civil);
}

timestamp_t MadeTime(int64_t days, int32_t hour, int32_t minute, int64_t micros) {
  CheckField("HourOfDay", 0, 23, hour);
  CheckField("MinuteOfHour", 0, 59, minute);
  const int64_t seconds = FloorDiv(micros, kMicrosPerSecond);
  // 60 without a fraction is the next minute.
  if (seconds == 60 && micros % kMicrosPerSecond != 0) {
    Raise("INVALID_FRACTION_OF_SECOND",
          "Valid range for seconds is [0, 60] (inclusive), but the provided value is 60." +
              std::to_string(micros % kMicrosPerSecond) + ".");
  }
  CheckField("SecondOfMinute", 0, seconds == 60 ? 60 : 59, seconds);
  return timestamp_t(days * kMicrosPerDay + (int64_t{hour} * 60 + minute) * 60 * kMicrosPerSecond +
                     micros);
}

// A DECIMAL(38, 6) of seconds as microseconds.
int64_t Micros(const duckdb::hugeint_t& seconds) {
  int64_t micros = 0;
  if (!duckdb::Hugeint::TryCast(seconds, micros)) RaiseOverflow("long overflow");
  return micros;
}

duckdb::LogicalType Seconds() { return duckdb::LogicalType::DECIMAL(38, 6); }

void AddMaking(Registry& registry) {
  registry.Add("weir_make_date", [](int32_t year, int32_t month, int32_t day) {
    return DateOf(MadeDay(year, month, day));
  });
  auto timestamp = registry.Make([](int32_t year, int32_t month, int32_t day, int32_t hour,
                                    int32_t minute, duckdb::hugeint_t seconds) {
    return MadeTime(MadeDay(year, month, day), hour, minute, Micros(seconds));
  });
  timestamp.arguments.back() = Seconds();
  registry.Add("weir_make_timestamp", std::move(timestamp));
  auto trying =
      registry.Make([](int32_t year, int32_t month, int32_t day, int32_t hour, int32_t minute,
                       duckdb::hugeint_t seconds) -> std::optional<timestamp_t> {
        try {
          return MadeTime(MadeDay(year, month, day), hour, minute, Micros(seconds));
        } catch (const duckdb::InvalidInputException&) {
          return std::nullopt;
        }
      });
  trying.arguments.back() = Seconds();
  registry.Add("weir_try_make_timestamp", std::move(trying));
  auto fraction = registry.Make([](int64_t micros) { return duckdb::hugeint_t(micros); });
  fraction.return_type = Seconds();
  registry.Add("weir_micros_as_seconds", std::move(fraction));
}

const TimeZone& Zone(Frame& frame, std::string_view name) {
  return frame.Local<ZoneState>().Get(name);
}

void AddByClocks(Registry& registry) {
  AddZoned(registry, "weir_start_of_day", [](Frame& frame, date_t date, std::string_view zone) {
    int64_t midnight = 0;
    if (__builtin_mul_overflow(int64_t{date.days}, kMicrosPerDay, &midnight)) {
      RaiseOverflow("long overflow");
    }
    return timestamp_t(Zone(frame, zone).StartOfDay(midnight));
  });
  AddZoned(registry, "weir_add_months",
           [](Frame& frame, timestamp_t time, int32_t months, std::string_view zone) {
             return MonthsLater(time, months, Zone(frame, zone));
           });
  AddZoned(registry, "weir_add_micros",
           [](Frame& frame, timestamp_t time, int64_t micros, std::string_view zone) {
             return MicrosLater(time, micros, Zone(frame, zone));
           });
  AddZoned(registry, "weir_date_trunc",
           [](Frame& frame, std::string_view unit, timestamp_t time, std::string_view zone) {
             return Truncated(unit, time, Zone(frame, zone));
           });
  AddZoned(
      registry, "weir_months_between",
      [](Frame& frame, timestamp_t first, timestamp_t second, bool round, std::string_view zone) {
        return MonthsBetween(first, second, round, Zone(frame, zone));
      });
}

}  // namespace

void AddTimes(Registry& registry) {
  registry.Add("weir_add_days",
               [](date_t date, int32_t days) { return DateOf(int64_t{date.days} + days); });
  registry.Add("weir_add_months", [](date_t date, int32_t months) {
    return DateOf(MonthsLater(int64_t{date.days}, months));
  });
  registry.Add("weir_add_months",
               [](timestamp_t time, int32_t months) { return MonthsLater(time, months); });
  registry.Add("weir_add_micros",
               [](timestamp_t time, int64_t micros) { return MicrosLater(time, micros); });
  registry.Add("weir_months_apart",
               [](timestamp_t from, timestamp_t to) { return MonthsApart(from, to); });
  AddByClocks(registry);
  registry.Add("weir_trunc",
               [](date_t date, std::string_view unit) { return TruncatedDate(date, unit); });
  registry.Add("weir_next_day",
               [](date_t date, std::string_view name) { return NextDay(date, name); });
  AddMaking(registry);
}

}  // namespace weir::engine
