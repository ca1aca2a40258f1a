#include "weir/delta/testing/checkpoint_texts.h"
#include "weir/engine/duckdb/checkpoint_format.h"
#include "weir/engine/duckdb/engine_fixture.h"
#include "weir/engine/duckdb/parquet_schema.h"

namespace weir::engine {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using TableWriterTest = EngineTest;

Schema EveryType() {
  const DataType inner =
      DataType::Struct({Column("a", TypeId::kInt), Column("b-c", TypeId::kString)});
  return Schema(
      {Column("bo", TypeId::kBoolean), Column("by", TypeId::kByte), Column("sh", TypeId::kShort),
       Column("i", TypeId::kInt), Column("l", TypeId::kLong), Column("f", TypeId::kFloat),
       Column("d", TypeId::kDouble), Column("de", DataType::Decimal(10, 2)),
       Column("big", DataType::Decimal(38, 10)), Column("s", TypeId::kString),
       Column("bi", TypeId::kBinary), Column("da", TypeId::kDate), Column("ts", TypeId::kTimestamp),
       Column("tn", TypeId::kTimestampNtz), Column("st", inner),
       Column("ar", DataType::Array(inner)),
       Column("ma", DataType::Map(TypeId::kString, DataType::Array(TypeId::kTimestamp)))});
}

constexpr char kEveryValue[] =
    "SELECT true AS bo, -128 AS by, -32768 AS sh, -2147483648 AS i, 9223372036854775807 AS l, "
    "1.5 AS f, 'Infinity' AS d, 12345678.90 AS de, 1234567890123456789012345678.0123456789 AS big, "
    "'ä\"''x' AS s, '\\x00\\xFF'::BLOB AS bi, DATE '0001-01-01' AS da, "
    "TIMESTAMP '2013-01-01 05:00:00.123456' AS ts, TIMESTAMP '1900-01-01 00:00:00' AS tn, "
    "{'a': 1, 'b-c': NULL} AS st, [{'a': 1, 'b-c': 'x'}, NULL] AS ar, "
    "MAP {'k': [TIMESTAMP '2013-01-01 00:00:00', NULL]} AS ma";

TEST_F(TableWriterTest, EveryTypeComesBackAsItWas) {
  const auto table = NewTable("t", EveryType());
  Append(table, kEveryValue);
  std::string nulls;
  const Schema schema = EveryType();
  for (const Field& field : schema.fields()) {
    nulls += (nulls.empty() ? "SELECT NULL AS " : ", NULL AS ") + field.name;
  }
  Append(table, nulls);
  EXPECT_THAT(Rows("SELECT * FROM weir_scan(0) WHERE i IS NOT NULL", Reading(table)),
              ElementsAre(Row{"true", "-128", "-32768", "-2147483648", "9223372036854775807", "1.5",
                              "inf", "12345678.90", "1234567890123456789012345678.0123456789",
                              "ä\"'x", "\\x00\\xFF", "0001-01-01", "2013-01-01 05:00:00.123456",
                              "1900-01-01 00:00:00", "{'a': 1, 'b-c': NULL}",
                              "[{'a': 1, 'b-c': x}, NULL]", "{k=['2013-01-01 00:00:00', NULL]}"}));
  EXPECT_THAT(
      Rows("SELECT count(*), count(bo), count(st), count(ma) FROM weir_scan(0)", Reading(table)),
      ElementsAre(Row{"2", "1", "1", "1"}));
}

TEST_F(TableWriterTest, FilesCarryStatisticsAndNames) {
  const auto table = NewTable("t", EveryType());
  const WriteResult written = Write(table, kEveryValue);
  ASSERT_EQ(written.files.size(), 1u);
  const delta::AddFile& file = written.files[0];
  EXPECT_THAT(file.path, testing::MatchesRegex("part-0-[0-9a-f-]+\\.c000\\.zstd\\.parquet"));
  EXPECT_EQ(file.size, static_cast<int64_t>(store_->Find("t/" + file.path)->size));
  EXPECT_EQ(written.statistics.rows, 1);
  EXPECT_THAT(file.stats_json, HasSubstr("\"numRecords\":1"));
  EXPECT_THAT(file.stats_json, HasSubstr("\"l\":9223372036854775807"));
  EXPECT_THAT(file.stats_json, HasSubstr("\"ts\":\"2013-01-01T05:00:00.123Z\""));
  EXPECT_THAT(file.stats_json, HasSubstr("\"de\":12345678.90"));
  EXPECT_THAT(file.stats_json, HasSubstr("\"st\":{\"a\":1"));
}

TEST_F(TableWriterTest, PropertiesSayHowFilesAreWrittenAndCalled) {
  const std::string select = "SELECT i AS id, 'x' AS name FROM range(100) r(i)";
  const auto path_of = [&](const std::string& name, std::map<std::string, std::string> properties) {
    const auto table = NewTable(name, delta::IdAndName(), {"name"}, std::move(properties));
    Append(table, select);
    EXPECT_THAT(Rows("SELECT count(*), sum(id), min(name) FROM weir_scan(0)", Reading(table)),
                ElementsAre(Row{"100", "4950", "x"}));
    return table.Latest()->files().at(0).path;
  };
  const std::vector<std::pair<std::string, std::string>> codecs = {
      {"snappy", ".snappy"}, {"gzip", ".gz"},   {"LZ4", ".lz4raw"},
      {"brotli", ".br"},     {"zstd", ".zstd"}, {"uncompressed", ""}};
  for (const auto& [codec, ending] : codecs) {
    const std::string path = path_of(codec, {{"delta.parquet.compression.codec", codec}});
    EXPECT_THAT(path,
                testing::MatchesRegex("name=x/part-0-[0-9a-f-]+\\.c000" + ending + "\\.parquet"));
  }
  EXPECT_THAT(path_of("random", {{"delta.randomizeFilePrefixes", "true"},
                                 {"delta.randomPrefixLength", "5"},
                                 {"delta.parquet.format.version", "2.12.0"}}),
              testing::MatchesRegex("[0-9a-f]{5}/part-0-[0-9a-f-]+\\.c000\\.zstd\\.parquet"));
}

TEST_F(TableWriterTest, ANumberIsGivenOutOnceAndOnlyWhereItIsAskedFor) {
  const auto table =
      NewTable("t", Schema({{"id", TypeId::kLong, true, "{}"}, {"n", TypeId::kLong, true, "{}"}}));
  const WriteResult written =
      Write(table,
            "SELECT CASE WHEN i % 3 = 0 THEN weir_next_number('id', 10, 5) ELSE -i END AS id, "
            "i AS n FROM range(300000) r(i)");
  EXPECT_EQ(written.last_numbers, (std::map<std::string, int64_t>{{"id", 10 + 5 * 99'999}}));
  Commit(table, written);
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM weir_scan(0) "
                   "WHERE id > 0",
                   Reading(table)),
              ElementsAre(Row{"100000", "100000", "10", "500005"}));
  EXPECT_THAT(Write(table, "SELECT 1 AS id, 2 AS n").last_numbers, IsEmpty());
}

TEST_F(TableWriterTest, NumbersThatLeaveTheirRangeFailTheWrite) {
  const auto table = NewTable("t", Schema({{"id", TypeId::kLong, true, "{}"}}));
  try {
    Write(table, "SELECT weir_next_number('id', -9223372036854775807, -1) AS id FROM range(3)");
    ADD_FAILURE() << "it should have failed";
  } catch (const Error& error) {
    EXPECT_EQ(error.condition(), "ARITHMETIC_OVERFLOW");
  }
  EXPECT_THAT(store_->ListLevel("t/").objects, IsEmpty());
}

TEST_F(TableWriterTest, NoRowsMakeNoFiles) {
  const auto table = NewTable("t", delta::IdAndName());
  EXPECT_THAT(Write(table, "SELECT 1 AS id, 'x' AS name WHERE false").files, IsEmpty());
  const auto partitioned = NewTable("p", delta::IdAndName(), {"name"});
  EXPECT_THAT(Write(partitioned, "SELECT 1 AS id, 'x' AS name WHERE false").files, IsEmpty());
  EXPECT_THAT(store_->ListLevel("t/").objects, IsEmpty());
}

TEST_F(TableWriterTest, AFailedWriteLeavesNoFiles) {
  const auto table = NewTable("t", delta::IdAndName());
  EXPECT_THROW(Write(table,
                     "SELECT i AS id, CASE WHEN i = 900000 THEN error('[X] no') ELSE 'x' END "
                     "AS name FROM range(1000000) r(i)"),
               Error);
  EXPECT_THAT(store_->ListLevel("t/").objects, IsEmpty());
}

TEST_F(TableWriterTest, NullsInANotNullColumnAreRefused) {
  const auto table = NewTable("t", Schema({Column("id", TypeId::kLong, false)}));
  Append(table, "SELECT 1 AS id");
  try {
    Write(table, "SELECT CASE WHEN i = 3 THEN NULL ELSE i END AS id FROM range(5) r(i)");
    FAIL() << "was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.condition(), "DELTA_NOT_NULL_CONSTRAINT_VIOLATED") << error.what();
    EXPECT_THAT(error.what(), HasSubstr("`id`"));
  }
}

TEST_F(TableWriterTest, EveryPartitionTypeComesBack) {
  const Schema schema({Column("id", TypeId::kLong), Column("bo", TypeId::kBoolean),
                       Column("de", DataType::Decimal(6, 2)), Column("d", TypeId::kDouble),
                       Column("ts", TypeId::kTimestamp), Column("tn", TypeId::kTimestampNtz),
                       Column("by", TypeId::kByte), Column("s", TypeId::kString)});
  const auto table = NewTable("t", schema, {"bo", "de", "d", "ts", "tn", "by", "s"});
  Append(
      table,
      "SELECT 1 AS id, true AS bo, 1.50 AS de, 1e10 AS d, TIMESTAMP '2013-01-01 05:00:00.5' AS ts, "
      "TIMESTAMP '2013-01-01 00:00:00' AS tn, -1 AS by, 'NULL' AS s");
  EXPECT_THAT(Rows("SELECT * FROM weir_scan(0)", Reading(table)),
              ElementsAre(Row{"1", "true", "1.50", "10000000000.0", "2013-01-01 05:00:00.5",
                              "2013-01-01 00:00:00", "-1", "NULL"}));
  EXPECT_THAT(Rows("SELECT s IS NULL FROM weir_scan(0)", Reading(table)),
              ElementsAre(Row{"false"}));
}

TEST_F(TableWriterTest, ManyPartitionsGetOneFileEach) {
  const auto table = NewTable("t", delta::IdAndName(), {"name"});
  const WriteResult written =
      Write(table, "SELECT i AS id, 'p' || i % 300 AS name FROM range(30000) r(i)");
  EXPECT_EQ(written.files.size(), 300u);
  EXPECT_EQ(written.statistics.rows, 30000);
}

TEST_F(TableWriterTest, CheckpointsComeBackActionByAction) {
  ParquetCheckpoints checkpoints(runner_);
  const std::vector<std::string> actions{
      R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timestampNtz"],"writerFeatures":["timestampNtz"]}})",
      R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"a\":1}","partitionColumns":["p"],"configuration":{"delta.appendOnly":"true"},"createdTime":5}})",
      R"({"txn":{"appId":"flow","version":7}})",
      R"({"add":{"path":"p=1/a%20b.parquet","partitionValues":{"p":null,"q":"1"},"size":10,"modificationTime":5,"dataChange":false,"stats":"{\"numRecords\":1}","tags":{"k":"v"}}})",
      R"({"remove":{"path":"b.parquet","deletionTimestamp":5,"dataChange":false}})",
      R"({"add":{"path":"c.parquet","partitionValues":{},"size":10,"modificationTime":5,"dataChange":false,"deletionVector":{"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,"sizeInBytes":40,"cardinality":6}}})",
      R"({"remove":{"path":"c.parquet","deletionTimestamp":5,"dataChange":false,"deletionVector":{"storageType":"i","pathOrInlineDv":"x","sizeInBytes":40,"cardinality":6}}})",
      R"({"domainMetadata":{"domain":"d","configuration":"{}","removed":false}})"};
  size_t next = 0;
  const int64_t bytes = checkpoints.Write(*store_, "t/_delta_log/1.checkpoint.parquet",
                                          delta::CheckpointKind::kV1, [&](std::string& json) {
                                            if (next == actions.size()) return false;
                                            json = actions[next++];
                                            return true;
                                          });
  EXPECT_EQ(bytes, static_cast<int64_t>(store_->Find("t/_delta_log/1.checkpoint.parquet")->size));
  std::vector<std::string> read;
  for (const std::string& text :
       delta::CheckpointTexts(checkpoints, *store_, "t/_delta_log/1.checkpoint.parquet")) {
    const auto action = delta::ActionFromJson(text, "checkpoint");
    ASSERT_TRUE(action);
    read.push_back(delta::ActionToJson(*action));
  }
  std::vector<std::string> wanted;
  for (const std::string& action : actions) {
    wanted.push_back(delta::ActionToJson(*delta::ActionFromJson(action, "test")));
  }
  EXPECT_EQ(read, wanted);
  try {
    delta::CheckpointTexts(checkpoints, *store_, "t/_delta_log/2.checkpoint.parquet");
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

TEST_F(TableWriterTest, SchemasOfParquetFilesAreInferred) {
  const auto table = NewTable("t", EveryType());
  const WriteResult written = Write(table, kEveryValue);
  ParquetSchemas schemas(runner_.instances());
  EXPECT_EQ(schemas.ReadSchema("parquet", *store_, "t/" + written.files[0].path).ToDdl(),
            EveryType().ToDdl());
  store_->Put("bad.parquet", "PAR1xxxxxxxxxxxxxxxxxxx");
  try {
    schemas.ReadSchema("parquet", *store_, "bad.parquet");
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << error.what();
    EXPECT_THAT(error.what(), HasSubstr("bad.parquet"));
  }
}

}  // namespace
}  // namespace weir::engine
