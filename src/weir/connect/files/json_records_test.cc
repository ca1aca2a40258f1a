#include <gmock/gmock.h>

#include <random>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/base/json_cursor.h"
#include "weir/connect/files/records_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Row = RecordsFixture::Row;

class JsonRecordsTest : public testing::Test, public RecordsFixture {
 protected:
  JsonRecordsTest() {
    files.format = "json";
    files.schema = Schema({{"id", TypeId::kLong}, {"name", TypeId::kString}});
  }
  std::vector<Row> One(const std::string& bytes) {
    files.files.clear();
    AddFile("in/a.json", bytes);
    return Rows();
  }
  std::vector<Row> Rescued(const std::string& bytes) {
    files.rescued_column = "_rescued_data";
    return One(bytes);
  }
  // How a JSON value reads as a type, alone; "-" when it does not.
  std::string Cell(const std::string& json, const DataType& type) {
    files.schema = Schema({{"v", type}});
    const auto rows = One("{\"v\":" + json + "}");
    if (!rejects.empty()) return "-";
    return rows.at(0).at(0);
  }
};

TEST_F(JsonRecordsTest, LinesBecomeRowsWhateverTheOrderOfMembers) {
  EXPECT_THAT(One("{\"id\":1,\"name\":\"a\"}\n\n  {\"name\" : null , \"id\" : 2 }\r\n{}\n"),
              ElementsAre(Row{"1", "a"}, Row{"2", "NULL"}, Row{"NULL", "NULL"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(JsonRecordsTest, TextsAreUnescaped) {
  EXPECT_THAT(One(R"({"na\u006de":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d!"})"),
              ElementsAre(Row{"NULL", "\"\\/\b\f\n\r\té😀?!"}));
}

TEST_F(JsonRecordsTest, WithMultiLineADocumentIsAsManyRecordsAsItHasObjects) {
  files.options["multiline"] = "true";
  const std::string list =
      "[\n {\"id\": 1,\n  \"name\": \"a\"},\n {\"id\": tru},\n [{\"id\": 2}],\n";
  EXPECT_THAT(One(list + " {\"id\": 3}\n]\n{\n\"id\": 4\n}"),
              ElementsAre(Row{"1", "a"}, Row{"NULL", "NULL"}, Row{"NULL", "NULL"}, Row{"3", "NULL"},
                          Row{"4", "NULL"}));
  EXPECT_THAT(Rejects(), ElementsAre("4: malformed JSON at byte 8: a value is malformed",
                                     "5: malformed JSON at byte 12: a record is not an object"));
  One("[{\"id\": 1} {\"id\": 2}");
  EXPECT_THAT(Rejects(), ElementsAre("1: a comma is missing before it",
                                     "1: the list is not closed: the file ends early"));
  EXPECT_TRUE(rejects[0].kept);
  EXPECT_FALSE(rejects[1].kept);
  files.options["mode"] = "FAILFAST";
  EXPECT_THROW(One("[{\"id\": 1}"), Error);
}

TEST_F(JsonRecordsTest, AVariantTakesWhateverValueThereIs) {
  EXPECT_EQ(Cell("{\"b\": [1, 2.50, \"x\"], \"a\": null}", TypeId::kVariant),
            R"({"a":null,"b":[1,2.5,"x"]})");
  EXPECT_EQ(Cell("null", TypeId::kVariant), "null");
  EXPECT_EQ(Cell("{\"a\": 1, \"a\": 2}", TypeId::kVariant), "-");
  EXPECT_EQ(Cell("[1, [true]]", DataType::Array(TypeId::kVariant)), "[1, [true]]");
  EXPECT_THAT(One("{}"), ElementsAre(Row{"NULL"}));
}

TEST_F(JsonRecordsTest, WholeRecordsAreTheValuesOfOneVariant) {
  files.options["singlevariantcolumn"] = "v";
  files.schema = Schema({{"v", TypeId::kVariant}});
  EXPECT_THAT(One("{\"a\": 1}\n[1, 2]\n\n\"x\"\nnull\n{\"a\":\n{\"b\": 2} 3\n"),
              ElementsAre(Row{R"({"a":1})"}, Row{"[1,2]"}, Row{"x"}, Row{"null"}, Row{"NULL"},
                          Row{"NULL"}));
  EXPECT_THAT(rejects, SizeIs(2));
}

TEST_F(JsonRecordsTest, PartsOfADocumentSayThatItIsOne) {
  One("[\n {\"id\": 1},\n {\"id\": 2}\n]\n");
  ASSERT_THAT(rejects, SizeIs(3));
  EXPECT_THAT(rejects[0].reason, HasSubstr("records over several lines need multiLine => true"));
  EXPECT_THAT(rejects[1].reason, HasSubstr("records over several lines need multiLine => true"));
  EXPECT_EQ(rejects[2].reason, "malformed JSON at byte 1: a value is malformed");
}

TEST_F(JsonRecordsTest, ARecordThatEndsMidwayIsReportedAndTheRestIsRead) {
  EXPECT_THAT(
      One("{\"id\":1,\"name\":\"a\"}\n{\"id\":2,\"na\n{\"id\":3,\"name\":\"c\"}\n{\"id\":4"),
      ElementsAre(Row{"1", "a"}, Row{"NULL", "NULL"}, Row{"3", "c"}, Row{"NULL", "NULL"}));
  EXPECT_THAT(Rejects(),
              ElementsAre("2: malformed JSON at byte 12: it ends before the record does",
                          "4: malformed JSON at byte 8: it ends before the record does"));
  EXPECT_EQ(rejects[0].text, "{\"id\":2,\"na");
}

TEST_F(JsonRecordsTest, AMalformedRecordIsRescuedWhole) {
  EXPECT_THAT(
      Rescued("{\"id\":1,}\n"),
      ElementsAre(Row{"NULL", "NULL",
                      R"({"_corrupt_record":"{\"id\":1,}","_file_path":"mem:/in/a.json"})"}));
  files.schema = Schema({{"id", TypeId::kLong}, {"_corrupt_record", TypeId::kString}});
  files.rescued_column = "";
  EXPECT_THAT(One("{\"id\":1}\n[oops\n"), ElementsAre(Row{"1", "NULL"}, Row{"NULL", "[oops"}));
}

TEST_F(JsonRecordsTest, WhatIsNotOneObjectIsMalformed) {
  for (const char* const text : {"1",
                                 "\"x\"",
                                 "null",
                                 "{\"id\":1} {\"id\":2}",
                                 "{\"id\":1}x",
                                 "[1]",
                                 "[{\"id\":1}] x",
                                 "{id:1}",
                                 "{'id':1}",
                                 "{\"id\":01}",
                                 "{\"id\":1.}",
                                 "{\"id\":+1}",
                                 "{\"id\":tru}",
                                 "{\"id\":\"\x01\"}",
                                 "{\"id\":\"\\x\"}",
                                 "{\"id\":\"\\u12G4\"}",
                                 "{\"id\" 1}",
                                 "{\"id\":1 \"name\":2}",
                                 "{\"id\":-}",
                                 "{\"id\":1e}",
                                 "{\"id\":nan}",
                                 "{",
                                 "[",
                                 "{\"a\":[1,]}",
                                 "{\"a\":[}]"}) {
    EXPECT_FALSE(One(text).empty()) << text;
    EXPECT_THAT(rejects, SizeIs(1)) << text;
  }
}

TEST_F(JsonRecordsTest, AListOfObjectsIsAsManyRecords) {
  EXPECT_THAT(One("[{\"id\":1},{\"id\":2}]\n[]\n{\"id\":3}\n"),
              ElementsAre(Row{"1", "NULL"}, Row{"2", "NULL"}, Row{"3", "NULL"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(JsonRecordsTest, OfEqualNamesTheLastCounts) {
  EXPECT_THAT(One("{\"id\":1,\"id\":2,\"name\":\"a\",\"name\":null}\n{\"id\":3}\n"),
              ElementsAre(Row{"2", "NULL"}, Row{"3", "NULL"}));
}

TEST_F(JsonRecordsTest, CellsConvertAsInSpark) {
  EXPECT_EQ(Cell("127", TypeId::kByte), "127");
  EXPECT_EQ(Cell("128", TypeId::kByte), "-");
  EXPECT_EQ(Cell("1.0", TypeId::kLong), "-");
  EXPECT_EQ(Cell("\"1\"", TypeId::kLong), "-");
  EXPECT_EQ(Cell("1", TypeId::kDouble), "1.0");
  EXPECT_EQ(Cell("\"NaN\"", TypeId::kDouble), "NaN");
  EXPECT_EQ(Cell("\"-INF\"", TypeId::kFloat), "-Infinity");
  EXPECT_EQ(Cell("\"1.5\"", TypeId::kDouble), "-");
  EXPECT_EQ(Cell("12345678901234567890.129", DataType::Decimal(22, 2)), "12345678901234567890.13");
  EXPECT_EQ(Cell("\"1.5\"", DataType::Decimal(5, 2)), "1.50");
  EXPECT_EQ(Cell("true", TypeId::kBoolean), "true");
  EXPECT_EQ(Cell("\"true\"", TypeId::kBoolean), "-");
  EXPECT_EQ(Cell("1", TypeId::kBoolean), "-");
  EXPECT_EQ(Cell("\"2013-1-2\"", TypeId::kDate), "2013-01-02");
  EXPECT_EQ(Cell("\"2013-01-02T03:04:05Z\"", TypeId::kTimestamp), "2013-01-02 03:04:05");
  EXPECT_EQ(Cell("86400", TypeId::kTimestamp), "1970-01-02 00:00:00");
  EXPECT_EQ(Cell("\"\"", TypeId::kTimestamp), "-");
  EXPECT_EQ(Cell("\"aGk=\"", TypeId::kBinary), "hi");
  EXPECT_EQ(Cell("\"a*k=\"", TypeId::kBinary), "-");
}

TEST_F(JsonRecordsTest, ATextColumnTakesEveryValueAsItStands) {
  EXPECT_EQ(Cell("1.50", TypeId::kString), "1.50");
  EXPECT_EQ(Cell("{\"a\": [1, 2.0]} ", TypeId::kString), "{\"a\": [1, 2.0]}");
  EXPECT_EQ(Cell("true", TypeId::kString), "true");
  EXPECT_EQ(Cell("null", TypeId::kString), "NULL");
}

TEST_F(JsonRecordsTest, NestedTypes) {
  files.schema = Schema(
      {{"s",
        DataType::Struct({{"x", TypeId::kInt},
                          {"l", DataType::Array(DataType::Struct({{"y", TypeId::kString}}))}})},
       {"m", DataType::Map(TypeId::kString, TypeId::kLong)}});
  EXPECT_THAT(One("{\"s\":{\"l\":[{\"y\":\"a\"},null,{}],\"x\":1},\"m\":{\"k\":1,\"l\":null}}\n"
                  "{\"m\":{},\"s\":{}}\n{\"s\":null}\n"),
              ElementsAre(Row{"{1, [{a}, null, {null}]}", "{k -> 1, l -> null}"},
                          Row{"{null, null}", "{}"}, Row{"NULL", "NULL"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(JsonRecordsTest, RescuedDataKeepsThePathAndTheForm) {
  files.schema = Schema({{"id", TypeId::kLong},
                         {"s", DataType::Struct({{"x", TypeId::kInt}, {"y", TypeId::kInt}})},
                         {"l", DataType::Array(TypeId::kInt)}});
  EXPECT_THAT(
      Rescued(
          "{\"id\":\"x\",\"Id\":1,\"new\": {\"a\": 1.50},\"s\":{\"x\":\"bad\",\"y\":2,\"z\":[1]},"
          "\"l\":[1,\"two\",3],\"none\":null}\n{\"id\":1,\"s\":{\"x\":1},\"l\":[]}\n"),
      ElementsAre(Row{"NULL", "{null, 2}", "NULL",
                      "{\"id\":\"x\",\"Id\":1,\"new\":{\"a\": 1.50},"
                      "\"s\":{\"x\":\"bad\",\"z\":[1]},\"l\":[1,\"two\",3],"
                      "\"_file_path\":\"mem:/in/a.json\"}"},
                  Row{"1", "{1, null}", "[]", "NULL"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(JsonRecordsTest, AnArrayWithUnknownMembersIsKeptAndRescuedWhole) {
  files.schema = Schema(
      {{"l", DataType::Array(DataType::Struct({{"y", TypeId::kInt}}))}, {"id", TypeId::kLong}});
  EXPECT_THAT(
      Rescued("{\"l\":[{\"y\":1,\"z\":2}],\"id\":1}\n{\"l\":[{\"y\":\"1\"}],\"id\":2}\n"),
      ElementsAre(
          Row{"[{1}]", "1", "{\"l\":[{\"y\":1,\"z\":2}],\"_file_path\":\"mem:/in/a.json\"}"},
          Row{"NULL", "2", "{\"l\":[{\"y\":\"1\"}],\"_file_path\":\"mem:/in/a.json\"}"}));
}

TEST_F(JsonRecordsTest, RescuedDataIsTheSameWhateverElseIsAskedFor) {
  files.rescued_column = "_rescued_data";
  AddFile("in/a.json", "{\"id\":\"x\",\"name\":\"a\",\"more\":[1]}\n");
  const auto all = Rows();
  EXPECT_EQ(RowsOf({2}).at(0).at(0), all.at(0).at(2));
}

TEST_F(JsonRecordsTest, WithoutRescueAMistypedValueIsNullAndReported) {
  EXPECT_THAT(One("{\"id\":\"x\",\"name\":\"a\"}\n"), ElementsAre(Row{"NULL", "a"}));
  EXPECT_THAT(Rejects(), ElementsAre("1: column id: \"x\" is not BIGINT"));
  files.schema = Schema({{"s", DataType::Struct({{"x", TypeId::kInt}, {"y", TypeId::kInt}})}});
  EXPECT_THAT(One("{\"s\":{\"x\":\"bad\",\"y\":2}}\n"), ElementsAre(Row{"{null, 2}"}));
  EXPECT_THAT(Rejects(), ElementsAre("1: column s: \"bad\" is not INT"));
  files.schema = Schema({{"id", TypeId::kLong}, {"name", TypeId::kString}});
  files.options["mode"] = "DROPMALFORMED";
  EXPECT_THAT(One("{\"id\":\"x\"}\n{\"id\":1}\n{\n"), ElementsAre(Row{"1", "NULL"}));
  EXPECT_THAT(rejects, SizeIs(2));
  files.options["mode"] = "FAILFAST";
  EXPECT_THROW(One("{\"id\":\"x\"}\n"), Error);
}

TEST_F(JsonRecordsTest, NamesMatchByCaseUnlessTold) {
  EXPECT_THAT(One("{\"ID\":1}\n"), ElementsAre(Row{"NULL", "NULL"}));
  files.options["readercasesensitive"] = "false";
  EXPECT_THAT(One("{\"ID\":1}\n"), ElementsAre(Row{"1", "NULL"}));
}

TEST_F(JsonRecordsTest, DeepNestingIsMalformedNotACrash) {
  const std::string deep(100'000, '[');
  One("{\"x\":" + deep + "\n{\"id\":1}\n");
  EXPECT_THAT(rejects, SizeIs(1));
  EXPECT_THAT(rejects[0].reason, HasSubstr("nested too deeply"));
}

// A record that breaks inside of nested values leaves no half of a row behind.
TEST_F(JsonRecordsTest, EveryPrefixOfARecordIsMalformedAndLeavesTheNextRowWhole) {
  files.rescued_column = "_rescued_data";
  files.schema =
      Schema({{"a", DataType::Array(DataType::Struct({{"b", TypeId::kString}}))},
              {"m", DataType::Map(TypeId::kString, DataType::Array(TypeId::kInt))},
              {"s", DataType::Struct({{"t", TypeId::kString}, {"u", TypeId::kDouble}})}});
  const std::string record =
      R"({"a":[{"b":"x\n"},{"b":null}],"m":{"k":[1,2]},"s":{"t":"\u00e9","u":1.5e3,"w":{}},"z":[true]})";
  const auto whole = One(record);
  for (size_t length = 1; length < record.size(); ++length) {
    const auto rows = One(record.substr(0, length) + "\n" + record + "\n");
    ASSERT_THAT(rows, SizeIs(2)) << length;
    ASSERT_EQ(rows[0][0], "NULL");
    ASSERT_EQ(rows[1], whole[0]) << length;
    ASSERT_THAT(rejects, SizeIs(1)) << length;
  }
}

// The library refuses numbers beyond DOUBLE, which are well-formed.
bool HasHugeNumber(const std::string& text) {
  try {
    return Json::parse(text).is_discarded();
  } catch (const Json::out_of_range&) {
    return true;
  } catch (const Json::parse_error&) {
    return false;
  }
}

// Our cursor and a JSON library agree about what is well-formed.
TEST(JsonCursorTest, AcceptsWhatALibraryAccepts) {
  const std::string seeds[] = {
      R"({"a":[1,-2.5e+3,"x\u00e9\\"],"b":{"c":null,"d":true}})",
      R"([[],{},"",0,-0.1E5,false])",
      R"({"long":"abcdefghijklmnopqrstuvwxyz","n":123456789})",
  };
  const std::string alphabet = "{}[]:,\"\\ 01.-+eEtrufalsn\t";
  std::mt19937 random(23);
  int accepted = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = seeds[random() % 3];
    for (uint32_t edits = random() % 3; edits > 0; --edits) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = alphabet[random() % alphabet.size()];
          break;
        case 1:
          text.erase(at, 1);
          break;
        default:
          text.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    JsonCursor cursor(text);
    cursor.Skip();
    const bool ours = cursor.ok() && cursor.AtEnd();
    if (HasHugeNumber(text)) continue;
    ASSERT_EQ(ours, Json::accept(text)) << text;
    accepted += ours;
  }
  EXPECT_GT(accepted, 50'000);
}

}  // namespace
}  // namespace weir::connect
