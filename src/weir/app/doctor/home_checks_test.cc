#include "weir/app/doctor/home_checks.h"

#include <gtest/gtest.h>

namespace weir::app {
namespace {

TEST(HomeChecksTest, LittleSpaceIsAWarningAndHardlyAnyIsWrong) {
  EXPECT_EQ(VerdictOnSpace(0), Verdict::kWrong);
  EXPECT_EQ(VerdictOnSpace((uint64_t{64} << 20) - 1), Verdict::kWrong);
  EXPECT_EQ(VerdictOnSpace(uint64_t{64} << 20), Verdict::kWarning);
  EXPECT_EQ(VerdictOnSpace(uint64_t{1} << 30), Verdict::kOk);
}

TEST(HomeChecksTest, SizesAreToldInUnitsOfTheirOwn) {
  EXPECT_EQ(SizeText(1023), "1023 bytes");
  EXPECT_EQ(SizeText(1536), "1.5 KiB");
  EXPECT_EQ(SizeText(UINT64_MAX), "16.0 EiB");
}

TEST(HomeChecksTest, AClockBeforeWeirWasWrittenIsWrong) {
  EXPECT_EQ(CheckClock("/nowhere", FakeClock({0})).verdict, Verdict::kWrong);
  EXPECT_EQ(CheckClock("/nowhere", SystemClock()).verdict, Verdict::kOk);
}

}  // namespace
}  // namespace weir::app
