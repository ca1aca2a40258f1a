#include "weir/delta/log_upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/log.h"
#include "weir/delta/log_cleaner.h"
#include "weir/delta/log_compaction.h"
#include "weir/delta/testing/failure_of.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

struct KeptTable : TestTable {
  using Properties = std::map<std::string, std::string>;
  KeptTable() : KeptTable(Properties{}) {}
  explicit KeptTable(Properties properties)
      : TestTable(MetadataOf(IdAndName(), {}, std::move(properties))) {}
  void AppendMany(int first, int last) const {
    for (int i = first; i <= last; ++i) {
      EXPECT_EQ(std::get<Committed>(Append(DataFile("a." + std::to_string(i)))).warning, "");
    }
  }
  bool Has(const std::string& name) const { return store->Find(LogKey(name)).has_value(); }
  bool HasVersion(Version version, const std::string& ending) const {
    return Has((version < 10    ? "0000000000000000000"
                : version < 100 ? "000000000000000000"
                                : "00000000000000000") +
               std::to_string(version) + ending);
  }
};

constexpr int64_t kDay = 24LL * 3600 * 1'000'000;

TEST(ChecksumTest, EveryCommitOnWhatItKnowsHasOne) {
  const KeptTable t;
  t.AppendMany(1, 2);
  const auto base = t.table.Latest();
  Transaction change(t.table, base);
  change.Remove(base->files()[0]);
  change.Add(DataFile("b"));
  change.Add(DataFile("c"));
  change.SetProgress("app", 5);
  change.SetDomain({"mine", "{}", false});
  ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("WRITE"))));
  const Log log(t.table.location());
  const auto checksum = log.ReadChecksum(3);
  ASSERT_TRUE(checksum.has_value());
  EXPECT_EQ(checksum->files, 3);
  EXPECT_EQ(checksum->bytes, 300);
  EXPECT_EQ(checksum->metadata.id, base->metadata().id);
  EXPECT_THAT(t.store->Read(log.ChecksumKey(3)),
              HasSubstr(R"("setTransactions":[{"appId":"app","version":5,)"));
  EXPECT_THAT(t.store->Read(log.ChecksumKey(3)), HasSubstr(R"("domain":"mine")"));
  EXPECT_EQ(log.ReadChecksum(0)->files, 0);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(3));
}

// Who reads the file takes an empty list for all there is.
TEST(ChecksumTest, TransactionsAreToldInFullOrNotAtAll) {
  const KeptTable t;
  const Log log(t.table.location());
  EXPECT_THAT(t.store->Read(log.ChecksumKey(0)), HasSubstr(R"("setTransactions":[])"));
  for (int i = 1; i <= 101; ++i) {
    Transaction change(t.table, t.table.Latest());
    change.SetProgress("app-" + std::to_string(i), 5);
    ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("WRITE"))));
  }
  EXPECT_THAT(t.store->Read(log.ChecksumKey(100)), HasSubstr(R"("appId":"app-100")"));
  EXPECT_THAT(t.store->Read(log.ChecksumKey(100)), HasSubstr(R"("appId":"app-1")"));
  EXPECT_THAT(t.store->Read(log.ChecksumKey(101)), Not(HasSubstr("setTransactions")));
  EXPECT_TRUE(log.ReadChecksum(101).has_value());
}

TEST(ChecksumTest, OneThatAnotherLogLeftBehindIsReplaced) {
  const KeptTable t;
  const Log log(t.table.location());
  t.AppendMany(1, 1);
  const std::string other = t.store->Read(log.ChecksumKey(1));
  t.store->Put(log.ChecksumKey(2), other);
  t.store->Put(log.ChecksumKey(3), "{");
  t.AppendMany(2, 3);
  EXPECT_NE(t.store->Read(log.ChecksumKey(2)), other);
  EXPECT_EQ(log.ReadChecksum(2)->files, 2);
  ASSERT_TRUE(log.ReadChecksum(3).has_value());
  EXPECT_EQ(log.ReadChecksum(3)->files, 3);
}

TEST(ChecksumTest, ARebasedCommitHasNone) {
  const KeptTable t;
  const auto base = t.table.Latest();
  t.AppendMany(1, 1);
  Transaction late(t.table, base);
  late.Add(DataFile("late"));
  EXPECT_EQ(std::get<Committed>(late.Commit(Operation("WRITE"))).version, 2);
  EXPECT_TRUE(t.HasVersion(1, ".crc"));
  EXPECT_FALSE(t.HasVersion(2, ".crc"));
}

TEST(ChecksumTest, ALogThatComesOutOtherwiseIsDamaged) {
  const KeptTable t;
  t.AppendMany(1, 3);
  const std::string key = t.LogKey("00000000000000000003.crc");
  std::string text = t.store->Read(key);
  text.replace(text.find("\"numFiles\":3"), 12, "\"numFiles\":4");
  t.store->Put(key, text);
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("3 files where the checksum says 4"));
  EXPECT_THAT(error.what(), HasSubstr("00000000000000000003.crc"));
  EXPECT_THAT(t.table.At(2)->files(), SizeIs(2));
  // That of another commit, and one that is no checksum, say nothing.
  text.replace(text.find("\"txnId\":\"") + 9, 4, "else");
  t.store->Put(key, text);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(3));
  t.store->Put(key, "{\"numFiles\":1}");
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(3));
}

TEST(CompactionTest, CompactedFilesAreReadForTheirCommits) {
  const KeptTable t(KeptTable::Properties{{"delta.checkpointInterval", "1000"}});
  t.AppendMany(1, 4);
  const auto base = t.table.Latest();
  Transaction change(t.table, base);
  change.Remove(base->files()[0]);
  change.SetProgress("app", 3);
  ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("WRITE"))));
  t.AppendMany(6, 8);
  const Log log(t.table.location());
  std::vector<CommitActions> commits;
  for (Version v = 2; v <= 6; ++v) commits.push_back(log.ReadCommit(v));
  std::string text;
  for (const Action& action : Reconciled(std::move(commits))) text += ActionToJson(action) + "\n";
  EXPECT_THAT(text, ::testing::Not(HasSubstr("commitInfo")));
  t.store->Put(log.CompactedKey(2, 6), text);
  const auto before = Paths(*t.table.Latest());
  EXPECT_THAT(before, ElementsAre("a.2", "a.3", "a.4", "a.6", "a.7", "a.8"));
  // Its commits are not looked into.
  const std::string entry = t.store->Read(log.CommitKey(4));
  t.store->Put(log.CommitKey(4), "nonsense");
  EXPECT_EQ(Paths(*t.table.Latest()), before);
  EXPECT_EQ(t.table.Latest()->transactions().at("app").version, 3);
  EXPECT_EQ(FailureOf([&] { t.table.At(5); }).code(), ErrorCode::kCorrupt);
  // A damaged one is passed over for them.
  t.store->Put(log.CommitKey(4), entry);
  t.store->Put(log.CompactedKey(2, 6), "nonsense");
  EXPECT_EQ(Paths(*t.table.Latest()), before);
}

TEST(CompactionTest, RunsWithoutCheckpointAreCompacted) {
  const KeptTable t(KeptTable::Properties{{"delta.checkpointInterval", "1000"}});
  t.AppendMany(1, 205);
  EXPECT_TRUE(t.Has("00000000000000000000.00000000000000000099.compacted.json"));
  EXPECT_TRUE(t.Has("00000000000000000100.00000000000000000199.compacted.json"));
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(205));
  EXPECT_THAT(t.table.At(150)->files(), SizeIs(150));
  const KeptTable often(KeptTable::Properties{{"delta.checkpointInterval", "10"}});
  often.AppendMany(1, 105);
  EXPECT_FALSE(often.Has("00000000000000000000.00000000000000000099.compacted.json"));
}

TEST(CompactionTest, RemovedDomainsStayTold) {
  const auto actions =
      Reconciled({{0, {DomainMetadata{"d", "1", false}}}, {1, {DomainMetadata{"d", "1", true}}}});
  ASSERT_THAT(actions, SizeIs(1));
  EXPECT_TRUE(std::get<DomainMetadata>(actions[0]).removed);
}

TEST(LogCleanerTest, WhatIsOlderThanTheRetentionGoesUpToItsCheckpoint) {
  KeptTable t(KeptTable::Properties{{"delta.checkpointInterval", "5"},
                                    {"delta.logRetentionDuration", "interval 2 days"}});
  t.AppendMany(1, 7);  // A checkpoint of 5.
  t.clock.Advance(5 * kDay);
  t.AppendMany(8, 9);
  EXPECT_TRUE(t.HasVersion(0, ".json"));
  t.AppendMany(10, 10);  // A checkpoint of 10; 7 is the newest that is old enough.
  for (Version v = 0; v < 5; ++v) {
    EXPECT_FALSE(t.HasVersion(v, ".json")) << v;
    EXPECT_FALSE(t.HasVersion(v, ".crc")) << v;
  }
  for (Version v = 5; v <= 10; ++v) {
    EXPECT_TRUE(t.HasVersion(v, ".json")) << v;
    EXPECT_THAT(t.table.At(v)->files(), SizeIs(v));
  }
  const Error error = FailureOf([&] { t.table.At(3); });
  EXPECT_EQ(error.condition(), "DELTA_VERSION_NOT_FOUND");
  EXPECT_THAT(error.what(), HasSubstr("versions 5 to 10 are left"));
}

TEST(LogCleanerTest, NothingGoesWhereItMustNot) {
  for (const char* property : {"delta.enableExpiredLogCleanup", "delta.logRetentionDuration"}) {
    const bool off = std::string(property) == "delta.enableExpiredLogCleanup";
    KeptTable::Properties properties = {{"delta.checkpointInterval", "5"},
                                        {"delta.logRetentionDuration", "interval 2 days"}};
    properties[property] = off ? "false" : "interval 10 days";
    KeptTable t(properties);
    t.AppendMany(1, 7);
    t.clock.Advance(5 * kDay);
    t.AppendMany(8, 10);
    EXPECT_TRUE(t.HasVersion(0, ".json")) << property;
  }
  // Nor while the checkpoint that would stand for it is damaged.
  KeptTable t(KeptTable::Properties{{"delta.checkpointInterval", "5"},
                                    {"delta.logRetentionDuration", "interval 2 days"}});
  t.AppendMany(1, 7);
  t.clock.Advance(5 * kDay);
  t.AppendMany(8, 9);
  t.store->Put(t.LogKey("00000000000000000005.checkpoint.parquet"), "nonsense");
  const auto committed = std::get<Committed>(t.Append(DataFile("z")));
  EXPECT_THAT(committed.warning, HasSubstr("was not cleaned up"));
  EXPECT_TRUE(t.HasVersion(0, ".json"));
}

TEST(LogCleanerTest, SidecarsThatNoCheckpointNamesGo) {
  KeptTable t(KeptTable::Properties{{"delta.checkpointInterval", "5"},
                                    {"delta.checkpointPolicy", "v2"},
                                    {"delta.logRetentionDuration", "interval 2 days"}});
  t.AppendMany(1, 12);
  const auto sidecars = [&](Version version) {
    size_t count = 0;
    for (const auto& object :
         t.store->List("t/_delta_log/_sidecars/", "", io::ObjectStore::kNoLimit)) {
      count += object.key.find((version < 10 ? "/0000000000000000000" : "/000000000000000000") +
                               std::to_string(version)) != std::string::npos;
    }
    return count;
  };
  EXPECT_EQ(sidecars(5), 1u);
  t.clock.Advance(5 * kDay);
  t.AppendMany(13, 15);
  EXPECT_EQ(sidecars(5), 0u);
  EXPECT_EQ(sidecars(10), 1u);
  EXPECT_EQ(sidecars(15), 1u);
  EXPECT_THAT(t.table.At(11)->files(), SizeIs(11));
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(15));
}

}  // namespace
}  // namespace weir::delta
