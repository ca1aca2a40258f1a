#include "weir/state/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "weir/base/error.h"
#include "weir/state/migrations.h"

namespace weir::state {
namespace {

using ::testing::HasSubstr;

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-state-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/a home/state.db";
  }
  ~DatabaseTest() override { std::filesystem::remove_all(folder_); }

  static void MakeCounter(Database& database) {
    Tx tx = database.Begin();
    tx.Run("CREATE TABLE counter (n INTEGER NOT NULL)");
    tx.Run("INSERT INTO counter VALUES (0)");
    tx.Commit();
  }
  static void Increment(Database& database) {
    Tx tx = database.Begin();
    int64_t n = 0;
    {
      Statement read = tx.Query("SELECT n FROM counter");
      read.Next();
      n = read.Int(0);
    }
    tx.Run("UPDATE counter SET n = ?", n + 1);
    tx.Commit();
  }
  static int64_t Count(Database& database) {
    ReadTx now = database.Read();
    Statement read = now.Query("SELECT n FROM counter");
    EXPECT_TRUE(read.Next());
    return read.Int(0);
  }
  // Runs `body` in a process of its own; gives its wait status.
  template <typename Body>
  static pid_t Fork(Body body) {
    const pid_t child = fork();
    if (child == 0) {
      try {
        body();
        _exit(0);
      } catch (const std::exception& error) {
        fprintf(stderr, "child: %s\n", error.what());
        _exit(1);
      }
    }
    return child;
  }
  static int WaitFor(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
  void Raw(const std::string& sql) {
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &raw), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
  }
  std::string MessageOfOpening(ErrorCode code) {
    try {
      Database database(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      return error.what();
    }
    ADD_FAILURE() << "it opened";
    return {};
  }

  std::string folder_;
  std::string path_;
};

TEST_F(DatabaseTest, MakesItsFolderForThisUserAlone) {
  const Database database(path_);
  struct stat status;
  ASSERT_EQ(stat((folder_ + "/a home").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(DatabaseTest, KeepsWhatWasCommittedWithItsTypes) {
  const std::string text("a\0'b\n", 5);
  {
    Database database(path_);
    Tx tx = database.Begin();
    tx.Run("CREATE TABLE t (i INTEGER, s TEXT, n TEXT)");
    EXPECT_EQ(tx.Run("INSERT INTO t VALUES (?, ?, ?)", int64_t{-5} << 40, text,
                     std::optional<std::string>()),
              1);
    tx.Commit();
  }
  Database again(path_);
  ReadTx now = again.Read();
  Statement rows = now.Query("SELECT i, s, n, '' FROM t");
  ASSERT_TRUE(rows.Next());
  EXPECT_EQ(rows.Int(0), int64_t{-5} << 40);
  EXPECT_EQ(rows.Text(1), text);
  EXPECT_EQ(rows.TextOrNull(2), std::nullopt);
  EXPECT_EQ(rows.TextOrNull(3), "");
  EXPECT_FALSE(rows.Next());
}

TEST_F(DatabaseTest, ATransactionThatIsNotCommittedNeverWas) {
  Database database(path_);
  MakeCounter(database);
  {
    Tx tx = database.Begin();
    tx.Run("UPDATE counter SET n = 7");
  }
  EXPECT_EQ(Count(database), 0);
  Increment(database);
  EXPECT_EQ(Count(database), 1);
}

TEST_F(DatabaseTest, RunsInWalModeWithFullSyncAndForeignKeys) {
  Database database(path_);
  ReadTx now = database.Read();
  Statement mode = now.Query("PRAGMA journal_mode");
  ASSERT_TRUE(mode.Next());
  EXPECT_EQ(mode.Text(0), "wal");
  Statement sync = now.Query("PRAGMA synchronous");
  ASSERT_TRUE(sync.Next());
  EXPECT_EQ(sync.Int(0), 2);
  Statement keys = now.Query("PRAGMA foreign_keys");
  ASSERT_TRUE(keys.Next());
  EXPECT_EQ(keys.Int(0), 1);
}

TEST_F(DatabaseTest, BreakingAUniquenessRuleIsExists) {
  Database database(path_);
  Tx tx = database.Begin();
  tx.Run("CREATE TABLE t (s TEXT UNIQUE)");
  tx.Run("INSERT INTO t VALUES ('a')");
  try {
    tx.Run("INSERT INTO t VALUES ('a')");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kExists);
  }
}

TEST_F(DatabaseTest, FourProcessesLoseNoIncrementAndNoneFails) {
  { Database database(path_); }
  pid_t children[4];
  {
    Database database(path_);
    MakeCounter(database);
  }
  for (pid_t& child : children) {
    child = Fork([this] {
      Database database(path_);
      for (int i = 0; i < 200; ++i) Increment(database);
    });
  }
  for (const pid_t child : children) EXPECT_EQ(WaitFor(child), 0);
  Database database(path_);
  EXPECT_EQ(Count(database), 800);
}

TEST_F(DatabaseTest, ManyProcessesMayMakeTheHomeAtOnce) {
  for (int round = 0; round < 10; ++round) {
    path_ = folder_ + "/" + std::to_string(round) + "/state.db";
    pid_t children[6];
    for (pid_t& child : children) {
      child = Fork([this] {
        Database database(path_);
        Tx tx = database.Begin();
        tx.Run("CREATE TABLE IF NOT EXISTS t (i INTEGER)");
        tx.Run("INSERT INTO t VALUES (1)");
        tx.Commit();
      });
    }
    for (const pid_t child : children) EXPECT_EQ(WaitFor(child), 0);
    Database database(path_);
    ReadTx now = database.Read();
    Statement rows = now.Query("SELECT count(*) FROM t");
    ASSERT_TRUE(rows.Next());
    EXPECT_EQ(rows.Int(0), 6);
  }
}

TEST_F(DatabaseTest, ThreadsShareADatabase) {
  Database database(path_);
  MakeCounter(database);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        Increment(database);
        Count(database);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count(database), 100);
}

TEST_F(DatabaseTest, AWriterThatIsHeldUpTooLongSaysSo) {
  Database database(path_);
  Database impatient(path_, {.busy_timeout_millis = 20});
  const Tx holder = database.Begin();
  try {
    const Tx waiting = impatient.Begin();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.what(), HasSubstr("another process"));
  }
}

TEST_F(DatabaseTest, ReadersDontWaitForAWriter) {
  Database database(path_);
  MakeCounter(database);
  Tx writer = database.Begin();
  writer.Run("UPDATE counter SET n = 5");
  EXPECT_EQ(Count(database), 0);
  writer.Commit();
  EXPECT_EQ(Count(database), 5);
}

// Killed at each call in turn, the increment happened wholly or not at all, and the next works.
TEST_F(DatabaseTest, KilledAtAnyCallNothingIsHalfDone) {
  {
    Database database(path_);
    MakeCounter(database);
  }
  int64_t expected = 0;
  for (int kill_at = 1;; ++kill_at) {
    const int status = WaitFor(Fork([&] {
      int calls = 0;
      Database database(path_, {.fault_hook = [&](const std::string&) {
                          if (++calls == kill_at) kill(getpid(), SIGKILL);
                        }});
      Increment(database);
    }));
    Database database(path_);
    const int64_t count = Count(database);
    EXPECT_TRUE(count == expected || (count == expected + 1)) << kill_at;
    expected = count;
    if (status == 0) break;
    ASSERT_LT(kill_at, 20);
  }
  EXPECT_EQ(expected, 2);  // The one killed after its commit, and the one that wasn't.
}

TEST_F(DatabaseTest, ANewHomeKilledAtAnyCallIsMadeByTheNext) {
  for (int kill_at = 1; kill_at <= 5; ++kill_at) {
    path_ = folder_ + "/" + std::to_string(kill_at) + "/state.db";
    WaitFor(Fork([&] {
      int calls = 0;
      const Database database(path_, {.fault_hook = [&](const std::string&) {
                                if (++calls == kill_at) kill(getpid(), SIGKILL);
                              }});
    }));
    Database database(path_);
    ReadTx now = database.Read();
    EXPECT_TRUE(now.Query("SELECT * FROM revision").Next());
  }
}

// A home that was made before there were volumes: its grants stay what they are, and what was an
// event log is called so.
TEST_F(DatabaseTest, AHomeOfTheFirstFormatIsBroughtUpToDate) {
  std::filesystem::create_directory(folder_ + "/a home");
  Raw(std::string(Migrations()[0]) +
      "INSERT INTO catalogs VALUES (1, 'main', 'ada', NULL, 1, 1);"
      "INSERT INTO schemas VALUES (2, 1, 'default', 'ada', NULL, '{}', 1, 1);"
      "INSERT INTO tables (id, schema, name, kind, owner, properties, location, pipeline, created, "
      "updated, revision) VALUES ('t', 2, 't', 'MANAGED', 'ada', '{}', 'file:///t', '', 1, 1, 1),"
      "  ('l', 2, 'l', 'MANAGED', 'ada', '{}', 'file:///l', 'p@/x', 1, 1, 1),"
      "  ('s', 2, 's', 'STREAMING_TABLE', 'ada', '{}', 'file:///s', 'p@/x', 1, 1, 1);"
      "INSERT INTO statements VALUES ('b', 'ada', 'SELECT 2', '[]', '[]', 'ALLOWED', 7, 8, 'boot', "
      "    2, NULL, NULL, NULL),"
      "  ('c', 'ada', 'SELECT 1', '[]', '[]', 'ALLOWED', 7, 8, 'boot', 1, 3, 'SUCCEEDED', '{}');"
      "INSERT INTO grants VALUES (5, 'bob', 'READ FILES', NULL, NULL, NULL),"
      "  (6, 'bob', 'USE CATALOG', 1, NULL, NULL), (7, 'bob', 'USE SCHEMA', NULL, 2, NULL),"
      "  (8, 'bob', 'SELECT', NULL, NULL, 't');"
      "PRAGMA application_id=0x77656972; PRAGMA user_version=1");
  Database database(path_);
  Tx tx = database.Begin();
  std::string grants;
  {
    Statement row = tx.Query(
        "SELECT id || privilege || ifnull(catalog, '') || ifnull(schema, '') || "
        "ifnull(table_id, '') || ifnull(volume_id, '') FROM grants ORDER BY id");
    while (row.Next()) grants += row.Text(0) + " ";
  }
  EXPECT_EQ(grants, "5READ FILES 6USE CATALOG1 7USE SCHEMA2 8SELECTt ");
  std::string kinds;
  {
    Statement row = tx.Query("SELECT id || kind FROM tables ORDER BY id");
    while (row.Next()) kinds += row.Text(0) + " ";
  }
  EXPECT_EQ(kinds, "lEVENT_LOG sSTREAMING_TABLE tMANAGED ");
  // Records of statements have numbers, in the order in which they began.
  std::string statements;
  {
    Statement row = tx.Query(
        "SELECT number || id || text || begun || ifnull(outcome, '') FROM statements ORDER BY 1");
    while (row.Next()) statements += row.Text(0) + " ";
  }
  EXPECT_EQ(statements, "1cSELECT 11SUCCEEDED 2bSELECT 22 ");
  // Grants go with what they are on, as before.
  tx.Run("DELETE FROM tables WHERE id = 't'");
  EXPECT_FALSE(tx.Query("SELECT 1 FROM grants WHERE id = 8").Next());
  tx.Run("INSERT INTO volumes VALUES ('v', 2, 'v', 'MANAGED', 'ada', NULL, 'file:///v', 1, 1, 1)");
  tx.Run("INSERT INTO grants (principal, privilege, volume_id) VALUES ('bob', 'READ VOLUME', 'v')");
  tx.Run("DELETE FROM volumes WHERE id = 'v'");
  EXPECT_FALSE(tx.Query("SELECT 1 FROM grants WHERE privilege = 'READ VOLUME'").Next());
  tx.Commit();
}

TEST_F(DatabaseTest, AHomeOfANewerFormatIsRefusedAndToldWhatToDo) {
  { Database database(path_); }
  Raw("PRAGMA user_version=9999");
  const std::string message = MessageOfOpening(ErrorCode::kUnsupported);
  EXPECT_THAT(message, HasSubstr("format 9999"));
  EXPECT_THAT(message, HasSubstr("--home"));
}

TEST_F(DatabaseTest, TheDatabaseOfAnotherProgramIsLeftAlone) {
  std::filesystem::create_directory(folder_ + "/a home");
  Raw("CREATE TABLE theirs (x)");
  EXPECT_THAT(MessageOfOpening(ErrorCode::kInvalid), HasSubstr("another program"));
}

TEST_F(DatabaseTest, AFileThatIsNoDatabaseIsCorrupt) {
  std::filesystem::create_directory(folder_ + "/a home");
  std::ofstream(path_) << std::string(5000, 'x');
  EXPECT_THAT(MessageOfOpening(ErrorCode::kCorrupt), HasSubstr(path_));
}

TEST_F(DatabaseTest, APlaceThatCantBeMadeIsDenied) {
  std::ofstream(folder_ + "/a home") << "a file";
  EXPECT_THAT(MessageOfOpening(ErrorCode::kDenied), HasSubstr("--home"));
}

}  // namespace
}  // namespace weir::state
