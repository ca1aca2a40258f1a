// VACUUM, CLONE, RESTORE and FSCK where other writers' files, or others at the same time, are met.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "support/temporary_folder.h"
#include "support/test_app.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class MaintenanceTest : public testing::Test {
 protected:
  std::vector<std::string> Sql(const std::string& sql) { return test::Run(*session_, sql); }

  static std::string TextOf(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static fs::path DataFileIn(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".parquet") return entry.path();
    }
    ADD_FAILURE() << "no data file in " << folder;
    return {};
  }

  // A folder with one file, data.parquet, of five rows from `first`.
  void WriteFolder(const std::string& name, int first) {
    const std::string raw = folder_ / ("raw_" + name);
    Sql("CREATE TABLE raw (k INT) LOCATION '" + raw + "'");
    Sql("INSERT INTO raw SELECT CAST(id + " + std::to_string(first) + " AS INT) FROM range(5)");
    fs::create_directories(folder_ / name);
    fs::rename(DataFileIn(raw), folder_ / (name + "/data.parquet"));
    Sql("DROP TABLE raw");
  }
  // The same as a table.
  void ConvertFolder(const std::string& name, int first) {
    WriteFolder(name, first);
    Sql("CONVERT TO DELTA parquet.`" + folder_ / name + "`");
    Sql("CREATE TABLE " + name + " LOCATION '" + folder_ / name + "'");
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_.path());
};

TEST_F(MaintenanceTest, AFileOfAnotherTableIsNotTheCloneSOwnOfTheSameName) {
  ConvertFolder("pa", 0);
  ConvertFolder("pb", 100);
  Sql("CREATE TABLE c CLONE pa");
  EXPECT_THAT(Sql("SELECT min(k), max(k), count(*) FROM c"), ElementsAre("0|4|5"));
  EXPECT_THAT(Sql("CREATE OR REPLACE TABLE c CLONE pa"), ElementsAre(HasSubstr("|1|0|0|0|0")));
  EXPECT_THAT(Sql("CREATE OR REPLACE TABLE c CLONE pb"), ElementsAre(HasSubstr("|1|1|1|")));
  EXPECT_THAT(Sql("SELECT min(k), max(k), count(*) FROM c"), ElementsAre("100|104|5"));
  EXPECT_THAT(Sql("SELECT min(k), max(k), count(*) FROM c VERSION AS OF 0"), ElementsAre("0|4|5"));
}

TEST_F(MaintenanceTest, AFileThatLiesInTheFolderOfACloneIsNotTakenForTheSource) {
  WriteFolder("there", 0);
  ConvertFolder("pb", 100);
  // Before there is a table the folder has to be empty.
  EXPECT_THROW(Sql("CREATE TABLE c CLONE pb LOCATION '" + folder_ / "there" + "'"), Error);
  fs::rename(folder_ / "there/data.parquet", folder_ / "data.parquet");
  Sql("CREATE TABLE c (k BIGINT) LOCATION '" + folder_ / "there" + "'");
  fs::rename(folder_ / "data.parquet", folder_ / "there/data.parquet");
  Sql("CREATE OR REPLACE TABLE c CLONE pb");
  EXPECT_THAT(Sql("SELECT min(k), max(k), count(*) FROM c"), ElementsAre("100|104|5"));
  EXPECT_TRUE(fs::exists(folder_ / "there/data.parquet"));
}

TEST_F(MaintenanceTest, APartitionIsTheSameHoweverItsValuesAreWritten) {
  Sql("CREATE TABLE raw (k INT, p TIMESTAMP, q STRING) PARTITIONED BY (p, q) LOCATION '" +
      folder_ / "raw" + "'");
  Sql("INSERT INTO raw VALUES (1, TIMESTAMP '2024-01-01 00:00:00', NULL), "
      "(2, TIMESTAMP '2024-01-02 00:00:00', 'x')");
  // As older versions of Spark write them.
  fs::copy(folder_ / "raw", folder_ / "old", fs::copy_options::recursive);
  fs::remove(folder_ / "old/_delta_log/00000000000000000001.crc");
  const std::string entry = folder_ / "old/_delta_log/00000000000000000001.json";
  const std::string before = TextOf(entry);
  std::string text = std::regex_replace(before, std::regex(R"("p":"([0-9-]+)T00:00:00[0.]*Z")"),
                                        R"("p":"$1 00:00:00")");
  ASSERT_NE(text, before);
  const std::string mixed = text;
  text = std::regex_replace(mixed, std::regex(R"("q":null)"), R"("q":"")");
  ASSERT_NE(text, mixed);
  folder_.Write("old/_delta_log/00000000000000000001.json", text);
  Sql("CREATE TABLE t LOCATION '" + folder_ / "old" + "'");
  Sql("SET spark.sql.sources.partitionOverwriteMode = dynamic");
  Sql("INSERT OVERWRITE t VALUES (10, TIMESTAMP '2024-01-01 00:00:00', NULL)");
  EXPECT_THAT(Sql("SELECT k FROM t"), UnorderedElementsAre("2", "10"));
  Sql("INSERT OVERWRITE t VALUES (20, TIMESTAMP '2024-01-02 00:00:00', 'x')");
  EXPECT_THAT(Sql("SELECT k FROM t"), UnorderedElementsAre("10", "20"));
}

TEST_F(MaintenanceTest, AChangeFeedGoesOnOverAFileThatWasLost) {
  Sql("CREATE TABLE t (k INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true') LOCATION '" +
      folder_ / "t" + "'");
  Sql("INSERT INTO t VALUES (1)");
  fs::remove(DataFileIn(folder_ / "t"));
  EXPECT_THAT(Sql("FSCK REPAIR TABLE t"), SizeIs(1));
  Sql("INSERT INTO t VALUES (2)");
  EXPECT_THAT(Sql("SELECT k, _change_type, _commit_version FROM table_changes('t', 2)"),
              ElementsAre("2|insert|3"));
}

TEST_F(MaintenanceTest, AStatementThatWasPreparedBeforeAVacuumLooksAgain) {
  Sql("CREATE TABLE t (k INT)");
  Sql("INSERT INTO t VALUES (1), (2)");
  const auto prepared =
      session_->Prepare(std::make_shared<SourceText>(SourceText{"test", "SELECT k FROM t"}));
  const auto other = app_.NewSession("admin", folder_.path());
  test::Run(*other, "SET spark.databricks.delta.retentionDurationCheck.enabled = false");
  test::Run(*other, "DELETE FROM t WHERE k = 1");
  test::Run(*other, "VACUUM t RETAIN 0 HOURS");
  EXPECT_THAT(RowTexts(*session_->Execute(std::get<session::Prepared>(prepared))),
              ElementsAre("2"));
}

}  // namespace
}  // namespace weir::test
