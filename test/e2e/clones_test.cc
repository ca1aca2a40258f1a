// Shallow clones: what their logs may name, what becomes of the files that they need, and who may
// read them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <thread>

#include "support/temporary_folder.h"
#include "support/test_app.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class ClonesTest : public testing::Test {
 protected:
  ClonesTest() { Sql("SET spark.databricks.delta.retentionDurationCheck.enabled = false"); }

  std::vector<std::string> Sql(const std::string& sql) { return test::Run(*session_, sql); }
  std::vector<std::string> AsBob(const std::string& sql) { return test::Run(*bob_, sql); }
  static std::string FailureOf(session::Session& session, const std::string& sql) {
    try {
      test::Run(session, sql);
    } catch (const Error& error) {
      return error.condition() + ": " + error.what();
    }
    return "";
  }
  std::string Failure(const std::string& sql) { return FailureOf(*session_, sql); }

  static std::string TextOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::vector<fs::path> FilesIn(const fs::path& folder, const std::string& extension) {
    std::vector<fs::path> files;
    if (!fs::exists(folder)) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const bool in_log = entry.path().string().find("_delta_log") != std::string::npos;
      if (!in_log && entry.path().extension() == extension) files.push_back(entry.path());
    }
    return files;
  }
  fs::path FolderOf(const std::string& table) {
    const auto info = app_.app().catalog().FindTable({"main", "default", table});
    EXPECT_TRUE(info) << table;
    return info ? info->location.substr(std::string("file://").size()) : "";
  }
  // The log's entry of a version, with something else in the place of `from`.
  static void Forge(const fs::path& table, int version, const std::string& from,
                    const std::string& to) {
    char name[32];
    std::snprintf(name, sizeof name, "%020d", version);
    const fs::path entry = table / "_delta_log" / (std::string(name) + ".json");
    const std::string before = TextOf(entry);
    const std::string after = std::regex_replace(before, std::regex(from), to);
    EXPECT_NE(before, after) << from;
    fs::remove(entry.parent_path() / (std::string(name) + ".crc"));
    std::ofstream(entry, std::ios::binary) << after;
  }
  void Grant(const std::string& what) { Sql("GRANT " + what + " TO `bob`"); }
  void LetBobIn() {
    Grant("USE CATALOG, USE SCHEMA, CREATE TABLE ON CATALOG main");
    for (const auto use : {catalog::Privilege::kReadFiles, catalog::Privilege::kWriteFiles}) {
      app_.app().catalog().Grant("bob", use, {});
    }
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_.path());
  std::unique_ptr<session::Session> bob_ = app_.NewSession("bob", folder_.path());
};

TEST_F(ClonesTest, TheHistorySaysWhatDeltaSays) {
  Sql("CREATE TABLE s AS SELECT id FROM range(10)");
  EXPECT_THAT(Sql("CREATE TABLE c SHALLOW CLONE s"), ElementsAre(HasSubstr("|1|0|0|0|0")));
  EXPECT_THAT(
      Sql("DESCRIBE HISTORY c"),
      ElementsAre(AllOf(HasSubstr("CLONE"), HasSubstr("numCopiedFiles -> 0"),
                        HasSubstr("sourceNumOfFiles -> 1"), HasSubstr("isShallow -> \"true\""))))
      << Sql("DESCRIBE HISTORY c")[0];
  EXPECT_THAT(FilesIn(FolderOf("c"), ".parquet"), IsEmpty());
  EXPECT_THAT(Sql("DESCRIBE EXTENDED c"), testing::Contains(HasSubstr("MANAGED_SHALLOW_CLONE")));
}

TEST_F(ClonesTest, ReadingAndWritingACloneTakesNoRightOnItsSource) {
  LetBobIn();
  Sql("CREATE TABLE s AS SELECT id FROM range(10)");
  Sql("CREATE TABLE c SHALLOW CLONE s");
  EXPECT_THAT(FailureOf(*bob_, "SELECT * FROM c"), HasSubstr("PERMISSION_DENIED"));
  EXPECT_THAT(FailureOf(*bob_, "CREATE TABLE mine SHALLOW CLONE s"),
              HasSubstr("PERMISSION_DENIED"));
  Grant("SELECT, MODIFY ON TABLE c");
  EXPECT_THAT(AsBob("SELECT count(*) FROM c"), ElementsAre("10"));
  AsBob("DELETE FROM c WHERE id > 5");
  AsBob("OPTIMIZE c");
  EXPECT_THAT(AsBob("SELECT count(*) FROM c VERSION AS OF 0"), ElementsAre("10"));
  EXPECT_THAT(FailureOf(*bob_, "SELECT * FROM s"), HasSubstr("PERMISSION_DENIED"));
  // A clone of the clone is a right to just its files.
  AsBob("CREATE TABLE mine SHALLOW CLONE c VERSION AS OF 0");
  EXPECT_THAT(AsBob("SELECT count(*) FROM mine"), ElementsAre("10"));
}

TEST_F(ClonesTest, ALogThatOthersWriteGivesNoRightToFiles) {
  LetBobIn();
  Sql("CREATE TABLE secret AS SELECT 42 AS id");
  Sql("CREATE TABLE vault (id INT) LOCATION '" + folder_ / "vault" + "'");
  Sql("INSERT INTO vault VALUES (43)");
  AsBob("CREATE TABLE own (id INT) LOCATION '" + folder_ / "own" + "'");
  AsBob("INSERT INTO own VALUES (1)");
  AsBob("CREATE TABLE clone SHALLOW CLONE own LOCATION '" + folder_ / "clone" + "'");
  EXPECT_THAT(AsBob("SELECT * FROM clone"), ElementsAre("1"));
  for (const std::string table : {"secret", "vault"}) {
    const std::string file = FilesIn(FolderOf(table), ".parquet").at(0);
    for (const std::string forged : {"own", "clone"}) {
      const fs::path folder = folder_ / forged;
      const int version = forged == "own" ? 1 : 0;
      const std::string entry = TextOf(folder / "_delta_log" /
                                       ("0000000000000000000" + std::to_string(version) + ".json"));
      Forge(folder, version, "\"path\":\"[^\"]*\"", "\"path\":\"file://" + file + "\"");
      EXPECT_THAT(FailureOf(*bob_, "SELECT * FROM " + forged), HasSubstr("outside"));
      EXPECT_THAT(FailureOf(*bob_, "CREATE TABLE more SHALLOW CLONE " + forged),
                  HasSubstr("outside"));
      EXPECT_THAT(FailureOf(*bob_, "OPTIMIZE " + forged), HasSubstr("outside"));
      // Its path is as good as the file's.
      fs::copy(folder, folder_ / "forged", fs::copy_options::recursive);
      const std::string by_path = folder_ / "forged";
      EXPECT_THAT(FailureOf(*bob_, "SELECT * FROM delta.`" + by_path + "`"),
                  HasSubstr("PERMISSION_DENIED"));
      EXPECT_THAT(FailureOf(*bob_, "CREATE TABLE more LOCATION '" + by_path + "'"),
                  HasSubstr("PERMISSION_DENIED"));
      fs::remove_all(folder_ / "forged");
      std::ofstream(
          folder / "_delta_log" / ("0000000000000000000" + std::to_string(version) + ".json"),
          std::ios::binary)
          << entry;
    }
  }
}

TEST_F(ClonesTest, ACloneWithAFolderOfItsOwnReadsWhatItsMakerMay) {
  LetBobIn();
  Sql("CREATE TABLE s (id INT) LOCATION '" + folder_ / "s" + "'");
  Sql("INSERT INTO s VALUES (1)");
  Grant("SELECT ON TABLE s");
  AsBob("CREATE TABLE c SHALLOW CLONE s LOCATION '" + folder_ / "c" + "'");
  Sql("REVOKE SELECT ON TABLE s FROM `bob`");
  EXPECT_THAT(FailureOf(*bob_, "SELECT * FROM c"), HasSubstr("who made the clone"));
  EXPECT_THAT(Failure("SELECT * FROM c"), HasSubstr("who made the clone"));
  Sql("CREATE OR REPLACE TABLE c SHALLOW CLONE s");
  EXPECT_THAT(AsBob("SELECT * FROM c"), ElementsAre("1"));
}

TEST_F(ClonesTest, FilesOfASourceThatWasDroppedGoWithTheLastClone) {
  Sql("CREATE TABLE s (id BIGINT) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')");
  Sql("INSERT INTO s SELECT id FROM range(10)");
  Sql("INSERT INTO s SELECT id FROM range(10, 20)");
  const fs::path source = FolderOf("s");
  Sql("CREATE TABLE one SHALLOW CLONE s VERSION AS OF 1");
  Sql("DELETE FROM s WHERE id IN (3, 15)");
  Sql("CREATE TABLE two SHALLOW CLONE s");
  Sql("INSERT INTO s SELECT id FROM range(20, 30)");
  EXPECT_THAT(FilesIn(source, ".parquet"), SizeIs(3));
  Sql("DROP TABLE s");
  // What nobody needs is gone.
  EXPECT_THAT(FilesIn(source, ".parquet"), SizeIs(2));
  EXPECT_TRUE(fs::is_empty(source / "_delta_log"));
  EXPECT_THAT(Sql("SELECT count(*), sum(id) FROM one"), ElementsAre("10|45"));
  EXPECT_THAT(Sql("SELECT count(*), sum(id) FROM two"), ElementsAre("18|172"));
  Sql("DROP TABLE two");
  EXPECT_THAT(FilesIn(source, ".parquet"), SizeIs(1));
  EXPECT_THAT(Sql("SELECT count(*), sum(id) FROM one"), ElementsAre("10|45"));
  // Nor does it stay once the clone has files of its own.
  Sql("ALTER TABLE one SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = '0 seconds')");
  Sql("UPDATE one SET id = id + 1");
  Sql("VACUUM one RETAIN 0 HOURS");
  EXPECT_THAT(FilesIn(source, ".parquet"), IsEmpty());
  EXPECT_THAT(Sql("SELECT count(*), sum(id) FROM one"), ElementsAre("10|55"));
  Sql("DROP TABLE one");
  EXPECT_FALSE(fs::exists(source));
}

TEST_F(ClonesTest, ASchemaIsDroppedWithTheSourceAndTheCloneStays) {
  Sql("CREATE SCHEMA other");
  Sql("CREATE TABLE other.s AS SELECT id FROM range(10)");
  Sql("CREATE TABLE c SHALLOW CLONE other.s");
  Sql("DROP SCHEMA other CASCADE");
  EXPECT_THAT(Sql("SELECT count(*) FROM c"), ElementsAre("10"));
  Sql("CREATE OR REPLACE TABLE c (id INT)");
  EXPECT_THAT(Sql("SELECT count(*) FROM c VERSION AS OF 0"), ElementsAre("10"));
}

TEST_F(ClonesTest, VacuumOfTheSourceStopsWhereACloneCanNotBeAsked) {
  LetBobIn();
  Sql("CREATE TABLE s (id INT) LOCATION '" + folder_ / "s" + "'");
  Sql("INSERT INTO s VALUES (1)");
  Sql("CREATE TABLE c SHALLOW CLONE s LOCATION '" + folder_ / "c" + "'");
  Sql("DELETE FROM s");
  Grant("SELECT, MODIFY ON TABLE s");
  fs::rename(folder_ / "c", folder_ / "away");
  EXPECT_THAT(Failure("VACUUM s RETAIN 0 HOURS"), HasSubstr("main.default.c"));
  AsBob("SET spark.databricks.delta.retentionDurationCheck.enabled = false");
  EXPECT_THAT(FailureOf(*bob_, "VACUUM s RETAIN 0 HOURS"),
              AllOf(HasSubstr("a shallow clone"), Not(HasSubstr("default.c"))));
  EXPECT_THAT(FilesIn(folder_ / "s", ".parquet"), SizeIs(1));
  fs::rename(folder_ / "away", folder_ / "c");
  Sql("VACUUM s RETAIN 0 HOURS");
  Sql("VACUUM s LITE RETAIN 0 HOURS");
  EXPECT_THAT(Sql("SELECT * FROM c"), ElementsAre("1"));
  Sql("DROP TABLE c");
  Sql("VACUUM s LITE RETAIN 0 HOURS");
  EXPECT_THAT(FilesIn(folder_ / "s", ".parquet"), IsEmpty());
}

TEST_F(ClonesTest, AConvertedFolderIsClonedByItsNames) {
  Sql("CREATE TABLE raw (k INT) LOCATION '" + folder_ / "raw" + "'");
  Sql("INSERT INTO raw VALUES (1), (2)");
  fs::create_directories(fs::path(folder_ / "plain") / "day=a b");
  fs::rename(FilesIn(folder_ / "raw", ".parquet").at(0),
             fs::path(folder_ / "plain") / "day=a b" / "part 0.parquet");
  Sql("DROP TABLE raw");
  Sql("CONVERT TO DELTA parquet.`" + folder_ / "plain" + "` PARTITIONED BY (day STRING)");
  Sql("CREATE TABLE by_path SHALLOW CLONE delta.`" + folder_ / "plain" + "`");
  Sql("CREATE TABLE plain LOCATION '" + folder_ / "plain" + "'");
  Sql("CREATE TABLE c SHALLOW CLONE plain");
  EXPECT_THAT(Sql("SELECT * FROM c WHERE day = 'a b' ORDER BY k"), ElementsAre("1|a b", "2|a b"));
  EXPECT_THAT(Sql("SELECT count(*) FROM by_path"), ElementsAre("2"));
  Sql("CREATE TABLE d DEEP CLONE c");
  Sql("DROP TABLE c");
  EXPECT_THAT(Sql("SELECT count(*) FROM d"), ElementsAre("2"));
}

TEST_F(ClonesTest, OfManyAtOnceOneIsMadeAndTheOthersDoNothing) {
  Sql("CREATE TABLE s AS SELECT id FROM range(10)");
  for (const std::string kind : {"SHALLOW", "DEEP"}) {
    std::vector<std::unique_ptr<session::Session>> sessions;
    for (int i = 0; i < 4; ++i) sessions.push_back(app_.NewSession("admin", folder_.path()));
    std::vector<std::string> failures(sessions.size());
    std::vector<std::thread> threads;
    for (size_t i = 0; i < sessions.size(); ++i) {
      threads.emplace_back([&, i] {
        failures[i] = FailureOf(*sessions[i], "CREATE TABLE IF NOT EXISTS c " + kind + " CLONE s");
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(failures, testing::Each(""));
    EXPECT_THAT(Sql("SELECT count(*) FROM c"), ElementsAre("10"));
    EXPECT_THAT(Sql("DESCRIBE HISTORY c"), SizeIs(1));
    Sql("DROP TABLE c");
  }
}

}  // namespace
}  // namespace weir::test
