#include "weir/delta/row_tracking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/log.h"
#include "weir/delta/testing/failure_of.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

AddFile FileOf(const Snapshot& snapshot, const std::string& path) {
  for (const AddFile& file : snapshot.files()) {
    if (file.path == path) return file;
  }
  throw Error(ErrorCode::kNotFound, path);
}

void SetProperties(const Table& table, std::map<std::string, std::string> properties) {
  const auto base = table.Latest();
  Transaction change(table, base);
  Metadata metadata = base->metadata();
  for (auto& [name, value] : properties) metadata.configuration[name] = value;
  change.SetMetadata(metadata);
  ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("SET TBLPROPERTIES"))));
}

TEST(RowTrackingTest, FilesGetIdsAsTheyAreCommitted) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableRowTracking", "true"}}));
  EXPECT_THAT(t.table.Latest()->protocol().writer_features,
              IsSupersetOf({"rowTracking", "domainMetadata"}));
  const auto configuration = t.table.Latest()->metadata().configuration;
  EXPECT_THAT(configuration.at(kRowIdColumn), HasSubstr("_row-id-col-"));
  EXPECT_THAT(configuration.at(kRowVersionColumn), HasSubstr("_row-commit-version-col-"));
  t.Append(DataFile("a", 0, 9, 10));
  t.Append(DataFile("b", 0, 4, 5));
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(FileOf(*snapshot, "a").base_row_id, 0);
  EXPECT_EQ(FileOf(*snapshot, "a").default_row_commit_version, 1);
  EXPECT_EQ(FileOf(*snapshot, "b").base_row_id, 10);
  EXPECT_EQ(FileOf(*snapshot, "b").default_row_commit_version, 2);
  EXPECT_EQ(RowIdHighWaterMark(snapshot->domains()), 14);
  EXPECT_THAT(t.store->Read(t.LogKey("00000000000000000002.json")),
              HasSubstr(R"("tags":{"delta.rowTracking.preserved":"true"})"));
}

bool SaysRowsKeptIds(const TestTable& t, Version version) {
  const std::string entry = t.store->Read(Log(t.table.location()).CommitKey(version));
  const std::string tag = R"("delta.rowTracking.preserved":")";
  EXPECT_THAT(entry, HasSubstr(tag));
  return entry.find(tag + "true") != std::string::npos;
}

TEST(RowTrackingTest, RowsThatMoveHaveNewIdsAndThatIsTold) {
  const TestTable t(
      MetadataOf(IdAndName(), {},
                 {{"delta.enableRowTracking", "true"}, {"delta.enableDeletionVectors", "true"}}));
  t.Append(DataFile("a", 0, 9, 10));
  const auto base = t.table.Latest();
  Transaction update(t.table, base);
  update.DeleteRows(base->files().at(0), RowSet{3});
  update.Add(DataFile("b", 3, 3, 1));
  ASSERT_TRUE(std::holds_alternative<Committed>(update.Commit(Operation("UPDATE"))));
  EXPECT_FALSE(SaysRowsKeptIds(t, 2));
  const auto updated = t.table.Latest();
  Transaction remove(t.table, updated);
  remove.DeleteRows(FileOf(*updated, "a"), RowSet{5});
  ASSERT_TRUE(std::holds_alternative<Committed>(remove.Commit(Operation("DELETE"))));
  EXPECT_TRUE(SaysRowsKeptIds(t, 3));
  const auto left = t.table.Latest();
  Transaction rewrite(t.table, left);
  rewrite.Remove(FileOf(*left, "a"));
  rewrite.Add(DataFile("c", 0, 9, 8));
  ASSERT_TRUE(std::holds_alternative<Committed>(rewrite.Commit(Operation("UPDATE"))));
  EXPECT_FALSE(SaysRowsKeptIds(t, 4));
}

TEST(RowTrackingTest, ARebasedCommitGetsOtherIds) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableRowTracking", "true"}}));
  Transaction late(t.table, t.table.Latest());
  late.Add(DataFile("late", 0, 2, 3));
  t.Append(DataFile("a", 0, 9, 10));
  EXPECT_EQ(std::get<Committed>(late.Commit(Operation("WRITE"))).version, 2);
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(FileOf(*snapshot, "late").base_row_id, 10);
  EXPECT_EQ(FileOf(*snapshot, "late").default_row_commit_version, 2);
  EXPECT_EQ(RowIdHighWaterMark(snapshot->domains()), 12);
}

// As those of a clone are.
TEST(RowTrackingTest, FilesThatBringIdsKeepThemAndOthersComeAfter) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableRowTracking", "true"}}));
  Transaction copy(t.table, t.table.Latest());
  copy.Add(DataFile("new", 0, 2, 3));
  AddFile copied = DataFile("copied", 0, 9, 10);
  copied.base_row_id = 40;
  copied.default_row_commit_version = 7;
  copy.Add(copied);
  ASSERT_TRUE(std::holds_alternative<Committed>(copy.Commit(Operation("CLONE"))));
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(FileOf(*snapshot, "copied").base_row_id, 40);
  EXPECT_EQ(FileOf(*snapshot, "copied").default_row_commit_version, 7);
  EXPECT_EQ(FileOf(*snapshot, "new").base_row_id, 50);
  EXPECT_EQ(RowIdHighWaterMark(snapshot->domains()), 52);
}

TEST(RowTrackingTest, SwitchingItOnGivesIdsToTheFilesThatAreThere) {
  const TestTable t;
  t.Append(DataFile("a", 0, 9, 10));
  t.Append(DataFile("b", 0, 4, 5));
  const auto before = t.table.Latest();
  Transaction late(t.table, before);
  Metadata metadata = before->metadata();
  metadata.configuration["delta.enableRowTracking"] = "true";
  late.SetMetadata(metadata);
  SetProperties(t.table, {{"delta.enableRowTracking", "true"}});
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(FileOf(*snapshot, "a").base_row_id, 0);
  EXPECT_EQ(FileOf(*snapshot, "b").base_row_id, 10);
  EXPECT_EQ(FileOf(*snapshot, "b").default_row_commit_version, 3);
  EXPECT_FALSE(FileOf(*snapshot, "b").data_change);
  EXPECT_THAT(snapshot->files(), SizeIs(2));
  EXPECT_EQ(Log(t.table.location()).ReadChecksum(3)->files, 2);
  EXPECT_TRUE(std::holds_alternative<Conflict>(late.Commit(Operation("SET TBLPROPERTIES"))));
}

TEST(RowTrackingTest, NoFileMayComeBetweenThoseThatGetIds) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction enable(t.table, base);
  Metadata metadata = base->metadata();
  metadata.configuration["delta.enableRowTracking"] = "true";
  enable.SetMetadata(metadata);
  AddFile rearranged = DataFile("a");
  rearranged.data_change = false;
  t.Append(rearranged);
  EXPECT_TRUE(std::holds_alternative<Conflict>(enable.Commit(Operation("SET TBLPROPERTIES"))));
}

TEST(RowTrackingTest, TablesThatOnlySupportItGiveIdsToo) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.feature.rowTracking", "supported"}}));
  t.Append(DataFile("a", 0, 9, 10));
  EXPECT_EQ(t.table.Latest()->files()[0].base_row_id, 0);
  EXPECT_FALSE(TracksRows(t.table.Latest()->metadata().configuration));
  SetProperties(t.table, {{"delta.rowTrackingSuspended", "true"}});
  t.Append(DataFile("b"));
  EXPECT_FALSE(FileOf(*t.table.Latest(), "b").base_row_id.has_value());
  EXPECT_EQ(FailureOf([&] {
              SetProperties(t.table, {{"delta.enableRowTracking", "true"}});
            }).condition(),
            "DELTA_ROW_TRACKING_ILLEGAL_PROPERTY_COMBINATION");
}

TEST(RowTrackingTest, IdsOutliveCheckpointsAndRemovals) {
  const TestTable t(MetadataOf(
      IdAndName(), {}, {{"delta.enableRowTracking", "true"}, {"delta.checkpointInterval", "2"}}));
  t.Append(DataFile("a", 0, 9, 10));
  t.Append(DataFile("b"));
  for (const char* version : {"0", "1"}) {
    t.store->Delete(t.LogKey("0000000000000000000" + std::string(version) + ".json"));
  }
  const auto base = t.table.Latest();
  EXPECT_EQ(FileOf(*base, "a").base_row_id, 0);
  EXPECT_EQ(RowIdHighWaterMark(base->domains()), 10);
  Transaction remove(t.table, base);
  remove.Remove(FileOf(*base, "a"));
  ASSERT_TRUE(std::holds_alternative<Committed>(remove.Commit(Operation("DELETE"))));
  EXPECT_THAT(t.store->Read(t.LogKey("00000000000000000003.json")),
              HasSubstr(R"("baseRowId":0,"defaultRowCommitVersion":1)"));
  // What comes back comes back with its ids.
  Transaction restore(t.table, t.table.Latest());
  restore.Add(FileOf(*base, "a"));
  ASSERT_TRUE(std::holds_alternative<Committed>(restore.Commit(Operation("RESTORE"))));
  EXPECT_EQ(FileOf(*t.table.Latest(), "a").base_row_id, 0);
  EXPECT_EQ(FileOf(*t.table.Latest(), "a").default_row_commit_version, 1);
}

TEST(RowTrackingTest, AFileOfUnknownLengthGetsNoIds) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableRowTracking", "true"}}));
  AddFile add = DataFile("a");
  add.stats_json = "";
  EXPECT_EQ(FailureOf([&] { static_cast<void>(t.Append(add)); }).condition(),
            "DELTA_ROW_ID_ASSIGNMENT_WITHOUT_STATS");
  EXPECT_EQ(t.table.Latest()->version(), 0);
}

TEST(InCommitTimestampsTest, EntriesTellTheirTimesAndRise) {
  TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableInCommitTimestamps", "true"}}));
  t.Append(DataFile("a"));
  t.Append(DataFile("b"));
  const auto history = t.table.History(10);
  ASSERT_THAT(history, SizeIs(3));
  for (const HistoryEntry& entry : history) {
    EXPECT_EQ(InCommitTimestamp(entry.info), entry.timestamp_millis);
    EXPECT_EQ(entry.info->timestamp_millis, entry.timestamp_millis);
  }
  EXPECT_LT(history[1].timestamp_millis, history[0].timestamp_millis);
  EXPECT_FALSE(t.table.Latest()->metadata().configuration.contains(kTimestampsSinceVersion));
  EXPECT_EQ(t.table.AtTimestamp(Instant{history[1].timestamp_millis * 1000})->version(), 1);
}

TEST(InCommitTimestampsTest, SwitchingThemOnSaysSinceWhen) {
  TestTable t;
  t.Append(DataFile("a"));
  t.clock.Advance(60'000'000);
  SetProperties(t.table, {{"delta.enableInCommitTimestamps", "true"}});
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(snapshot->metadata().configuration.at(kTimestampsSinceVersion), "2");
  EXPECT_EQ(snapshot->metadata().configuration.at(kTimestampsSinceMillis),
            std::to_string(snapshot->timestamp_millis()));
  t.Append(DataFile("b"));
  // Behind a checkpoint the time is still the entry's.
  EXPECT_EQ(t.table.AtTimestamp(Instant{snapshot->timestamp_millis() * 1000})->version(), 2);
  EXPECT_EQ(t.table.AtTimestamp(Instant{snapshot->timestamp_millis() * 1000 - 1000})->version(), 1);
}

// As CREATE OR REPLACE and RESTORE set other properties.
TEST(InCommitTimestampsTest, SinceWhenStaysAsLongAsTheyAreOn) {
  TestTable t;
  const Metadata plain = t.table.Latest()->metadata();
  const auto set = [&](Metadata metadata, std::map<std::string, std::string> properties) {
    for (auto& [name, value] : properties) metadata.configuration[name] = value;
    Transaction change(t.table, t.table.Latest());
    change.SetMetadata(metadata);
    ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("REPLACE"))));
  };
  const auto since = [&] {
    const auto now = t.table.Latest()->metadata().configuration;
    const auto found = now.find(kTimestampsSinceVersion);
    return found == now.end() ? std::string() : found->second;
  };
  t.Append(DataFile("a"));
  set(plain, {{kEnableInCommitTimestamps, "true"}});
  const Metadata on = t.table.Latest()->metadata();
  EXPECT_EQ(since(), "2");
  set(plain, {{kEnableInCommitTimestamps, "true"}, {"mine", "1"}});
  EXPECT_EQ(since(), "2");
  EXPECT_EQ(t.table.Latest()->metadata().configuration.at(kTimestampsSinceMillis),
            on.configuration.at(kTimestampsSinceMillis));
  set(plain, {{kEnableInCommitTimestamps, "false"}});
  set(plain, {{kEnableInCommitTimestamps, "true"}});
  EXPECT_EQ(since(), "5");
  set(on, {});
  EXPECT_EQ(since(), "5");
}

TEST(InCommitTimestampsTest, ThoseOfATableThatAlwaysHadThemSayNothing) {
  TestTable t(MetadataOf(IdAndName(), {}, {{kEnableInCommitTimestamps, "true"}}));
  SetProperties(t.table, {{kTimestampsSinceVersion, "7"}, {kTimestampsSinceMillis, "7"}});
  const auto now = t.table.Latest()->metadata().configuration;
  EXPECT_FALSE(now.contains(kTimestampsSinceVersion));
  EXPECT_FALSE(now.contains(kTimestampsSinceMillis));
}

TEST(InCommitTimestampsTest, FileTimesCountForWhatIsOlder) {
  TestTable t;
  t.Append(DataFile("a"));
  t.clock.Advance(60'000'000);
  SetProperties(t.table, {{"delta.enableInCommitTimestamps", "true"}});
  const int64_t since = t.table.Latest()->timestamp_millis();
  t.clock.Advance(60'000'000);
  // Copied somewhere else later, say: the file's time tells nothing any more.
  const std::string key = t.LogKey("00000000000000000002.json");
  t.store->Put(key, t.store->Read(key));
  EXPECT_EQ(t.table.At(2)->timestamp_millis(), since);
  EXPECT_EQ(t.table.AtTimestamp(Instant{since * 1000})->version(), 2);
  EXPECT_EQ(t.table.History(1)[0].timestamp_millis, since);
}

}  // namespace
}  // namespace weir::delta
