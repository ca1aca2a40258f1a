#include "weir/delta/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Field PlainColumn(const std::string& name, DataType type) {
  return {name, std::move(type), true, "{}"};
}

ColumnStatistics Read(const DataType& type, const std::string& min, const std::string& max) {
  const std::string json = "{\"numRecords\":3,\"minValues\":{\"c\":" + min +
                           "},\"maxValues\":{\"c\":" + max + "},\"nullCount\":{\"c\":1}}";
  const FileStatistics statistics = ParseStatistics(json, Schema({PlainColumn("c", type)}));
  EXPECT_EQ(statistics.rows, 3);
  const auto found = statistics.columns.find({"c"});
  return found == statistics.columns.end() ? ColumnStatistics() : found->second;
}

TEST(StatisticsTest, EveryTypeIsReadByTheSchema) {
  EXPECT_EQ(Read(TypeId::kLong, "-5", "9223372036854775807").max, Value::Long(INT64_MAX));
  EXPECT_EQ(Read(TypeId::kDouble, "1", "2.5e3").max, Value::Double(2500));
  EXPECT_EQ(Read(DataType::Decimal(5, 2), "-1.5", "123.45").min,
            Value(DataType::Decimal(5, 2), Int128{-150}));
  EXPECT_EQ(Read(TypeId::kDate, "\"1970-01-02\"", "\"1970-01-03\"").min,
            Value(TypeId::kDate, int64_t{1}));
  EXPECT_EQ(Read(TypeId::kString, "\"a\\\"b\"", "\"z\"").min, Value::String("a\"b"));
  EXPECT_EQ(Read(TypeId::kBoolean, "false", "true").max, Value::Boolean(true));
  EXPECT_EQ(Read(TypeId::kFloat, "0.1", "0.1").min,
            Value(TypeId::kFloat, static_cast<double>(0.1F)));
  EXPECT_EQ(Read(TypeId::kInt, "1", "2").null_count, 1);
}

TEST(StatisticsTest, TimesAreWidenedByTheMillisecondThatIsCutOff) {
  const auto instant =
      Read(TypeId::kTimestamp, "\"1970-01-01T00:00:00.001Z\"", "\"1970-01-01T02:00:00.002+02:00\"");
  EXPECT_EQ(instant.min->integer(), 1000);
  EXPECT_EQ(instant.max->integer(), 3000);
  const auto local =
      Read(TypeId::kTimestampNtz, "\"1970-01-01T00:00:00.001\"", "\"1970-01-01 00:00:00.002\"");
  EXPECT_EQ(local.min->integer(), 1000);
  EXPECT_EQ(local.max->integer(), 3000);
}

TEST(StatisticsTest, BoundsOfFilesFromBeforeATypeWidenedHold) {
  const Schema schema({{"c", TypeId::kDouble, true,
                        R"({"delta.typeChanges":[{"toType":"double","fromType":"float"}]})"}});
  const auto column =
      ParseStatistics(R"({"numRecords":1,"minValues":{"c":0.1},"maxValues":{"c":0.1}})", schema)
          .columns.at({"c"});
  // As a FLOAT it is a little more, and a DOUBLE it is as well.
  EXPECT_EQ(column.min, Value::Double(0.1));
  EXPECT_EQ(column.max, Value::Double(static_cast<double>(0.1F)));
  EXPECT_EQ(Read(TypeId::kTimestampNtz, "\"1970-01-02\"", "\"1970-01-03\"").min->integer(),
            int64_t{86'400'000'000});
  EXPECT_EQ(Read(DataType::Decimal(12, 2), "-1", "5").max,
            Value(DataType::Decimal(12, 2), Int128{500}));
}

TEST(StatisticsTest, CutOffMaximaAreRaised) {
  for (const char* mark : {"\\uFFFD", "\\uDBFF\\uDFFF"}) {
    const auto column = Read(TypeId::kString, "\"a\"", "\"abc" + std::string(mark) + "\"");
    EXPECT_EQ(column.max, Value::String("abd"));
    EXPECT_EQ(Read(TypeId::kString, "\"a\"", "\"" + std::string(mark) + "\"").max, std::nullopt);
  }
  EXPECT_EQ(Read(TypeId::kString, "\"a\"", "\"abc\"").max, Value::String("abc"));
}

TEST(StatisticsTest, TextsAboveAllWithAPrefix) {
  EXPECT_EQ(AboveAllWithPrefix("a"), "b");
  EXPECT_EQ(AboveAllWithPrefix("a\x7f"), "a\xc2\x80");
  EXPECT_EQ(AboveAllWithPrefix("\xed\x9f\xbf"), "\xee\x80\x80");  // U+D7FF, then U+E000.
  EXPECT_EQ(AboveAllWithPrefix("a\xf4\x8f\xbf\xbf"), "b");
  EXPECT_EQ(AboveAllWithPrefix("\xf4\x8f\xbf\xbf"), std::nullopt);
  EXPECT_EQ(AboveAllWithPrefix("\xef\xbf\xbf"), "\xf0\x90\x80\x80");
}

TEST(StatisticsTest, WideDecimalsAllowForWritersThatUseDoubles) {
  const DataType type = DataType::Decimal(20, 2);
  const auto column = Read(type, "123456789012345680.00", "123456789012345680.00");
  const auto exact = Int128{1'234'567'890'123'456'789LL} * 10;
  EXPECT_LT(column.min->decimal(), exact);
  EXPECT_GT(column.max->decimal(), exact);
}

TEST(StatisticsTest, NestedColumnsAreFoundByPathAndDotsAreNotPaths) {
  const Schema schema(
      {PlainColumn("s", DataType::Struct({PlainColumn("a.b", TypeId::kInt),
                                          PlainColumn("t", DataType::Struct({PlainColumn(
                                                               "c", TypeId::kInt)}))})),
       PlainColumn("s.t", TypeId::kInt)});
  const auto statistics = ParseStatistics(
      R"({"minValues":{"s":{"a.b":1,"t":{"c":2}},"s.t":3},"nullCount":{"s":{"t":{"c":4}}}})",
      schema);
  EXPECT_EQ(statistics.columns.at({"s", "a.b"}).min->integer(), 1);
  EXPECT_EQ(statistics.columns.at({"s", "t", "c"}).min->integer(), 2);
  EXPECT_EQ(statistics.columns.at({"s", "t", "c"}).null_count, 4);
  EXPECT_EQ(statistics.columns.at({"s.t"}).min->integer(), 3);
  EXPECT_FALSE(statistics.rows.has_value());
}

TEST(StatisticsTest, WhatDoesNotParseIsLeftOut) {
  const Schema schema({PlainColumn("c", TypeId::kInt), PlainColumn("d", TypeId::kInt)});
  for (const char* json : {"", "{", "nonsense", "[]", "7", "{\"numRecords\":", "{\"minValues\":3}",
                           R"({"minValues":{"c":"x"},"maxValues":{"c":{"d":1}}})",
                           R"({"numRecords":-1,"minValues":[1]})"}) {
    const auto statistics = ParseStatistics(json, schema);
    EXPECT_FALSE(statistics.rows.has_value()) << json;
    for (const auto& [path, column] : statistics.columns) {
      EXPECT_FALSE(column.min || column.max) << json;
    }
  }
  const auto some = ParseStatistics(
      R"({"numRecords":2,"minValues":{"x":{"y":[1,{}]},"c":null,"d":5},"tightBounds":true})",
      schema);
  EXPECT_EQ(some.rows, 2);
  EXPECT_EQ(some.columns.at({"d"}).min->integer(), 5);
}

WrittenColumn Written(Value min, Value max, int64_t nulls = 0) {
  return {{std::move(min), std::move(max), nulls}, false};
}

TEST(StatisticsTest, BuiltStatisticsAreWhatTheProtocolShows) {
  const Schema schema(
      {PlainColumn("i", TypeId::kInt), PlainColumn("d", TypeId::kDate),
       PlainColumn("t", TypeId::kTimestamp),
       PlainColumn("s", DataType::Struct({PlainColumn("a", TypeId::kString),
                                          PlainColumn("b", DataType::Struct({PlainColumn(
                                                               "c", DataType::Decimal(5, 2))}))})),
       PlainColumn("l", DataType::Array(TypeId::kInt)), PlainColumn("z", TypeId::kInt)});
  const DataType decimal = DataType::Decimal(5, 2);
  const std::map<Predicate::Path, WrittenColumn> columns = {
      {{"i"}, Written(Value::Int(-1), Value::Int(2))},
      {{"d"}, Written(Value(TypeId::kDate, int64_t{0}), Value(TypeId::kDate, int64_t{1}))},
      {{"t"},
       Written(Value(TypeId::kTimestamp, int64_t{-1}),
               Value(TypeId::kTimestamp, int64_t{1'999'999}))},
      {{"s", "a"}, Written(Value::String("x\"y"), Value::String("z"), 1)},
      {{"s", "b", "c"}, Written(Value(decimal, Int128{-5}), Value(decimal, Int128{12345}))},
      {{"l"}, {{std::nullopt, std::nullopt, 2}, false}}};
  const std::string json = BuildStatsJson(schema, MetadataOf(schema), 4, columns);
  EXPECT_EQ(json, R"({"numRecords":4,"minValues":{"i":-1,"d":"1970-01-01",)"
                  R"("t":"1969-12-31T23:59:59.999Z","s":{"a":"x\"y","b":{"c":-0.05}}},)"
                  R"("maxValues":{"i":2,"d":"1970-01-02","t":"1970-01-01T00:00:01.999Z",)"
                  R"("s":{"a":"z","b":{"c":123.45}}},)"
                  R"("nullCount":{"i":0,"d":0,"t":0,"s":{"a":1,"b":{"c":0}},"l":2}})");
  const auto read = ParseStatistics(json, schema);
  EXPECT_EQ(read.rows, 4);
  EXPECT_LE(read.columns.at({"t"}).min->integer(), -1);
  EXPECT_GE(read.columns.at({"t"}).max->integer(), 1'999'999);
}

TEST(StatisticsTest, NumbersThatJsonCannotHoldAreLeftOut) {
  const Schema schema({PlainColumn("x", TypeId::kDouble), PlainColumn("f", TypeId::kFloat)});
  const double inf = std::numeric_limits<double>::infinity();
  const std::string json = BuildStatsJson(
      schema, MetadataOf(schema), 1,
      {{{"x"}, Written(Value::Double(-inf), Value::Double(1.5))},
       {{"f"}, {{Value(TypeId::kFloat, 0.5), Value(TypeId::kFloat, 0.5), 0}, /*has_nan=*/true}}});
  EXPECT_EQ(json, R"({"numRecords":1,"minValues":{},"maxValues":{"x":1.5},)"
                  R"("nullCount":{"x":0,"f":0}})");
}

TEST(StatisticsTest, LongTextsAreCutAndStayBounds) {
  const Schema schema({PlainColumn("s", TypeId::kString)});
  const std::string umlaut = "\xc3\xa4";
  for (const std::string& piece : {std::string("a"), umlaut, std::string("\xf4\x8f\xbf\xbf")}) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += piece;
    const auto read = ParseStatistics(
        BuildStatsJson(schema, MetadataOf(schema), 1,
                       {{{"s"}, Written(Value::String(text), Value::String(text))}}),
        schema);
    const auto& column = read.columns.at({"s"});
    EXPECT_LE(column.min->text(), text);
    EXPECT_EQ(column.min->text().size(), 32 * piece.size());
    if (column.max) {
      EXPECT_GT(column.max->text(), text);
      EXPECT_LE(column.max->text().size(), 32 * piece.size());
    }
    EXPECT_EQ(column.max.has_value(), piece.size() < 4);
  }
}

TEST(StatisticsTest, OnlyTheColumnsAskedForGetStatistics) {
  std::vector<Field> fields;
  std::map<Predicate::Path, WrittenColumn> columns;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "c" + std::to_string(i) + "_";
    fields.push_back(PlainColumn(name, TypeId::kInt));
    columns[{name}] = Written(Value::Int(i), Value::Int(i));
  }
  const Schema schema(fields);
  const auto build = [&](const std::map<std::string, std::string>& properties) {
    return BuildStatsJson(schema, MetadataOf(schema, {}, properties), 1, columns);
  };
  EXPECT_THAT(build({}), HasSubstr("c31_"));
  EXPECT_THAT(build({}), Not(HasSubstr("c32_")));
  EXPECT_THAT(build({{"delta.dataSkippingNumIndexedCols", "-1"}}), HasSubstr("c39_"));
  EXPECT_EQ(build({{"delta.dataSkippingNumIndexedCols", "0"}}),
            R"({"numRecords":1,"minValues":{},"maxValues":{},"nullCount":{}})");
  const std::string named = build({{"delta.dataSkippingStatsColumns", "c5_, `c39_`"}});
  EXPECT_THAT(named, HasSubstr(R"("minValues":{"c5_":5,"c39_":39})"));
}

}  // namespace
}  // namespace weir::delta
