#include "weir/types/data_type.h"

#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/types/schema_json.h"

namespace weir {
namespace {

DataType Person() {
  return DataType::Struct({{"id", TypeId::kLong, false}, {"full name", TypeId::kString}});
}

TEST(DataTypeTest, PrintsAsSparkDoesInBothForms) {
  const DataType type = DataType::Map(TypeId::kString, DataType::Array(Person()));
  EXPECT_EQ(type.ToString(), "map<string,array<struct<id:bigint,full name:string>>>");
  EXPECT_EQ(type.ToSql(), "MAP<STRING, ARRAY<STRUCT<id: BIGINT NOT NULL, `full name`: STRING>>>");
  EXPECT_EQ(DataType::Decimal(10, 2).ToSql(), "DECIMAL(10,2)");
  EXPECT_EQ(DataType(TypeId::kDayTimeInterval).ToSql(), "INTERVAL DAY TO SECOND");
  EXPECT_EQ(DataType(TypeId::kTimestampNtz).ToString(), "timestamp_ntz");
}

TEST(DataTypeTest, EqualityMindsNullabilityUnlessAskedNotTo) {
  const DataType strict = DataType::Array(TypeId::kInt, false);
  const DataType loose = DataType::Array(TypeId::kInt, true);
  EXPECT_NE(strict, loose);
  EXPECT_TRUE(strict.EqualsIgnoringNullability(loose));
  EXPECT_FALSE(strict.EqualsIgnoringNullability(DataType::Array(TypeId::kLong, false)));
  EXPECT_NE(DataType::Decimal(10, 2), DataType::Decimal(10, 3));
  EXPECT_EQ(Person(), Person());
}

TEST(DataTypeTest, EqualityIgnoresFieldMetadata) {
  const Field plain{"a", TypeId::kInt};
  EXPECT_EQ(plain, plain.WithComment("the first"));
  EXPECT_EQ(plain.WithComment("the first").Comment(), "the first");
  EXPECT_EQ(plain.Comment(), std::nullopt);
}

TEST(DataTypeTest, AskingATypeForWhatItLacksIsADefect) {
  EXPECT_THROW(DataType(TypeId::kInt).fields(), Error);
  EXPECT_THROW(DataType(TypeId::kStruct).element(), Error);
  EXPECT_THROW(DataType::Decimal(39, 0), Error);
}

TEST(SchemaTest, FindsColumnsWhateverTheirCase) {
  const Schema schema({{"Id", TypeId::kInt}, {"name", TypeId::kString}});
  EXPECT_EQ(schema.Find("ID"), 0u);
  EXPECT_EQ(schema.Find("nam"), std::nullopt);
}

TEST(SchemaTest, DdlQuotesAndComments) {
  const Schema schema({{"id", TypeId::kLong, false},
                       Field{"a b", TypeId::kString}.WithComment("it's"),
                       {"9x", TypeId::kDate}});
  EXPECT_EQ(schema.ToDdl(), "id BIGINT NOT NULL, `a b` STRING COMMENT 'it\\'s', `9x` DATE");
  EXPECT_EQ(QuoteName("a`b"), "`a``b`");
}

TEST(SchemaJsonTest, WritesTheFormOfDelta) {
  const Schema schema({{"id", TypeId::kInt, false},
                       {"tags", DataType::Array(TypeId::kString, false)},
                       {"price", DataType::Decimal(5, 1), true, R"({"comment":"net"})"}});
  EXPECT_EQ(SchemaToJson(schema),
            R"({"type":"struct","fields":[)"
            R"({"name":"id","type":"integer","nullable":false,"metadata":{}},)"
            R"({"name":"tags","type":{"type":"array","elementType":"string",)"
            R"("containsNull":false},"nullable":true,"metadata":{}},)"
            R"-({"name":"price","type":"decimal(5,1)","nullable":true,)-"
            R"("metadata":{"comment":"net"}}]})");
}

TEST(SchemaJsonTest, EveryTypeComesBack) {
  std::vector<Field> fields;
  for (int id = static_cast<int>(TypeId::kVoid); id <= static_cast<int>(TypeId::kCalendarInterval);
       ++id) {
    const auto type = static_cast<TypeId>(id);
    fields.push_back({"c" + std::to_string(id),
                      type == TypeId::kDecimal ? DataType::Decimal(38, 18) : DataType(type)});
  }
  fields.push_back({"nested", DataType::Map(TypeId::kString, DataType::Array(Person()), false)});
  const Schema schema(fields);
  EXPECT_EQ(SchemaFromJson(SchemaToJson(schema)), schema);
}

TEST(SchemaJsonTest, MetadataIsKeptWordForWord) {
  const std::string text =
      R"({"type":"struct","fields":[{"name":"a","type":"long","nullable":true,)"
      R"("metadata":{"z":1,"a":{"b":[true,null]},"comment":"x"}}]})";
  EXPECT_EQ(SchemaToJson(SchemaFromJson(text)), text);
}

ErrorCode CodeOf(const std::string& json, std::string* message = nullptr) {
  try {
    SchemaFromJson(json);
  } catch (const Error& error) {
    if (message) *message = error.what();
    return error.code();
  }
  ADD_FAILURE() << "accepted " << json;
  return ErrorCode::kInternal;
}

TEST(SchemaJsonTest, RefusesUnknownTypesByNameAndMalformedTextAsCorrupt) {
  std::string message;
  EXPECT_EQ(CodeOf(R"({"type":"struct","fields":[{"name":"v","type":"geometry",)"
                   R"("nullable":true,"metadata":{}}]})",
                   &message),
            ErrorCode::kUnsupported);
  EXPECT_NE(message.find("`geometry`"), std::string::npos) << message;
  for (const char* const text :
       {"", "{", "[]", "{}", R"({"type":"array"})", R"({"type":"struct"})",
        R"({"type":"struct","fields":{}})", R"({"type":"struct","fields":[1]})",
        R"({"type":"struct","fields":[{"name":"a"}]})",
        R"-({"type":"struct","fields":[{"name":"a","type":"decimal(50,1)","nullable":true}]})-",
        R"({"type":"struct","fields":[{"name":"a","type":"long","nullable":1}]})"}) {
    EXPECT_EQ(CodeOf(text), ErrorCode::kCorrupt) << text;
  }
}

}  // namespace
}  // namespace weir
