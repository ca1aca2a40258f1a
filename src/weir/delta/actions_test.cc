#include "weir/delta/actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"

namespace weir::delta {
namespace {

using ::testing::HasSubstr;

template <typename T>
T Read(const std::string& line) {
  const auto action = ActionFromJson(line, "f.json:1");
  EXPECT_TRUE(action.has_value()) << line;
  return std::get<T>(*action);
}

// What is written reads back, and writes the same again.
std::string Again(const Action& action) {
  return ActionToJson(*ActionFromJson(ActionToJson(action), "f.json:1"));
}

std::string FaultOf(const std::string& line) {
  try {
    static_cast<void>(ActionFromJson(line, "00000000000000000007.json:3"));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    return error.what();
  }
  ADD_FAILURE() << "no failure for " << line;
  return "";
}

TEST(ActionsTest, ReadsAnAddWithEverything) {
  const auto add = Read<AddFile>(
      R"({"add":{"path":"d=1/a%20b.parquet","partitionValues":{"d":"1","e":null},"size":841454,)"
      R"("modificationTime":1512909768000,"dataChange":false,"stats":"{\"numRecords\":1}",)"
      R"("tags":{"k":"v"},"deletionVector":{"storageType":"u","pathOrInlineDv":"x","offset":1},)"
      R"("baseRowId":4071,"defaultRowCommitVersion":41,"clusteringProvider":"liquid",)"
      R"("unheard of":[1,2]}})");
  EXPECT_EQ(add.path, "d=1/a%20b.parquet");
  EXPECT_EQ(add.partition_values, (PartitionValues{{"d", "1"}, {"e", std::nullopt}}));
  EXPECT_EQ(add.size, 841454);
  EXPECT_EQ(add.modification_time_millis, 1512909768000);
  EXPECT_FALSE(add.data_change);
  EXPECT_EQ(add.stats_json, R"({"numRecords":1})");
  EXPECT_EQ(add.tags.at("k"), "v");
  EXPECT_THAT(add.deletion_vector_json, HasSubstr(R"("storageType":"u")"));
  EXPECT_EQ(add.base_row_id, 4071);
  EXPECT_EQ(add.default_row_commit_version, 41);
  EXPECT_EQ(add.clustering_provider, "liquid");
}

TEST(ActionsTest, RowIdsOfAddsAndRemovesSurvive) {
  AddFile add;
  add.path = "a";
  add.base_row_id = 0;
  add.default_row_commit_version = 7;
  add.clustering_provider = "z";
  EXPECT_THAT(ActionToJson(add), HasSubstr(R"("baseRowId":0,"defaultRowCommitVersion":7,)"));
  EXPECT_EQ(Again(add), ActionToJson(add));
  RemoveFile remove;
  remove.path = "a";
  remove.base_row_id = 3;
  remove.default_row_commit_version = 8;
  EXPECT_THAT(ActionToJson(remove), HasSubstr(R"("baseRowId":3,"defaultRowCommitVersion":8)"));
  EXPECT_EQ(Again(remove), ActionToJson(remove));
}

TEST(ActionsTest, SidecarsAreReadFromTheirRowsAlone) {
  const Sidecar sidecar{"x.parquet", 5, 6};
  const auto again = SidecarFromJson(SidecarToJson(sidecar), "f:1");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->path, "x.parquet");
  EXPECT_EQ(again->size, 5);
  EXPECT_EQ(again->modification_time_millis, 6);
  EXPECT_FALSE(SidecarFromJson(R"({"add":{"path":"\"sidecar\""},"sidecar":null})", "f:1"));
  EXPECT_FALSE(ActionFromJson(SidecarToJson(sidecar), "f:1").has_value());
}

TEST(ActionsTest, ReadsTheSparseFormsThatCheckpointsHold) {
  const auto add = Read<AddFile>(
      R"({"add":{"path":"a","partitionValues":{},"size":1,"modificationTime":2,"dataChange":false,)"
      R"("stats":null,"tags":null,"deletionVector":null},"remove":null,"txn":null})");
  EXPECT_EQ(add.path, "a");
  EXPECT_EQ(add.stats_json, "");
  const auto remove = Read<RemoveFile>(R"({"remove":{"path":"b"}})");
  EXPECT_TRUE(remove.data_change);
  EXPECT_FALSE(remove.deletion_timestamp_millis.has_value());
}

TEST(ActionsTest, EveryActionSurvivesWritingAndReading) {
  AddFile add;
  add.path = "x=%22/\xC3\xA4.parquet";
  add.partition_values = {{"x", "quote \" back \\ tab \t end"}, {"y", std::nullopt}};
  add.stats_json = R"({"minValues":{"s":"a\nb"}})";
  add.tags = {{"a", "b"}};
  RemoveFile remove;
  remove.path = "r";
  remove.deletion_timestamp_millis = 17;
  remove.extended_file_metadata = true;
  remove.partition_values = {{"x", "1"}};
  remove.size = 3;
  Metadata metadata;
  metadata.id = "uuid";
  metadata.name = "n";
  metadata.schema_json = R"({"type":"struct","fields":[]})";
  metadata.partition_columns = {"x", "y"};
  metadata.configuration = {{"delta.appendOnly", "true"}};
  metadata.created_time_millis = 5;
  CommitInfo info;
  info.timestamp_millis = 9;
  info.operation = "WRITE";
  info.parameters = {{"mode", "\"Append\""}, {"partitionBy", "[]"}};
  info.metrics = {{"numFiles", "1"}};
  info.read_version = 4;
  info.txn_id = "t";
  info.more = {{"userName", "\"me\""}, {"job", R"({"id":1})"}};
  const std::vector<Action> actions = {
      Protocol{1, 2, {}, {}},
      Protocol{3, 7, {"timestampNtz"}, {"timestampNtz"}},
      metadata,
      add,
      remove,
      SetTransaction{"app", 3, 8},
      SetTransaction{"app", 4, std::nullopt},
      info,
      DomainMetadata{"d", "{\"a\":1}", false},
      DomainMetadata{"d", "", true},
      CdcFile{"_change_data/c%20d", {{"p", "1"}, {"q", {}}}, 9, {{"k", "v"}}}};
  for (const Action& action : actions) EXPECT_EQ(Again(action), ActionToJson(action));
  const auto read = std::get<AddFile>(*ActionFromJson(ActionToJson(add), "f"));
  EXPECT_EQ(read.partition_values, add.partition_values);
  EXPECT_EQ(read.path, add.path);
  EXPECT_EQ(read.stats_json, add.stats_json);
}

TEST(ActionsTest, FeaturesAreWrittenOnlyWhereTheVersionHasThem) {
  EXPECT_EQ(ActionToJson(Protocol{1, 2, {}, {}}),
            R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})");
  EXPECT_EQ(ActionToJson(Protocol{1, 7, {}, {}}),
            R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":[]}})");
}

TEST(ActionsTest, WhatIsNoneOfOursIsNothing) {
  for (const char* line : {R"({"sidecar":{"path":"s"}})", R"({"checkpointMetadata":{"version":1}})",
                           R"({"novel":{"a":1}})", "{}", R"({"add":null})"}) {
    EXPECT_FALSE(ActionFromJson(line, "f").has_value()) << line;
  }
}

TEST(ActionsTest, MalformedLinesAreNamedByFileAndLine) {
  for (const char* line :
       {"{\"add\":{\"path\":", "not json", "[1,2]", "\"x\"", "{\"add\":{}}",
        R"({"add":{"path":5}})", R"({"add":{"path":"a","size":"big"}})", R"({"txn":{"appId":"a"}})",
        R"({"metaData":{"id":"x"}})", R"({"protocol":{"minReaderVersion":"1"}})",
        R"({"add":{"path":"a","partitionValues":[1]}})", "{\"add\":\"\xff\"}"}) {
    EXPECT_THAT(FaultOf(line), HasSubstr("00000000000000000007.json:3")) << line;
  }
  EXPECT_THAT(FaultOf(R"({"add":{"path":"a","size":"big"}})"), HasSubstr("`size`"));
}

TEST(ActionsTest, ProvenanceNeverMakesALogUnreadable) {
  const auto info = Read<CommitInfo>(
      R"({"commitInfo":{"timestamp":"yesterday","operation":7,"operationParameters":"none",)"
      R"("isBlindAppend":"yes","operationMetrics":{"numFiles":3,"x":"4"},"user":null}})");
  EXPECT_EQ(info.timestamp_millis, 0);
  EXPECT_EQ(info.more.at("operation"), "7");
  EXPECT_EQ(info.metrics.at("numFiles"), "3");
  EXPECT_EQ(info.metrics.at("x"), "4");
}

}  // namespace
}  // namespace weir::delta
