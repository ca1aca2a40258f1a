// Several processes on one home at once, each a real weir: what they write into one table, what
// they make of the catalog, and what is left when they are killed at it.
#include <signal.h>

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "command_fixture.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;

constexpr int kWriters = 4;

class ContentionTest : public CommandTest {
 protected:
  void ExpectGood(const std::string& sql) {
    const Ended ended = Sql(sql);
    ASSERT_EQ(ended.exit_code, 0) << sql << "\n" << ended.err;
  }

  // One process a script, all at once.
  std::vector<std::unique_ptr<Process>> Start(const std::vector<std::string>& scripts) {
    std::vector<std::unique_ptr<Process>> all;
    for (const std::string& script : scripts) {
      ProcessOptions options;
      options.input = script;
      all.push_back(std::make_unique<Process>(
          std::vector<std::string>{WEIR_PROGRAM, "--home", home(), "--output", "csv", "sql"},
          options));
    }
    return all;
  }
  std::vector<Ended> RunTogether(const std::vector<std::string>& scripts) {
    std::vector<Ended> ends;
    for (const auto& process : Start(scripts)) ends.push_back(process->Wait());
    return ends;
  }
  std::vector<Ended> ExpectAllGood(const std::vector<std::string>& scripts) {
    auto ends = RunTogether(scripts);
    for (const Ended& ended : ends) EXPECT_EQ(ended.exit_code, 0) << ended.err;
    return ends;
  }

  // Its versions are 0, 1, 2 and so on up to `last`, each once.
  void ExpectVersionsUpTo(int last, const std::string& table) {
    std::multiset<int> versions;
    const auto texts = Rows("DESCRIBE HISTORY " + table);
    for (const std::string& text : texts) versions.insert(std::stoi(text));
    std::multiset<int> wanted;
    for (int version = 0; version <= last; ++version) wanted.insert(version);
    EXPECT_EQ(versions, wanted);
  }
};

std::string Repeated(int times, const std::function<std::string(int)>& statement) {
  std::string script;
  for (int i = 0; i < times; ++i) script += statement(i) + ";\n";
  return script;
}

// The numbers among the lines of an output.
std::vector<int> NumbersOf(const std::string& out) {
  std::vector<int> numbers;
  for (size_t at = 0; at < out.size(); at = out.find('\n', at) + 1) {
    if (std::isdigit(static_cast<unsigned char>(out[at])) != 0) {
      numbers.push_back(std::stoi(out.substr(at)));
    }
  }
  return numbers;
}

TEST_F(ContentionTest, InsertsIntoOneTableAllArriveOnceBesideReadersAndASchemaChange) {
  constexpr int kInserts = 20;
  constexpr int kAlters = 3;
  ExpectGood("CREATE TABLE t (writer INT, n INT)");
  std::vector<std::string> scripts;
  for (int writer = 0; writer < kWriters; ++writer) {
    scripts.push_back(Repeated(kInserts, [&](int n) {
      return "INSERT INTO t (writer, n) VALUES (" + std::to_string(writer) + ", " +
             std::to_string(n) + ")";
    }));
  }
  scripts.push_back(Repeated(kAlters, [](int n) {
    return "ALTER TABLE t ADD COLUMNS (more" + std::to_string(n) + " STRING)";
  }));
  scripts.push_back(Repeated(2 * kInserts, [](int) { return "SELECT count(*) FROM t"; }));
  const auto ends = ExpectAllGood(scripts);

  const auto seen = NumbersOf(ends.back().out);
  EXPECT_EQ(seen.size(), 2u * kInserts);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end())) << ends.back().out;
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT struct(writer, n)), min(n), max(n) FROM t"),
              testing::ElementsAre("80,80,0,19"));
  EXPECT_EQ(Rows("DESCRIBE TABLE t").size(), 2u + kAlters);
  ExpectVersionsUpTo(kWriters * kInserts + kAlters, "t");
}

TEST_F(ContentionTest, AnOverwriteFromTheTableItselfLosesNoAppend) {
  constexpr int kInserts = 12;
  ExpectGood("CREATE TABLE t (n INT)");
  const std::string inserts =
      Repeated(kInserts, [](int n) { return "INSERT INTO t VALUES (" + std::to_string(n) + ")"; });
  const std::string overwrites =
      Repeated(kInserts / 2, [](int) { return "INSERT OVERWRITE t SELECT n FROM t"; });
  ExpectAllGood({inserts, inserts, overwrites, overwrites});
  EXPECT_THAT(Rows("SELECT count(*), sum(n) FROM t"), testing::ElementsAre("24,132"));
  ExpectVersionsUpTo(3 * kInserts, "t");
}

TEST_F(ContentionTest, AReplacementFromTheTableItselfLosesNoAppend) {
  constexpr int kInserts = 12;
  ExpectGood("CREATE TABLE t (n INT)");
  ExpectAllGood(
      {Repeated(kInserts, [](int n) { return "INSERT INTO t VALUES (" + std::to_string(n) + ")"; }),
       Repeated(kInserts, [](int) { return "CREATE OR REPLACE TABLE t AS SELECT n FROM t"; })});
  EXPECT_THAT(Rows("SELECT count(*), sum(n) FROM t"), testing::ElementsAre("12,66"));
}

TEST_F(ContentionTest, InsertsThatReadTheirTableSeeEachOther) {
  constexpr int kInserts = 10;
  ExpectGood("CREATE TABLE numbers (n INT); INSERT INTO numbers VALUES (0)");
  const std::string next =
      Repeated(kInserts, [](int) { return "INSERT INTO numbers SELECT max(n) + 1 FROM numbers"; });
  ExpectAllGood({next, next, next});
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT n), max(n) FROM numbers"),
              testing::ElementsAre("31,31,30"));
}

// They are all of one file, and whoever comes second adds its rows to the other's vector.
TEST_F(ContentionTest, ChangesOfOtherRowsOfOneFileAllCount) {
  constexpr int kChanges = 10;
  ExpectGood(
      "CREATE TABLE t (id BIGINT, v BIGINT) TBLPROPERTIES ('delta.enableDeletionVectors' = "
      "'true'); "
      "INSERT INTO t SELECT id, 0 FROM range(4000)");
  std::vector<std::string> scripts;
  for (int writer = 0; writer < kWriters; ++writer) {
    scripts.push_back(Repeated(kChanges, [&](int n) {
      const std::string row = std::to_string(kWriters * n + writer);
      return n % 2 == 0 ? "DELETE FROM t WHERE id = " + row
                        : "UPDATE t SET v = 1 WHERE id = " + row;
    }));
  }
  ExpectAllGood(scripts);
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT id), sum(v) FROM t"),
              testing::ElementsAre("3980,3980,20"));
  ExpectVersionsUpTo(1 + kWriters * kChanges, "t");
}

TEST_F(ContentionTest, TablesOfOneHomeAreMadeRenamedAndDroppedTogether) {
  constexpr int kRounds = 8;
  std::vector<std::string> scripts;
  for (int process = 0; process < kWriters; ++process) {
    scripts.push_back(Repeated(kRounds, [&](int round) {
      const std::string name = std::to_string(process) + "_" + std::to_string(round);
      return "CREATE TABLE made_" + name + " AS SELECT " + std::to_string(round) +
             " AS n; ALTER TABLE made_" + name + " RENAME TO kept_" + name +
             "; SHOW TABLES; INSERT INTO kept_" + name + " VALUES (-1)" +
             (round % 2 == 0 ? "; DROP TABLE kept_" + name : "");
    }));
  }
  ExpectAllGood(scripts);
  EXPECT_EQ(Rows("SHOW TABLES").size(), kWriters * kRounds / 2u);
  for (int process = 0; process < kWriters; ++process) {
    const std::string name = "kept_" + std::to_string(process) + "_";
    EXPECT_THAT(Rows("SELECT * FROM " + name + "1 UNION ALL SELECT * FROM " + name + "7"),
                testing::ElementsAre("-1", "-1", "1", "7"));
  }
}

TEST_F(ContentionTest, OfThoseThatCreateOneNameOneDoesAndTheOthersAreTold) {
  ExpectGood("CREATE SCHEMA s");
  for (int round = 0; round < 5; ++round) {
    int made = 0;
    for (const Ended& ended :
         RunTogether(std::vector<std::string>(kWriters, "CREATE TABLE s.one AS SELECT 1 AS n"))) {
      made += ended.exit_code == 0;
      if (ended.exit_code != 0) ExpectSays(ended, 1, {"[TABLE_OR_VIEW_ALREADY_EXISTS]"});
    }
    EXPECT_EQ(made, 1);
    EXPECT_THAT(Rows("SELECT * FROM s.one"), testing::ElementsAre("1"));
    int dropped = 0;
    for (const Ended& ended : RunTogether(std::vector<std::string>(kWriters, "DROP TABLE s.one"))) {
      dropped += ended.exit_code == 0;
      if (ended.exit_code != 0) ExpectSays(ended, 1, {"[TABLE_OR_VIEW_NOT_FOUND]"});
    }
    EXPECT_EQ(dropped, 1);
    EXPECT_TRUE(fs::is_empty(home() + "/data"));
  }
}

TEST_F(ContentionTest, WhoReadsATableThatIsDroppedIsToldThatItIsNotThere) {
  constexpr int kReads = 60;
  const auto maker = Start({Repeated(5000, [](int) {
    return "CREATE TABLE comes AS SELECT 1 AS n; INSERT INTO comes VALUES (2); "
           "INSERT INTO comes VALUES (3); DROP TABLE comes";
  })});
  int read = 0;
  for (int i = 0; i < kReads; ++i) {
    const Ended ended = Sql(i % 2 == 0 ? "SELECT * FROM comes" : "DESCRIBE TABLE comes");
    read += ended.exit_code == 0;
    if (ended.exit_code != 0) ExpectSays(ended, 1, {"[TABLE_OR_VIEW_NOT_FOUND]"});
  }
  maker.front()->Kill();
  EXPECT_EQ(maker.front()->Wait().signal, SIGKILL);
  std::cout << read << " read it, " << kReads - read << " were told that it is not there\n";
}

class CatalogKillTest : public ContentionTest, public testing::WithParamInterface<unsigned> {};

// Of what was being made or dropped a folder may be left that no row names; never a row without
// log.
TEST_P(CatalogKillTest, LeavesNoRowWithoutAReadableTable) {
  constexpr int kKills = 12;
  ExpectGood("CREATE TABLE first AS SELECT 1 AS n");
  std::mt19937 chance(GetParam());
  for (int kill = 0; kill < kKills && !HasFailure(); ++kill) {
    std::vector<std::string> scripts;
    for (int process = 0; process < 2; ++process) {
      const std::string mark = std::to_string(kill) + "_" + std::to_string(process) + "_";
      scripts.push_back(Repeated(200, [&](int round) {
        const std::string name = "t" + mark + std::to_string(round);
        return "CREATE TABLE " + name + " AS SELECT " + std::to_string(round) +
               " AS n; ALTER TABLE " + name + " RENAME TO r" + name + "; INSERT INTO r" + name +
               " VALUES (-1)" + (round % 3 == 0 ? "" : "; DROP TABLE r" + name);
      }));
    }
    const auto running = Start(scripts);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution<>(20, 300)(chance)));
    for (const auto& process : running) process->Kill();
    for (const auto& process : running) EXPECT_EQ(process->Wait().signal, SIGKILL);

    std::string reads = "SELECT 0 AS n";
    size_t tables = 0;
    for (const std::string& row : Rows("SHOW TABLES")) {
      const size_t name = row.find(',') + 1;
      reads += " UNION ALL SELECT n FROM " + row.substr(name, row.find(',', name) - name);
      ++tables;
    }
    SCOPED_TRACE("kill " + std::to_string(kill) + " of seed " + std::to_string(GetParam()));
    EXPECT_GE(Rows(reads).size(), 1 + tables);
    size_t folders = 0;
    for (const auto& folder : fs::directory_iterator(home() + "/data")) {
      folders += folder.is_directory();
    }
    EXPECT_GE(folders, tables);
  }
  ExpectGood("CREATE TABLE last AS SELECT 1 AS n; DROP TABLE last");
}

INSTANTIATE_TEST_SUITE_P(Seeded, CatalogKillTest, testing::Values(20'260'301u));

}  // namespace
}  // namespace weir::test
