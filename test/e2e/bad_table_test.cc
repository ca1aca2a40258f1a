// Tables, logs, plans and the state that somebody damaged: the update fails and says what and what
// to do, and once that is done nothing is lost or doubled.
#include <set>

#include "e2e/command_fixture.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kSelect = "SELECT id, name FROM main.p.t";

std::string Numbered(int version) {
  const std::string digits = std::to_string(version);
  return std::string(20 - digits.size(), '0') + digits;
}

class BadTableTest : public CommandTest {
 protected:
  BadTableTest() {
    WriteFlows(
        "CREATE STREAMING TABLE t TBLPROPERTIES ('delta.checkpointInterval' = '10') AS SELECT id, "
        "name FROM STREAM read_files('in', format => 'csv', header => true, schema => 'id INT, "
        "name STRING')");
  }
  // Versions 1 to `versions` of the table, one for each file.
  void Fill(int versions) {
    for (; files_ < versions; ++files_) {
      if (files_ > 0) LandNext(files_ + 1);
      ExpectGoodUpdate();
    }
  }
  void LandNext(int n) {
    Land("in/" + std::to_string(n) + ".csv",
         "id,name\n" + std::to_string(n + 1) + ",r" + std::to_string(n) + "\n");
  }
  std::string Commit(int version) const {
    return Table() + "/_delta_log/" + Numbered(version) + ".json";
  }
  std::string Plan(int batch) const {
    return Table() + "/_weir/flows/main.p.t/0/" + Numbered(batch) + ".json";
  }
  std::string Checkpoint() const {
    return Table() + "/_delta_log/" + Numbered(10) + ".checkpoint.parquet";
  }
  std::string DataFile() const {
    for (const auto& entry : fs::directory_iterator(Table())) {
      if (entry.path().extension() == ".parquet") return entry.path();
    }
    ADD_FAILURE() << "no data file";
    return "";
  }

  // One more file than what is in waits, and an update takes it.
  void ExpectCatchesUp() {
    LandNext(++files_);
    ExpectGoodUpdate();
    ExpectRows();
  }
  // Each row of each file once.
  void ExpectRows() {
    const auto rows = Rows(kSelect);
    EXPECT_EQ(rows.size(), static_cast<size_t>(files_) + 1);
    EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
  }
  void ExpectUpdateSays(const std::vector<std::string>& parts) { ExpectSays(Update(), 1, parts); }
  // Damaged, it is told; whole again, the next update catches up.
  void ExpectTold(const std::string& file, const std::string& damaged,
                  const std::vector<std::string>& parts) {
    const std::string whole = TextOf(file);
    Replace(file, damaged);
    ExpectUpdateSays(parts);
    ExpectSays(Sql(kSelect), 1, {"main.p.t"});
    Replace(file, whole);
    ExpectCatchesUp();
  }

  int files_ = 0;
};

TEST_F(BadTableTest, ATableWhoseFolderIsGoneIsBuiltAnewOnceItIsDropped) {
  Fill(2);
  fs::remove_all(Table());
  ExpectUpdateSays(
      {"main.p.t", "there is no Delta table at", "DROP TABLE main.p.t", "run its pipeline again"});
  ExpectSays(Sql(kSelect), 1, {"main.p.t", "DROP TABLE main.p.t"});
  EXPECT_EQ(Sql("DROP TABLE main.p.t").exit_code, 0);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ATableWhoseLogIsGoneIsBuiltAnewOnceItIsDropped) {
  Fill(2);
  fs::remove_all(Table() + "/_delta_log");
  ExpectUpdateSays({"main.p.t", "there is no Delta table at", "DROP TABLE main.p.t"});
  EXPECT_EQ(Sql("DROP TABLE main.p.t").exit_code, 0);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ADataFileThatIsGoneIsToldAndAFullRefreshMendsIt) {
  Fill(2);
  const std::string file = DataFile();
  fs::remove(file);
  ExpectSays(Sql(kSelect), 1, {file, "is gone", "--full-refresh"});
  EXPECT_EQ(Weir({"pipeline", "run", "--full-refresh", "t"}).exit_code, 0);
  ExpectRows();
}

TEST_F(BadTableTest, ADataFileThatWasCutIsTold) {
  Fill(1);
  const std::string file = DataFile();
  const std::string whole = TextOf(file);
  Replace(file, whole.substr(0, whole.size() / 2));
  ExpectSays(Sql(kSelect), 1, {file, "can't be read", "put back a whole copy"});
  Replace(file, whole);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ACommitCutWithinALineIsTold) {
  Fill(3);
  const std::string whole = TextOf(Commit(3));
  ExpectTold(Commit(3), whole.substr(0, whole.size() - 20),
             {"main.p.t", Numbered(3) + ".json:3", "not a valid JSON action", "from a copy",
              "DROP TABLE main.p.t"});
}

// What is left is a commit by every rule of the protocol; it says that it counted, without its
// rows.
TEST_F(BadTableTest, ACommitCutBetweenLinesIsTold) {
  Fill(3);
  const std::string whole = TextOf(Commit(3));
  ExpectTold(Commit(3), whole.substr(0, whole.find("{\"add\"")),
             {"main.p.t", Numbered(3) + ".json is damaged: it has 2 of its 3 actions",
              "DROP TABLE main.p.t"});
}

TEST_F(BadTableTest, AnEmptyCommitIsTold) {
  Fill(3);
  ExpectTold(Commit(3), "", {"main.p.t", Numbered(3) + ".json is damaged: it is empty"});
}

TEST_F(BadTableTest, ACommitOfZerosIsTold) {
  Fill(3);
  ExpectTold(Commit(3), std::string(500, '\0'), {"main.p.t", Numbered(3) + ".json:1"});
}

TEST_F(BadTableTest, AGarbageLineInACommitIsTold) {
  Fill(3);
  const std::string whole = TextOf(Commit(2));
  ExpectTold(Commit(2), "garbage\n" + whole, {"main.p.t", Numbered(2) + ".json:1"});
  ExpectTold(Commit(2), "{\"add\":7}\n", {Numbered(2) + ".json:1", "`add`", "not an object"});
}

TEST_F(BadTableTest, AMissingCommitIsNamed) {
  Fill(3);
  const std::string kept = TextOf(Commit(2));
  fs::remove(Commit(2));
  ExpectUpdateSays({"main.p.t", "no entry for version 2", Numbered(2) + ".json is missing",
                    "from a copy", "DROP TABLE main.p.t"});
  Replace(Commit(2), kept);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ALostLastCommitIsMadeAgain) {
  Fill(3);
  fs::remove(Commit(3));
  ExpectGoodUpdate();
  ExpectRows();
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ADamagedCheckpointCostsNothingWhileCommitsAreThere) {
  Fill(11);
  const std::string whole = TextOf(Checkpoint());
  for (const std::string& damaged :
       {whole.substr(0, whole.size() / 2), std::string("x"), std::string()}) {
    Replace(Checkpoint(), damaged);
    ExpectCatchesUp();
  }
}

TEST_F(BadTableTest, ADamagedCheckpointWithoutCommitsIsTold) {
  Fill(11);
  for (int version = 0; version <= 10; ++version) fs::remove(Commit(version));
  const std::string whole = TextOf(Checkpoint());
  ExpectTold(Checkpoint(), whole.substr(0, whole.size() / 2),
             {"main.p.t", Checkpoint(), "from a copy", "DROP TABLE main.p.t"});
  std::string scratched = whole;
  scratched.replace(scratched.size() / 2, 200, 200, '\xff');
  ExpectTold(Checkpoint(), scratched, {"main.p.t", Checkpoint()});
}

TEST_F(BadTableTest, ADamagedHintAtTheLastCheckpointCostsNothing) {
  Fill(11);
  const std::string hint = Table() + "/_delta_log/_last_checkpoint";
  for (const char* text : {"garb{", "", "{\"version\":99}", "{\"version\":\"x\"}"}) {
    Replace(hint, text);
    ExpectCatchesUp();
  }
}

TEST_F(BadTableTest, ADamagedPlanIsToldAndAFullRefreshMendsIt) {
  Fill(3);
  const std::string whole = TextOf(Plan(1));
  const size_t inner = whole.find("{\\\"");
  ASSERT_NE(inner, std::string::npos);
  for (const std::string& damaged :
       {std::string("{\"format\":1,"), std::string(), std::string("{}"),
        whole.substr(0, inner) + "x" + whole.substr(inner)}) {
    Replace(Plan(1), damaged);
    ExpectUpdateSays({Plan(1), "from a copy", "--full-refresh"});
  }
  EXPECT_EQ(Rows(kSelect).size(), 4u);
  EXPECT_EQ(Weir({"pipeline", "run", "--full-refresh", "t"}).exit_code, 0);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, AMissingPlanIsTold) {
  Fill(3);
  const std::string whole = TextOf(Plan(1));
  fs::remove(Plan(1));
  ExpectUpdateSays({Plan(1), "is gone", "from a copy", "--full-refresh"});
  Replace(Plan(1), whole);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ADamagedPlanOfABatchThatDoesNotCountIsTold) {
  Fill(3);
  Replace(Plan(3), "garbage");
  ExpectUpdateSays({Plan(3), "not valid JSON", "--full-refresh"});
  fs::remove(Plan(3));
  ExpectCatchesUp();
}

TEST_F(BadTableTest, ADamagedStateIsTold) {
  Fill(1);
  const std::string state = home() + "/weir.db";
  fs::copy(home(), folder_ / "copy", fs::copy_options::recursive);
  for (const char* more : {"-wal", "-shm"}) fs::remove(state + more);
  Replace(state, "this was never a database " + std::string(5000, 'x'));
  ExpectUpdateSays({state, "damaged or no SQLite database", "restore it from a copy"});
  fs::remove_all(home());
  fs::copy(folder_ / "copy", home(), fs::copy_options::recursive);
  ExpectCatchesUp();
}

// Names, grants and views would be lost without a word.
TEST_F(BadTableTest, AnEmptyStateBesideTablesIsNotBegunAnew) {
  Fill(1);
  const std::string state = home() + "/weir.db";
  fs::copy(home(), folder_ / "copy", fs::copy_options::recursive);
  for (const char* more : {"-wal", "-shm"}) fs::remove(state + more);
  Replace(state, "");
  ExpectUpdateSays({state, "is gone or empty", "put it back from a copy"});
  fs::remove(state);
  ExpectUpdateSays({state, "is gone or empty", "put it back from a copy"});
  fs::remove_all(home());
  fs::copy(folder_ / "copy", home(), fs::copy_options::recursive);
  ExpectCatchesUp();
}

TEST_F(BadTableTest, AStateThatIsNoFileAndAHomeThatIsNoFolderAreTold) {
  fs::create_directories(home() + "/weir.db");
  ExpectSays(Update(), 3, {home() + "/weir.db", "can't be opened", "choose another --home"});
  fs::remove_all(home());
  Replace(home(), "text");
  ExpectSays(Update(), 3, {home(), "Not a directory", "choose another --home"});
  fs::remove(home());
  ExpectGoodUpdate();
}

}  // namespace
}  // namespace weir::test
