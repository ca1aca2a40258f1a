#include "weir/session/refresh_cost.h"

#include <gtest/gtest.h>

namespace weir::session {
namespace {

RefreshWork Work(int64_t inputs, int64_t changed, int64_t view) {
  return {inputs, changed, view, true, true};
}

double Full(const RefreshWork& work, const RefreshHistory& history = {}) {
  return CostOf(RefreshWay::kFull, work, history);
}
double Incremental(const RefreshWork& work, const RefreshHistory& history = {}) {
  return CostOf(RefreshWay::kIncremental, work, history);
}

TEST(RefreshCostTest, FewChangesOfALargeTableAreCheaperAlone) {
  const RefreshWork few = Work(10'000'000, 10'000, 10'000'000);
  EXPECT_LT(Incremental(few) * 4, Full(few));
  const RefreshWork most = Work(10'000'000, 9'000'000, 10'000'000);
  EXPECT_GT(Incremental(most), Full(most));
}

TEST(RefreshCostTest, WhatTookLongerThanEstimatedCountsForMoreNextTime) {
  const RefreshWork work = Work(1'000'000, 1'000, 1'000'000);
  RefreshHistory history;
  for (int i = 0; i < 6; ++i) {
    history = history.With(RefreshWay::kIncremental, work, 30 * Incremental(work));
  }
  EXPECT_GT(Incremental(work, history), Full(work, history));
  EXPECT_EQ(history.ShareOf(RefreshWay::kFull, 1'000), 1);
}

TEST(RefreshCostTest, RefreshesWithAsManyChangesCountForMost) {
  const RefreshWork few = Work(10'000'000, 1'000, 10'000'000);
  const RefreshWork many = Work(10'000'000, 1'000'000, 10'000'000);
  const auto history = RefreshHistory()
                           .With(RefreshWay::kIncremental, many, 3 * Incremental(many))
                           .With(RefreshWay::kIncremental, few, 0.5 * Incremental(few));
  EXPECT_GT(history.ShareOf(RefreshWay::kIncremental, 1'000'000), 2);
  EXPECT_LT(history.ShareOf(RefreshWay::kIncremental, 1'000), 0.6);
}

TEST(RefreshCostTest, WhatWasSlowIsTriedAgainAfterSomeFullRefreshes) {
  const RefreshWork work = Work(1'000'000, 1'000, 1'000'000);
  RefreshHistory history;
  for (int i = 0; i < 20; ++i) {
    history = history.With(RefreshWay::kIncremental, work, 1000 * Incremental(work));
  }
  int full = 0;
  for (; Incremental(work, history) > Full(work, history) && full < 100; ++full) {
    history = history.With(RefreshWay::kFull, work, Full(work));
  }
  EXPECT_GT(full, 3);
  EXPECT_LT(full, 10);
}

TEST(RefreshCostTest, TheFirstComputationCountsHalf) {
  const RefreshWork work = Work(10'000'000, 0, 10'000'000);
  const double estimate = EstimateOf(RefreshWay::kFull, work);
  const auto twice = RefreshHistory().With(RefreshWay::kFull, work, 2 * estimate);
  const auto first = RefreshHistory().WithFirst(work, 4 * estimate);
  EXPECT_NEAR(first.ShareOf(RefreshWay::kFull, 0), twice.ShareOf(RefreshWay::kFull, 0), 1e-9);
}

TEST(RefreshCostTest, WhatWasGivenUpIsNotTriedAtOnce) {
  const RefreshWork many = Work(10'000'000, 500'000, 10'000'000);
  const RefreshWork few = Work(10'000'000, 100, 10'000'000);
  EXPECT_LT(Incremental(many), Full(many));
  const auto history = RefreshHistory().WithGivenUp(many).With(RefreshWay::kFull, many, Full(many));
  EXPECT_GT(Incremental(many, history), Full(many, history));
  EXPECT_LT(Incremental(few, history), Full(few, history));
}

TEST(RefreshCostTest, TheBoundIsWhereBothCostTheSame) {
  RefreshWork work = Work(1'000'000, 0, 1'000'000);
  const int64_t most = MostChangedRows(work);
  work.changed_rows = most;
  EXPECT_LE(Incremental(work), Full(work));
  work.changed_rows = most + 1;
  EXPECT_GT(Incremental(work), Full(work));
}

TEST(RefreshCostTest, HistoryIsReadBackAndWhatIsNoneCountsAsNone) {
  const RefreshWork work = Work(1'000'000, 1'000, 1'000'000);
  const auto history = RefreshHistory()
                           .With(RefreshWay::kFull, work, 0.5 * Full(work))
                           .With(RefreshWay::kIncremental, work, 3 * Incremental(work));
  const auto read = RefreshHistoryFrom(ToJson(history));
  for (const auto way : {RefreshWay::kFull, RefreshWay::kIncremental}) {
    EXPECT_NEAR(read.ShareOf(way, 10), history.ShareOf(way, 10), 1e-9);
    EXPECT_NE(read.ShareOf(way, 1'000), 1);
    for (const char* bad :
         {"", "[]", "{\"full\":\"x\"}", "{", R"({"full":1,"incremental":[1,{},{"share":2}]})",
          R"({"full":[{"changedRows":-1,"share":2}]})"}) {
      EXPECT_EQ(RefreshHistoryFrom(bad).ShareOf(way, 1), 1) << bad;
    }
  }
}

}  // namespace
}  // namespace weir::session
