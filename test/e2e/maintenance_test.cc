// VACUUM, CLONE, RESTORE and FSCK where other writers' files, or others at the same time, are met.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_folder.h"
#include "support/test_app.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class MaintenanceTest : public testing::Test {
 protected:
  std::vector<std::string> Sql(const std::string& sql) { return test::Run(*session_, sql); }

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
  Sql("CREATE TABLE c CLONE pb LOCATION '" + folder_ / "there" + "'");
  EXPECT_THAT(Sql("SELECT min(k), max(k), count(*) FROM c"), ElementsAre("100|104|5"));
  EXPECT_TRUE(fs::exists(folder_ / "there/data.parquet"));
}

}  // namespace
}  // namespace weir::test
