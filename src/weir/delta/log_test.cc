#include "weir/delta/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/testing/failure_of.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// A table with one file a version, a.0 to a.<versions>.
struct LongTable : TestTable {
  explicit LongTable(int versions, const std::string& interval = "1000")
      : TestTable(MetadataOf(IdAndName(), {}, {{"delta.checkpointInterval", interval}})) {
    for (int i = 1; i <= versions; ++i) {
      EXPECT_EQ(std::get<Committed>(Append(DataFile("a." + std::to_string(i)))).warning, "");
    }
  }
  void DeleteCommits(Version first, Version last) const {
    const Log log(table.location());
    for (Version v = first; v <= last; ++v) store->Delete(log.CommitKey(v));
  }
};

TEST(LogTest, NoLogIsNoTable) {
  TestTable other;
  const Table table({other.store, "nowhere/", "memory:///nowhere"}, other.format, other.clock);
  EXPECT_FALSE(table.Exists());
  EXPECT_TRUE(other.table.Exists());
  const Error error = FailureOf([&] { table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("memory:///nowhere"));
}

TEST(LogTest, FilesOfOthersBetweenTheEntriesHideNoTable) {
  const LongTable t(1);
  for (int i = 0; i < 40; ++i) {
    t.store->Put(t.LogKey("00000000000000000000.a" + std::to_string(i) + ".crc"), "{}");
  }
  EXPECT_TRUE(t.table.Exists());
  t.DeleteCommits(0, 1);
  EXPECT_FALSE(t.table.Exists());
}

TEST(LogTest, EveryVersionCanBeRead) {
  const LongTable t(5);
  EXPECT_EQ(t.table.Latest()->version(), 5);
  for (Version v = 0; v <= 5; ++v) {
    const auto snapshot = t.table.At(v);
    EXPECT_EQ(snapshot->version(), v);
    EXPECT_THAT(snapshot->files(), SizeIs(v));
  }
  const Error error = FailureOf([&] { t.table.At(6); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_THAT(error.what(), HasSubstr("the latest is 5"));
}

TEST(LogTest, ReadingStartsAtTheLastCheckpoint) {
  const LongTable t(25, "10");
  t.DeleteCommits(0, 19);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(25));
  EXPECT_THAT(t.table.At(22)->files(), SizeIs(22));
  EXPECT_THAT(t.table.At(20)->files(), SizeIs(20));
  EXPECT_THAT(t.table.At(10)->files(), SizeIs(10));
  EXPECT_EQ(FailureOf([&] { t.table.At(9); }).code(), ErrorCode::kNotFound);
  // 11 to 19 are gone, but 10 and 20 are checkpoints.
  EXPECT_EQ(FailureOf([&] { t.table.At(15); }).code(), ErrorCode::kCorrupt);
}

TEST(LogTest, LastCheckpointIsOnlyAHint) {
  for (const char* text :
       {"", "{", "[]", "{\"version\":\"x\"}", "{\"version\":-1}", "{\"version\":10}",
        "{\"version\":15}", "{\"version\":999}", "{\"version\":20,\"parts\":7}"}) {
    const LongTable t(25, "10");
    t.store->Put(t.LogKey("_last_checkpoint"), text);
    EXPECT_THAT(t.table.Latest()->files(), SizeIs(25)) << text;
    EXPECT_THAT(t.table.At(7)->files(), SizeIs(7)) << text;
  }
  const LongTable t(25, "10");
  t.store->Delete(t.LogKey("_last_checkpoint"));
  t.DeleteCommits(0, 15);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(25));
}

TEST(LogTest, AnEntryThatLostLinesIsCorrupt) {
  const LongTable t(2);
  const std::string key = Log(t.table.location()).CommitKey(2);
  const std::string whole = t.store->Read(key);
  t.store->Put(key, whole.substr(0, whole.find('\n') + 1));
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("memory:///t/_delta_log/00000000000000000002.json"));
  EXPECT_THAT(error.what(), HasSubstr("1 of its 2 actions"));
  t.store->Put(key, "");
  EXPECT_EQ(FailureOf([&] { t.table.Latest(); }).code(), ErrorCode::kCorrupt);
}

// Lines that weir does not know are no reason to refuse an entry of somebody else's.
TEST(LogTest, EntriesOfOthersDoNotCountTheirLines) {
  const LongTable t(2);
  t.store->Put(Log(t.table.location()).CommitKey(3),
               "{\"commitInfo\":{\"operation\":\"WRITE\"}}\n{\"someday\":{\"a\":1}}\n");
  EXPECT_EQ(t.table.Latest()->version(), 3);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(2));
}

TEST(LogTest, ADamagedCheckpointIsPassedOverWhileCommitsSayTheSame) {
  const LongTable t(25, "10");
  const Log log(t.table.location());
  t.store->Put(log.CheckpointKey(20), "garbage");
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(25));
  t.store->Put(log.CheckpointKey(20), "");
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(25));
  t.DeleteCommits(0, 9);  // From the checkpoint before.
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(25));
  t.store->Put(log.CheckpointKey(10), "garbage");
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("the checkpoint of version 20 of table memory:///t"));
}

TEST(LogTest, ACheckpointAloneIsAVersion) {
  const LongTable t(20, "10");
  t.DeleteCommits(0, 20);
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(snapshot->version(), 20);
  EXPECT_THAT(snapshot->files(), SizeIs(20));
  EXPECT_TRUE(t.table.Exists());
}

TEST(LogTest, MultiPartCheckpointsCountOnlyWhenWhole) {
  const LongTable t(12, "10");
  const std::string whole = t.LogKey("00000000000000000010.checkpoint.parquet");
  const std::string text = t.store->Read(whole);
  const size_t cut = text.find('\n', text.size() / 2) + 1;
  const std::string part = t.LogKey("00000000000000000010.checkpoint.000000000");
  t.store->Put(part + "1.0000000002.parquet", text.substr(0, cut));
  t.store->Delete(whole);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(12));  // From the commits.
  t.store->Put(part + "2.0000000002.parquet", text.substr(cut));
  t.DeleteCommits(0, 10);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(12));
}

// Puts that share of a checkpoint's lines under the name of a part.
struct PartedTable : LongTable {
  PartedTable() : LongTable(12, "10") {
    whole = store->Read(log.CheckpointKey(10));
    store->Delete(log.CheckpointKey(10));
  }
  void PutParts(int parts, std::set<int> without = {}) const {
    std::vector<std::string> texts(static_cast<size_t>(parts));
    size_t line = 0;
    for (size_t begin = 0; begin < whole.size(); ++line) {
      const size_t end = whole.find('\n', begin) + 1;
      texts[line % texts.size()] += whole.substr(begin, end - begin);
      begin = end;
    }
    for (int part = 1; part <= parts; ++part) {
      if (without.contains(part)) continue;
      store->Put(log.CheckpointPartKey(10, part, parts), texts[static_cast<size_t>(part) - 1]);
    }
  }
  Log log{table.location()};
  std::string whole;
};

TEST(LogTest, AnotherCheckpointOfTheVersionServesWhereOneIsSpoilt) {
  const PartedTable t;
  t.store->Put(t.log.CheckpointKey(10), "garbage");
  t.PutParts(3);
  t.store->Put(t.log.CheckpointPartKey(10, 2, 3), "garbage");
  t.PutParts(4);
  t.DeleteCommits(0, 10);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(12));
  t.store->Put(t.log.CheckpointPartKey(10, 4, 4), "garbage");
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("10.checkpoint.parquet"));  // The first choice.
}

TEST(LogTest, FewFilesAreChosenBeforeMany) {
  const PartedTable t;
  t.PutParts(2);
  t.PutParts(3);
  const auto chosen = [&] { return t.log.SegmentFor(std::nullopt).checkpoint->keys; };
  EXPECT_THAT(chosen(),
              ElementsAre(t.log.CheckpointPartKey(10, 1, 2), t.log.CheckpointPartKey(10, 2, 2)));
  t.store->Put(t.log.CheckpointKey(10), t.whole);
  EXPECT_THAT(chosen(), ElementsAre(t.log.CheckpointKey(10)));
}

TEST(LogTest, PartsOfDifferentSetsMakeNone) {
  const PartedTable t;
  t.PutParts(2, {2});
  t.PutParts(3, {1});
  t.store->Put(t.LogKey("00000000000000000010.checkpoint.0000000003.0000000002.parquet"), "x");
  t.store->Put(t.LogKey("00000000000000000010.checkpoint.0000000000.0000000000.parquet"), "x");
  for (const char* const hint : {R"({"version":10,"size":14,"parts":2})", "", "{"}) {
    t.store->Put(t.LogKey("_last_checkpoint"), hint);
    EXPECT_FALSE(t.log.SegmentFor(std::nullopt).checkpoint.has_value());
    EXPECT_THAT(t.table.Latest()->files(), SizeIs(12));
  }
}

TEST(LogTest, AMissingCommitIsNamed) {
  const LongTable t(9);
  t.DeleteCommits(4, 4);
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("no entry for version 4"));
  EXPECT_THAT(error.what(), HasSubstr("00000000000000000004.json"));
  EXPECT_THAT(t.table.At(3)->files(), SizeIs(3));
}

TEST(LogTest, ASpoiltLineIsNamedByFileAndLine) {
  const LongTable t(3);
  const std::string key = t.LogKey("00000000000000000002.json");
  const std::string text = t.store->Read(key);
  t.store->Put(key, text.substr(0, text.size() - 20));
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("00000000000000000002.json:2"));
}

TEST(LogTest, WhatOthersKeepInTheFolderIsNoneOfOurs) {
  const LongTable t(3);
  for (const char* name :
       {".00000000000000000001.json.crc", "00000000000000000001.crc",
        "00000000000000000000.00000000000000000003.compacted.json", "_sidecars/x.parquet",
        "_staged_commits/00000000000000000009.uuid.json", "00000000000000000009.json.tmp", "junk",
        "0000000000000000009.json", "00000000000000000009.checkpoint.parquet.crc"}) {
    t.store->Put(t.LogKey(name), "nonsense");
  }
  EXPECT_EQ(t.table.Latest()->version(), 3);
  EXPECT_THAT(t.table.History(100), SizeIs(4));
}

TEST(LogTest, AV2CheckpointThatIsNoneIsPassedOver) {
  const LongTable t(5);
  t.store->Put(
      t.LogKey("00000000000000000004.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"), "{}");
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(5));
  t.DeleteCommits(0, 3);
  const Error error = FailureOf([&] { t.table.Latest(); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_THAT(error.what(), HasSubstr("80a083e8"));
}

TEST(LogTest, BlankLinesAndWindowsLineEndsAreFine) {
  const LongTable t(1);
  const std::string key = t.LogKey("00000000000000000001.json");
  std::string text = "\n\r\n" + t.store->Read(key);
  text.insert(text.find('\n', 5), "\r");
  t.store->Put(key, text);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(1));
}

TEST(TableTest, RefreshReadsOnlyWhatIsNew) {
  const LongTable t(25, "10");
  const auto known = t.table.Latest();
  EXPECT_EQ(t.table.Refresh(known), known);
  t.DeleteCommits(0, 24);  // What is known need not be read again.
  ASSERT_TRUE(std::holds_alternative<Committed>([&] {
    Transaction append(t.table, known);
    append.Add(DataFile("new"));
    append.Remove(known->files()[0]);
    append.SetProgress("app", 7);
    return append.Commit(Operation("WRITE"));
  }()));
  const auto next = t.table.Refresh(known);
  EXPECT_EQ(next->version(), 26);
  EXPECT_THAT(next->files(), SizeIs(25));
  EXPECT_EQ(next->transactions().at("app").version, 7);
  EXPECT_GT(next->timestamp_millis(), known->timestamp_millis());
  EXPECT_THAT(known->files(), SizeIs(25));
}

// Versions whose file times are as given.
struct TimedTable {
  explicit TimedTable(const std::vector<int64_t>& millis,
                      const std::map<std::string, std::string>& configuration = {}) {
    for (size_t i = 0; i < millis.size(); ++i) {
      clock.Advance(millis[i] * 1000 - clock.Now().micros);
      std::string text = "{\"commitInfo\":{\"operation\":\"o" + std::to_string(i) + "\"}}\n";
      if (i == 0) {
        Metadata metadata = MetadataOf(IdAndName(), {}, configuration);
        text += ActionToJson(Protocol()) + "\n" + ActionToJson(metadata) + "\n";
      }
      text += ActionToJson(DataFile("f" + std::to_string(i)));
      store->Put(Log(table.location()).CommitKey(static_cast<Version>(i)), text);
    }
  }
  Version AtMillis(int64_t millis) const {
    return table.AtTimestamp(Instant{millis * 1000})->version();
  }
  FakeClock clock{Instant{0}};
  std::shared_ptr<io::ObjectStore> store = std::make_shared<io::MemoryStore>(clock);
  JsonCheckpointFormat format;
  Table table{{store, "t/", "memory:///t"}, format, clock};
};

TEST(TableTest, TimeTravelTakesTheLastVersionNotAfter) {
  const TimedTable t({1000, 2000, 3000});
  EXPECT_EQ(t.AtMillis(1000), 0);
  EXPECT_EQ(t.AtMillis(1999), 0);
  EXPECT_EQ(t.AtMillis(2000), 1);
  EXPECT_EQ(t.AtMillis(99999), 2);
  const Error error = FailureOf([&] { t.AtMillis(999); });
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.condition(), "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION");
}

TEST(TableTest, TimesOfVersionsRiseEvenWhereFileTimesDoNot) {
  const TimedTable t({5000, 2000, 2000, 6000});
  const auto history = t.table.History(10);
  ASSERT_THAT(history, SizeIs(4));
  EXPECT_EQ(history[3].timestamp_millis, 5000);
  EXPECT_EQ(history[2].timestamp_millis, 5001);
  EXPECT_EQ(history[1].timestamp_millis, 5002);
  EXPECT_EQ(history[0].timestamp_millis, 6000);
  EXPECT_EQ(t.AtMillis(5001), 1);
  EXPECT_EQ(t.table.At(2)->timestamp_millis(), 5002);
}

TEST(TableTest, InCommitTimestampsGoBeforeFileTimes) {
  const TimedTable t({1000, 2000}, {{"delta.enableInCommitTimestamps", "true"},
                                    {"delta.inCommitTimestampEnablementVersion", "1"},
                                    {"delta.inCommitTimestampEnablementTimestamp", "500000"}});
  t.store->Put("t/_delta_log/00000000000000000001.json",
               "{\"commitInfo\":{\"inCommitTimestamp\":500000,\"operation\":\"x\"}}");
  EXPECT_EQ(t.table.History(1)[0].timestamp_millis, 500000);
  EXPECT_EQ(t.AtMillis(400000), 0);
  EXPECT_EQ(t.AtMillis(500000), 1);
}

TEST(TableTest, HistoryIsNewestFirstAndLimited) {
  const TimedTable t({1000, 2000, 3000});
  const auto history = t.table.History(2);
  ASSERT_THAT(history, SizeIs(2));
  EXPECT_EQ(history[0].version, 2);
  EXPECT_EQ(history[0].info->operation, "o2");
  EXPECT_EQ(history[1].version, 1);
}

TEST(TableTest, ChangesAreTheFilesThatCameAndWent) {
  const LongTable t(2);
  const auto base = t.table.Latest();
  Transaction change(t.table, base);
  change.Add(DataFile("b"));
  change.Remove(base->files()[0]);
  AddFile rearranged = DataFile("c");
  rearranged.data_change = false;
  change.Add(rearranged);
  change.Remove(base->files()[1], /*data_change=*/false);
  ASSERT_TRUE(std::holds_alternative<Committed>(change.Commit(Operation("MERGE"))));
  const auto changes = t.table.Changes(1, 3);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].version, 2);
  ASSERT_THAT(changes[1].added, SizeIs(1));
  EXPECT_EQ(changes[1].added[0].path, "b");
  ASSERT_THAT(changes[1].removed, SizeIs(1));
  EXPECT_EQ(changes[1].removed[0].path, "a.1");
  EXPECT_EQ(changes[1].info->operation, "MERGE");
  EXPECT_TRUE(t.table.Changes(-1, 0)[0].metadata.has_value());
  t.DeleteCommits(2, 2);
  EXPECT_EQ(FailureOf([&] { t.table.Changes(1, 3); }).code(), ErrorCode::kNotFound);
}

TEST(ApplyTest, TheLastActionOnAFileCounts) {
  AddFile a = DataFile("file:///x/a%20b");
  AddFile with_vector = a;
  with_vector.deletion_vector_json = R"({"storageType":"u","pathOrInlineDv":"v","offset":4})";
  RemoveFile remove_a;
  remove_a.path = "/x/a%20b";
  TableState state = Apply({}, {{0, {a}}, {1, {remove_a}}});
  EXPECT_THAT(state.files, SizeIs(0));
  EXPECT_THAT(state.tombstones, SizeIs(1));
  state = Apply(state, {{2, {a}}});
  EXPECT_THAT(state.files, SizeIs(1));
  EXPECT_THAT(state.tombstones, SizeIs(0));
  // A deletion vector makes another file of it.
  state = Apply(state, {{3, {remove_a, with_vector}}});
  ASSERT_THAT(state.files, SizeIs(1));
  EXPECT_EQ(state.files[0].deletion_vector_json, with_vector.deletion_vector_json);
  EXPECT_THAT(state.tombstones, SizeIs(1));
}

TEST(ApplyTest, DomainsAndTransactionsKeepTheirLast) {
  TableState state = Apply({}, {{0,
                                 {DomainMetadata{"d", "1", false}, DomainMetadata{"e", "1", false},
                                  SetTransaction{"a", 5, std::nullopt}}},
                                {1,
                                 {DomainMetadata{"d", "2", false}, DomainMetadata{"e", "", true},
                                  SetTransaction{"a", 3, std::nullopt}}}});
  EXPECT_EQ(state.domains.at("d").configuration, "2");
  EXPECT_FALSE(state.domains.contains("e"));
  EXPECT_EQ(state.transactions.at("a").version, 3);
}

TEST(ApplyTest, StepByStepIsTheSameAsAllAtOnce) {
  std::vector<CommitActions> commits;
  for (Version v = 0; v < 60; ++v) {
    CommitActions commit{v, {DataFile("f" + std::to_string(v * 7 % 13))}};
    RemoveFile remove;
    remove.path = "f" + std::to_string(v * 5 % 13);
    if (v % 3 == 0 && remove.path != "f" + std::to_string(v * 7 % 13)) {
      commit.actions.push_back(remove);
    }
    commits.push_back(std::move(commit));
  }
  const TableState at_once = Apply({}, commits);
  TableState step_by_step;
  for (const CommitActions& commit : commits) step_by_step = Apply(step_by_step, {commit});
  const auto paths = [](const auto& files) {
    std::vector<std::string> list;
    for (const auto& file : files) list.push_back(file.path);
    return list;
  };
  EXPECT_EQ(paths(at_once.files), paths(step_by_step.files));
  EXPECT_EQ(paths(at_once.tombstones), paths(step_by_step.tombstones));
}

}  // namespace
}  // namespace weir::delta
