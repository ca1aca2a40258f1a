#include "weir/delta/change_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "weir/base/error.h"
#include "weir/delta/column_changes.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/log.h"
#include "weir/delta/properties.h"
#include "weir/delta/testing/failure_of.h"
#include "weir/delta/testing/tables.h"
#include "weir/delta/type_widening.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Configuration Feeding() {
  return {{"delta.enableChangeDataFeed", "true"}, {"delta.enableDeletionVectors", "true"}};
}

Field StoredAs(const std::string& physical, const std::string& name, DataType type, int id) {
  return {name, std::move(type), true,
          "{\"delta.columnMapping.id\":" + std::to_string(id) +
              ",\"delta.columnMapping.physicalName\":\"" + physical + "\"}"};
}

class ChangeFeedTest : public ::testing::Test {
 protected:
  ChangeFeedTest() : t_(MetadataOf(IdAndName(), {}, Feeding())) {}

  // The next commit, which someone else may have written.
  void Commit(const std::string& actions, const std::string& operation = "WRITE") {
    const Version version = t_.table.Latest()->version() + 1;
    char name[32];
    std::snprintf(name, sizeof(name), "%020lld.json", static_cast<long long>(version));
    t_.store->Put(t_.LogKey(name),
                  R"({"commitInfo":{"timestamp":5,"operation":")" + operation + "\"}}\n" + actions);
  }

  std::vector<FeedFile> Feed(Version first, Version last) const {
    const auto latest = t_.table.Latest();
    return FeedOf(t_.table, *latest, {first, last});
  }
  std::vector<std::string> Told(Version first, Version last) const {
    std::vector<std::string> told;
    for (const FeedFile& file : Feed(first, last)) {
      told.push_back(std::to_string(file.version) + " " + file.change_type + " " + file.file.path);
    }
    return told;
  }
  std::string ConditionOf(Version first, Version last) const {
    try {
      Feed(first, last);
    } catch (const Error& error) {
      return error.condition();
    }
    return "none";
  }
  std::string ConditionOfRange(const FeedBound& start, const std::optional<FeedBound>& end) const {
    try {
      RangeOf(t_.table, *t_.table.Latest(), start, end);
    } catch (const Error& error) {
      return error.condition();
    }
    return "none";
  }

  // A commit of metadata alone.
  void Alter(const std::function<void(Metadata&)>& change) {
    Metadata metadata = t_.table.Latest()->metadata();
    change(metadata);
    Transaction transaction(t_.table, t_.table.Latest());
    transaction.SetMetadata(metadata);
    ASSERT_TRUE(std::holds_alternative<Committed>(transaction.Commit(Operation("ALTER"))));
  }

  TestTable t_;
};

TEST_F(ChangeFeedTest, FilesThatComeAndGoAreInsertsAndDeletes) {
  Commit(R"({"add":{"path":"a","partitionValues":{},"size":1,"dataChange":true}})");
  Commit(R"({"add":{"path":"b","partitionValues":{},"size":1,"dataChange":true}})"
         "\n"
         R"({"remove":{"path":"a","dataChange":true,"extendedFileMetadata":true,)"
         R"("partitionValues":{},"size":1}})");
  EXPECT_THAT(Told(0, 2), ElementsAre("1 insert a", "2 insert b", "2 delete a"));
  EXPECT_THAT(Told(2, 1), IsEmpty());
}

TEST_F(ChangeFeedTest, RearrangedFilesTellNothing) {
  Commit(R"({"add":{"path":"a","partitionValues":{},"size":1,"dataChange":true}})");
  Commit(R"({"add":{"path":"b","partitionValues":{},"size":1,"dataChange":false}})"
         "\n"
         R"({"remove":{"path":"a","dataChange":false}})");
  EXPECT_THAT(Told(2, 2), IsEmpty());
}

TEST_F(ChangeFeedTest, WhatWasRecordedGoesBeforeWhatFilesTell) {
  Commit(R"({"add":{"path":"a","partitionValues":{},"size":1,"dataChange":true}})"
         "\n"
         R"({"cdc":{"path":"_change_data/c","partitionValues":{},"size":7,"dataChange":false}})");
  EXPECT_THAT(Told(1, 1), ElementsAre("1  _change_data/c"));
  EXPECT_THAT(Paths(*t_.table.Latest()), ElementsAre("a"));
}

TEST_F(ChangeFeedTest, ATombstoneThatSaysNothingIsTheFileThatWasThere) {
  t_.Append(DataFile("a", 0, 9, 10));
  Commit(R"({"remove":{"path":"a","dataChange":true}})");
  const auto files = Feed(2, 2);
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].file.size, 100);
}

TEST_F(ChangeFeedTest, AMergeThatChangedNothingTellsNothing) {
  const Version version = t_.table.Latest()->version() + 1;
  ASSERT_EQ(version, 1);
  t_.store->Put(t_.LogKey("00000000000000000001.json"),
                R"({"commitInfo":{"timestamp":5,"operation":"MERGE","operationMetrics":{)"
                R"("numTargetRowsInserted":"0","numTargetRowsUpdated":"0",)"
                R"("numTargetRowsDeleted":"0"}}})"
                "\n"
                R"({"add":{"path":"a","partitionValues":{},"size":1,"dataChange":true}})");
  EXPECT_THAT(Told(1, 1), IsEmpty());
}

TEST_F(ChangeFeedTest, WhatFsckTookOutIsToldByNothing) {
  t_.Append(DataFile("a"));
  Commit(R"({"remove":{"path":"a","dataChange":true}})", "FSCK");
  Commit(R"({"add":{"path":"b","partitionValues":{},"size":1,"dataChange":true}})");
  EXPECT_THAT(Told(2, 3), ElementsAre("3 insert b"));
}

TEST_F(ChangeFeedTest, VectorsTellTheRowsBetweenThem) {
  t_.Append(DataFile("a", 0, 9, 10));
  for (const RowSet& rows : {RowSet{1, 2}, RowSet{5}}) {
    const auto base = t_.table.Latest();
    Transaction transaction(t_.table, base);
    transaction.DeleteRows(base->files()[0], rows);
    ASSERT_TRUE(std::holds_alternative<Committed>(transaction.Commit(Operation("DELETE"))));
  }
  const auto location = t_.table.location();
  auto files = Feed(3, 3);
  // Nothing came back, which the second says.
  ASSERT_THAT(Told(3, 3), ElementsAre("3 delete a", "3 insert a"));
  EXPECT_THAT(RowsLeftOut(location, files[0])->ToVector(), ElementsAre(0, 1, 2, 3, 4, 6, 7, 8, 9));
  EXPECT_EQ(RowsLeftOut(location, files[1])->size(), 10);
  // RESTORE to version 2: the row is back.
  const std::string before = t_.table.At(2)->files()[0].deletion_vector_json;
  const std::string after = t_.table.At(3)->files()[0].deletion_vector_json;
  const std::string stats =
      R"("stats":"{\"numRecords\":10}","partitionValues":{},"size":100,"dataChange":true)";
  Commit(R"({"add":{"path":"a",)" + stats + R"(,"deletionVector":)" + before + "}}\n" +
         R"({"remove":{"path":"a","dataChange":true,"deletionVector":)" + after + "}}");
  files = Feed(4, 4);
  ASSERT_THAT(Told(4, 4), ElementsAre("4 delete a", "4 insert a"));
  EXPECT_EQ(RowsLeftOut(location, files[0])->size(), 10);
  EXPECT_THAT(RowsLeftOut(location, files[1])->ToVector(), ElementsAre(0, 1, 2, 3, 4, 6, 7, 8, 9));
}

TEST_F(ChangeFeedTest, ARangeIsJudgedAsDeltaDoes) {
  t_.clock.Advance(10'000'000);
  t_.Append(DataFile("a"));
  EXPECT_EQ(ConditionOfRange(Version{0}, std::nullopt), "none");
  EXPECT_EQ(ConditionOfRange(Version{0}, Version{99}), "none");
  EXPECT_EQ(ConditionOfRange(Version{1}, Version{0}), "DELTA_INVALID_CDC_RANGE");
  EXPECT_EQ(ConditionOfRange(Version{2}, std::nullopt), "DELTA_VERSION_NOT_FOUND");
  EXPECT_EQ(ConditionOfRange(Version{-1}, std::nullopt), "DELTA_VERSION_NOT_FOUND");
  const int64_t start = 1'700'000'000'000'000;
  EXPECT_EQ(ConditionOfRange(Instant{start + 60'000'000}, std::nullopt),
            "DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
  EXPECT_EQ(ConditionOfRange(Instant{0}, Instant{start + 60'000'000}),
            "DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
  EXPECT_EQ(ConditionOfRange(Version{0}, Instant{0}),
            "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION");
  EXPECT_EQ(ConditionOfRange(Instant{start + 5'000'000}, Instant{start + 4'000'000}),
            "DELTA_INVALID_CDC_RANGE");
  // Between two versions there is nothing.
  const auto none =
      RangeOf(t_.table, *t_.table.Latest(), Instant{start + 4'000'000}, Instant{start + 5'000'000});
  EXPECT_LT(none.last, none.first);
  const auto later = RangeOf(t_.table, *t_.table.Latest(), Instant{start + 4'000'000}, {});
  EXPECT_EQ(later.first, 1);
}

TEST_F(ChangeFeedTest, AFeedThatWasOffIsMissed) {
  Metadata metadata = t_.table.Latest()->metadata();
  metadata.configuration["delta.enableChangeDataFeed"] = "false";
  for (const char* on : {"false", "true"}) {
    metadata.configuration["delta.enableChangeDataFeed"] = on;
    Transaction transaction(t_.table, t_.table.Latest());
    transaction.SetMetadata(metadata);
    ASSERT_TRUE(std::holds_alternative<Committed>(transaction.Commit(Operation("SET"))));
  }
  EXPECT_EQ(ConditionOf(0, 0), "none");
  EXPECT_EQ(ConditionOf(0, 2), "DELTA_MISSING_CHANGE_DATA");
  EXPECT_EQ(ConditionOf(1, 2), "DELTA_MISSING_CHANGE_DATA");
  EXPECT_EQ(ConditionOf(2, 2), "none");
}

TEST_F(ChangeFeedTest, ColumnsMayOnlyHaveCome) {
  Metadata metadata = t_.table.Latest()->metadata();
  std::vector<Field> fields = IdAndName().fields();
  fields.push_back({"more", TypeId::kInt, true, "{}"});
  metadata.schema_json = SchemaToJson(Schema(fields));
  Transaction more(t_.table, t_.table.Latest());
  more.SetMetadata(metadata);
  ASSERT_TRUE(std::holds_alternative<Committed>(more.Commit(Operation("ADD COLUMNS"))));
  EXPECT_EQ(ConditionOf(0, 1), "none");
  // By the columns of an older version the newer can't be read.
  const auto older = t_.table.At(0);
  EXPECT_THROW(FeedOf(t_.table, *older, {0, 1}), Error);
}

TEST_F(ChangeFeedTest, TypesMayHaveGrown) {
  Alter([](Metadata& metadata) {
    metadata.configuration[kEnableTypeWidening] = "true";
    metadata.schema_json = SchemaToJson(Schema({{"id", TypeId::kInt, true, "{}"}}));
  });
  Alter([](Metadata& metadata) { ChangeColumnType(metadata, {"id"}, TypeId::kLong); });
  EXPECT_EQ(ConditionOf(1, 2), "none");
  // A column went.
  EXPECT_EQ(ConditionOf(0, 2), "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
  Alter([](Metadata& metadata) {
    metadata.schema_json = SchemaToJson(Schema({{"id", TypeId::kString, true, "{}"}}));
  });
  EXPECT_EQ(ConditionOf(2, 3), "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
}

TEST(ChangeFeedTimesTest, EntriesThatTellTheirTimeTellThatOfTheirChanges) {
  Configuration configuration = Feeding();
  configuration[kEnableInCommitTimestamps] = "true";
  TestTable t(MetadataOf(IdAndName(), {}, configuration));
  t.clock.Advance(10'000'000);
  t.Append(DataFile("a"));
  // The file is of a later time.
  t.clock.Advance(3'600'000'000);
  const std::string key = t.LogKey("00000000000000000001.json");
  t.store->Put(key, t.store->Read(key));
  const auto latest = t.table.Latest();
  const int64_t start = 1'700'000'000'000;
  const auto files = FeedOf(t.table, *latest, {0, 1});
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].timestamp_millis, start + 10'000);
  EXPECT_EQ(files[0].timestamp_millis, latest->timestamp_millis());
  const auto first = [&](int64_t millis) {
    return RangeOf(t.table, *latest, Instant{millis * 1000}, std::nullopt).first;
  };
  EXPECT_EQ(first(start), 0);
  EXPECT_EQ(first(start + 1), 1);
  EXPECT_EQ(first(start + 10'000), 1);
  EXPECT_EQ(FailureOf([&] { first(start + 10'001); }).condition(),
            "DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
  EXPECT_EQ(RangeOf(t.table, *latest, Version{0}, Instant{(start + 9'999) * 1000}).last, 0);
}

TEST(ChangeFeedColumnsTest, ColumnsAreTheSameThatFilesCallTheSame) {
  Configuration configuration = Feeding();
  configuration[kMappingMode] = "name";
  const Schema schema(
      {StoredAs("p1", "id", TypeId::kLong, 1),
       StoredAs("p2", "s", DataType::Struct({StoredAs("p4", "a", TypeId::kInt, 4)}), 2),
       StoredAs("p3", "v", TypeId::kString, 3)});
  const TestTable t(MetadataOf(schema, {}, configuration));
  const auto alter = [&](const std::function<void(Metadata&)>& change) {
    Metadata metadata = t.table.Latest()->metadata();
    change(metadata);
    Transaction transaction(t.table, t.table.Latest());
    transaction.SetMetadata(metadata);
    ASSERT_TRUE(std::holds_alternative<Committed>(transaction.Commit(Operation("ALTER"))));
  };
  alter([](Metadata& metadata) {
    RenameColumn(metadata, {"v"}, "w");
    RenameColumn(metadata, {"s", "a"}, "b");
  });
  EXPECT_THAT(FeedOf(t.table, *t.table.Latest(), {0, 1}), IsEmpty());
  std::vector<std::string> names;
  for (const StoredField& field :
       StoredFeedFieldsOf(FeedSchema(t.table.Latest()->schema()), configuration)) {
    names.push_back(field.name);
  }
  EXPECT_THAT(
      names, ElementsAre("p1", "p2", "p3", "_change_type", "_commit_version", "_commit_timestamp"));
  // A column that has only the name of one that went.
  alter([](Metadata& metadata) { DropColumns(metadata, {{"w"}}, false); });
  alter([](Metadata& metadata) {
    std::vector<Field> fields = SchemaFromJson(metadata.schema_json).fields();
    fields.push_back({"w", TypeId::kString, true, "{}"});
    metadata.schema_json = SchemaToJson(Schema(fields));
  });
  const auto latest = t.table.Latest();
  EXPECT_EQ(FailureOf([&] {
              FeedOf(t.table, *latest, {1, 3});
            }).condition(),
            "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
  EXPECT_THAT(FeedOf(t.table, *latest, {2, 3}), IsEmpty());
}

TEST(ChangeFeedColumnsTest, WhatFilesCallAColumnIsTakenToo) {
  const Schema schema({StoredAs("_change_type", "kind", TypeId::kString, 1)});
  EXPECT_NO_THROW(CheckFeedColumns(schema, {}, true));
  EXPECT_THROW(CheckFeedColumns(schema, {{kMappingMode, "name"}}, true), Error);
}

TEST(ChangeFeedColumnsTest, NamesOfTheFeedAreTaken) {
  std::vector<Field> fields = IdAndName().fields();
  fields.push_back({"_Change_Type", TypeId::kInt, true, "{}"});
  const Schema taken{fields};
  EXPECT_THAT(FailureOf([&] {
                TestTable(MetadataOf(taken, {}, {{"delta.enableChangeDataFeed", "true"}}));
              }).what(),
              HasSubstr("called _change_type,"));
  const TestTable t(MetadataOf(taken));
  Metadata metadata = t.table.Latest()->metadata();
  metadata.configuration["delta.enableChangeDataFeed"] = "true";
  Transaction transaction(t.table, t.table.Latest());
  transaction.SetMetadata(metadata);
  EXPECT_EQ(FailureOf([&] {
              static_cast<void>(transaction.Commit(Operation("SET TBLPROPERTIES")));
            }).condition(),
            "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS");
}

TEST(ChangeFeedColumnsTest, ChangesAreWrittenOnlyWhereThereIsAFeed) {
  const TestTable with(MetadataOf(IdAndName(), {}, Feeding()));
  Transaction fine(with.table, with.table.Latest());
  fine.AddChanges({"_change_data/cdc-0", {}, 9, {}});
  fine.Add(DataFile("a"));
  // Also behind somebody else's commit.
  with.Append(DataFile("b"));
  EXPECT_TRUE(std::holds_alternative<Committed>(fine.Commit(Operation("UPDATE"))));
  const auto files = FeedOf(with.table, *with.table.Latest(), {2, 2});
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].file.path, "_change_data/cdc-0");
  EXPECT_THAT(Paths(*with.table.Latest()), ElementsAre("a", "b"));
  // They are no part of what entries say together.
  EXPECT_EQ(Reconciled({Log(with.table.location()).ReadCommit(2)}).size(), 1);
  EXPECT_THAT(
      with.table.Latest()->protocol().writer_features,
      UnorderedElementsAre("appendOnly", "invariants", "deletionVectors", "changeDataFeed"));
  const TestTable without;
  Transaction wrong(without.table, without.table.Latest());
  wrong.AddChanges({"_change_data/cdc-0", {}, 9, {}});
  EXPECT_THROW(static_cast<void>(wrong.Commit(Operation("UPDATE"))), Error);
}

}  // namespace
}  // namespace weir::delta
