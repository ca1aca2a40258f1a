#include <gmock/gmock.h>

#include "weir/base/error.h"
#include "weir/connect/bytes/byte_stream.h"
#include "weir/connect/files/records_fixture.h"
#include "weir/connect/files/sample.h"
#include "weir/connect/files/xml_rows.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Row = RecordsFixture::Row;

// Gives a text in pieces, to see that no cut matters.
class PieceStream final : public ByteStream {
 public:
  PieceStream(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}
  size_t Read(char* into, size_t length) override {
    const size_t count = std::min({length, piece_, text_.size() - at_});
    text_.copy(into, count, at_);
    at_ += count;
    return count;
  }

 private:
  const std::string text_;
  const size_t piece_;
  size_t at_ = 0;
};

std::vector<std::string> RowsIn(const std::string& text, const std::string& tag,
                                size_t piece = 1000) {
  XmlRows rows(std::make_unique<PieceStream>(text, piece), tag);
  std::vector<std::string> found;
  for (TextLine line; rows.Next(line);) {
    found.push_back(std::to_string(line.number) + " " + std::string(line.text));
  }
  return found;
}

TEST(XmlRowsTest, RowsAreElementsOfTheNameWhereverTheFileIsCut) {
  const std::string text =
      "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a '<r>'>]>\n<!-- <r>no</r> -->\n"
      "<rows><r a='>'>1</r><r/>\n<rr>no</rr><r><r>in</r></r >x<![CDATA[<r>no</r>]]>\n"
      "<r><![CDATA[</r>]]><!-- </r> -->4</r\n></rows>";
  const auto whole = RowsIn(text, "r");
  EXPECT_THAT(whole, ElementsAre("3 <r a='>'>1</r>", "3 <r/>", "4 <r><r>in</r></r >",
                                 "5 <r><![CDATA[</r>]]><!-- </r> -->4</r\n>"));
  for (size_t piece = 1; piece < 40; ++piece) EXPECT_EQ(RowsIn(text, "r", piece), whole) << piece;
  EXPECT_THAT(RowsIn("", "r"), IsEmpty());
  EXPECT_THAT(RowsIn("<x/>", "r"), IsEmpty());
  EXPECT_THAT(RowsIn("<r>\n<a>", "r"), ElementsAre("1 <r>\n<a>"));
}

TEST(XmlRowsTest, ARowThatIsTooLongSpoilsNoOther) {
  const std::string text = "<a><r>" + std::string(5000, 'x') + "</r><r>2</r></a>";
  XmlRows rows(std::make_unique<PieceStream>(text, 100), "r", 1000);
  TextLine line;
  ASSERT_TRUE(rows.Next(line));
  EXPECT_TRUE(line.too_long);
  ASSERT_TRUE(rows.Next(line));
  EXPECT_EQ(line.text, "<r>2</r>");
  EXPECT_FALSE(rows.Next(line));
}

class XmlRecordsTest : public testing::Test, public RecordsFixture {
 protected:
  XmlRecordsTest() {
    files.format = "xml";
    files.options = {{"rowtag", "r"}};
  }
  // What is inferred becomes the schema.
  std::string Inferred(const std::map<std::string, std::string>& more = {}) {
    FileOptions options;
    options.format = "xml";
    for (const auto& [name, value] : more) files.options[name] = value;
    options.record_options = files.options;
    files.schema = InferXml(options, files.files, store);
    return files.schema.ToDdl();
  }
};

TEST_F(XmlRecordsTest, AttributesElementsAndTextAreColumns) {
  AddFile("a.xml", R"(<rows>
    <r id="1"><name>a &amp; b</name><price>1.5</price><day>2024-01-31</day><on>true</on></r>
    <r id="2"><name/><price>2</price><tag>x</tag><tag>y</tag><at>2024-01-31T10:00:00Z</at></r>
  </rows>)");
  EXPECT_EQ(Inferred(),
            "_id BIGINT, at TIMESTAMP, day DATE, name STRING, on BOOLEAN, price DOUBLE, "
            "tag ARRAY<STRING>");
  EXPECT_THAT(Rows(),
              ElementsAre(Row{"1", "NULL", "2024-01-31", "a & b", "true", "1.5", "NULL"},
                          Row{"2", "2024-01-31 10:00:00", "NULL", "", "NULL", "2.0", "[x, y]"}));
}

TEST_F(XmlRecordsTest, NestedElementsAreStructs) {
  AddFile("a.xml", R"(<rows>
    <r><p c="EUR">1</p><q><x>1</x><x>2</x><y z="1"/></q></r>
    <r><p>2</p><q><x>3</x></q>text</r>
  </rows>)");
  EXPECT_EQ(Inferred(),
            "_VALUE STRING, p STRUCT<_VALUE: BIGINT, _c: STRING>, "
            "q STRUCT<x: ARRAY<BIGINT>, y: STRUCT<_z: BIGINT>>");
  EXPECT_THAT(Rows(), ElementsAre(Row{"NULL", "{1, EUR}", "{[1, 2], {1}}"},
                                  Row{"text", "{2, null}", "{[3], null}"}));
}

TEST_F(XmlRecordsTest, OptionsSayWhatCounts) {
  AddFile("a.xml", "<rows xmlns:n='u'><r n:a='1'><n:b> x </n:b><c>-</c></r></rows>");
  EXPECT_EQ(Inferred(), "`_n:a` BIGINT, c STRING, `n:b` STRING");
  EXPECT_EQ(Inferred({{"ignorenamespace", "true"}}), "_a BIGINT, b STRING, c STRING");
  EXPECT_THAT(Rows(), ElementsAre(Row{"1", "x", "-"}));
  EXPECT_EQ(Inferred({{"attributeprefix", "at_"}, {"nullvalue", "-"}}),
            "at_a BIGINT, b STRING, c STRING");
  EXPECT_THAT(Rows(), ElementsAre(Row{"1", "x", "NULL"}));
  EXPECT_EQ(Inferred({{"excludeattribute", "true"}, {"ignoresurroundingspaces", "false"}}),
            "b STRING, c STRING");
  EXPECT_THAT(Rows(), ElementsAre(Row{" x ", "NULL"}));
}

TEST_F(XmlRecordsTest, WhatFitsNowhereIsRescued) {
  AddFile("a.xml",
          "<rows><r a='1' new='2'><b>x</b><s><x>1</x><y>2</y></s><l>1</l><l>z</l></r></rows>");
  files.schema = Schema({{"_a", TypeId::kInt},
                         {"b", TypeId::kInt},
                         {"s", DataType::Struct({{"x", TypeId::kInt}})},
                         {"l", DataType::Array(TypeId::kInt)}});
  files.rescued_column = "rest";
  EXPECT_THAT(
      Rows(),
      ElementsAre(
          Row{"1", "NULL", "{1}", "NULL",
              R"({"_new":"2","s":{"y":"2"},"b":"x","l":["1","z"],"_file_path":"mem:/a.xml"})"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(XmlRecordsTest, AMalformedRowSpoilsNoOther) {
  AddFile("a.xml", "<rows><r><a>1</a></r>\n<r><a>2</b></r>\n<r><a>x</a></r><r><a>4</a></r></rows>");
  files.schema = Schema({{"a", TypeId::kInt}, {"_corrupt_record", TypeId::kString}});
  EXPECT_THAT(Rows(), ElementsAre(Row{"1", "NULL"}, Row{"NULL", "<r><a>2</b></r>"},
                                  Row{"NULL", "<r><a>x</a></r>"}, Row{"4", "NULL"}));
  ASSERT_EQ(rejects.size(), 2u);
  EXPECT_EQ(rejects[0].line, 2);
  EXPECT_THAT(rejects[0].reason, HasSubstr("malformed XML at byte"));
  EXPECT_THAT(rejects[1].reason, HasSubstr("\"x\" is not INT"));
  files.options["mode"] = "FAILFAST";
  EXPECT_THROW(Rows(), Error);
}

TEST_F(XmlRecordsTest, TextsOfElementsMapsAndWildcards) {
  AddFile("a.xml", "<rows><r><h><b>x</b>y</h><m k='1'><n>2</n></m><o>3</o><q z='1'/></r></rows>");
  files.schema = Schema({{"h", TypeId::kString},
                         {"m", DataType::Map(TypeId::kString, TypeId::kInt)},
                         {"xs_any", DataType::Array(TypeId::kString)}});
  EXPECT_THAT(Rows(),
              ElementsAre(Row{"<b>x</b>y", "{_k -> 1, n -> 2}", "[<o>3</o>, <q z=\"1\"/>]"}));
}

TEST_F(XmlRecordsTest, DeeplyNestedElementsAreMalformed) {
  std::string deep;
  for (int i = 0; i < 2000; ++i) deep += "<a>";
  AddFile("a.xml", "<rows><r>" + deep + "</r></rows>");
  std::string closed = deep;
  for (int i = 0; i < 2000; ++i) closed += "</a>";
  AddFile("b.xml", "<rows><r>" + closed + "</r></rows>");
  EXPECT_EQ(Inferred(), "");
  files.schema = Schema({{"a", TypeId::kString}});
  EXPECT_THAT(Rows(), ElementsAre(Row{"NULL"}, Row{"NULL"}));
  EXPECT_THAT(rejects[1].reason, HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace weir::connect
