#include <gmock/gmock.h>

#include "weir/base/error.h"
#include "weir/connect/files/avro_decimal.h"
#include "weir/connect/files/avro_schema.h"
#include "weir/connect/files/records.h"
#include "weir/connect/files/records_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Row = RecordsFixture::Row;

std::string L(int64_t value) {
  std::string bytes;
  auto zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  for (; zigzag >= 128; zigzag >>= 7) bytes += static_cast<char>(zigzag | 128);
  return bytes + static_cast<char>(zigzag);
}

std::string T(const std::string& text) { return L(static_cast<int64_t>(text.size())) + text; }

const std::string kSync = "0123456789abcdef";

std::string Block(int64_t records, const std::string& bytes) {
  return L(records) + T(bytes) + kSync;
}

std::string File(const std::string& schema, const std::string& blocks,
                 const std::string& codec = "null") {
  return "Obj\x01" + L(2) + T("avro.schema") + T(schema) + T("avro.codec") + T(codec) + L(0) +
         kSync + blocks;
}

std::string RecordOf(const std::string& fields) {
  return R"({"type":"record","name":"r","fields":[)" + fields + "]}";
}

std::string Types(const std::string& schema) {
  return AvroColumns(AvroSchema(schema).root()).ToDdl();
}

class AvroRecordsTest : public testing::Test, public RecordsFixture {
 protected:
  AvroRecordsTest() { files.format = "avro"; }
  void Add(const std::string& schema, const std::string& blocks) {
    AddFile("a" + std::to_string(files.files.size()) + ".avro", File(schema, blocks));
  }
  std::string Failure() {
    try {
      files.options["ignorecorruptfiles"] = "false";
      Rows();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST(AvroSchemaTest, TypesAreThoseThatSparkGives) {
  EXPECT_EQ(Types(RecordOf(R"({"name":"a","type":"int"},{"name":"b","type":["null","long"]},
      {"name":"c","type":{"type":"int","logicalType":"date"}},
      {"name":"d","type":{"type":"long","logicalType":"timestamp-millis"}},
      {"name":"e","type":{"type":"long","logicalType":"local-timestamp-micros"}},
      {"name":"f","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
      {"name":"g","type":{"type":"string","logicalType":"uuid"}},
      {"name":"h","type":{"type":"int","logicalType":"time-millis"}},
      {"name":"i","type":["int","long"]},{"name":"j","type":["null","int","string"]},
      {"name":"k","type":{"type":"array","items":"double"}},
      {"name":"l","type":{"type":"map","values":"bytes"}},
      {"name":"m","type":{"type":"enum","name":"e","symbols":["A","B"]}},
      {"name":"n","type":{"type":"fixed","name":"x","size":2}},{"name":"o","type":"x"},
      {"name":"p","type":"null"})")),
            "a INT, b BIGINT, c DATE, d TIMESTAMP, e TIMESTAMP_NTZ, f DECIMAL(9,2), g STRING, "
            "h INT, i BIGINT, j STRUCT<member0: INT, member1: STRING>, k ARRAY<DOUBLE>, "
            "l MAP<STRING, BINARY>, m STRING, n BINARY, o BINARY, p STRING");
  EXPECT_EQ(Types(R"("long")"), "value BIGINT");
}

TEST(AvroSchemaTest, WhatCanNotBeIsRefused) {
  EXPECT_THROW(Types("{"), Error);
  EXPECT_THROW(Types(R"({"type":"unheard"})"), Error);
  EXPECT_THROW(Types("[]"), Error);
  EXPECT_THROW(Types(RecordOf(R"({"name":"next","type":["null","r"]})")), Error);
  EXPECT_THROW(Types(std::string(5000, '[') + std::string(5000, ']')), Error);
}

TEST(AvroDecimalTest, BytesAreTwosComplement) {
  EXPECT_EQ(AvroDecimal(std::string_view("\x01\x00", 2)), Int128{256});
  EXPECT_EQ(AvroDecimal("\xFF"), Int128{-1});
  EXPECT_EQ(AvroDecimal(""), Int128{0});
  EXPECT_EQ(AvroDecimal(std::string(20, '\xFF')), Int128{-1});
  EXPECT_EQ(AvroDecimal(std::string(17, '\x01')), std::nullopt);
  EXPECT_EQ(AvroDecimal(std::string(1, '\0') + std::string(16, '\xFF')), std::nullopt);
}

TEST_F(AvroRecordsTest, ValuesComeAsTheirColumnsHaveThem) {
  Add(RecordOf(R"({"name":"a","type":"long"},{"name":"b","type":["null","string"]},
      {"name":"c","type":{"type":"long","logicalType":"timestamp-millis"}},
      {"name":"d","type":{"type":"bytes","logicalType":"decimal","precision":5,"scale":2}},
      {"name":"e","type":{"type":"array","items":"int"}},
      {"name":"f","type":{"type":"map","values":"boolean"}},
      {"name":"g","type":{"type":"record","name":"s","fields":[{"name":"x","type":"float"}]}},
      {"name":"h","type":["null","int","string"]})"),
      Block(1, L(-7) + L(1) + T("x") + L(1500) + T(std::string("\x00\x01", 2)) + L(2) + L(1) +
                   L(2) + L(0) + L(-1) + L(3) + T("k") + "\x01" + L(0) +
                   std::string("\0\0\x80\x3F", 4) + L(1) + L(5)) +
          Block(1, L(8) + L(0) + L(0) + T("\xFF") + L(0) + L(0) + std::string("\0\0\0\0", 4) +
                       L(2) + T("t")));
  files.schema = ReadAvroSchema(files.files[0], store, {});
  EXPECT_THAT(Rows(), ElementsAre(Row{"-7", "x", "1970-01-01 00:00:01.5", "0.01", "[1, 2]",
                                      "{k -> true}", "{1.0}", "{5, null}"},
                                  Row{"8", "NULL", "1970-01-01 00:00:00", "-0.01", "[]", "{}",
                                      "{0.0}", "{null, t}"}));
}

TEST_F(AvroRecordsTest, ColumnsGoByNameAndTheRestIsRescued) {
  const std::string schema = RecordOf(R"({"name":"new","type":"int"},{"name":"ID","type":"int"},
      {"name":"text","type":"string"},{"name":"s","type":
      {"type":"record","name":"s","fields":[{"name":"x","type":"int"},{"name":"y","type":"int"}]}})");
  Add(schema, Block(2, L(1) + L(2) + T("3") + L(4) + L(5) + L(6) + L(7) + T("8") + L(9) + L(10)));
  files.schema = Schema({{"id", TypeId::kLong},
                         {"text", TypeId::kInt},
                         {"s", DataType::Struct({{"x", TypeId::kLong}})},
                         {"absent", TypeId::kString}});
  EXPECT_THAT(Rows(),
              ElementsAre(Row{"2", "NULL", "{4}", "NULL"}, Row{"7", "NULL", "{9}", "NULL"}));
  ASSERT_EQ(rejects.size(), 2u);
  EXPECT_EQ(rejects[1].line, 2);
  EXPECT_EQ(rejects[1].text, R"({"new":6,"ID":7,"text":"8","s":{"x":9,"y":10}})");
  files.rescued_column = "rest";
  EXPECT_EQ(Rows()[0][4], R"({"new":1,"text":"3","s":{"y":5},"_file_path":"mem:/a0.avro"})");
  EXPECT_THAT(rejects, IsEmpty());
  EXPECT_THAT(RowsOf({2, 0}), ElementsAre(Row{"{4}", "2"}, Row{"{9}", "7"}));
  files.options["schemaevolutionmode"] = "failOnNewColumns";
  EXPECT_THROW(Rows(), DiagnosticError);
}

TEST_F(AvroRecordsTest, NumbersThatDoNotFitAreNotCut) {
  Add(RecordOf(R"({"name":"a","type":"long"})"), Block(2, L(int64_t{1} << 40) + L(5)));
  files.schema = Schema({{"a", TypeId::kInt}});
  files.rescued_column = "rest";
  EXPECT_THAT(Rows(), ElementsAre(Row{"NULL", R"({"a":1099511627776,"_file_path":"mem:/a0.avro"})"},
                                  Row{"5", "NULL"}));
  files.rescued_column = "";
  for (const DataType& wider : {DataType(TypeId::kDouble), DataType::Decimal(20, 2)}) {
    files.schema = Schema({{"a", wider}});
    EXPECT_THAT(Rows(), testing::SizeIs(2));
    EXPECT_THAT(rejects, IsEmpty());
  }
}

TEST_F(AvroRecordsTest, DamageIsToldAndSpoilsNothingBeforeIt) {
  const std::string schema = RecordOf(R"({"name":"a","type":"string"})");
  files.schema = Schema({{"a", TypeId::kString}});
  Add(schema, Block(1, T("good")) + L(1) + T(L(100) + "x") + kSync);
  EXPECT_THAT(Rows(), ElementsAre(Row{"good"}));
  ASSERT_EQ(rejects.size(), 1u);
  EXPECT_THAT(rejects[0].reason, HasSubstr("beyond the end of its block"));
  EXPECT_THAT(Failure(), HasSubstr("beyond the end of its block"));
}

TEST_F(AvroRecordsTest, NoCutAndNoFlippedByteEndsTheProgram) {
  const std::string whole = File(RecordOf(R"({"name":"a","type":["null","string"]},
           {"name":"b","type":{"type":"array","items":"long"}})"),
                                 Block(2, L(1) + T("x") + L(1) + L(7) + L(0) + L(0) + L(0)));
  files.schema = Schema({{"a", TypeId::kString}, {"b", DataType::Array(TypeId::kLong)}});
  AddFile("whole.avro", whole);
  EXPECT_THAT(Rows(), ElementsAre(Row{"x", "[7]"}, Row{"NULL", "[]"}));
  for (size_t i = 0; i < whole.size(); ++i) {
    files.files.clear();
    AddFile("cut.avro", whole.substr(0, i));
    EXPECT_LE(Rows().size(), 2u);
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x55);
    files.files.clear();
    AddFile("flipped.avro", flipped);
    EXPECT_LE(Rows().size(), size_t{1} << 20);
  }
}

}  // namespace
}  // namespace weir::connect
