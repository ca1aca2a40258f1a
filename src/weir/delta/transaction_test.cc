#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/checkpoint_writer.h"
#include "weir/delta/log.h"
#include "weir/delta/testing/failure_of.h"
#include "weir/delta/testing/tables.h"
#include "weir/io/testing/faulty_store.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

MATCHER_P(CommittedAt, version, "") {
  const auto* committed = std::get_if<Committed>(&arg);
  return committed != nullptr && committed->version == version && committed->warning.empty();
}
MATCHER_P(ConflictAt, version, "") {
  const auto* conflict = std::get_if<Conflict>(&arg);
  return conflict != nullptr && conflict->taken == version;
}
MATCHER_P(DoneAt, version, "") {
  const auto* done = std::get_if<AlreadyCommitted>(&arg);
  return done != nullptr && done->version == version;
}

CommitResult Go(Transaction& transaction) { return transaction.Commit(Operation("WRITE")); }

TEST(TransactionTest, ANewTableIsAsOldAProtocolAsServes) {
  const TestTable t;
  const auto snapshot = t.table.Latest();
  EXPECT_EQ(snapshot->version(), 0);
  EXPECT_EQ(snapshot->protocol(), (Protocol{1, 2, {}, {}}));
  EXPECT_EQ(snapshot->schema(), IdAndName());
  EXPECT_FALSE(snapshot->metadata().id.empty());
  EXPECT_TRUE(snapshot->metadata().created_time_millis.has_value());
  EXPECT_THAT(snapshot->files(), IsEmpty());
}

TEST(TransactionTest, CreatingWhatIsThereIsAConflict) {
  const TestTable t;
  Transaction again(t.table, nullptr);
  again.SetMetadata(MetadataOf(IdAndName()));
  EXPECT_THAT(Go(again), ConflictAt(0));
  // Even where the first entry is gone.
  t.store->Put(t.LogKey("00000000000000000010.checkpoint.parquet"), "x");
  t.store->Delete(t.LogKey("00000000000000000000.json"));
  Transaction third(t.table, nullptr);
  third.SetMetadata(MetadataOf(IdAndName()));
  EXPECT_THAT(Go(third), ConflictAt(0));
}

TEST(TransactionTest, BlindAppendsPassEachOther) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction first(t.table, base);
  Transaction second(t.table, base);
  first.Add(DataFile("a"));
  second.Add(DataFile("b"));
  EXPECT_THAT(Go(first), CommittedAt(1));
  EXPECT_THAT(Go(second), CommittedAt(2));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("a", "b"));
  const auto history = t.table.History(1);
  EXPECT_TRUE(history[0].info->is_blind_append);
  EXPECT_EQ(history[0].info->read_version, 0);
}

// Both writers read all of version 0; the loser leaves nothing a reader could see.
TEST(TransactionTest, LosingWriterGetsConflictAndChangesNothing) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction winner(t.table, base);
  Transaction loser(t.table, base);
  winner.Add(DataFile("a"));
  loser.Reads(Predicate::True());
  loser.Add(DataFile("b"));
  ASSERT_THAT(Go(winner), CommittedAt(1));
  const auto result = Go(loser);
  EXPECT_THAT(result, ConflictAt(1));
  EXPECT_THAT(std::get<Conflict>(result).files, ElementsAre("a"));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("a"));
  EXPECT_EQ(t.table.Latest()->version(), 1);
}

TEST(TransactionTest, AddedFilesThatCannotMatchWhatWasReadDoNotConflict) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction far(t.table, base);
  far.Add(DataFile("far", 100, 200));
  ASSERT_THAT(Go(far), CommittedAt(1));
  Transaction reader(t.table, base);
  reader.Reads(IdEquals(5));
  reader.Add(DataFile("mine"));
  EXPECT_THAT(Go(reader), CommittedAt(2));
  Transaction near(t.table, base);
  near.Reads(IdEquals(150));
  near.Add(DataFile("other"));
  EXPECT_THAT(Go(near), ConflictAt(1));
}

TEST(TransactionTest, RearrangedRowsDoNotConflictWithReading) {
  const TestTable t;
  t.Append(DataFile("a"));
  const auto base = t.table.Latest();
  Transaction compaction(t.table, base);
  AddFile rearranged = DataFile("b");
  rearranged.data_change = false;
  compaction.Add(rearranged);
  ASSERT_THAT(Go(compaction), CommittedAt(2));
  Transaction reader(t.table, base);
  reader.Reads(Predicate::True());
  reader.Add(DataFile("c"));
  EXPECT_THAT(Go(reader), CommittedAt(3));
}

TEST(TransactionTest, RemovingTheSameFileConflicts) {
  const TestTable t;
  t.Append(DataFile("a"));
  t.Append(DataFile("b"));
  const auto base = t.table.Latest();
  Transaction first(t.table, base);
  Transaction same(t.table, base);
  Transaction other(t.table, base);
  first.Remove(base->files()[0]);
  same.Remove(base->files()[0]);
  other.Remove(base->files()[1]);
  EXPECT_THAT(Go(first), CommittedAt(3));
  EXPECT_THAT(Go(same), ConflictAt(3));
  EXPECT_THAT(Go(other), CommittedAt(4));
  EXPECT_THAT(t.table.Latest()->files(), IsEmpty());
}

TEST(TransactionTest, RemovingAFileThatWasReadConflicts) {
  const TestTable t;
  t.Append(DataFile("a", 1, 1));
  t.Append(DataFile("b", 2, 2));
  const auto base = t.table.Latest();
  Transaction remover(t.table, base);
  remover.Remove(base->files()[0]);
  ASSERT_THAT(Go(remover), CommittedAt(3));
  Transaction read_it(t.table, base);
  read_it.Reads(IdEquals(1));
  read_it.Add(DataFile("c"));
  EXPECT_THAT(Go(read_it), ConflictAt(3));
  Transaction read_other(t.table, base);
  read_other.Reads(IdEquals(2));
  read_other.Add(DataFile("d"));
  EXPECT_THAT(Go(read_other), CommittedAt(4));
}

TEST(TransactionTest, ChangedMetadataAndProtocolConflictWithEverything) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction schema(t.table, base);
  Metadata metadata = base->metadata();
  metadata.description = "new";
  schema.SetMetadata(metadata);
  ASSERT_THAT(Go(schema), CommittedAt(1));
  Transaction append(t.table, base);
  append.Add(DataFile("a"));
  EXPECT_THAT(Go(append), ConflictAt(1));

  const auto next = t.table.Latest();
  Transaction domain(t.table, next);
  domain.SetDomain({"weir.test", "{}", false});
  ASSERT_THAT(Go(domain), CommittedAt(2));
  EXPECT_EQ(t.table.Latest()->protocol(),
            (Protocol{1, 7, {}, {"appendOnly", "invariants", "domainMetadata"}}));
  Transaction other(t.table, next);
  other.Add(DataFile("a"));
  EXPECT_THAT(Go(other), ConflictAt(2));
}

TEST(TransactionTest, UnchangedMetadataIsNotWritten) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction same(t.table, base);
  same.SetMetadata(base->metadata());
  same.Add(DataFile("a"));
  ASSERT_THAT(Go(same), CommittedAt(1));
  EXPECT_FALSE(t.table.Changes(0, 1)[0].metadata.has_value());
}

TEST(TransactionTest, OneDomainHasOneWriterAtATime) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.feature.domainMetadata", "supported"}}));
  const auto base = t.table.Latest();
  Transaction first(t.table, base);
  Transaction same(t.table, base);
  Transaction other(t.table, base);
  first.SetDomain({"a", "1", false});
  same.SetDomain({"a", "2", false});
  other.SetDomain({"b", "3", false});
  EXPECT_THAT(Go(first), CommittedAt(1));
  EXPECT_THAT(Go(same), ConflictAt(1));
  EXPECT_THAT(Go(other), CommittedAt(2));
  EXPECT_EQ(t.table.Latest()->domains().at("a").configuration, "1");
  EXPECT_EQ(t.table.Latest()->domains().at("b").configuration, "3");
}

TEST(TransactionTest, ARetriedBatchIsANoOp) {
  const TestTable t;
  const auto base = t.table.Latest();
  const auto batch = [&](std::shared_ptr<const Snapshot> from, int64_t number) {
    Transaction transaction(t.table, std::move(from));
    transaction.SetProgress("flow/1", number);
    transaction.Add(DataFile("batch" + std::to_string(number)));
    return Go(transaction);
  };
  EXPECT_THAT(batch(base, 0), CommittedAt(1));
  EXPECT_THAT(batch(t.table.Latest(), 0), DoneAt(1));
  EXPECT_THAT(batch(base, 0), DoneAt(1));      // Found while rebasing.
  EXPECT_THAT(batch(base, 1), ConflictAt(1));  // Another process drives the same flow.
  EXPECT_THAT(batch(t.table.Latest(), 1), CommittedAt(2));
  EXPECT_THAT(batch(t.table.Latest(), 0), DoneAt(2));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("batch0", "batch1"));
}

TEST(TransactionTest, OverwriteReplacesEverythingAndLosesToAppends) {
  const TestTable t;
  t.Append(DataFile("a"));
  t.Append(DataFile("b"));
  const auto base = t.table.Latest();
  Transaction overwrite(t.table, base);
  overwrite.RemoveAll();
  overwrite.Add(DataFile("c"));
  ASSERT_THAT(Go(overwrite), CommittedAt(3));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("c"));
  Transaction late(t.table, base);
  late.RemoveAll();
  EXPECT_THAT(Go(late), ConflictAt(3));
}

TEST(TransactionTest, ALostAnswerIsFoundByTheEntrysOwnId) {
  TestTable t;
  const auto base = t.table.Latest();
  io::Faults faults;
  const Table table({std::make_shared<io::FaultyStore>(t.store, faults), "t/", "memory:///t"},
                    t.format, t.clock);
  Transaction append(table, base);
  append.Add(DataFile("a"));
  append.SetProgress("app", 1);
  faults.After(1, io::Faults::Fail(ErrorCode::kUnavailable));
  EXPECT_EQ(FailureOf([&] { static_cast<void>(Go(append)); }).code(), ErrorCode::kUnavailable);
  t.Append(DataFile("b"));
  EXPECT_THAT(Go(append), CommittedAt(1));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("a", "b"));

  Transaction lost(table, base);
  lost.Add(DataFile("c"));
  faults.Before(1, io::Faults::Fail(ErrorCode::kUnavailable));
  EXPECT_EQ(FailureOf([&] { static_cast<void>(Go(lost)); }).code(), ErrorCode::kUnavailable);
  EXPECT_THAT(Go(lost), CommittedAt(3));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("a", "b", "c"));
}

// What was added must stay as long as its entry may be in the log.
TEST(TransactionTest, ADoubtStaysADoubtWhateverFailsNext) {
  TestTable t;
  io::Faults faults;
  const Table table({std::make_shared<io::FaultyStore>(t.store, faults), "t/", "memory:///t"},
                    t.format, t.clock);
  Transaction append(table, t.table.Latest());
  append.Add(DataFile("a"));
  faults.After(1, io::Faults::Fail(ErrorCode::kUnavailable));
  EXPECT_EQ(FailureOf([&] { static_cast<void>(Go(append)); }).code(), ErrorCode::kUnavailable);
  faults.Before(1, io::Faults::Fail(ErrorCode::kExhausted));
  EXPECT_EQ(FailureOf([&] { static_cast<void>(Go(append)); }).code(), ErrorCode::kUnavailable);
  EXPECT_THAT(Go(append), CommittedAt(1));

  Transaction full(table, t.table.Latest());
  full.Add(DataFile("b"));
  faults.Before(1, io::Faults::Fail(ErrorCode::kExhausted));
  EXPECT_EQ(FailureOf([&] { static_cast<void>(Go(full)); }).code(), ErrorCode::kExhausted);
}

TEST(TransactionTest, TimesOfEntriesRiseThoughTheClockDoesNot) {
  const TestTable t;
  int64_t last = t.table.History(1)[0].info->timestamp_millis;
  for (int i = 0; i < 4; ++i) {
    t.Append(DataFile("a" + std::to_string(i)));
    const int64_t next = t.table.History(1)[0].info->timestamp_millis;
    EXPECT_GT(next, last);
    last = next;
  }
}

TEST(TransactionTest, CheckpointsComeByTheIntervalAndHoldEverything) {
  TestTable t(MetadataOf(
      IdAndName(), {},
      {{"delta.feature.domainMetadata", "supported"}, {"delta.checkpointInterval", "10"}}));
  for (int i = 1; i <= 10; ++i) {
    Transaction append(t.table, t.table.Latest());
    append.Add(DataFile("a" + std::to_string(i)));
    append.SetProgress("app", i);
    if (i == 3) append.SetDomain({"kept", "x", false});
    if (i == 4) append.SetDomain({"gone", "x", false});
    if (i == 5) append.SetDomain({"gone", "", true});
    if (i == 9) append.Remove(t.table.Latest()->files()[0]);
    ASSERT_THAT(Go(append), CommittedAt(i));
  }
  EXPECT_THAT(t.store->Read(t.LogKey("_last_checkpoint")),
              HasSubstr(R"("version":10,"size":14,"sizeInBytes":)"));
  const auto whole = t.table.Latest();
  for (int i = 0; i <= 10; ++i) t.store->Delete(Log(t.table.location()).CommitKey(i));
  const auto from_checkpoint = t.table.Latest();
  EXPECT_EQ(Paths(*from_checkpoint), Paths(*whole));
  EXPECT_EQ(from_checkpoint->protocol(), whole->protocol());
  EXPECT_EQ(from_checkpoint->metadata().id, whole->metadata().id);
  EXPECT_EQ(from_checkpoint->transactions().at("app").version, 10);
  EXPECT_THAT(from_checkpoint->domains(), SizeIs(1));
  EXPECT_EQ(from_checkpoint->domains().at("kept").configuration, "x");
  EXPECT_EQ(from_checkpoint->StatisticsOf(from_checkpoint->files()[0]).rows, 1);
}

TEST(TransactionTest, LargeCheckpointsComeInParts) {
  TestTable t(MetadataOf(IdAndName(), {},
                         {{"weir.checkpointPartSize", "4"}, {"delta.checkpointInterval", "10"}}));
  for (int i = 1; i <= 10; ++i) {
    Transaction append(t.table, t.table.Latest());
    append.Add(DataFile("a" + std::to_string(i)));
    append.SetProgress("app", i);
    ASSERT_THAT(Go(append), CommittedAt(i));
  }
  EXPECT_THAT(t.store->Read(t.LogKey("_last_checkpoint")),
              HasSubstr(R"("version":10,"size":13,"parts":4,"sizeInBytes":)"));
  const Log log(t.table.location());
  for (int i = 0; i <= 10; ++i) t.store->Delete(log.CommitKey(i));
  const auto snapshot = t.table.Latest();
  EXPECT_THAT(snapshot->files(), SizeIs(10));
  EXPECT_EQ(snapshot->transactions().at("app").version, 10);
  // Written anew from what it says itself, each part is the same.
  std::vector<std::string> parts;
  const auto sorted = [&](int part) {
    std::string text = t.store->Read(log.CheckpointPartKey(10, part, 4));
    std::sort(text.begin(), text.end());
    return text;
  };
  for (int part = 1; part <= 4; ++part) parts.push_back(sorted(part));
  WriteCheckpoint(t.table.location(), t.format, t.clock,
                  dynamic_cast<const LogSnapshot&>(*snapshot));
  for (int part = 1; part <= 4; ++part) EXPECT_EQ(sorted(part), parts[part - 1]) << part;
}

bool HasCheckpoint(const TestTable& t, Version version) {
  return t.store->Find(Log(t.table.location()).CheckpointKey(version)).has_value();
}

TEST(TransactionTest, CheckpointsOnDisksComeSeldomUnlessAskedFor) {
  TestTable t;
  for (int i = 1; i <= 64; ++i) t.Append(DataFile("a" + std::to_string(i)));
  for (int i = 1; i < 64; ++i) EXPECT_FALSE(HasCheckpoint(t, i)) << i;
  EXPECT_TRUE(HasCheckpoint(t, 64));
}

TEST(TransactionTest, LargeCommitsEarnACheckpointEarly) {
  TestTable t(MetadataOf(IdAndName(), {}, {{"delta.checkpointInterval", "10"}}));
  const auto append = [&](const std::string& name, size_t bytes) {
    AddFile file = DataFile(name);
    file.tags["padding"] = std::string(bytes, 'x');
    EXPECT_EQ(std::get<Committed>(t.Append(file)).warning, "");
  };
  append("a", 5 << 20);
  EXPECT_FALSE(HasCheckpoint(t, 1));
  append("b", 5 << 20);
  EXPECT_TRUE(HasCheckpoint(t, 2));
  // The next one only when twice as much has come, or ten commits.
  append("c", 9 << 20);
  EXPECT_FALSE(HasCheckpoint(t, 3));
  for (int version = 4; version <= 12; ++version) append("d" + std::to_string(version), 1);
  for (int version = 3; version <= 11; ++version) EXPECT_FALSE(HasCheckpoint(t, version));
  EXPECT_TRUE(HasCheckpoint(t, 12));
}

TEST(TransactionTest, CheckpointsAreCountedFromWhoeversWasTheLast) {
  TestTable t(MetadataOf(IdAndName(), {}, {{"delta.checkpointInterval", "4"}}));
  const auto known = t.table.Latest();
  for (int i = 1; i <= 3; ++i) t.Append(DataFile("a" + std::to_string(i)));
  // Somebody else's, of which the transaction's base knows nothing.
  WriteCheckpoint(t.table.location(), t.format, t.clock,
                  dynamic_cast<const LogSnapshot&>(*t.table.Latest()));
  Transaction late(t.table, known);
  late.Add(DataFile("late"));
  ASSERT_THAT(Go(late), CommittedAt(4));
  EXPECT_FALSE(HasCheckpoint(t, 4));
  for (int i = 5; i <= 7; ++i) t.Append(DataFile("a" + std::to_string(i)));
  EXPECT_TRUE(HasCheckpoint(t, 7));
}

TEST(TransactionTest, TombstonesStayInCheckpointsUntilTheyExpire) {
  TestTable t(MetadataOf(
      IdAndName(), {},
      {{"delta.checkpointInterval", "1"}, {"delta.deletedFileRetentionDuration", "1 hour"}}));
  t.Append(DataFile("a"));
  t.Append(DataFile("b"));
  Transaction remove(t.table, t.table.Latest());
  remove.Remove(t.table.Latest()->files()[0]);
  ASSERT_THAT(Go(remove), CommittedAt(3));
  const auto checkpoint = [&](const std::string& version) {
    return t.store->Read(t.LogKey("0000000000000000000" + version + ".checkpoint.parquet"));
  };
  EXPECT_THAT(checkpoint("3"), HasSubstr(R"({"remove":{"path":"a")"));
  t.clock.Advance(3'599'000'000);
  t.Append(DataFile("c"));
  EXPECT_THAT(checkpoint("4"), HasSubstr(R"({"remove":{"path":"a")"));
  t.clock.Advance(2'000'000);
  t.Append(DataFile("d"));
  EXPECT_THAT(checkpoint("5"), ::testing::Not(HasSubstr("remove")));
  EXPECT_THAT(Paths(*t.table.Latest()), ElementsAre("b", "c", "d"));
}

// Writing what is asked of it fails.
class BrokenFormat final : public CheckpointFormat {
 public:
  void Read(io::ObjectStore&, const std::string&,
            const std::function<void(CheckpointPart)>&) override {}
  int64_t Write(io::ObjectStore&, const std::string&, CheckpointKind,
                const std::function<bool(std::string&)>&) override {
    throw Error(ErrorCode::kExhausted, "the disk is full");
  }
};

TEST(TransactionTest, ACheckpointThatFailsOnlyWarns) {
  TestTable t(MetadataOf(IdAndName(), {}, {{"delta.checkpointInterval", "1"}}));
  BrokenFormat broken;
  const Table table({t.store, "t/", "memory:///t"}, broken, t.clock);
  Transaction append(table, table.Latest());
  append.Add(DataFile("a"));
  const auto result = Go(append);
  ASSERT_TRUE(std::holds_alternative<Committed>(result));
  EXPECT_THAT(std::get<Committed>(result).warning, HasSubstr("the disk is full"));
  EXPECT_THAT(Paths(*table.Latest()), ElementsAre("a"));
}

TEST(TransactionTest, AppendOnlyTablesKeepTheirRows) {
  const TestTable t(MetadataOf(IdAndName(), {}, {{"delta.appendOnly", "true"}}));
  t.Append(DataFile("a"));
  const auto base = t.table.Latest();
  Transaction remove(t.table, base);
  remove.Remove(base->files()[0]);
  EXPECT_EQ(FailureOf([&] { static_cast<void>(Go(remove)); }).condition(),
            "DELTA_CANNOT_MODIFY_APPEND_ONLY");
  Transaction compaction(t.table, base);
  compaction.Remove(base->files()[0], /*data_change=*/false);
  AddFile same = DataFile("b");
  same.data_change = false;
  compaction.Add(same);
  EXPECT_THAT(Go(compaction), CommittedAt(2));
}

TEST(TransactionTest, WhatMakesNoSenseIsRefusedBeforeItIsWritten) {
  const TestTable t(MetadataOf(
      Schema({{"id", TypeId::kLong, true, "{}"}, {"day", TypeId::kDate, true, "{}"}}), {"day"}));
  const auto base = t.table.Latest();
  AddFile good = DataFile("a");
  good.partition_values = {{"day", "2013-01-01"}};
  const auto fails = [&](const std::function<void(Transaction&)>& stage) {
    Transaction transaction(t.table, base);
    stage(transaction);
    FailureOf([&] { static_cast<void>(Go(transaction)); });
  };
  fails([](Transaction& txn) { txn.Add(DataFile("a")); });
  fails([&](Transaction& txn) {
    AddFile bad = good;
    bad.partition_values = {{"day", "someday"}};
    txn.Add(bad);
  });
  fails([&](Transaction& txn) {
    AddFile bad = good;
    bad.partition_values = {{"Day", "2013-01-01"}};
    txn.Add(bad);
  });
  fails([&](Transaction& txn) {
    txn.Add(good);
    txn.Add(good);
  });
  fails([&](Transaction& txn) { txn.Remove(good); });
  EXPECT_EQ(t.table.Latest()->version(), 0);
  Transaction fine(t.table, base);
  good.partition_values = {{"day", std::nullopt}};
  fine.Add(good);
  EXPECT_THAT(Go(fine), CommittedAt(1));
  const auto snapshot = t.table.Latest();
  EXPECT_TRUE(snapshot->PartitionOf(snapshot->files()[0]).at("day").is_null());
}

TEST(TransactionTest, ATableCanBeRepartitionedOnlyAsAWhole) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction replace(t.table, base);
  Metadata metadata = base->metadata();
  metadata.partition_columns = {"name"};
  replace.SetMetadata(metadata);
  t.Append(DataFile("late"));
  EXPECT_THAT(Go(replace), ConflictAt(1));
  Transaction half(t.table, t.table.Latest());
  half.SetMetadata(metadata);
  FailureOf([&] { static_cast<void>(Go(half)); });
  half.RemoveAll();
  EXPECT_THAT(Go(half), CommittedAt(2));
  EXPECT_THAT(t.table.Latest()->metadata().partition_columns, ElementsAre("name"));
}

TEST(TransactionTest, WhatRestsOnSomebodysProgressCantFollowAChangeOfIt) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction rests(t.table, base);
  rests.Add(DataFile("a"));
  rests.ReadsProgress("generation");
  Transaction other(t.table, base);
  other.SetProgress("somebody", 1);
  EXPECT_THAT(Go(other), CommittedAt(1));
  Transaction anew(t.table, base);
  anew.SetProgress("generation", 1);
  EXPECT_THAT(Go(anew), CommittedAt(2));
  EXPECT_THAT(Go(rests), ConflictAt(2));
}

// Beside its own progress; who marks the same app from the same version is too late.
TEST(TransactionTest, AMarkIsSetWithTheRestAndBelongsToOneWriter) {
  const TestTable t;
  const auto base = t.table.Latest();
  Transaction first(t.table, base);
  first.Add(DataFile("a"));
  first.SetProgress("flow", 1);
  first.Mark("state", 7);
  Transaction second(t.table, base);
  second.Add(DataFile("b"));
  second.SetProgress("other flow", 1);
  second.Mark("state", 8);
  EXPECT_THAT(Go(first), CommittedAt(1));
  EXPECT_THAT(Go(second), ConflictAt(1));
  const auto now = t.table.Latest();
  EXPECT_EQ(now->transactions().at("flow").version, 1);
  EXPECT_EQ(now->transactions().at("state").version, 7);
  EXPECT_EQ(now->transactions().count("other flow"), 0u);
}

}  // namespace
}  // namespace weir::delta
