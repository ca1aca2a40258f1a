// Source files that are not as they should be: the rows of the others arrive, what is wrong is told
// with file and line, and no row is lost without a word.
#include <zlib.h>

#include "e2e/command_fixture.h"
#include "support/test_app.h"
#include "weir/pipeline/check.h"
#include "weir/pipeline/update.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kNul(1, '\0');
constexpr const char* kSelect = "SELECT * FROM main.p.t";

std::string Gzip(const std::string& text) {
  std::string packed(compressBound(text.size()) + 64, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class BadSourceTest : public CommandTest {
 protected:
  void Read(const std::string& options) {
    WriteFlows("CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('in', " + options +
               ")");
  }
  void ReadInferredCsv() { Read("format => 'csv', header => true"); }
  void StartWithout() { fs::remove(Path("in/1.csv")); }

  // The update is done, and says this of the files that are not good.
  void ExpectDone(const std::vector<std::string>& parts) { ExpectSays(Update(), 0, parts); }
  void ExpectNothingNew() { ExpectSays(Update(), 0, {"nothing new"}); }

  // A Parquet file of the query's rows.
  std::string Parquet(const std::string& query) {
    const std::string maker = folder_ / ("maker" + std::to_string(++makers_));
    const Ended made =
        RunProcess({WEIR_PROGRAM, "--home", maker, "sql", "-e", "CREATE TABLE x AS " + query});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    for (const auto& entry : fs::recursive_directory_iterator(maker + "/data")) {
      if (entry.path().extension() == ".parquet") return TextOf(entry.path());
    }
    ADD_FAILURE() << "no file was written";
    return "";
  }

 private:
  int makers_ = 0;
};

TEST_F(BadSourceTest, AMissingFolderIsToldAtItsPlaceInTheQuery) {
  fs::remove_all(Path("in"));
  ExpectSays(Update(), 1, {"flows.sql:1:", "PATH_NOT_FOUND", Path("in"), "hint: check the path"});
  Land("in/1.csv", "id,name\n1,one\n");
  ExpectGoodUpdate();
  fs::remove_all(Path("in"));
  ExpectSays(Update(), 1, {"flows.sql:1:", "PATH_NOT_FOUND"});
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one"));
}

TEST_F(BadSourceTest, AnEmptyFolderIsNoMistakeWhereTheColumnsAreKnown) {
  StartWithout();
  ExpectNothingNew();
  Land("in/1.csv", "id,name\n1,one\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one"));
}

TEST_F(BadSourceTest, AnEmptyFolderWithoutColumnsIsToldAtItsPlaceInTheQuery) {
  ReadInferredCsv();
  StartWithout();
  ExpectSays(Update(), 1,
             {"flows.sql:1:", "UNABLE_TO_INFER_SCHEMA", "hint: give them with schema"});
  Land("in/1.csv", "id,name\n1,one\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one,"));
}

TEST_F(BadSourceTest, RaggedLinesAreToldAndStopNothing) {
  Land("in/2.csv", "id,name\n3,three,x\n4\n5,five\n");
  ExpectDone({"2.csv:2: 3 fields instead of 2", "2.csv:3: 1 field instead of 2"});
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one", "2,two", "3,three", "4,", "5,five"));
  ExpectNothingNew();
}

TEST_F(BadSourceTest, BrokenQuotesSpoilTheirOwnLineOnly) {
  Land("in/2.csv", "id,name\n3,\"three\n4,four\n");
  Land("in/3.csv", "id,name\n5,\"fi\"ve\n6,six\n7,\"seven");
  ExpectDone({"2.csv:2: a quote is not closed", "3.csv:2: text follows a closing quote",
              "3.csv:4: a quote is not closed"});
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one", "2,two", "3,three", "4,four",
                                         "5,\"\"\"fi\"\"ve\"", "6,six", "7,seven"));
}

TEST_F(BadSourceTest, NulBytesAreTold) {
  Land("in/2.csv", "id,name\n3,th" + kNul + "ree\n4,four\n");
  Land("in/3.csv", std::string(4096, '\0'));
  ExpectDone({"2.csv:2: a NUL byte", "3.csv:1: a NUL byte"});
  EXPECT_EQ(Rows(kSelect).size(), 4u);
}

TEST_F(BadSourceTest, BytesThatAreNotUtf8AreReplacedAndTold) {
  Land("in/2.csv", "id,name\n3,th\xffree\n");
  Land("in/3.csv", "id,na\xffme\n4,four\n");
  ExpectDone({"2.csv:2: bytes that are not UTF-8", "3.csv:1: bytes of the header"});
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one", "2,two", "3,th\xef\xbf\xbdree", "4,"));
}

TEST_F(BadSourceTest, AHeaderThatIsNoneIsTold) {
  Land("in/2.csv", "3,three\n4,four\n");
  ExpectDone({"2.csv:1: the header names none of the columns (id, name)"});
}

TEST_F(BadSourceTest, JsonThatEndsWithinARecordIsTold) {
  Read("format => 'json'");
  StartWithout();
  Land("in/1.json", "{\"id\":1,\"name\":\"one\"}\n{\"id\":2,\"na");
  Land("in/2.json", "{\"id\":3,\"name\":\"th" + kNul + "ree\"}\n{\"id\":4,\"name\":\"\xff\"}\n");
  ExpectDone({"1.json:2: malformed JSON at byte 12", "2.json:1: malformed JSON",
              "2.json:2: bytes that are not UTF-8"});
  const auto rows = Rows("SELECT id, name, _rescued_data IS NOT NULL FROM main.p.t");
  EXPECT_THAT(rows, ElementsAre(",,true", ",,true", "1,one,false", "4,\xef\xbf\xbd,false"));
}

TEST_F(BadSourceTest, JsonOverManyLinesSaysHowItIsToBe) {
  Read("format => 'json'");
  StartWithout();
  Land("in/1.json", "[\n {\n  \"id\": 1\n }\n]\n");
  ExpectSays(Update(), 1, {"flows.sql:1:", "hold no column", "multiLine => true"});
}

TEST_F(BadSourceTest, ParquetFilesThatAreNoneAreToldAndTheOthersArrive) {
  Read("format => 'parquet'");
  StartWithout();
  const std::string good = Parquet("SELECT 1 AS id, 'one' AS name");
  Land("in/1.parquet", good);
  Land("in/2.parquet", good.substr(0, good.size() / 2));
  Land("in/3.parquet", "this was never Parquet, not for a byte of it");
  Land("in/4.parquet", "");
  ExpectDone({"2.parquet: not a whole Parquet file", "3.parquet: not a whole Parquet file",
              "4.parquet: not a whole Parquet file", "let it come under a new name"});
  EXPECT_THAT(Rows("SELECT id, name FROM main.p.t"), ElementsAre("1,one"));
  // Mended, they come under a name of their own.
  Land("in/2-again.parquet", Parquet("SELECT 2 AS id, 'two' AS name"));
  ExpectDone({"1 row"});
  EXPECT_THAT(Rows("SELECT id, name FROM main.p.t"), ElementsAre("1,one", "2,two"));
}

TEST_F(BadSourceTest, ParquetWhoseColumnsNobodyKnowsStopsItsTable) {
  Read("format => 'parquet'");
  StartWithout();
  Land("in/1.parquet", "this was never Parquet, not for a byte of it");
  ExpectSays(Update(), 1, {"flows.sql:1:", "1.parquet", "No magic bytes"});
  Land("in/2.parquet", Parquet("SELECT 2 AS id"));
  ExpectDone({"1.parquet: not a whole Parquet file"});
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), ElementsAre("2"));
}

TEST_F(BadSourceTest, GzipThatWasCutGivesWhatCameBefore) {
  std::string text = "id,name\n";
  for (int i = 3; i < 3000; ++i) {
    text += std::to_string(i) + ",r" + std::to_string(i * 7919 % 100'003) + "\n";
  }
  const std::string packed = Gzip(text);
  Land("in/2.csv.gz", packed.substr(0, packed.size() / 2));
  Land("in/3.csv.gz", "no gzip at all");
  ExpectDone(
      {"2.csv.gz: the gzip data are cut short after line ", "3.csv.gz: the gzip data are damaged"});
  const auto rows = Rows("SELECT count(*) > 500, count(*) = count(DISTINCT id) FROM main.p.t");
  EXPECT_THAT(rows, ElementsAre("true,true"));
}

TEST_F(BadSourceTest, AColumnThatIsAddedJoinsTheTable) {
  ReadInferredCsv();
  ExpectGoodUpdate();
  Land("in/2.csv", "id,name,more\n3,three,x\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id, name, more FROM main.p.t"),
              ElementsAre("1,one,", "2,two,", "3,three,x"));
}

TEST_F(BadSourceTest, AColumnThatIsDroppedIsNull) {
  ReadInferredCsv();
  ExpectGoodUpdate();
  Land("in/2.csv", "id\n3\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id, name FROM main.p.t"), ElementsAre("1,one", "2,two", "3,"));
}

TEST_F(BadSourceTest, AColumnOfAnotherTypeOrCaseIsRescued) {
  ReadInferredCsv();
  ExpectGoodUpdate();
  Land("in/2.csv", "id,name\nthree,3\n");
  Land("in/3.csv", "ID,name\n4,four\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id, name, get_json_object(_rescued_data, '$.id'), "
                   "get_json_object(_rescued_data, '$.ID') FROM main.p.t"),
              ElementsAre(",3,three,", ",four,,4", "1,one,,", "2,two,,"));
}

TEST_F(BadSourceTest, AParquetFileOfAnotherTypeIsToldWhereNothingIsRescued) {
  Read("format => 'parquet', schema => 'id INT, name STRING'");
  StartWithout();
  Land("in/1.parquet", Parquet("SELECT 1 AS id, 'one' AS name"));
  Land("in/2.parquet", Parquet("SELECT 'x' AS id, 'two' AS name"));
  ExpectDone({"2.parquet: column `id` is VARCHAR in the file, where INT is wanted"});
  EXPECT_THAT(Rows(kSelect), ElementsAre("1,one"));
}

TEST_F(BadSourceTest, AParquetFileOfAnotherTypeIsToldWhereItIsNotRescued) {
  WriteFlows(
      "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => "
      "'parquet', schemaHints => 'id INT, name STRING')");
  StartWithout();
  Land("in/1.parquet", Parquet("SELECT 1 AS id, 'one' AS name"));
  Land("in/2.parquet", Parquet("SELECT 'x' AS id, 'two' AS name"));
  ExpectDone({"1 row lost a value that does not fit its column; select the rescued data column"});
  EXPECT_THAT(Rows(kSelect), ElementsAre(",two", "1,one"));
}

// Between the check of a project and its run.
TEST(LateColumnTest, IsTakenByTheUpdateThatFindsIt) {
  TemporaryFolder folder;
  folder.Write("project/spark-pipeline.yml",
               "name: p\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: storage\n");
  folder.Write("project/flows.sql",
               "CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('in', format => 'csv', "
               "header => true);\n"
               "CREATE STREAMING TABLE u AS SELECT * FROM STREAM t;\n");
  folder.Write("project/in/1.csv", "id\n1\n");
  const auto spec =
      std::get<pipeline::Spec>(pipeline::LoadSpec(folder / "project/spark-pipeline.yml"));
  TestApp app(folder / "home");
  const auto session = [&] { return app.NewSession("admin", spec.folder); };
  for (int round = 1; round <= 2; ++round) {
    Diagnostics diagnostics;
    const auto checked = pipeline::CheckProject(spec, *session(), diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << diagnostics.front().Render();
    const std::string n = std::to_string(round + 1);
    folder.Write("project/in/" + n + ".csv", "id,late" + n + "\n" + n + ",x\n");
    const auto report = pipeline::RunUpdate(checked, session, {});
    for (const auto& flow : report.flows) {
      EXPECT_EQ(flow.status, pipeline::FlowStatus::kCompleted) << flow.message;
    }
  }
  for (const char* table : {"t", "u"}) {
    EXPECT_THAT(test::Run(*session(),
                          std::string("SELECT id, late2, late3 FROM ") + table + " ORDER BY id"),
                ElementsAre("1|NULL|NULL", "2|x|NULL", "3|NULL|x"));
  }
}

// What lies in one folder stops neither other datasets nor what they feed.
TEST_F(BadSourceTest, AStrayFileFailsItsOwnTableOnly) {
  WriteFlows(
      "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => 'csv', "
      "header => true, schema => 'id INT, name STRING');\n"
      "CREATE STREAMING TABLE other AS SELECT * FROM STREAM read_files('other', format => 'csv', "
      "header => true);\n"
      "CREATE MATERIALIZED VIEW of_other AS SELECT count(*) AS n FROM other;\n"
      "CREATE MATERIALIZED VIEW of_t AS SELECT count(*) AS n FROM t;");
  const auto expect_failure = [&](const std::string& text) {
    const Ended ended = Update();
    ExpectSays(ended, 1, {"FAILED    main.p.other", text, "skipped   main.p.of_other"});
    EXPECT_THAT(ended.err, testing::HasSubstr("main.p.of_t: "));
  };
  expect_failure("flows.sql:2:");  // There is no such folder.
  EXPECT_THAT(Rows("SELECT n FROM main.p.of_t"), testing::ElementsAre("2"));
  Land("other/1.csv", "id,bad name\n1,1\n");
  Land("in/2.csv", "id,name\n3,three\n");
  expect_failure("[DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES]");
  EXPECT_THAT(Rows("SELECT n FROM main.p.of_t"), testing::ElementsAre("3"));
  std::filesystem::remove(Path("other/1.csv"));
  Land("other/2.csv", "id,good\n1,1\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT n FROM main.p.of_other"), testing::ElementsAre("1"));
}

TEST_F(BadSourceTest, AViewKeepsTheColumnsThatItsTableKeeps) {
  const std::string rest =
      " FROM STREAM read_files('in', format => 'csv', header => true, "
      "schema => 'id INT, name STRING');\n"
      "CREATE VIEW v AS SELECT * FROM t;";
  WriteFlows("CREATE STREAMING TABLE t AS SELECT id, name" + rest);
  ExpectGoodUpdate();
  WriteFlows("CREATE STREAMING TABLE t AS SELECT id" + rest);
  Land("in/2.csv", "id,name\n3,three\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT * FROM main.p.v"), testing::ElementsAre("1,one", "2,two", "3,"));
}

}  // namespace
}  // namespace weir::test
