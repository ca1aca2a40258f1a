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
  EXPECT_LT(Incremental(few) * 5, Full(few));
  const RefreshWork most = Work(10'000'000, 9'000'000, 10'000'000);
  EXPECT_GT(Incremental(most), Full(most));
}

TEST(RefreshCostTest, WhatTookLongerThanEstimatedCountsForMoreNextTime) {
  const RefreshWork work = Work(1'000'000, 1'000, 1'000'000);
  RefreshHistory history;
  for (int i = 0; i < 6; ++i) {
    history = history.With(RefreshWay::kIncremental, Incremental(work), 30 * Incremental(work));
  }
  EXPECT_GT(Incremental(work, history), Full(work, history));
  EXPECT_EQ(history.full, 1);
  EXPECT_LT(MostChangedRows(work, history), MostChangedRows(work, {}));
}

TEST(RefreshCostTest, TheBoundIsWhereBothCostTheSame) {
  RefreshWork work = Work(1'000'000, 0, 1'000'000);
  const int64_t most = MostChangedRows(work, {});
  work.changed_rows = most;
  EXPECT_LE(Incremental(work), Full(work));
  work.changed_rows = most + 1;
  EXPECT_GT(Incremental(work), Full(work));
}

TEST(RefreshCostTest, HistoryIsReadBackAndWhatIsNoneCountsAsNone) {
  const RefreshHistory history{0.5, 3};
  EXPECT_EQ(RefreshHistoryFrom(ToJson(history)).full, 0.5);
  EXPECT_EQ(RefreshHistoryFrom(ToJson(history)).incremental, 3);
  for (const char* bad : {"", "[]", "{\"full\":\"x\"}", "{"}) {
    EXPECT_EQ(RefreshHistoryFrom(bad).full, 1) << bad;
  }
}

}  // namespace
}  // namespace weir::session
