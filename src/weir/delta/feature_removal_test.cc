#include "weir/delta/feature_removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/log_upkeep.h"
#include "weir/delta/protocol.h"
#include "weir/delta/row_tracking.h"
#include "weir/delta/testing/failure_of.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kHour = 3600LL * 1'000'000;

TestTable TableWith(std::map<std::string, std::string> properties) {
  return TestTable(MetadataOf(IdAndName(), {}, std::move(properties)));
}

TEST(FeatureRemovalTest, WhatATableDoesNotUseNeedsNothing) {
  const TestTable t;
  ASSERT_TRUE(std::holds_alternative<Committed>(t.Append(DataFile("a"))));
  for (const char* feature : {"deletionVectors", "columnMapping", "typeWidening", "v2Checkpoint",
                              "inCommitTimestamp", "rowTracking", "vacuumProtocolCheck"}) {
    EXPECT_FALSE(StopUsing(feature, *t.table.Latest()).changes()) << feature;
    EXPECT_FALSE(HistoryUses(feature, t.table)) << feature;
  }
}

TEST(FeatureRemovalTest, RowsThatAreTrackedNoMoreLoseTheirIds) {
  const TestTable t = TableWith({{kEnableRowTracking, "true"}});
  ASSERT_TRUE(std::holds_alternative<Committed>(t.Append(DataFile("a"))));
  const auto base = t.table.Latest();
  ASSERT_TRUE(base->files()[0].base_row_id);
  WithoutUse without = StopUsing("rowTracking", *base);
  ASSERT_THAT(without.retold, SizeIs(1));
  EXPECT_FALSE(without.retold[0].base_row_id);
  ASSERT_THAT(without.domains, SizeIs(1));
  EXPECT_TRUE(without.domains[0].removed);
  Transaction drop(t.table, base);
  drop.SetMetadata(*without.metadata);
  drop.Retell(without.retold[0]);
  drop.SetDomain(without.domains[0]);
  drop.SetProtocol(WithoutFeature(base->protocol(), "rowTracking"));
  ASSERT_TRUE(std::holds_alternative<Committed>(drop.Commit(Operation("DROP FEATURE"))));
  const auto now = t.table.Latest();
  EXPECT_FALSE(now->files()[0].base_row_id);
  EXPECT_THAT(now->domains(), IsEmpty());
  EXPECT_FALSE(HasWriterFeature(now->protocol(), "rowTracking"));
}

TEST(FeatureRemovalTest, NobodyComesBetweenACommitThatStandsAloneAndItsBase) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction alone(t.table, base);
  alone.StandsAlone();
  alone.SetProtocol(WithWriterFeature(base->protocol(), "checkpointProtection"));
  ASSERT_TRUE(std::holds_alternative<Committed>(t.Append(DataFile("a"))));
  EXPECT_TRUE(std::holds_alternative<Conflict>(alone.Commit(Operation("DROP FEATURE"))));
}

TEST(FeatureRemovalTest, NamesThatFilesCanNotHaveKeepTheMapping) {
  Schema schema({{"a b", TypeId::kLong, true, "{}"}});
  const TestTable t(MetadataOf(schema, {}, {{"delta.columnMapping.mode", "name"}}));
  EXPECT_EQ(FailureOf([&] { StopUsing("columnMapping", *t.table.Latest()); }).condition(),
            "DELTA_INVALID_COLUMN_NAMES_WHEN_REMOVING_COLUMN_MAPPING");
}

TEST(FeatureRemovalTest, HistoryForgetsAFeatureOnceItIsTruncated) {
  TestTable t = TableWith({{"delta.enableDeletionVectors", "true"}});
  ASSERT_TRUE(std::holds_alternative<Committed>(t.Append(DataFile("a"))));
  EXPECT_TRUE(HistoryUses("deletionVectors", t.table));
  const auto base = t.table.Latest();
  Transaction stop(t.table, base);
  stop.SetMetadata(*StopUsing("deletionVectors", *base).metadata);
  ASSERT_TRUE(std::holds_alternative<Committed>(stop.Commit(Operation("UNSET TBLPROPERTIES"))));
  EXPECT_TRUE(HistoryUses("deletionVectors", t.table));
  ASSERT_TRUE(std::holds_alternative<Committed>(t.Append(DataFile("b"))));
  WriteCheckpointOf(t.table, *t.table.Latest());
  const auto truncate = [&] {
    TruncateLog(t.table, *t.table.Latest(), Instant{t.clock.Now().micros - 24 * kHour});
  };
  truncate();  // Too early.
  EXPECT_EQ(OldestInLog(t.table), 0);
  t.clock.Advance(25 * kHour);
  truncate();
  EXPECT_EQ(OldestInLog(t.table), 3);
  EXPECT_FALSE(HistoryUses("deletionVectors", t.table));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("a", "b"));
}

TEST(FeatureRemovalTest, AProtectedLogGoesAsAWholeOrNotAtAll) {
  TestTable t = TableWith({{"delta.checkpointInterval", "1000"}});
  for (const char* path : {"a", "b", "c"}) {
    ASSERT_TRUE(std::holds_alternative<Committed>(t.Append(DataFile(path))));
  }
  WriteCheckpointOf(t.table, *t.table.Latest());
  const auto protect = [&](Version before) {
    const auto base = t.table.Latest();
    Metadata metadata = base->metadata();
    metadata.configuration[kProtectedBefore] = std::to_string(before);
    Transaction change(t.table, base);
    change.SetMetadata(std::move(metadata));
    change.SetProtocol(WithWriterFeature(base->protocol(), "checkpointProtection"));
    ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("DROP FEATURE"))));
  };
  protect(4);
  t.clock.Advance(25 * kHour);
  const auto truncate = [&] { TruncateLog(t.table, *t.table.Latest(), t.clock.Now()); };
  truncate();  // Versions before 3 could go, and 3 could not.
  EXPECT_EQ(OldestInLog(t.table), 0);
  protect(3);
  truncate();
  EXPECT_EQ(OldestInLog(t.table), 3);
}

}  // namespace
}  // namespace weir::delta
