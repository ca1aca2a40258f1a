// Places that can't be read, written or grown: the exit code says so, the message names the place
// and the way out, and once that is mended the next update makes everything good.
#include "e2e/command_fixture.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kDenied = 3;
constexpr int kEnvironment = 4;
constexpr const char* kSelect = "SELECT id, name FROM main.p.t";

class DeniedTest : public CommandTest {
 protected:
  static ProcessOptions WithoutPrivileges() {
    ProcessOptions options;
    options.without_privileges = true;
    return options;
  }
  static void Allow(const std::string& path, fs::perms permissions) {
    fs::permissions(path, permissions);
  }
  // With these permissions on the path an update of a new file is refused; with them back it is
  // done.
  void ExpectDeniedAt(const std::string& path, fs::perms permissions,
                      const std::vector<std::string>& parts) {
    const fs::perms before = fs::status(path).permissions();
    Allow(path, permissions);
    ExpectSays(Update(WithoutPrivileges()), kDenied, parts);
    Allow(path, before);
    const Ended after = Update(WithoutPrivileges());
    EXPECT_EQ(after.exit_code, 0) << after.err;
    const auto rows = Rows(kSelect);
    EXPECT_EQ(rows.size(), static_cast<size_t>(1 + files_)) << after.err;
  }
  void LandNext() {
    ++files_;
    Land("in/" + std::to_string(files_) + ".csv",
         "id,name\n" + std::to_string(files_ + 1) + ",x\n");
  }

  int files_ = 1;
  static constexpr fs::perms kNone = fs::perms::none;
  static constexpr fs::perms kReadOnly = fs::perms::owner_read | fs::perms::owner_exec;
};

TEST_F(DeniedTest, ASourceFile) {
  LandNext();
  ExpectDeniedAt(Path("in/2.csv"), kNone,
                 {Path("in/2.csv"), "permission denied", "give this user"});
}

TEST_F(DeniedTest, ASourceFolder) {
  ExpectDeniedAt(Path("in"), kNone, {Path("in"), "permission denied", "give this user"});
}

TEST_F(DeniedTest, AFolderBelowTheSource) {
  Land("in/below/2.csv", "id,name\n3,x\n");
  ++files_;
  ExpectDeniedAt(Path("in/below"), kNone, {Path("in/below"), "permission denied"});
}

TEST_F(DeniedTest, ASourceThatIsLookedIntoForItsColumns) {
  WriteFlows(
      "CREATE STREAMING TABLE t AS SELECT * FROM STREAM read_files('in', format => 'csv', "
      "header => true)");
  ExpectDeniedAt(Path("in/1.csv"), kNone, {"flows.sql:1:", Path("in/1.csv"), "permission denied"});
}

TEST_F(DeniedTest, AHomeThatIsNew) {
  fs::create_directories(home());
  ExpectDeniedAt(home(), kReadOnly, {home(), "can't be opened or created", "another --home"});
}

TEST_F(DeniedTest, AHomeThatMayNotEvenBeEntered) {
  ExpectGoodUpdate();
  LandNext();
  ExpectDeniedAt(home(), kNone, {home(), "can't be opened or created", "another --home"});
}

TEST_F(DeniedTest, AHomeThatMayNotBeWrittenSaysWhyASelectNeedsIt) {
  ExpectGoodUpdate();
  const auto select = [&] { return Weir({"sql", "-e", kSelect}, WithoutPrivileges()); };
  EXPECT_EQ(select().exit_code, 0);
  // Those of a copy on a disk that is mounted for reading.
  for (const auto& entry : fs::directory_iterator(home())) {
    if (entry.is_regular_file()) Allow(entry.path(), fs::perms::owner_read);
  }
  Allow(home(), kReadOnly);
  ExpectSays(select(), kDenied, {home(), "a SELECT too", "recorded", "--home"});
  Allow(home(), fs::perms::owner_all);
}

TEST_F(DeniedTest, TheFolderOfATable) {
  ExpectGoodUpdate();
  LandNext();
  ExpectDeniedAt(Table(), kReadOnly,
                 {Table(), "can't write", "permission denied", "give this user"});
  LandNext();
  ExpectDeniedAt(Table(), kNone, {Table(), "permission denied", "give this user"});
}

TEST_F(DeniedTest, TheLogOfATable) {
  ExpectGoodUpdate();
  const std::string log = Table() + "/_delta_log";
  LandNext();
  ExpectDeniedAt(log, kReadOnly, {log, "can't write", "permission denied", "give this user"});
  LandNext();
  ExpectDeniedAt(log, kNone, {log, "permission denied", "give this user"});
}

TEST_F(DeniedTest, TheStorageKeepsOnlyItsReportFromBeingKept) {
  fs::create_directories(Path("storage"));
  Allow(Path("storage"), kReadOnly);
  ExpectSays(Update(WithoutPrivileges()), kDenied,
             {"completed: 1 updated", "its report was not kept in the `storage` of",
              "spark-pipeline.yml", Path("storage"), "permission denied"});
  EXPECT_EQ(Rows(kSelect).size(), 2u);
  Allow(Path("storage"), fs::perms::owner_all);
  ExpectSays(Update(WithoutPrivileges()), 0, {"nothing new"});
}

class FullDiskTest : public CommandTest {
 protected:
  static constexpr int kRows = 60'000;

  // So many rows that their data file is larger than the state's files.
  void LandMuch(const std::string& name, int from) {
    std::string text = "id,name\n";
    uint64_t random = 88'172'645'463'325'252u;
    for (int i = from; i < from + kRows; ++i) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      text += std::to_string(i) + "," + std::to_string(random) + "\n";
    }
    Land(name, text);
  }
  Ended UpdateWithin(uint64_t bytes) {
    ProcessOptions options;
    options.without_privileges = true;
    options.file_size_limit = bytes;
    return Update(options);
  }
  void ExpectOnce(int rows) {
    EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT id) FROM main.p.t"),
                ElementsAre(std::to_string(rows) + "," + std::to_string(rows)));
  }
};

TEST_F(FullDiskTest, ANewHomeNeedsRoomForItsState) {
  LandMuch("in/1.csv", 0);
  for (const uint64_t bytes : {1'000, 5'000, 20'000, 50'000, 100'000}) {
    SCOPED_TRACE(bytes);
    fs::remove_all(home());
    ExpectSays(UpdateWithin(bytes), kEnvironment, {home(), "disk is full", "free some space"});
    ExpectGoodUpdate();
    ExpectOnce(kRows);
  }
}

TEST_F(FullDiskTest, ATableNeedsRoomForItsRows) {
  ExpectGoodUpdate();
  LandMuch("in/2.csv", 10);
  for (const uint64_t bytes : {400'000, 600'000}) {
    SCOPED_TRACE(bytes);
    ExpectSays(UpdateWithin(bytes), kEnvironment,
               {"FAILED    main.p.t", Table(), "larger than the limit", "ulimit -f", "run again"});
    EXPECT_EQ(Rows(kSelect).size(), 2u);
  }
  ExpectGoodUpdate();
  ExpectOnce(kRows + 2);
}

TEST_F(FullDiskTest, AStateThatCannotGrowStopsTheUpdate) {
  ExpectGoodUpdate();
  LandMuch("in/2.csv", 10);
  for (const uint64_t bytes : {1'000, 5'000, 20'000, 50'000}) {
    SCOPED_TRACE(bytes);
    ExpectSays(UpdateWithin(bytes), kEnvironment, {home(), "disk is full", "free some space"});
  }
  ExpectGoodUpdate();
  ExpectOnce(kRows + 2);
}

}  // namespace
}  // namespace weir::test
