#include "weir/types/interval_text.h"

#include <gmock/gmock.h>

#include <limits>

#include "weir/types/parse_text.h"
#include "weir/types/value.h"

namespace weir {
namespace {

std::string Read(std::string_view text) {
  const auto parsed = ParseIntervalText(text);
  if (const auto* bad = std::get_if<BadInterval>(&parsed)) return bad->condition;
  return std::get<CalendarInterval>(parsed).ToString();
}

TEST(IntervalTextTest, AmountsOfUnitsAddUp) {
  EXPECT_EQ(Read("1 year 2 months -3 weeks 4 days"), "1 years 2 months -17 days");
  EXPECT_EQ(Read("  INTERVAL\t+ 1 Hours 0.5 second"), "1 hours 0.5 seconds");
  EXPECT_EQ(Read("1 millisecond -1 microsecond"), "0.000999 seconds");
  EXPECT_EQ(Read(".25 seconds"), "0.25 seconds");
  EXPECT_EQ(Read("-0.123456789 second"), "-0.123456 seconds");
  EXPECT_EQ(Read("0 days"), "0 seconds");
}

TEST(IntervalTextTest, WhatIsWrongHasSparksCondition) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "INPUT_IS_EMPTY"},
      {"interval ", "INPUT_IS_EMPTY"},
      {"intervalx 1 day", "INVALID_PREFIX"},
      {"day", "UNRECOGNIZED_NUMBER"},
      {"+", "MISSING_NUMBER"},
      {"1", "MISSING_UNIT"},
      {"1.5.5 seconds", "INVALID_VALUE"},
      {"- -1 day", "INVALID_VALUE"},
      {"1day", "INVALID_VALUE"},
      {"1 dayss", "INVALID_UNIT"},
      {"1 nanosecond", "INVALID_UNIT"},
      {"1.5 days", "INVALID_FRACTION"},
      {"1.1234567891 seconds", "INVALID_PRECISION"},
      {"3000000000 days", "ARITHMETIC_EXCEPTION"},
      {"99999999999999999999 seconds", "ARITHMETIC_EXCEPTION"},
  };
  for (const auto& [text, condition] : cases) {
    EXPECT_EQ(Read(text), std::string("INVALID_INTERVAL_FORMAT.") + condition) << text;
  }
}

std::string CastToInterval(std::string_view text, const DataType& type) {
  const auto parsed = ParseIntervalAs(text, type);
  if (const auto* bad = std::get_if<BadInterval>(&parsed)) return bad->condition;
  return IntervalToString(std::get<int64_t>(parsed), type);
}

TEST(IntervalTextTest, FieldsAreReadAndWrittenByTheType) {
  const DataType day = DataType::Interval(IntervalField::kDay, IntervalField::kDay);
  const DataType hours = DataType::Interval(IntervalField::kHour, IntervalField::kMinute);
  const DataType second = DataType::Interval(IntervalField::kSecond, IntervalField::kSecond);
  EXPECT_EQ(CastToInterval("-7", day), "INTERVAL '-7' DAY");
  EXPECT_EQ(CastToInterval("interval '7' day", day), "INTERVAL '7' DAY");
  EXPECT_EQ(CastToInterval("INTERVAL -'-7'  DAY", day), "INTERVAL '7' DAY");
  EXPECT_EQ(CastToInterval("605:59", hours), "INTERVAL '605:59' HOUR TO MINUTE");
  EXPECT_EQ(CastToInterval("1:2", hours), "INTERVAL '01:02' HOUR TO MINUTE");
  EXPECT_EQ(CastToInterval("5.000001", second), "INTERVAL '05.000001' SECOND");
  EXPECT_EQ(CastToInterval("-178956970-8", TypeId::kYearMonthInterval),
            "INTERVAL '-178956970-8' YEAR TO MONTH");
  EXPECT_EQ(CastToInterval("-106751991 04:00:54.775808", TypeId::kDayTimeInterval),
            "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND");
}

TEST(IntervalTextTest, FieldsThatDoNotMatchAreRefused) {
  const std::string notice = "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING_WITH_NOTICE";
  EXPECT_EQ(CastToInterval("1", TypeId::kDayTimeInterval), notice);
  EXPECT_EQ(CastToInterval("1  02:03:04", TypeId::kDayTimeInterval), notice);
  EXPECT_EQ(CastToInterval("1 02:03:04.1234567891", TypeId::kDayTimeInterval), notice);
  EXPECT_EQ(CastToInterval("interval '1' day", TypeId::kDayTimeInterval), notice);
  EXPECT_EQ(CastToInterval("1 24:00:00", TypeId::kDayTimeInterval), "_LEGACY_ERROR_TEMP_0063");
  EXPECT_EQ(CastToInterval("106751991 04:00:54.775808", TypeId::kDayTimeInterval),
            "_LEGACY_ERROR_TEMP_0063");
  EXPECT_EQ(CastToInterval("x", TypeId::kYearMonthInterval),
            "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING");
  EXPECT_EQ(CastToInterval("1-12", TypeId::kYearMonthInterval),
            "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING");
  EXPECT_EQ(CastToInterval("178956970-8", TypeId::kYearMonthInterval),
            "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING");
}

TEST(IntervalTextTest, CalendarIntervalsSurviveTheirBytes) {
  const CalendarInterval interval{-1, 2, std::numeric_limits<int64_t>::min()};
  EXPECT_EQ(CalendarInterval::Decode(interval.Encode()), interval);
}

std::string Time(std::string_view text, int precision = 6) {
  const auto micros = ParseTime(text, precision);
  return micros ? Value(TypeId::kTime, *micros).ToString() : "none";
}

TEST(TimeTextTest, TimesOfDayAreRead) {
  EXPECT_EQ(Time("1:2"), "01:02:00");
  EXPECT_EQ(Time(" T01:02:03.\t"), "01:02:03");
  EXPECT_EQ(Time("23:59:59.9999999"), "23:59:59.999999");
  EXPECT_EQ(Time("1:2:3.987654", 2), "01:02:03.98");
  EXPECT_EQ(Time("12:00AM"), "00:00:00");
  EXPECT_EQ(Time("12:00 pm"), "12:00:00");
  EXPECT_EQ(Time("1:00 Pm"), "13:00:00");
  for (const char* text : {"", "12", "12:", "24:00", "1:60", "1:2:60", "001:2", "0:00 AM",
                           "13:00 PM", "1:2 P", "1:2:3Z", "2020-01-01 1:2", "-1:2", "AM"}) {
    EXPECT_EQ(Time(text), "none") << text;
  }
}

}  // namespace
}  // namespace weir
