#pragma once

#include <cstdint>
#include <string>

namespace weir {

// A day of the proleptic Gregorian calendar, years before 1 counted ..., -1, 0, 1, ...
struct CivilDay {
  int64_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
};

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// Rounded down, also below zero; `by` is above it.
constexpr int64_t FloorDiv(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

bool IsValidDay(const CivilDay& day);
// Days since 1970-01-01. The day must be valid.
int64_t DaysSinceEpoch(const CivilDay& day);
CivilDay CivilDayOf(int64_t days_since_epoch);

// "2013-01-01"; years over 9999 start with '+', years below 0 with '-'.
std::string DateToString(int64_t days_since_epoch);
// "2013-01-01 05:00:00.5", without trailing zeros of the fraction.
std::string TimestampToString(int64_t micros_since_epoch);
// "05:00:00.5" of microseconds since midnight, likewise.
std::string TimeToString(int64_t micros);

}  // namespace weir
