#include "weir/types/civil_time.h"

#include <cstdio>

namespace weir {

namespace {

bool IsLeap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

}  // namespace

bool IsValidDay(const CivilDay& day) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (day.month < 1 || day.month > 12 || day.day < 1) return false;
  const int leap = day.month == 2 && IsLeap(day.year) ? 1 : 0;
  return day.day <= kDays[day.month - 1] + leap;
}

// Counts from 1 March, so that the leap day ends the year, in cycles of 400 years.
int64_t DaysSinceEpoch(const CivilDay& day) {
  const int64_t year = day.year - (day.month <= 2 ? 1 : 0);
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * ((day.month + 9) % 12) + 2) / 5 + day.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDay CivilDayOf(int64_t days_since_epoch) {
  const int64_t days = days_since_epoch + 719'468;
  const int64_t era = FloorDiv(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month = (5 * day_of_year + 2) / 153;
  CivilDay day;
  day.day = static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1);
  day.month = static_cast<int>(month < 10 ? month + 3 : month - 9);
  day.year = year_of_era + era * 400 + (day.month <= 2 ? 1 : 0);
  return day;
}

std::string DateToString(int64_t days_since_epoch) {
  const CivilDay day = CivilDayOf(days_since_epoch);
  const char* const sign = day.year < 0 ? "-" : day.year > 9999 ? "+" : "";
  char text[48];
  const int length = std::snprintf(text, sizeof(text), "%s%04lld-%02d-%02d", sign,
                                   static_cast<long long>(day.year < 0 ? -day.year : day.year),
                                   day.month, day.day);
  return std::string(text, static_cast<size_t>(length));
}

std::string TimestampToString(int64_t micros_since_epoch) {
  const int64_t days = FloorDiv(micros_since_epoch, kMicrosPerDay);
  return DateToString(days) + " " + TimeToString(micros_since_epoch - days * kMicrosPerDay);
}

std::string TimeToString(int64_t micros) {
  const int64_t seconds = micros / kMicrosPerSecond;
  char text[48];
  int length = std::snprintf(text, sizeof(text), "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                             static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string result(text, static_cast<size_t>(length));
  if (const int64_t fraction = micros % kMicrosPerSecond; fraction != 0) {
    length = std::snprintf(text, sizeof(text), ".%06d", static_cast<int>(fraction));
    result.append(text, static_cast<size_t>(length));
    while (result.back() == '0') result.pop_back();
  }
  return result;
}

}  // namespace weir
