#include "weir/delta/paths.h"

#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/partition_value.h"

namespace weir::delta {
namespace {

io::Location LocalTable() { return {nullptr, "data/my table/", "file:///data/my%20table"}; }

TEST(PathsTest, EncodedPathsAreUrisAndComeBack) {
  EXPECT_EQ(EncodePath("d=a b/part-1.parquet"), "d=a%20b/part-1.parquet");
  EXPECT_EQ(EncodePath("d=a%20b/x"), "d=a%2520b/x");
  EXPECT_EQ(EncodePath("a:b?c#d\xC3\xA4"), "a%3Ab%3Fc%23d%C3%A4");
  std::string every;
  for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(DecodePath(EncodePath(every)), every);
}

TEST(PathsTest, OneFileHasOneCanonicalSpelling) {
  EXPECT_EQ(CanonicalPath("file:/some/a%20b"), "/some/a b");
  EXPECT_EQ(CanonicalPath("file:///some/a%20b"), "/some/a b");
  EXPECT_EQ(CanonicalPath("/some/a%20b"), "/some/a b");
  EXPECT_EQ(CanonicalPath("s3a://lake/a%20b"), "s3://lake/a b");
  EXPECT_EQ(CanonicalPath("s3://lake/a b"), "s3://lake/a b");
  EXPECT_EQ(CanonicalPath("a%20b"), "a b");
  EXPECT_EQ(CanonicalPath("100%.parquet"), "100%.parquet");
}

TEST(PathsTest, KeysFollowFromRelativeAndAbsolutePaths) {
  EXPECT_EQ(KeyOfPath(LocalTable(), "d=1/a%20b.parquet"), "data/my table/d=1/a b.parquet");
  EXPECT_EQ(KeyOfPath(LocalTable(), "file:/data/other/x.parquet"), "data/other/x.parquet");
  EXPECT_EQ(KeyOfPath(LocalTable(), "/data/my%20table/x.parquet"), "data/my table/x.parquet");
}

TEST(PathsTest, APathForAnyTableIsSpeltAsSparkDoes) {
  const io::Location table = LocalTable();
  const std::string key = "data/other table/d=a:b/x#1.parquet";
  EXPECT_EQ(AbsolutePath(table, key), "file:/data/other%20table/d=a:b/x%231.parquet");
  EXPECT_EQ(KeyOfPath(table, AbsolutePath(table, key)), key);
  const io::Location bucket{nullptr, "t/", "s3://bucket/t"};
  EXPECT_EQ(AbsolutePath(bucket, "s/a b"), "s3://bucket/s/a%20b");
  EXPECT_EQ(KeyOfPath(bucket, "s3a://bucket/s/a%20b"), "s/a b");
}

TEST(PathsTest, PathsThatLeaveTheTableAreRefused) {
  for (const char* path : {"../x.parquet", "a/../../x", "a//x", "%2E%2E/x", "./x"}) {
    EXPECT_THROW(KeyOfPath(LocalTable(), path), Error) << path;
  }
  try {
    KeyOfPath(LocalTable(), "s3://bucket/x.parquet");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

TEST(PathsTest, PartitionFoldersAreNamedAsHiveNamesThem) {
  EXPECT_EQ(PartitionFolder({"b", "a"}, {{"a", "x/y=1"}, {"b", std::nullopt}}),
            "b=__HIVE_DEFAULT_PARTITION__/a=x%2Fy%3D1/");
  EXPECT_EQ(PartitionFolder({}, {}), "");
}

struct Case {
  Value value;
  std::string text;
};

TEST(PartitionValueTest, EveryTypeSurvives) {
  const std::vector<Case> cases = {
      {Value::Boolean(true), "true"},
      {Value(TypeId::kByte, int64_t{-128}), "-128"},
      {Value::Long(INT64_MIN), "-9223372036854775808"},
      {Value(TypeId::kFloat, 1.5), "1.5"},
      {Value::Double(1e10), "1.0E10"},
      {Value(DataType::Decimal(5, 2), Int128{-150}), "-1.50"},
      {Value::String("a \" b"), "a \" b"},
      {Value(TypeId::kBinary, std::string("\x01\x02")), "\x01\x02"},
      {Value(TypeId::kDate, int64_t{-1}), "1969-12-31"},
      {Value(TypeId::kTimestamp, int64_t{1'000'001}), "1970-01-01T00:00:01.000001Z"},
      {Value(TypeId::kTimestamp, int64_t{-1}), "1969-12-31T23:59:59.999999Z"},
      {Value(TypeId::kTimestampNtz, int64_t{1'500'000}), "1970-01-01 00:00:01.500000"}};
  for (const Case& each : cases) {
    const auto text = PartitionValueToText(each.value);
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(*text, each.text);
    EXPECT_EQ(PartitionValueFromText(text, each.value.type(), "c"), each.value) << *text;
  }
}

TEST(PartitionValueTest, EmptyAndAbsentAreNull) {
  EXPECT_EQ(PartitionValueToText(Value::String("")), std::nullopt);
  EXPECT_EQ(PartitionValueToText(Value::Null(TypeId::kInt)), std::nullopt);
  EXPECT_TRUE(PartitionValueFromText("", TypeId::kString, "c").is_null());
  EXPECT_TRUE(PartitionValueFromText("", TypeId::kInt, "c").is_null());
  EXPECT_TRUE(PartitionValueFromText(std::nullopt, TypeId::kDate, "c").is_null());
}

TEST(PartitionValueTest, BothFormsOfTimestampsAreRead) {
  const Value instant(TypeId::kTimestamp, int64_t{1'631'099'471'000'000});
  for (const char* text : {"2021-09-08 11:11:11", "2021-09-08T11:11:11Z",
                           "2021-09-08T11:11:11.000000Z", "2021-09-08 11:11:11.000"}) {
    EXPECT_EQ(PartitionValueFromText(text, TypeId::kTimestamp, "c"), instant) << text;
  }
}

TEST(PartitionValueTest, NonsenseIsCorruptAndNamesTheColumn) {
  try {
    PartitionValueFromText("abc", TypeId::kInt, "year");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_NE(std::string(error.what()).find("year"), std::string::npos);
  }
  EXPECT_THROW(PartitionValueToText(Value(TypeId::kBinary, std::string("\xff"))), Error);
  EXPECT_THROW(PartitionValueToText(Value(DataType::Array(TypeId::kInt), std::vector<Value>())),
               Error);
}

}  // namespace
}  // namespace weir::delta
