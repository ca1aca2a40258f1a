// Files of every format but Parquet, as streaming tables, COPY INTO and queries read them.
#include "e2e/command_fixture.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSelect = "SELECT * FROM main.p.t";

class FileFormatsTest : public CommandTest {
 protected:
  FileFormatsTest() { fs::remove(Path("in/1.csv")); }

  void Read(const std::string& options, const std::string& columns = "*") {
    WriteFlows("CREATE STREAMING TABLE t AS SELECT " + columns + " FROM STREAM read_files('in', " +
               options + ")");
  }
};

TEST_F(FileFormatsTest, TextComesLineByLineOnce) {
  Read("format => 'text'", "value, _metadata.file_name AS file");
  Land("in/a.txt", "one, \"1\n\ntwo");
  ExpectGoodUpdate();
  Land("in/b.log", "three\r\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows(kSelect),
              ElementsAre("\"\",a.txt", "\"one, \"\"1\",a.txt", "three,b.log", "two,a.txt"));
}

TEST_F(FileFormatsTest, BinaryFilesComeAsTheyAreOnce) {
  Read("format => 'binaryFile', pathGlobFilter => '*.png'",
       "length, hex(content) AS bytes, path = _metadata.file_path AS same, "
       "modificationTime = _metadata.file_modification_time AS mtime");
  Land("in/a.png", std::string("\x89PNG\0\xFF", 6));
  Land("in/b.txt", "no");
  ExpectGoodUpdate();
  Land("in/deep/c.png", "");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows(kSelect), ElementsAre("0,\"\",true,true", "6,89504E4700FF,true,true"));
}

TEST_F(FileFormatsTest, DocumentsOfJsonComeObjectByObject) {
  Read("format => 'json', multiLine => true");
  Land("in/a.json", "[\n  {\n    \"id\": 1\n  },\n  {\n    \"id\": oops\n  },\n  {\"id\": 3}\n]\n");
  Land("in/b.json", "{\n \"id\": 4\n}\n{\n \"id\": 5,\n \"more\": true\n}\n");
  ExpectSays(Update(), 0, {"a.json:5: malformed JSON at byte 13: a value is malformed"});
  EXPECT_THAT(Rows("SELECT id, more FROM main.p.t WHERE id IS NOT NULL"),
              ElementsAre("1,", "3,", "4,", "5,true"));
  EXPECT_EQ(Rows("SELECT 1 FROM main.p.t WHERE _rescued_data LIKE '%oops%'").size(), 1u);
}

TEST_F(FileFormatsTest, ADocumentReadLineByLineSaysWhatToDo) {
  Read("format => 'json', schema => 'id INT'");
  Land("in/a.json", "[\n  {\n    \"id\": 1\n  }\n]\n");
  ExpectSays(Update(), 0, {"a.json:1: malformed JSON", "need multiLine => true"});
  Read("format => 'json'");
  fs::remove_all(home());
  fs::remove_all(Path("storage"));
  ExpectSays(Update(), 1,
             {"UNABLE_TO_INFER_SCHEMA", "records of JSON over several lines need multiLine"});
}

TEST_F(FileFormatsTest, RecordsOfCsvGoOnOverLines) {
  Read("format => 'csv', header => true, multiLine => true");
  Land("in/a.csv", "id,note\n1,\"first\nsecond\"\n2,\"never closed\n3,plain\n");
  ExpectSays(Update(), 0, {"a.csv:4: a quote is not closed"});
  EXPECT_THAT(Rows("SELECT id, replace(note, chr(10), '/') FROM main.p.t"),
              ElementsAre("1,first/second", "2,never closed", "3,plain"));
}

TEST_F(FileFormatsTest, CopyIntoLoadsThemToo) {
  Land("in/a.txt", "one\ntwo\n");
  Land("in/b.json", "[{\"id\": 1},\n{\"id\": 2}]");
  Land("in/c.csv", "1|\"a\nb\"\n");
  const auto copy = [&](const std::string& table, const std::string& columns,
                        const std::string& rest) {
    EXPECT_EQ(Sql("CREATE TABLE " + table + " (" + columns + ")").exit_code, 0);
    const Ended ended = Sql("COPY INTO " + table + " FROM 'in' FILEFORMAT = " + rest);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(Rows("COPY INTO " + table + " FROM 'in' FILEFORMAT = " + rest),
                ElementsAre("0,0,0"));
  };
  copy("a", "value STRING", "TEXT PATTERN = '*.txt'");
  EXPECT_THAT(Rows("SELECT * FROM a"), ElementsAre("one", "two"));
  copy("whole", "value STRING", "TEXT PATTERN = '*.txt' FORMAT_OPTIONS ('wholeText' = 'true')");
  EXPECT_THAT(Rows("SELECT length(value) FROM whole"), ElementsAre("8"));
  copy("b", "id BIGINT", "JSON PATTERN = '*.json' FORMAT_OPTIONS ('multiLine' = 'true')");
  EXPECT_THAT(Rows("SELECT * FROM b"), ElementsAre("1", "2"));
  copy(
      "c", "a INT, b STRING",
      "CSV PATTERN = '*.csv' FORMAT_OPTIONS ('multiLine' = 'true', 'sep' = '|', 'schema' = 'a INT, "
      "b STRING')");
  EXPECT_THAT(Rows("SELECT a, length(b) FROM c"), ElementsAre("1,3"));
  copy("d", "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY",
       "BINARYFILE PATTERN = '{a,c}.*'");
  EXPECT_THAT(Rows("SELECT length, hex(content) FROM d"),
              ElementsAre("8,317C22610A62220A", "8,6F6E650A74776F0A"));
}

TEST_F(FileFormatsTest, APackedFileIsReadAsItsNameSaysOrTold) {
  Read("format => 'text'");
  Land("in/a.txt", std::string("\x1F\x8B\x08\0", 4));
  Land("in/b.txt.bz2", "plain\n");
  Land("in/c.txt", "good\n");
  ExpectSays(Update(), 0,
             {"a.txt: the file holds gzip data, which its name does not say; give it a name that "
              "ends in .gz",
              "b.txt.bz2: the bzip2 data are damaged, or the file is not packed as its name says"});
  EXPECT_THAT(Rows(kSelect), ElementsAre("good"));
  EXPECT_EQ(Sql("CREATE TABLE c (value STRING)").exit_code, 0);
  ExpectSays(Sql("COPY INTO c FROM 'in' FILEFORMAT = TEXT"), 1, {"a.txt: the file holds gzip"});
  EXPECT_THAT(Rows("SELECT * FROM c"), ElementsAre());
}

TEST_F(FileFormatsTest, RowsWithRescuedDataAreCounted) {
  Read("format => 'csv', header => true, schemaHints => 'id INT'");
  Land("in/a.csv", "id,name\n1,a\nx,b\ny,c\n");
  ExpectSays(Update(), 0, {"3 rows, append", "rescued data in 2 rows"});
  Land("in/b.csv", "id,name\nz,d\n5,e\n");
  const Ended ended = Weir({"--output", "json", "pipeline", "run"});
  EXPECT_THAT(ended.out, HasSubstr("\"rescued_rows\":1"));
  EXPECT_THAT(ended.out, HasSubstr("\"lossy_rows\":0"));
  EXPECT_EQ(Rows("SELECT 1 FROM main.p.t WHERE _rescued_data IS NOT NULL").size(), 3u);
  EXPECT_THAT(Rows("SELECT get_json_object(details, '$.flow_progress.metrics.num_rescued_rows') "
                   "FROM event_log('p') WHERE details LIKE '%num_rescued_rows%'"),
              ElementsAre("1", "2"));
}

TEST_F(FileFormatsTest, RowsThatLoseAValueAreCountedWhereNothingIsRescued) {
  Read("format => 'json', schemaHints => 'id INT'", "id, name");
  Land("in/a.json", "{\"id\": 1, \"name\": \"a\"}\n{\"id\": \"x\", \"name\": \"b\"}\n");
  ExpectSays(Update(), 0, {"1 row lost a value that does not fit its column; select the rescued"});
  Land("in/a.csv", "x\n2\n");
  const std::string csv =
      "read_files('in/a.csv', schema => 'a INT', schemaEvolutionMode => 'rescue')";
  EXPECT_THAT(Sql("SELECT a FROM " + csv).err, HasSubstr("1 row lost a value"));
  EXPECT_EQ(Sql("SELECT * FROM " + csv).err, "");
  EXPECT_EQ(Sql("SELECT count(*) FROM " + csv).err, "");
}

// What a statement says of a record is what became of it, also where it writes.
TEST_F(FileFormatsTest, StatementsSayWhatBecameOfARecord) {
  Land("in/a.csv", "1,a\n2\n");
  const std::string from = " FROM read_files('in/a.csv', schema => 'id INT, name STRING'";
  const std::string place = "a.csv:2: 1 field instead of 2\n";
  const Ended kept = Sql("SELECT *" + from + ")");
  EXPECT_EQ(kept.out, "id,name\n1,a\n2,\n");
  EXPECT_EQ(kept.err, "kept as far as it could be read: file://" + Path("in/") + place);
  const Ended dropped = Sql("SELECT *" + from + ", mode => 'DROPMALFORMED')");
  EXPECT_EQ(dropped.out, "id,name\n1,a\n");
  EXPECT_EQ(dropped.err, "skipped file://" + Path("in/") + place);
  for (const std::string& write :
       {"CREATE TABLE x AS SELECT *" + from + ")", "INSERT INTO x SELECT *" + from + ")",
        "CREATE OR REPLACE TABLE x AS SELECT *" + from + ")",
        std::string("COPY INTO x FROM 'in' FILEFORMAT = CSV FORMAT_OPTIONS ('schema' = 'id INT, "
                    "name STRING')")}) {
    EXPECT_THAT(Sql(write).err, HasSubstr(place)) << write;
  }
  EXPECT_THAT(Rows("SELECT * FROM x"), ElementsAre("1,a", "1,a", "2,", "2,"));
}

// A line of 100 MiB is a value; one over the bound is told and left out.
TEST_F(FileFormatsTest, LongLinesAreReadUpToTheBound) {
  Read("format => 'text'");
  Land("in/a.txt", std::string(100 << 20, 'x') + "\nshort\n");
  Land("in/b.txt", std::string(260 << 20, 'y') + "\nafter\n");
  ExpectSays(Update(), 0, {"b.txt:1: the record is longer than 128 MiB"});
  EXPECT_THAT(Rows("SELECT length(value) FROM main.p.t"), ElementsAre("104857600", "5", "5"));
}

}  // namespace
}  // namespace weir::test
