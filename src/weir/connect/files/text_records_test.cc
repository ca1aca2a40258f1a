#include <gmock/gmock.h>

#include <random>

#include "weir/base/error.h"
#include "weir/connect/files/json_documents.h"
#include "weir/connect/files/records.h"
#include "weir/connect/files/records_fixture.h"
#include "weir/connect/files/separated_reader.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Row = RecordsFixture::Row;

class TextRecordsTest : public testing::Test, public RecordsFixture {
 protected:
  TextRecordsTest() {
    files.format = "text";
    files.schema = Schema({{"value", TypeId::kString}});
  }
  std::vector<std::string> Values(const std::string& bytes, uint64_t range_bytes = UINT64_MAX / 2) {
    files.files.clear();
    AddFile("in/a.txt", bytes);
    std::vector<std::string> values;
    for (const Row& row : Rows(range_bytes)) values.push_back(row.at(0));
    return values;
  }
};

TEST_F(TextRecordsTest, EveryLineIsARowEmptyOnesToo) {
  EXPECT_THAT(Values("\xEF\xBB\xBF"
                     "a, \"b\n\n c \r\nd\re"),
              ElementsAre("a, \"b", "", " c ", "d", "e"));
  EXPECT_THAT(Values(""), IsEmpty());
  EXPECT_THAT(Values("\n"), ElementsAre(""));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(TextRecordsTest, BytesThatAreNotUtf8AreReplacedAndReported) {
  EXPECT_THAT(Values("a\n\xFF"
                     "b\n"),
              ElementsAre("a",
                          "\xEF\xBF\xBD"
                          "b"));
  EXPECT_THAT(Rejects(), ElementsAre("2: bytes that are not UTF-8 were replaced"));
}

TEST_F(TextRecordsTest, AFileIsOneValueWithWholeText) {
  files.options["wholetext"] = "true";
  const std::string text =
      "\xEF\xBB\xBF"
      "a\r\nb\n" +
      std::string(3 << 20, 'x');
  EXPECT_THAT(Values(text, 10), ElementsAre(text));
  EXPECT_THAT(Values(""), IsEmpty());
}

// However a file is cut into ranges, the rows are the same.
TEST_F(TextRecordsTest, ASeparatorOfOnesOwnEndsRecords) {
  for (const std::string separator : {"|", "\n", "||", "\xC2\xA7", "aab"}) {
    files.options["linesep"] = separator;
    std::vector<std::string> expected = {"", "x", "a\r\n", "aa", "\xC2\xA6|y", "", "last"};
    if (separator == "|" || separator == "\n") expected = {"", "x", "aa", "", "last"};
    if (separator == "||") expected[4] = "z";
    std::string text;
    for (const std::string& value : expected) text += value + separator;
    for (const uint64_t bytes : {1, 2, 3, 5, 1000}) {
      EXPECT_EQ(Values(text, bytes), expected) << separator << " " << bytes;
      EXPECT_EQ(Values(text.substr(0, text.size() - separator.size()), bytes), expected);
    }
  }
}

TEST_F(TextRecordsTest, OtherFormatsTakeTheSeparatorToo) {
  files.format = "csv";
  files.schema = Schema({{"a", TypeId::kLong}, {"b", TypeId::kString}});
  files.options["linesep"] = "|";
  AddFile("in/a.csv", "1,x\n|2,y|");
  EXPECT_THAT(Rows(), ElementsAre(Row{"1", "x\n"}, Row{"2", "y"}));
}

class BinaryRecordsTest : public testing::Test, public RecordsFixture {
 protected:
  BinaryRecordsTest() {
    files.format = "binaryfile";
    files.schema = BinaryFileSchema();
  }
};

TEST_F(BinaryRecordsTest, AFileIsARowWithItsBytesAsTheyAre) {
  AddFile("in/a.gz", std::string("\x1F\x8B\0\xFF", 4));
  AddFile("in/b", "");
  EXPECT_THAT(RowsOf({2, 0}, 1), ElementsAre(Row{"4", "mem:/in/a.gz"}, Row{"0", "mem:/in/b"}));
  const auto stream = OpenRecords(files, {0}, store, {{3, 1}, {}});
  const auto batch = stream->Next();
  EXPECT_EQ(batch->At(0, 0).text(), std::string("\x1F\x8B\0\xFF", 4));
  EXPECT_EQ(stream->Next(), std::nullopt);
}

TEST_F(BinaryRecordsTest, BytesAreReadOnlyWhereTheyAreWanted) {
  AddFile("in/a", "x");
  files.files[0].size = 2'000'000'000;
  EXPECT_THAT(RowsOf({2}), ElementsAre(Row{"2000000000"}));
  store.Delete("in/a");
  EXPECT_THAT(RowsOf({}), SizeIs(1));
  try {
    RowsOf({3});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("mem:/in/a has 2000000000 bytes, more than the 1 GiB"));
  }
  files.files[0].size = 1;
  EXPECT_THROW(RowsOf({3}), Error);
  files.options["ignoremissingfiles"] = "true";
  EXPECT_THAT(RowsOf({3}), IsEmpty());
}

// A stream that gives its bytes in pieces.
class Pieces final : public ByteStream {
 public:
  Pieces(std::string text, size_t piece) : text_(std::move(text)), piece_(piece) {}
  size_t Read(char* into, size_t length) override {
    const size_t got = text_.copy(into, std::min(piece_, length), at_);
    at_ += got;
    return got;
  }

 private:
  const std::string text_;
  const size_t piece_;
  size_t at_ = 0;
};

std::vector<std::string> Cut(TextReader& reader) {
  std::vector<std::string> records;
  TextLine line;
  while (reader.Next(line)) {
    records.push_back(std::to_string(line.number) + (line.too_long ? "!" : "") +
                      (line.problem == nullptr ? "" : "(" + std::string(line.problem) + ")") + ":" +
                      std::string(line.text));
  }
  return records;
}

std::vector<std::string> Documents(const std::string& text, size_t longest = kLongestLine) {
  JsonDocuments whole(std::make_unique<Pieces>(text, 1 << 20), longest);
  const auto records = Cut(whole);
  for (const size_t piece : {1, 2, 3, 7}) {
    JsonDocuments reader(std::make_unique<Pieces>(text, piece), kLongestLine);
    EXPECT_TRUE(longest != kLongestLine || Cut(reader) == records) << piece;
  }
  return records;
}

TEST(JsonDocumentsTest, ObjectsAndTheItemsOfListsAreRecords) {
  EXPECT_THAT(Documents("{\n \"a\": [1,\n {}]\n}\n\n{}{\"b\":\"}\\\"{\"}"),
              ElementsAre("1:{\n \"a\": [1,\n {}]\n}", "6:{}", "6:{\"b\":\"}\\\"{\"}"));
  EXPECT_THAT(Documents("\xEF\xBB\xBF[ {\"a\":1} ,\n{\"a\":2}\n]\n[]\n[{}]"),
              ElementsAre("1:{\"a\":1}", "2:{\"a\":2}", "5:{}"));
  EXPECT_THAT(Documents(" \n"), IsEmpty());
}

TEST(JsonDocumentsTest, WhatIsNoObjectIsARecordToBeRefused) {
  EXPECT_THAT(Documents("[1, null , \"a,]\", [{}], {}] x y\n}"),
              ElementsAre("1:1", "1:null ", "1:\"a,]\"", "1:[{}]", "1:{}", "1:x y", "2:}"));
}

TEST(JsonDocumentsTest, MistakesOfAListAreToldWithTheRecordBehindThem) {
  EXPECT_THAT(Documents("[{}\n{}]"), ElementsAre("1:{}", "2(a comma is missing before it):{}"));
  EXPECT_THAT(Documents("[,{},,{}]"), ElementsAre("1(an item is missing before a comma):{}",
                                                  "1(an item is missing before a comma):{}"));
  EXPECT_THAT(Documents("[{},]"), ElementsAre("1:{}", "1(an item is missing after a comma):"));
  EXPECT_THAT(Documents("[{},\n{\"a\":"),
              ElementsAre("1:{}", "2:{\"a\":", "2(the list is not closed: the file ends early):"));
}

TEST(JsonDocumentsTest, AnObjectThatIsTooLongIsPassedOver) {
  const std::string large = "{\"a\":\"" + std::string(9000, 'x') + "]}\"}";
  const auto records = Documents("[" + large + ",\n{}]", 5000);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].substr(0, 6), "1!:{\"a");
  EXPECT_EQ(records[1], "2:{}");
}

TEST(SeparatedReaderTest, ARecordThatIsTooLongIsPassedOver) {
  for (const size_t piece : {1, 7, 1 << 20}) {
    SeparatedReader reader(
        std::make_unique<Pieces>("a||" + std::string(9000, 'x') + "|||b||" + std::string(900, 'y'),
                                 piece),
        0, "||", 100);
    const auto records = Cut(reader);
    ASSERT_THAT(records, SizeIs(4)) << piece;
    EXPECT_EQ(records[1].substr(0, 4), "2!:x");
    EXPECT_EQ(records[2], "3:|b");
    EXPECT_EQ(records[3].substr(0, 4), "4!:y");
  }
  WholeReader whole(std::make_unique<Pieces>(std::string(900, 'y'), 7), 100);
  EXPECT_EQ(Cut(whole).at(0).substr(0, 4), "1!:y");
}

class MultiLineCsvTest : public testing::Test, public RecordsFixture {
 protected:
  MultiLineCsvTest() {
    files.schema = Schema({{"a", TypeId::kLong}, {"b", TypeId::kString}});
    files.options = {{"multiline", "true"}};
  }
  std::vector<Row> One(const std::string& bytes) {
    files.files.clear();
    AddFile("in/a.csv", bytes);
    return Rows(5);
  }
};

TEST_F(MultiLineCsvTest, ALineThatEndsWithinQuotesGoesOn) {
  EXPECT_THAT(One("1,\"x\n\ny\"\r\n2,z\r\n3,\"u\r\nv\"\"\n,\\\"w\"\n"),
              ElementsAre(Row{"1", "x\n\ny"}, Row{"2", "z"}, Row{"3", "u\r\nv\"\n,\"w"}));
  EXPECT_THAT(rejects, IsEmpty());
  EXPECT_THAT(One("1,\"x\ny\"\nbad,z\n"), ElementsAre(Row{"1", "x\ny"}, Row{"NULL", "z"}));
  EXPECT_THAT(Rejects(), ElementsAre("3: column a is not BIGINT: 'bad'"));
}

TEST_F(MultiLineCsvTest, AQuoteThatIsNeverClosedSpoilsItsLineAlone) {
  EXPECT_THAT(One("1,\"x\n2,y\n3,z"), ElementsAre(Row{"1", "x"}, Row{"2", "y"}, Row{"3", "z"}));
  EXPECT_THAT(Rejects(), ElementsAre("1: a quote is not closed"));
}

TEST_F(MultiLineCsvTest, HeaderCommentsAndSkippedRowsAreWholeLines) {
  files.options.insert({{"header", "true"}, {"comment", "#"}, {"skiprows", "1"}});
  EXPECT_THAT(One("say \"\n#\"\nb,\"a\"\n\n\"x\n#y\",1\n#\"\nz,2\n"),
              ElementsAre(Row{"1", "x\n#y"}, Row{"2", "z"}));
  EXPECT_THAT(rejects, IsEmpty());
}

// Without line ends in its quotes a file reads as it does line by line.
TEST_F(MultiLineCsvTest, FilesWithoutSuchRecordsReadAsLineByLine) {
  std::mt19937 random(3);
  const std::string alphabet = "\"\"\\,,x1 ";
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 4; ++i) {
      std::string line;
      for (uint32_t n = random() % 9; n > 0; --n) line += alphabet[random() % alphabet.size()];
      files.options = {};
      One(line + "\n");
      const auto reasons = Rejects();
      const bool open = std::any_of(reasons.begin(), reasons.end(), [](const std::string& reason) {
        return reason.find("quote") != std::string::npos;
      });
      if (!open) text += line + (round % 2 == 0 ? "\n" : "\r\n");
    }
    const auto expected = One(text);
    const auto expected_rejects = Rejects();
    files.options = {{"multiline", "true"}};
    ASSERT_EQ(One(text), expected) << text;
    ASSERT_EQ(Rejects(), expected_rejects) << text;
  }
}

}  // namespace
}  // namespace weir::connect
