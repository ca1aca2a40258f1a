#include <gtest/gtest.h>

#include <set>

#include "weir/base/check.h"
#include "weir/base/clock.h"
#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/md5.h"
#include "weir/base/uuid.h"

namespace weir {
namespace {

TEST(ErrorTest, ContextGoesInFrontAndEverythingElseStays) {
  const Error inner =
      Error(ErrorCode::kCorrupt, "bad byte", "offset 7").WithCondition("FAILED_READ_FILE");
  const Error outer = inner.WithContext("reading a.csv");
  EXPECT_STREQ(outer.what(), "reading a.csv: bad byte");
  EXPECT_EQ(outer.code(), ErrorCode::kCorrupt);
  EXPECT_EQ(outer.detail(), "offset 7");
  EXPECT_EQ(outer.condition(), "FAILED_READ_FILE");
  EXPECT_EQ(ErrorCodeName(outer.code()), "CORRUPT");
}

TEST(CheckTest, ABrokenInvariantIsAnInternalErrorThatNamesIt) {
  try {
    WEIR_CHECK(1 + 1 == 3);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInternal);
    EXPECT_NE(std::string(error.what()).find("1 + 1 == 3"), std::string::npos);
  }
}

TEST(ClockTest, InstantsPrintInIsoWithoutEmptyFractions) {
  EXPECT_EQ(FormatIso({0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatIso({1'500'000}), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(FormatIso({-1}), "1969-12-31T23:59:59.999999Z");
}

TEST(ClockTest, MillisecondsRoundTowardThePast) {
  EXPECT_EQ(Instant{1999}.millis(), 1);
  EXPECT_EQ(Instant{-1}.millis(), -1);
  EXPECT_EQ(Instant{-1000}.millis(), -1);
}

TEST(ClockTest, AFakeClockStandsStillUntilMoved) {
  FakeClock clock({5});
  EXPECT_EQ(clock.Now(), Instant{5});
  clock.Advance(2);
  EXPECT_EQ(clock.Now(), Instant{7});
}

TEST(JsonTest, MalformedTextNamesWhatItIs) {
  try {
    ParseJson("{\"a\":", "the plan x.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_NE(std::string(error.what()).find("the plan x.json"), std::string::npos);
  }
  EXPECT_EQ(ParseJson(R"({"z":1,"a":2})", "x").dump(), R"({"z":1,"a":2})");
}

TEST(UuidTest, IsWellFormedAndNeverTwiceTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewUuid();
    ASSERT_EQ(id.size(), 36u);
    EXPECT_EQ(id[14], '4');
    EXPECT_TRUE(id[19] == '8' || id[19] == '9' || id[19] == 'a' || id[19] == 'b') << id;
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(Md5Test, DigestsAreThoseOfTheStandard) {
  EXPECT_EQ(Md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(Md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(Md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
  // One byte less than what fits with the length into a block, as much, and one more.
  EXPECT_EQ(Md5(std::string(55, 'a')), "ef1772b6dff9a122358552954ad0df65");
  EXPECT_EQ(Md5(std::string(56, 'a')), "3b0c8ac703f828b04c6c197006d17218");
  EXPECT_EQ(Md5(std::string(64, 'a')), "014842d480b571495a4a0363793f7367");
}

}  // namespace
}  // namespace weir
