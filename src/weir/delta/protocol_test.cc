#include "weir/delta/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/known_properties.h"
#include "weir/delta/properties.h"
#include "weir/delta/schema_rules.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

constexpr const char* kFine = "fine";

std::string MessageOf(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return std::string(ErrorCodeName(error.code())) + ": " + error.what();
  }
  return kFine;
}

std::string Reading(const Protocol& protocol) {
  return MessageOf([&] { CheckReadable(protocol, "X"); });
}

std::string Writing(const Protocol& protocol) {
  return MessageOf([&] { CheckWritable(protocol, "X"); });
}

Protocol Features(const std::vector<std::string>& reader, const std::vector<std::string>& writer) {
  return {reader.empty() ? 1 : 3, 7, reader, writer};
}

Schema WithFieldMetadata(const std::string& json) {
  return Schema({{"id", TypeId::kLong, true, json}});
}

TEST(ProtocolTest, WhatReadersNeedIsReadOrRefusedByName) {
  EXPECT_EQ(Reading({1, 2, {}, {}}), kFine);
  EXPECT_EQ(Reading({2, 5, {}, {}}), kFine);
  EXPECT_EQ(Reading({1, 7, {}, {"rowTracking", "clustering", "inCommitTimestamp"}}), kFine);
  EXPECT_EQ(Reading({3, 7, {}, {}}), kFine);
  EXPECT_EQ(Reading(Features({"timestampNtz", "vacuumProtocolCheck"}, {})), kFine);
  EXPECT_EQ(Reading(Features({"columnMapping", "typeWidening", "typeWidening-preview"}, {})),
            kFine);
  EXPECT_EQ(Reading(Features({"deletionVectors"}, {})), kFine);
  EXPECT_THAT(Reading(Features({"timestampNtz", "v2Checkpoint", "future"}, {})),
              HasSubstr("feature(s) `future`,"));
  EXPECT_THAT(Reading({99, 7, {}, {}}), HasSubstr("reader version 99"));
}

TEST(ProtocolTest, WriterFeaturesAreHonouredOrRefused) {
  for (int version = 1; version <= 6; ++version) {
    EXPECT_EQ(Writing({version >= 5 ? 2 : 1, version, {}, {}}), kFine) << version;
  }
  EXPECT_EQ(Writing(Features({}, {"appendOnly", "invariants", "domainMetadata", "clustering"})),
            kFine);
  EXPECT_EQ(
      Writing(Features({"timestampNtz", "vacuumProtocolCheck"},
                       {"timestampNtz", "vacuumProtocolCheck", "changeDataFeed", "checkConstraints",
                        "generatedColumns", "identityColumns", "allowColumnDefaults"})),
      kFine);
  EXPECT_THAT(Writing({1, 8, {}, {}}), HasSubstr("writer version 8"));
  EXPECT_EQ(Writing(Features({}, {"checkpointProtection"})), kFine);
  for (const char* feature : {"icebergCompatV1", "unheardOf"}) {
    EXPECT_THAT(Writing(Features({}, {"appendOnly", feature})),
                HasSubstr("writer feature(s) `" + std::string(feature) + "`,"));
  }
}

TEST(ProtocolTest, RulesOfRowsAndFeedsRaiseTheProtocolAsLittleAsTheyNeed) {
  const Protocol oldest;
  const auto raised = [&](const Configuration& configuration, const Schema& schema) {
    return RaisedFor(MetadataOf(schema, {}, configuration), schema, oldest);
  };
  EXPECT_EQ(raised({{"delta.constraints.positive", "id > 0"}}, IdAndName()),
            (Protocol{1, 3, {}, {}}));
  EXPECT_EQ(raised({}, WithFieldMetadata(R"({"delta.invariants":"{}"})")), oldest);
  EXPECT_EQ(raised({}, WithFieldMetadata(R"({"delta.generationExpression":"1"})")),
            (Protocol{1, 7, {}, {"appendOnly", "invariants", "generatedColumns"}}));
  EXPECT_EQ(raised({}, WithFieldMetadata(R"({"CURRENT_DEFAULT":"1"})")),
            (Protocol{1, 7, {}, {"appendOnly", "invariants", "allowColumnDefaults"}}));
  const Schema numbered = WithFieldMetadata(R"({"delta.identity.start":1})");
  EXPECT_EQ(raised({}, numbered),
            (Protocol{1, 7, {}, {"appendOnly", "invariants", "identityColumns"}}));
  EXPECT_EQ(RaisedFor(MetadataOf(numbered), numbered, {1, 6, {}, {}}), (Protocol{1, 6, {}, {}}));
  EXPECT_EQ(raised({{"delta.enableChangeDataFeed", "true"}}, IdAndName()),
            (Protocol{1, 7, {}, {"appendOnly", "invariants", "changeDataFeed"}}));
  EXPECT_EQ(
      raised({{"delta.constraints.positive", "id > 0"}, {"delta.enableChangeDataFeed", "true"}},
             numbered),
      (Protocol{
          1,
          7,
          {},
          {"appendOnly", "invariants", "checkConstraints", "changeDataFeed", "identityColumns"}}));
}

TEST(ProtocolTest, TimesWithoutZoneRaiseTheProtocolAndNothingElseDoes) {
  const Protocol oldest;
  EXPECT_EQ(RaisedFor(Metadata(), IdAndName(), oldest), oldest);
  const Schema deep(
      {{"m", DataType::Map(TypeId::kString, DataType::Array(TypeId::kTimestampNtz)), true, "{}"}});
  const Protocol raised{3, 7, {"timestampNtz"}, {"appendOnly", "invariants", "timestampNtz"}};
  EXPECT_EQ(RaisedFor(Metadata(), deep, oldest), raised);
  EXPECT_EQ(RaisedFor(Metadata(), deep, raised), raised);
  EXPECT_EQ(RaisedFor(Metadata(), deep, {2, 5, {}, {}}),
            (Protocol{3,
                      7,
                      {"columnMapping", "timestampNtz"},
                      {"appendOnly", "invariants", "checkConstraints", "changeDataFeed",
                       "generatedColumns", "columnMapping", "timestampNtz"}}));
  EXPECT_EQ(WithWriterFeature(oldest, "appendOnly"), oldest);
}

TEST(ProtocolTest, MappedColumnsAndWideningTypesRaiseIt) {
  const Protocol oldest;
  const Configuration mapped{{"delta.columnMapping.mode", "name"}};
  const Protocol second{2, 7, {}, {"appendOnly", "invariants", "columnMapping"}};
  EXPECT_EQ(RaisedFor(MetadataOf(IdAndName(), {}, mapped), IdAndName(), oldest), second);
  EXPECT_EQ(RaisedFor(MetadataOf(IdAndName(), {}, mapped), IdAndName(), second), second);
  EXPECT_EQ(RaisedFor(MetadataOf(IdAndName(), {}, mapped), IdAndName(), {2, 5, {}, {}}),
            (Protocol{2, 5, {}, {}}));
  const Configuration widening{{"delta.enableTypeWidening", "true"}};
  EXPECT_EQ(RaisedFor(MetadataOf(IdAndName(), {}, widening), IdAndName(), second),
            (Protocol{3,
                      7,
                      {"columnMapping", "typeWidening"},
                      {"appendOnly", "invariants", "columnMapping", "typeWidening"}}));
  const Protocol preview{3, 7, {"typeWidening-preview"}, {"typeWidening-preview"}};
  EXPECT_EQ(RaisedFor(MetadataOf(IdAndName(), {}, widening), IdAndName(), preview), preview);
}

TEST(ProtocolTest, PropertiesThatAskForAProtocolAreNotKept) {
  Metadata metadata = MetadataOf(IdAndName(), {},
                                 {{"delta.feature.timestampNtz", "supported"},
                                  {"delta.minReaderVersion", "3"},
                                  {"delta.minWriterVersion", "7"},
                                  {"mine", "1"}});
  EXPECT_EQ(TakeProtocolProperties(metadata, Protocol()).reader_features,
            std::vector<std::string>{"timestampNtz"});
  EXPECT_EQ(metadata.configuration, (Configuration{{"mine", "1"}}));
  metadata.configuration = {{"delta.minReaderVersion", "2"}, {"delta.minWriterVersion", "5"}};
  EXPECT_EQ(TakeProtocolProperties(metadata, Protocol()).min_reader_version, 2);
  EXPECT_THAT(metadata.configuration, IsEmpty());
  metadata.configuration = {{"delta.feature.deletionVectors", "supported"}};
  EXPECT_EQ(TakeProtocolProperties(metadata, Protocol()).reader_features,
            std::vector<std::string>{"deletionVectors"});
  metadata.configuration = {{"delta.feature.icebergCompatV1", "supported"}};
  EXPECT_THAT(MessageOf([&] { TakeProtocolProperties(metadata, Protocol()); }),
              HasSubstr("delta.feature.icebergCompatV1"));
}

TEST(ProtocolTest, AWriterVersionThatIsAskedForIsMet) {
  const auto asked = [](Configuration properties, Protocol protocol) {
    Metadata metadata = MetadataOf(IdAndName(), {}, std::move(properties));
    return TakeProtocolProperties(metadata, std::move(protocol));
  };
  const Protocol plain{1, 2, {}, {}};
  EXPECT_EQ(asked({{"delta.minWriterVersion", "5"}}, plain), (Protocol{1, 5, {}, {}}));
  EXPECT_EQ(asked({{"delta.minReaderVersion", "2"}, {"delta.minWriterVersion", "5"}}, plain),
            (Protocol{2, 5, {}, {}}));
  EXPECT_EQ(asked({{"delta.minWriterVersion", "1"}}, plain), plain);
  EXPECT_EQ(asked({{"delta.minWriterVersion", "2"}}, {1, 4, {}, {}}), (Protocol{1, 4, {}, {}}));
  EXPECT_EQ(asked({{"delta.minWriterVersion", "7"}}, plain).min_writer_version, 7);
  // What stands for column mapping where readers know it does not where they don't.
  const Protocol vectors = asked(
      {{"delta.minWriterVersion", "5"}, {"delta.feature.deletionVectors", "supported"}}, plain);
  EXPECT_THAT(vectors.writer_features, Contains("generatedColumns"));
  EXPECT_THAT(vectors.writer_features, Not(Contains("columnMapping")));
  EXPECT_EQ(vectors.reader_features, std::vector<std::string>{"deletionVectors"});
  EXPECT_EQ(WithColumnMapping({1, 5, {}, {}}), (Protocol{2, 5, {}, {}}));
  const Protocol listed{3, 7, {"deletionVectors"}, {"deletionVectors"}};
  EXPECT_THAT(asked({{"delta.minWriterVersion", "4"}}, listed).writer_features,
              IsSupersetOf({"deletionVectors", "appendOnly", "invariants", "checkConstraints",
                            "changeDataFeed", "generatedColumns"}));
  for (const char* value : {"0", "8", "", "5.0"}) {
    EXPECT_THAT(MessageOf([&] {
                  asked({{"delta.minWriterVersion", value}}, plain);
                }),
                HasSubstr("from 1 to 7"));
  }
}

TEST(PropertiesTest, WhatCannotBeHonouredIsRefused) {
  const auto check = [](const Configuration& now) {
    return MessageOf([&] { CheckProperties({}, now); });
  };
  EXPECT_EQ(check({{"anything.else", "x"},
                   {"delta.appendOnly", "TRUE"},
                   {"delta.checkpointInterval", "5"},
                   {"delta.enableDeletionVectors", "false"},
                   {"delta.autoOptimize.optimizeWrite", "true"}}),
            kFine);
  EXPECT_EQ(check({{"delta.enableDeletionVectors", "true"}}), kFine);
  EXPECT_EQ(check({{"delta.columnMapping.mode", "name"}, {"delta.enableTypeWidening", "true"}}),
            kFine);
  EXPECT_THAT(check({{"delta.columnMapping.mode", "names"}}), HasSubstr("'none', 'name' or 'id'"));
  EXPECT_THAT(MessageOf([] { CheckMayBeSet("delta.columnMapping.maxColumnId"); }),
              HasSubstr("can't be set"));
  EXPECT_EQ(check({{"delta.constraints.a", "x > 1"}}), kFine);
  EXPECT_THAT(check({{"delta.apendOnly", "true"}}), HasSubstr("unknown table property"));
  for (const auto& [property, value] :
       Configuration{{"delta.appendOnly", "yes"},
                     {"delta.checkpointInterval", "0"},
                     {"delta.deletedFileRetentionDuration", "a while"},
                     {"delta.dataSkippingNumIndexedCols", "-2"}}) {
    EXPECT_THAT(check({{property, value}}), HasSubstr("INVALID: table property " + property));
  }
  // What is there already is not ours to judge.
  EXPECT_EQ(MessageOf([] {
              CheckProperties({{"delta.future", "1"}}, {{"delta.future", "1"}});
            }),
            kFine);
}

TEST(PropertiesTest, IntervalsAreRead) {
  EXPECT_EQ(ParseInterval("interval 1 week"), 604'800'000);
  EXPECT_EQ(ParseInterval("INTERVAL 2 DAYS 3 hours"), 183'600'000);
  EXPECT_EQ(ParseInterval("90 minutes"), 5'400'000);
  for (const char* text : {"", "interval", "1", "week", "1 month", "-1 day", "1 day 2",
                           "9999999999999 weeks", "1.5 days"}) {
    EXPECT_EQ(ParseInterval(text), std::nullopt) << text;
  }
}

TEST(PropertiesTest, SizesAreReadAsOtherEnginesWriteThem) {
  EXPECT_EQ(PropertiesOf({}).target_file_bytes, 256 << 20);
  EXPECT_EQ(PropertiesOf({{"delta.targetFileSize", "128MB"}}).target_file_bytes, 128 << 20);
  EXPECT_EQ(ParseBytes("104857600"), 104'857'600);
  EXPECT_EQ(ParseBytes("100 mb"), 104'857'600);
  EXPECT_EQ(ParseBytes("1g"), 1 << 30);
  EXPECT_EQ(ParseBytes("5b"), 5);
  for (const char* const text :
       {"", "mb", "1.5mb", "-1", "1 mib", "1mb ", "9999999999pb", "0x10"}) {
    EXPECT_EQ(ParseBytes(text), std::nullopt) << text;
  }
  EXPECT_THROW(PropertiesOf({{"delta.targetFileSize", "0"}}), Error);
  EXPECT_THROW(CheckProperties({}, {{"delta.targetFileSize", "big"}}), Error);
}

Field Column(const std::string& name, DataType type, bool nullable = true) {
  return {name, std::move(type), nullable, "{}"};
}

TEST(SchemaRulesTest, NewColumnsGoBehindAtEveryDepth) {
  const Schema table({Column("id", TypeId::kLong, false),
                      Column("s", DataType::Struct({Column("a", TypeId::kInt)})),
                      Column("l", DataType::Array(DataType::Struct({Column("x", TypeId::kInt)})))});
  const Schema data(
      {Column("new", TypeId::kString, false),
       Column("S", DataType::Struct({Column("b", TypeId::kDate), Column("A", TypeId::kInt)})),
       Column("l", DataType::Array(DataType::Struct(
                       {Column("x", TypeId::kInt), Column("y", TypeId::kString)}))),
       Column("ID", TypeId::kLong)});
  EXPECT_EQ(MergeSchema(table, data).ToDdl(),
            "id BIGINT NOT NULL, s STRUCT<a: INT, b: DATE>, "
            "l ARRAY<STRUCT<x: INT, y: STRING>>, new STRING");
}

TEST(SchemaRulesTest, OtherTypesDoNotMerge) {
  const Schema table({Column("s", DataType::Struct({Column("a", TypeId::kInt)}))});
  const auto merge = [&](DataType type) {
    try {
      MergeSchema(table, Schema({Column("s", DataType::Struct({Column("a", std::move(type))}))}));
      return std::string(kFine);
    } catch (const Error& error) {
      return error.condition() + " " + error.what();
    }
  };
  EXPECT_EQ(merge(TypeId::kInt), kFine);
  EXPECT_EQ(merge(TypeId::kVoid), kFine);
  for (const DataType& type :
       {DataType(TypeId::kLong), DataType(TypeId::kShort), DataType(TypeId::kString),
        DataType::Array(TypeId::kInt), DataType::Decimal(10, 0)}) {
    EXPECT_THAT(merge(type), HasSubstr("DELTA_FAILED_TO_MERGE_FIELDS failed to merge column s.a"));
  }
}

TEST(SchemaRulesTest, WiderDataWidensATableThatAllowsIt) {
  const Schema table({Column("s", DataType::Struct({Column("a", TypeId::kInt)})),
                      Column("l", DataType::Array(TypeId::kFloat))});
  const Schema data({Column("s", DataType::Struct({Column("a", TypeId::kLong)})),
                     Column("l", DataType::Array(TypeId::kDouble))});
  EXPECT_THROW(MergeSchema(table, data), Error);
  const Schema merged = MergeSchema(table, data, {{"delta.enableTypeWidening", "true"}});
  EXPECT_EQ(merged.ToDdl(), "s STRUCT<a: BIGINT>, l ARRAY<DOUBLE>");
  EXPECT_EQ(merged[0].metadata, "{}");
  EXPECT_EQ(merged[0].type.fields()[0].metadata,
            R"({"delta.typeChanges":[{"toType":"long","fromType":"integer"}]})");
  EXPECT_EQ(
      merged[1].metadata,
      R"({"delta.typeChanges":[{"toType":"double","fromType":"float","fieldPath":"element"}]})");
}

TEST(SchemaRulesTest, WhatIsCastIntoTheTableStaysAsTheTableHasIt) {
  const Schema table(
      {Column("id", TypeId::kInt), Column("s", DataType::Struct({Column("a", TypeId::kInt)}))});
  const Schema data(
      {Column("s", DataType::Struct({Column("a", TypeId::kLong), Column("b", TypeId::kDate)})),
       Column("ID", TypeId::kString), Column("more", TypeId::kString)});
  EXPECT_EQ(EvolvedSchema(table, data, {}).ToDdl(),
            "id INT, s STRUCT<a: INT, b: DATE>, more STRING");
  EXPECT_EQ(EvolvedSchema(table, data, {{"delta.enableTypeWidening", "true"}}).ToDdl(),
            "id INT, s STRUCT<a: BIGINT, b: DATE>, more STRING");
  EXPECT_EQ(EvolvedSchema(table, Schema({Column("s", TypeId::kString)}), {}), table);
}

TEST(SchemaRulesTest, SchemasThatCannotBeStoredAreRefused) {
  const auto check = [](std::vector<Field> fields) {
    return MessageOf([&] { CheckTableSchema(Schema(std::move(fields))); });
  };
  EXPECT_EQ(check({Column("a", TypeId::kInt)}), kFine);
  EXPECT_THAT(check({}), HasSubstr("at least one column"));
  EXPECT_THAT(check({Column("a b", TypeId::kInt)}), HasSubstr("`a b`"));
  EXPECT_EQ(MessageOf([] {
              CheckTableSchema(Schema({Column("a b", TypeId::kInt)}),
                               {{"delta.columnMapping.mode", "name"}});
            }),
            kFine);
  EXPECT_THAT(check({Column("a", TypeId::kInt), Column("A", TypeId::kInt)}), HasSubstr("twice"));
  EXPECT_THAT(check({Column("v", TypeId::kVoid)}), HasSubstr("UNSUPPORTED"));
  EXPECT_THAT(check({Column("i", DataType::Array(TypeId::kDayTimeInterval))}),
              HasSubstr("i.element"));
}

TEST(SchemaRulesTest, PartitionColumnsAreChecked) {
  const Schema schema({Column("a", TypeId::kInt), Column("l", DataType::Array(TypeId::kInt))});
  const auto check = [&](const std::vector<std::string>& columns) {
    return MessageOf([&] { CheckPartitionColumns(schema, columns); });
  };
  EXPECT_EQ(check({}), kFine);
  EXPECT_EQ(check({"a"}), kFine);
  EXPECT_THAT(check({"b"}), HasSubstr("not a column"));
  EXPECT_THAT(check({"l"}), HasSubstr("ARRAY"));
  EXPECT_THAT(check({"a", "a"}), HasSubstr("twice"));
  EXPECT_THAT(MessageOf([] { CheckPartitionColumns(Schema({Column("a", TypeId::kInt)}), {"a"}); }),
              HasSubstr("by all of its columns"));
}

TEST(ProtocolTest, AProtocolIsRaisedToWhatAnotherHas) {
  const Protocol oldest{1, 2, {}, {}};
  EXPECT_EQ(RaisedTo(oldest, {1, 3, {}, {}}), (Protocol{1, 3, {}, {}}));
  EXPECT_EQ(RaisedTo({1, 4, {}, {}}, oldest), (Protocol{1, 4, {}, {}}));
  // What versions stand for is listed where one of both lists features.
  const Protocol listed = RaisedTo({1, 7, {}, {"appendOnly"}}, {2, 5, {}, {}});
  EXPECT_EQ(listed.min_reader_version, 2);
  EXPECT_EQ(listed.min_writer_version, 7);
  for (const char* feature :
       {"appendOnly", "invariants", "checkConstraints", "generatedColumns", "columnMapping"}) {
    EXPECT_TRUE(HasWriterFeature(listed, feature)) << feature;
  }
  const Protocol vectors = WithReaderWriterFeature(oldest, "deletionVectors");
  EXPECT_EQ(RaisedTo(oldest, vectors), vectors);
  EXPECT_EQ(RaisedTo(vectors, vectors), vectors);
}

}  // namespace
}  // namespace weir::delta
