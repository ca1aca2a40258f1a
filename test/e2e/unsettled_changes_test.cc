// Changes by queries that may come out otherwise each time: no row is lost or doubled, and the
// change feed says what the table does. With enough rows for several threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "support/temporary_folder.h"
#include "support/test_app.h"

namespace weir::test {
namespace {

using testing::ElementsAre;

// The properties of the table that is changed: how its rows are found and written.
class UnsettledChangesTest : public testing::TestWithParam<std::string> {
 protected:
  UnsettledChangesTest() {
    Sql("CREATE TABLE t (k INT, v INT)" +
        (GetParam().empty() ? "" : " TBLPROPERTIES (" + GetParam() + ")"));
    Sql("INSERT INTO t SELECT CAST(id AS INT), -1 FROM range(0, 2500) AS r(id)");
    Sql("INSERT INTO t SELECT CAST(id AS INT), -1 FROM range(2500, 5000) AS r(id)");
    // Of each key four rows that nothing tells apart by time, in several files.
    Sql("CREATE TABLE s (k INT, ts INT, op STRING, v INT)");
    for (int part = 0; part < 4; ++part) {
      Sql("INSERT INTO s SELECT CAST(id % 5000 AS INT), 1, CASE WHEN (id + " +
          std::to_string(part) + ") % 2 = 0 THEN 'upd' ELSE 'old' END, CAST(id AS INT) + " +
          std::to_string(part * 5000) + " FROM range(5000) AS r(id)");
    }
  }

  std::vector<std::string> Sql(const std::string& sql) { return test::Run(*session_, sql); }
  int64_t Number(const std::string& sql) { return std::stoll(Sql(sql).at(0)); }

  bool HasFeed() const { return GetParam().find("ChangeDataFeed") != std::string::npos; }

  // Rows of the table and of its keys.
  void ExpectKeysAre(int64_t rows) {
    EXPECT_THAT(Sql("SELECT count(*), count(DISTINCT k) FROM t"),
                ElementsAre(std::to_string(rows) + "|" + std::to_string(rows)));
  }

  // What the feed says of a change makes the table of before what it is then.
  void ExpectFeedTellsOf(int64_t version) {
    const std::string feed = "FROM table_changes('t', " + std::to_string(version) + ", " +
                             std::to_string(version) + ") WHERE _change_type IN ";
    const std::string made = "SELECT k, v FROM t VERSION AS OF " + std::to_string(version - 1) +
                             " EXCEPT ALL SELECT k, v " + feed +
                             "('delete', 'update_preimage') UNION ALL SELECT k, v " + feed +
                             "('insert', 'update_postimage')";
    const std::string is = "SELECT k, v FROM t VERSION AS OF " + std::to_string(version);
    EXPECT_EQ(Number("SELECT count(*) FROM ((" + made + ") EXCEPT ALL (" + is + "))"), 0);
    EXPECT_EQ(Number("SELECT count(*) FROM ((" + is + ") EXCEPT ALL (" + made + "))"), 0);
  }

  // Runs a change as the version of that number.
  std::vector<std::string> Change(const std::string& sql) {
    auto counts = Sql(sql);
    ++version_;
    if (HasFeed()) ExpectFeedTellsOf(version_);
    ExpectNoRowsAreHeld();
    return counts;
  }

  // Nothing of what was computed first is left, where no feed has files of its own.
  void ExpectNoRowsAreHeld() const {
    if (HasFeed()) return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "home")) {
      EXPECT_FALSE(entry.path().filename().string().starts_with("cdc-")) << entry.path();
    }
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_ / "work");
  int64_t version_ = 2;  // Of t: made, and filled twice.
};

TEST_P(UnsettledChangesTest, MergeOfTheFirstOfEqualRowsUpdatesEachRowOnce) {
  const auto counts = Change(
      "MERGE INTO t USING (SELECT * FROM s QUALIFY row_number() OVER (PARTITION BY k ORDER BY ts "
      "DESC) = 1) s ON t.k = s.k WHEN MATCHED AND s.op = 'upd' THEN UPDATE SET v = s.v");
  ExpectKeysAre(5000);
  const int64_t updated = Number("SELECT count(*) FROM t WHERE v >= 0");
  EXPECT_EQ(counts.at(0), std::to_string(updated) + "|" + std::to_string(updated) + "|0|0");
}

TEST_P(UnsettledChangesTest, MergeOfAnyValueOrASampleInsertsOrUpdates) {
  Change(
      "MERGE INTO t USING (SELECT any_value(k) AS k, any_value(v) AS v FROM s GROUP BY k % 1000) s "
      "ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *");
  ExpectKeysAre(5000);
  Sql("CREATE TABLE one (k INT, v INT)");
  Sql("INSERT INTO one SELECT CAST(id AS INT), 7 FROM range(2500, 7500) AS r(id)");
  Change(
      "MERGE INTO t USING (SELECT * FROM one TABLESAMPLE (50 PERCENT)) s ON t.k = s.k WHEN MATCHED "
      "THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *");
  ExpectKeysAre(Number("SELECT count(*) FROM t"));
  Change(
      "MERGE INTO t USING (SELECT k, rand() AS r FROM one) s ON t.k = s.k WHEN MATCHED AND s.r < "
      "0.5 THEN DELETE WHEN NOT MATCHED AND s.r < 0.5 THEN INSERT (k, v) VALUES (s.k, 8)");
  ExpectKeysAre(Number("SELECT count(*) FROM t"));
}

TEST_P(UnsettledChangesTest, MergeBySubqueriesAsksThemOnce) {
  Sql("CREATE TABLE one (k INT)");
  Sql("INSERT INTO one SELECT CAST(id AS INT) FROM range(5000) AS r(id)");
  EXPECT_THAT(Change("MERGE INTO t USING one s ON t.k = s.k WHEN MATCHED AND s.k IN (SELECT k FROM "
                     "one LIMIT 1000) THEN UPDATE SET v = 9"),
              ElementsAre("1000|1000|0|0"));
  ExpectKeysAre(5000);
  EXPECT_EQ(Number("SELECT count(*) FROM t WHERE v = 9"), 1000);
}

TEST_P(UnsettledChangesTest, UpdateChangesTheRowsThatItFound) {
  EXPECT_THAT(
      Change("UPDATE t SET v = v + 2 WHERE k IN (SELECT any_value(k) FROM s GROUP BY k % 1000)"),
      ElementsAre("1000"));
  ExpectKeysAre(5000);
  EXPECT_EQ(Number("SELECT count(*) FROM t WHERE v = 1"), 1000);
  const auto counts =
      Change("UPDATE t SET v = 100 WHERE k IN (SELECT k FROM s TABLESAMPLE (20 PERCENT))");
  ExpectKeysAre(5000);
  EXPECT_EQ(counts.at(0), std::to_string(Number("SELECT count(*) FROM t WHERE v = 100")));
}

TEST_P(UnsettledChangesTest, DeleteTakesTheRowsThatItFound) {
  const auto counts = Change("DELETE FROM t WHERE k IN (SELECT k FROM s TABLESAMPLE (1 PERCENT))");
  ExpectKeysAre(5000 - std::stoll(counts.at(0)));
  const int64_t left = Number("SELECT count(*) FROM t");
  EXPECT_THAT(
      Change("DELETE FROM t WHERE EXISTS (SELECT 1 FROM (SELECT k FROM t LIMIT 2000) u WHERE "
             "u.k = t.k)"),
      ElementsAre("2000"));
  ExpectKeysAre(left - 2000);
}

TEST_P(UnsettledChangesTest, ReplaceUsingTakesTheRowsThatItGives) {
  Sql("CREATE TABLE one (key INT, v INT)");
  Sql("INSERT INTO one SELECT CAST(id AS INT), 5 FROM range(5000) AS r(id)");
  Change("INSERT INTO t REPLACE USING (k) SELECT key AS k, v FROM one TABLESAMPLE (50 PERCENT)");
  ExpectKeysAre(5000);
  Change(
      "INSERT INTO t AS o REPLACE ON o.k = n.key (SELECT key, NULL FROM one TABLESAMPLE (30 "
      "PERCENT)) AS n");
  ExpectKeysAre(5000);
  Change(
      "INSERT INTO t BY NAME REPLACE USING (k) SELECT 6 AS v, first(key) AS k FROM one GROUP BY "
      "key % 100");
  ExpectKeysAre(5000);
  EXPECT_EQ(Number("SELECT count(*) FROM t WHERE v = 6"), 100);
}

INSTANTIATE_TEST_SUITE_P(
    Tables, UnsettledChangesTest,
    testing::Values("", "'delta.enableDeletionVectors' = 'true'",
                    "'delta.enableChangeDataFeed' = 'true'",
                    "'delta.enableDeletionVectors' = 'true', 'delta.enableChangeDataFeed' = "
                    "'true'"),
    [](const auto& info) {
      const bool vectors = info.param.find("DeletionVectors") != std::string::npos;
      const bool feed = info.param.find("ChangeDataFeed") != std::string::npos;
      return std::string(vectors ? "Vectors" : "Files") + (feed ? "WithFeed" : "");
    });

}  // namespace
}  // namespace weir::test
