#include <gmock/gmock.h>
#include <zlib.h>

#include <random>

#include "weir/base/error.h"
#include "weir/connect/files/records_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Row = RecordsFixture::Row;

class CsvRecordsTest : public testing::Test, public RecordsFixture {
 protected:
  CsvRecordsTest() {
    files.schema = Schema({{"id", TypeId::kLong}, {"name", TypeId::kString}});
    files.options = {{"header", "true"}};
  }

  // One file, with the rescued column on.
  std::vector<Row> Rescued(const std::string& bytes) {
    files.rescued_column = "_rescued_data";
    return One(bytes);
  }
  std::vector<Row> One(const std::string& bytes) {
    files.files.clear();
    AddFile("in/a.csv", bytes);
    return Rows();
  }
};

TEST_F(CsvRecordsTest, LinesBecomeRows) {
  EXPECT_THAT(One("id,name\n1,a\n2,b\n"), ElementsAre(Row{"1", "a"}, Row{"2", "b"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(CsvRecordsTest, LineEndsOfEverySystemAndNoneAtTheEnd) {
  const std::vector<Row> expected{{"1", "a"}, {"2", "b"}};
  for (const char* const text :
       {"id,name\r\n1,a\r\n2,b\r\n", "id,name\r1,a\r2,b\r", "id,name\n1,a\n2,b",
        "id,name\n1,a\r2,b\r\n\n\n", "\xEF\xBB\xBFid,name\n\n1,a\n  \n2,b"}) {
    EXPECT_EQ(One(text), expected) << text;
    EXPECT_THAT(rejects, IsEmpty());
  }
}

TEST_F(CsvRecordsTest, EmptyFilesGiveNoRows) {
  EXPECT_THAT(One(""), IsEmpty());
  EXPECT_THAT(One("\n\n"), IsEmpty());
  EXPECT_THAT(One("id,name"), IsEmpty());
  EXPECT_THAT(One("\xEF\xBB\xBF"), IsEmpty());
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(CsvRecordsTest, QuotesAndEscapes) {
  EXPECT_THAT(One("id,name\n"
                  "1,\"a,b\"\n"
                  "2,\"say \"\"hi\"\"\"\n"
                  "3,\"say \\\"hi\\\"\"\n"
                  "4,plain \"inside\"\n"
                  "5,\"\"\n"
                  "\"6\",\"x\"  \n"
                  "7,back\\slash\n"),
              ElementsAre(Row{"1", "a,b"}, Row{"2", "say \"hi\""}, Row{"3", "say \"hi\""},
                          Row{"4", "plain \"inside\""}, Row{"5", "NULL"}, Row{"6", "x"},
                          Row{"7", "back\\slash"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(CsvRecordsTest, BrokenQuotesAreReportedAndStopNothing) {
  EXPECT_THAT(One("id,name\n1,\"open\n2,b\n3,\"x\"y\n4,d\n"),
              ElementsAre(Row{"1", "open"}, Row{"2", "b"}, Row{"3", "\"x\"y"}, Row{"4", "d"}));
  EXPECT_THAT(Rejects(),
              ElementsAre("2: a quote is not closed", "4: text follows a closing quote"));
  EXPECT_EQ(rejects[0].text, "1,\"open");
  EXPECT_EQ(rejects[0].uri, "mem:/in/a.csv");
  EXPECT_TRUE(rejects[0].kept);
}

TEST_F(CsvRecordsTest, RaggedRowsKeepWhatTheyHaveAndAreReported) {
  EXPECT_THAT(
      Rescued("id,name\n1\n2,b,extra,,more\n3,c\n"),
      ElementsAre(Row{"1", "NULL", "NULL"},
                  Row{"2", "b", R"({"_c2":"extra","_c4":"more","_file_path":"mem:/in/a.csv"})"},
                  Row{"3", "c", "NULL"}));
  EXPECT_THAT(Rejects(), ElementsAre("2: 1 field instead of 2", "3: 5 fields instead of 2"));
}

TEST_F(CsvRecordsTest, ColumnsAreFoundByTheHeadersNames) {
  EXPECT_THAT(One("name,other,ID\na,x,1\n"), ElementsAre(Row{"1", "a"}));
  EXPECT_THAT(One("name\na\n"), ElementsAre(Row{"NULL", "a"}));
}

TEST_F(CsvRecordsTest, WhatFitsNoColumnIsRescued) {
  EXPECT_THAT(
      Rescued("ID,name,new\n1,a,x\n"),
      ElementsAre(Row{"NULL", "a", R"({"ID":"1","new":"x","_file_path":"mem:/in/a.csv"})"}));
  EXPECT_THAT(Rescued("id,name\none,a\n2,b\n"),
              ElementsAre(Row{"NULL", "a", R"({"id":"one","_file_path":"mem:/in/a.csv"})"},
                          Row{"2", "b", "NULL"}));
  EXPECT_THAT(rejects, IsEmpty());
  files.options["readercasesensitive"] = "false";
  EXPECT_THAT(Rescued("ID,name\n1,a\n"), ElementsAre(Row{"1", "a", "NULL"}));
}

TEST_F(CsvRecordsTest, RescuedTextIsJsonWhateverTheBytes) {
  const auto rows = Rescued("id,name\n\"a\\\"b\\\\\t\x01\",x\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0][2], R"({"id":"a\"b\\\t\u0001","_file_path":"mem:/in/a.csv"})");
}

TEST_F(CsvRecordsTest, WithoutRescueAMistypedCellIsNullAndReported) {
  EXPECT_THAT(One("id,name\none,a\n"), ElementsAre(Row{"NULL", "a"}));
  EXPECT_THAT(Rejects(), ElementsAre("2: column id is not BIGINT: 'one'"));
}

TEST_F(CsvRecordsTest, ModesDecideWhatHappensToMalformedRows) {
  const std::string text = "id,name\n1,a\n2,b,c\nx,d\n4,e\n";
  files.options["mode"] = "DROPMALFORMED";
  EXPECT_THAT(One(text), ElementsAre(Row{"1", "a"}, Row{"4", "e"}));
  EXPECT_THAT(rejects, SizeIs(2));
  EXPECT_FALSE(rejects[0].kept);
  files.options["mode"] = "failfast";
  try {
    One(text);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.condition(), "MALFORMED_RECORD_IN_PARSING");
    EXPECT_THAT(error.what(), HasSubstr("mem:/in/a.csv:3: 3 fields instead of 2"));
  }
  // With rescue a mistyped cell is no mistake, a ragged row is one.
  files.options["mode"] = "DROPMALFORMED";
  EXPECT_THAT(Rescued(text), SizeIs(3));
}

TEST_F(CsvRecordsTest, MalformedRecordsGoWholeIntoTheColumnNamedForThem) {
  files.schema = Schema({{"id", TypeId::kLong}, {"_corrupt_record", TypeId::kString}});
  files.options["header"] = "false";
  EXPECT_THAT(One("1\n2,3\n"), ElementsAre(Row{"1", "NULL"}, Row{"2", "2,3"}));
}

TEST_F(CsvRecordsTest, WithoutHeaderColumnsGoByPosition) {
  files.options["header"] = "false";
  EXPECT_THAT(One("1,a\n2,b\n"), ElementsAre(Row{"1", "a"}, Row{"2", "b"}));
  files.options = {{"header", "true"}, {"enforceschema", "true"}};
  EXPECT_THAT(One("x,y\n1,a\n"), ElementsAre(Row{"1", "a"}));
}

TEST_F(CsvRecordsTest, OptionsOfTheDialect) {
  files.options = {{"header", "true"},
                   {"sep", "\\t"},
                   {"quote", "'"},
                   {"comment", "#"},
                   {"nullvalue", "NA"},
                   {"skiprows", "2"},
                   {"emptyvalue", "(e)"},
                   {"ignoreleadingwhitespace", "true"},
                   {"ignoretrailingwhitespace", "true"}};
  EXPECT_THAT(One("junk\nmore,junk\n# c\nid\tname\n 1\t 'a\tb' \n#2\tx\n3\tNA\n4\t''\n5\t\n"),
              ElementsAre(Row{"1", "a\tb"}, Row{"3", "NULL"}, Row{"4", "(e)"}, Row{"5", "NULL"}));
  EXPECT_THAT(rejects, IsEmpty());
  files.options = {{"header", "true"}, {"sep", "||"}, {"quote", ""}};
  EXPECT_THAT(One("id||name\n1||\"a|b\"\n"), ElementsAre(Row{"1", "\"a|b\""}));
}

TEST_F(CsvRecordsTest, CellsConvertAsInSpark) {
  files.options = {{"header", "false"}, {"nullvalue", "NA"}};
  files.schema = Schema({{"b", TypeId::kBoolean},
                         {"i", TypeId::kInt},
                         {"f", TypeId::kDouble},
                         {"d", DataType::Decimal(5, 2)},
                         {"day", TypeId::kDate},
                         {"t", TypeId::kTimestamp},
                         {"n", TypeId::kTimestampNtz}});
  EXPECT_THAT(One("TRUE,+7,1e3,1.005,2013-01-02,2013-01-02T03:04:05.5+01:00,2013-01-02 03:04\n"
                  "NA,NA,NaN,NA,NA,NA,NA\n"
                  "1,1.0,inf,1000,2013/1/2,yesterday,x\n"),
              ElementsAre(Row{"true", "7", "1000.0", "1.01", "2013-01-02", "2013-01-02 02:04:05.5",
                              "2013-01-02 03:04:00"},
                          Row{"NULL", "NULL", "NaN", "NULL", "NULL", "NULL", "NULL"},
                          Row{"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"}));
  EXPECT_THAT(rejects, SizeIs(1));
}

TEST_F(CsvRecordsTest, BytesThatAreNotUtf8AreReplacedAndReported) {
  EXPECT_THAT(One("id,name\n1,caf\xE9\n2,caf\xC3\xA9\n"),
              ElementsAre(Row{"1", "caf\xEF\xBF\xBD"}, Row{"2", "caf\xC3\xA9"}));
  EXPECT_THAT(Rejects(), ElementsAre("2: bytes that are not UTF-8 were replaced"));
}

TEST_F(CsvRecordsTest, NulBytesAreText) {
  EXPECT_THAT(One(std::string("id,name\n1,a\0b\n", 14)),
              ElementsAre(Row{"1", std::string("a\0b", 3)}));
}

TEST_F(CsvRecordsTest, LinesLongerThanTheBufferAreWhole) {
  const std::string large(3 << 20, 'x');
  const auto rows = One("id,name\n1," + large + "\n2,b\n");
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0][1], large);
}

TEST_F(CsvRecordsTest, ProjectionGivesOnlyWhatIsAskedForInItsOrder) {
  files.metadata = true;
  AddFile("in/deep/b.csv", "id,name\n1,a\n");
  const auto rows = RowsOf({2, 1});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0][0], "{mem:/in/deep/b.csv, b.csv, 12, 0, 12, 1970-01-01 00:00:01}");
  EXPECT_EQ(rows[0][1], "a");
  EXPECT_THAT(RowsOf({}), SizeIs(1));
}

TEST_F(CsvRecordsTest, AFileThatIsGoneIsAnErrorUnlessIgnored) {
  AddFile("in/a.csv", "id,name\n1,a\n");
  AddFile("in/b.csv", "id,name\n2,b\n");
  store.Delete("in/a.csv");
  try {
    Rows();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("mem:/in/a.csv"));
  }
  files.options["ignoremissingfiles"] = "true";
  EXPECT_THAT(Rows(), ElementsAre(Row{"2", "b"}));
}

TEST_F(CsvRecordsTest, NestedTypesAreRefusedByName) {
  files.schema = Schema({{"tags", DataType::Array(TypeId::kString)}});
  try {
    One("tags\nx\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("tags has type ARRAY<STRING>"));
  }
}

std::string Gzip(const std::string& text) {
  z_stream state{};
  EXPECT_EQ(deflateInit2(&state, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&state, text.size()), '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(packed.data());
  state.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  packed.resize(state.total_out);
  deflateEnd(&state);
  return packed;
}

TEST_F(CsvRecordsTest, GzipFilesAreReadMembersAndAll) {
  AddFile("in/a.csv.gz", Gzip("id,name\n1,a\n") + Gzip("2,b\n") + std::string(512, '\0'));
  EXPECT_THAT(Rows(), ElementsAre(Row{"1", "a"}, Row{"2", "b"}));
  EXPECT_THAT(rejects, IsEmpty());
}

TEST_F(CsvRecordsTest, ATruncatedGzipFileGivesItsWholeLinesAndIsReported) {
  std::string text = "id,name\n";
  std::mt19937 random(1);
  for (int i = 0; i < 100'000; ++i)
    text += std::to_string(i) + "," + std::to_string(random()) + "\n";
  const std::string packed = Gzip(text);
  AddFile("in/a.csv.gz", packed.substr(0, packed.size() / 2));
  AddFile("in/b.csv", "id,name\n7,x\n");
  const auto rows = Rows();
  EXPECT_GT(rows.size(), 10'000u);
  EXPECT_LT(rows.size(), 100'000u);
  EXPECT_EQ(rows.back(), (Row{"7", "x"}));
  for (size_t i = 0; i + 1 < rows.size(); ++i) ASSERT_EQ(rows[i][0], std::to_string(i));
  ASSERT_THAT(rejects, SizeIs(1));
  EXPECT_EQ(rejects[0].line, 0);
  EXPECT_THAT(rejects[0].reason, HasSubstr("the gzip data are cut short after line"));
  files.options["ignorecorruptfiles"] = "false";
  EXPECT_THROW(Rows(), Error);
}

TEST_F(CsvRecordsTest, AFileThatIsNoGzipAtAllIsReported) {
  AddFile("in/a.csv.gz", "id,name\n1,a\n");
  AddFile("in/b.csv.gz", "");
  EXPECT_THAT(Rows(), IsEmpty());
  EXPECT_THAT(rejects, SizeIs(2));
}

// However a file is cut into ranges, the rows and the reports are the same.
TEST_F(CsvRecordsTest, RangesOfAnySizeGiveTheSameRows) {
  std::mt19937 random(5);
  for (const char* const end : {"\n", "\r\n", "\r"}) {
    std::string text = std::string("# comment") + end + "id,name" + end;
    for (int i = 0; i < 60; ++i) {
      text += std::to_string(i) + "," + std::string(random() % 30, 'x');
      if (i % 7 == 0) text += ",ragged";
      text += end;
      if (i % 11 == 0) text += end;
    }
    files.options = {{"header", "true"}, {"comment", "#"}};
    files.files.clear();
    AddFile("in/a.csv", text);
    const auto expected = Rows();
    const auto expected_rejects = Rejects();
    ASSERT_THAT(expected, SizeIs(60));
    ASSERT_THAT(expected_rejects, SizeIs(9));
    for (uint64_t bytes = 1; bytes < 100; ++bytes) {
      ASSERT_EQ(Rows(bytes), expected) << bytes;
      ASSERT_EQ(Rejects(), expected_rejects) << bytes;
    }
  }
}

// No input, however odd, may crash, hang or lose the rows after it.
TEST_F(CsvRecordsTest, RandomBytesNeverBreakTheRowsAfterThem) {
  std::mt19937 random(17);
  const std::string alphabet = std::string("\"\"\"\\\\,,,\n\r x1\xC3\xA9\xFF{}[]:") + '\0';
  for (int round = 0; round < 3000; ++round) {
    std::string junk;
    for (uint32_t i = random() % 40; i > 0; --i) junk += alphabet[random() % alphabet.size()];
    const auto rows = One("id,name\n" + junk + "\n42,last\n");
    ASSERT_FALSE(rows.empty());
    ASSERT_EQ(rows.back(), (Row{"42", "last"})) << junk;
  }
}

}  // namespace
}  // namespace weir::connect
