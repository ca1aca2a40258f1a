#include "weir/types/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/types/parse_text.h"

namespace weir {
namespace {

constexpr int64_t kMicros = 1'000'000;

int64_t At(const char* text) { return ParseTimestamp(text).value(); }

// Two hours ahead in summer, one in winter, as Berlin was in 2024 and 2025.
TimeZone Berlin() {
  return {"Berlin",
          3'208,
          {{-2'422'054'408, 3'600},
           {At("2024-03-31 01:00:00") / kMicros, 7'200},
           {At("2024-10-27 01:00:00") / kMicros, 3'600}}};
}

TEST(TimeZoneTest, ClocksAreAheadByTheOffsetOfTheMoment) {
  const TimeZone zone = Berlin();
  EXPECT_EQ(zone.ToLocal(At("2024-01-01 00:00:00")), At("2024-01-01 01:00:00"));
  EXPECT_EQ(zone.ToLocal(At("2024-07-01 00:00:00")), At("2024-07-01 02:00:00"));
  EXPECT_EQ(zone.ToLocal(At("1500-01-01 00:00:00")), At("1500-01-01 00:53:28"));
  EXPECT_EQ(zone.ToInstant(At("2024-07-01 02:00:00")), At("2024-07-01 00:00:00"));
}

TEST(TimeZoneTest, WhatIsLeftOutIsLaterAndWhatComesTwiceIsTheFirst) {
  const TimeZone zone = Berlin();
  EXPECT_EQ(zone.ToInstant(At("2024-03-31 02:30:00")), At("2024-03-31 01:30:00"));
  EXPECT_EQ(zone.ToInstant(At("2024-03-31 01:59:59")), At("2024-03-31 00:59:59"));
  EXPECT_EQ(zone.ToInstant(At("2024-03-31 03:00:00")), At("2024-03-31 01:00:00"));
  const int64_t twice = At("2024-10-27 02:30:00");
  EXPECT_EQ(zone.ToInstant(twice), At("2024-10-27 00:30:00"));
  EXPECT_EQ(zone.ToInstant(twice, At("2024-12-01 00:00:00")), At("2024-10-27 01:30:00"));
  EXPECT_EQ(zone.ToInstant(twice, At("2024-08-01 00:00:00")), At("2024-10-27 00:30:00"));
  EXPECT_EQ(zone.ToInstant(At("2024-10-27 03:00:00"), At("2024-08-01 00:00:00")),
            At("2024-10-27 02:00:00"));
  EXPECT_EQ(zone.ToInstant(At("2024-10-27 01:59:59"), At("2024-12-01 00:00:00")),
            At("2024-10-26 23:59:59"));
}

TEST(TimeZoneTest, ADayBeginsAfterTheMidnightThatIsLeftOut) {
  // From 23:30 to 00:30.
  const TimeZone zone("Gap", 0, {{At("2024-03-30 23:30:00") / kMicros, 3'600}});
  EXPECT_EQ(zone.StartOfDay(At("2024-03-31 00:00:00")), At("2024-03-30 23:30:00"));
  EXPECT_EQ(zone.ToInstant(At("2024-03-31 00:00:00")), At("2024-03-31 00:00:00"));
  EXPECT_EQ(zone.StartOfDay(At("2024-03-30 00:00:00")), At("2024-03-30 00:00:00"));
  EXPECT_EQ(zone.StartOfDay(At("2024-04-01 00:00:00")), At("2024-03-31 23:00:00"));
}

TEST(TimeZoneTest, RulesGoOnForEver) {
  const int64_t begin = TimeZone::kRepeatsFrom + 1'000;
  const TimeZone zone("Late", 0, {{begin, 3'600}, {begin + 500, 0}});
  for (const int64_t cycles : {0, 1, 20}) {
    const int64_t change = begin + cycles * TimeZone::kCycle;
    EXPECT_EQ(zone.OffsetAt((change - 1) * kMicros), 0) << cycles;
    EXPECT_EQ(zone.OffsetAt(change * kMicros), 3'600) << cycles;
    EXPECT_EQ(zone.OffsetAt((change + 500) * kMicros), 0) << cycles;
  }
}

TEST(TimeZoneTest, FarAwayStaysInRange) {
  const TimeZone zone("East", 3'600);
  EXPECT_EQ(zone.ToLocal(INT64_MAX - 5), INT64_MAX);
  EXPECT_EQ(zone.ToInstant(INT64_MIN + 5), INT64_MIN);
}

TEST(TimeZoneTest, OffsetsHaveTheFormsThatSparkTakes) {
  const auto seconds = [](const char* name) -> std::optional<int32_t> {
    const TimeZonePtr zone = FixedZone(name);
    if (zone == nullptr) return std::nullopt;
    EXPECT_EQ(zone->name(), name);
    return zone->OffsetAt(0);
  };
  EXPECT_EQ(seconds("Z"), 0);
  EXPECT_EQ(seconds("UTC"), 0);
  EXPECT_EQ(seconds("+8"), 28'800);
  EXPECT_EQ(seconds("-08"), -28'800);
  EXPECT_EQ(seconds("+8:30"), 30'600);
  EXPECT_EQ(seconds("+1:2"), 3'720);
  EXPECT_EQ(seconds("+0102"), 3'720);
  EXPECT_EQ(seconds("+010203"), 3'723);
  EXPECT_EQ(seconds("-01:02:03"), -3'723);
  EXPECT_EQ(seconds("UTC+3"), 10'800);
  EXPECT_EQ(seconds("GMT-7"), -25'200);
  EXPECT_EQ(seconds("+18:00"), 64'800);
  for (const char* const wrong :
       {"", "utc", "z", "+", "8", "+19", "+18:30", "+1:60", "+01:02:3", "+01:", "+01:0203", "+123",
        "UTC3", "Europe/Berlin", "+1 ", "+٣"}) {
    EXPECT_EQ(seconds(wrong), std::nullopt) << wrong;
  }
}

TEST(TimeZoneTest, OffsetsAreWrittenInFull) {
  EXPECT_EQ(OffsetToString(0), "Z");
  EXPECT_EQ(OffsetToString(5'400), "+01:30");
  EXPECT_EQ(OffsetToString(-3'723), "-01:02:03");
}

}  // namespace
}  // namespace weir
