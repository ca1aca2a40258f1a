// A batch that failed is not in the table, so whoever mends what it read goes on without it:
// nothing has to be emptied and read anew.
#include "e2e/command_fixture.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kEvents =
    "STREAM read_files('in', format => 'csv', header => true, schema => 'id INT, name STRING, "
    "seq INT')";

class MendedSourceTest : public CommandTest {
 protected:
  MendedSourceTest() { fs::remove(Path("in/1.csv")); }

  void ExpectFails(const std::string& what) { ExpectSays(Update(), 1, {what}); }
  void SqlDone(const std::string& sql) {
    const Ended ended = Sql(sql);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
  }
};

TEST_F(MendedSourceTest, AFileIsReadAsItIsOnceMended) {
  WriteFlows(
      "CREATE STREAMING TABLE t (CONSTRAINT named EXPECT (name IS NOT NULL) ON VIOLATION FAIL "
      "UPDATE) AS SELECT id, name FROM " +
      std::string(kEvents));
  Land("in/1.csv", "id,name,seq\n1,one,1\n");
  ExpectGoodUpdate();
  Land("in/2.csv", "id,name,seq\n2,,1\n");
  Land("in/3.csv", "id,name,seq\n3,three,1\n");
  ExpectFails("named");
  ExpectFails("named");
  Land("in/2.csv", "id,name,seq\n2,two and a half,1\n");
  const Ended mended = Update();
  EXPECT_THAT(mended.err,
              HasSubstr("what a batch that was not committed was to read is gone, or changed"));
  EXPECT_THAT(Rows("SELECT * FROM main.p.t"), ElementsAre("1,one", "2,two and a half", "3,three"));
  ExpectSays(Update(), 0, {"nothing new"});
  Land("in/4.csv", "id,name,seq\n4,,1\n");
  ExpectFails("named");
  fs::remove(Path("in/4.csv"));
  ExpectSays(Update(), 0, {"nothing new"});
  Land("in/5.csv", "id,name,seq\n5,five,1\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), ElementsAre("1", "2", "3", "5"));
}

// The first batch of all: nothing of it may be left in what is kept beside the table.
TEST_F(MendedSourceTest, ChangesAreAppliedOnceTheirFileIsMended) {
  WriteFlows("CREATE STREAMING TABLE t;\nCREATE FLOW f AS AUTO CDC INTO t FROM " +
             std::string(kEvents) + " KEYS (id) SEQUENCE BY seq STORED AS SCD TYPE 2;");
  Land("in/1.csv", "id,name,seq\n1,one,1\n,nobody,1\n");
  ExpectFails("events whose key (id) is NULL, so whose they are is not known (1 of them)");
  Land("in/1.csv", "id,name,seq\n1,won,1\n2,two,1\n");
  ExpectGoodUpdate();
  Land("in/2.csv", "id,name,seq\n2,TWO,\n");
  ExpectFails("flow main.p.f into main.p.t read events whose SEQUENCE BY is NULL");
  Land("in/2.csv", "id,name,seq\n2,TWO,2\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT * FROM main.p.t"),
              ElementsAre("1,won,1,1,", "2,TWO,2,2,", "2,two,1,1,2"));
}

TEST_F(MendedSourceTest, WhatAStreamKeepsGoesByTheMendedFile) {
  WriteFlows(
      "CREATE STREAMING TABLE t AS SELECT window.start AS at, count(*) AS n, sum(v) AS v FROM "
      "(SELECT at, CAST(v AS INT) AS v FROM STREAM read_files('in', format => 'csv', header => "
      "true, schema => 'at TIMESTAMP, v STRING')) WATERMARK at DELAY OF INTERVAL 0 SECONDS "
      "GROUP BY window(at, '1 hour')");
  Land("in/1.csv", "at,v\n2026-01-01 00:10:00,1\n2026-01-01 00:20:00,x\n");
  ExpectFails("CAST_INVALID_INPUT");
  Land("in/1.csv", "at,v\n2026-01-01 00:10:00,1\n2026-01-01 00:20:00,2\n");
  ExpectGoodUpdate();
  Land("in/2.csv", "at,v\n2026-01-01 02:10:00,7\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT n, v FROM main.p.t"), ElementsAre("2,3"));
}

// What an aggregate can't take fails when it comes, not when its group ends.
TEST_F(MendedSourceTest, WhatAnAggregateCannotTakeIsNotKept) {
  WriteFlows(
      "CREATE STREAMING TABLE t AS SELECT window.start AS at, sum(CAST(v AS INT)) AS v, "
      "max(10 div k) FILTER (WHERE k <> 0) AS k FROM STREAM read_files('in', format => 'csv', "
      "header => true, schema => 'at TIMESTAMP, v STRING, k INT') WATERMARK at DELAY OF INTERVAL "
      "0 SECONDS GROUP BY window(at, '1 hour')");
  Land("in/1.csv", "at,v,k\n2026-01-01 00:10:00,1,0\n2026-01-01 00:20:00,x,5\n");
  ExpectFails("CAST_INVALID_INPUT");
  Land("in/1.csv", "at,v,k\n2026-01-01 00:10:00,1,0\n2026-01-01 00:20:00,2,5\n");
  ExpectGoodUpdate();
  Land("in/2.csv", "at,v,k\n2026-01-01 02:10:00,7,1\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT v, k FROM main.p.t"), ElementsAre("3,2"));
}

TEST_F(MendedSourceTest, SnapshotsKeepTheirHistory) {
  SqlDone("CREATE SCHEMA main.crm");
  SqlDone("CREATE TABLE main.crm.people AS SELECT 1 AS id, 'one' AS name");
  WriteFlows(
      "CREATE STREAMING TABLE t;\nCREATE FLOW f AS AUTO CDC INTO t FROM SNAPSHOT (SELECT * FROM "
      "crm.people) KEYS (id) STORED AS SCD TYPE 2;");
  ExpectGoodUpdate();
  SqlDone("UPDATE main.crm.people SET name = 'uno'");
  SqlDone("INSERT INTO main.crm.people VALUES (2, 'two'), (2, 'again')");
  ExpectFails("several rows");
  SqlDone("DELETE FROM main.crm.people WHERE name = 'again'");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id, name, __END_AT IS NULL AS now FROM main.p.t"),
              ElementsAre("1,one,false", "1,uno,true", "2,two,true"));
}

TEST_F(MendedSourceTest, RowsThatAreReplacedGoByWhatThereIsNow) {
  SqlDone("CREATE SCHEMA main.shop");
  SqlDone("CREATE TABLE main.shop.sales AS SELECT 1 AS day, '5' AS amount");
  WriteFlows(
      "CREATE STREAMING TABLE t FLOW REPLACE WHERE day >= 1 BY NAME SELECT day, CAST(amount AS "
      "INT) "
      "AS amount FROM shop.sales;");
  ExpectGoodUpdate();
  SqlDone("INSERT INTO main.shop.sales VALUES (2, 'many')");
  ExpectFails("CAST_INVALID_INPUT");
  SqlDone("UPDATE main.shop.sales SET amount = '6' WHERE day = 2");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT * FROM main.p.t"), ElementsAre("1,5", "2,6"));
}

// A table that is read as a stream: rows that came and went before they were read are not read.
TEST_F(MendedSourceTest, ATableIsReadAsItIsOnceMended) {
  SqlDone("CREATE SCHEMA main.shop");
  for (const char* vectors : {"false", "true"}) {
    SqlDone(
        "CREATE OR REPLACE TABLE main.shop.sales TBLPROPERTIES ('delta.enableDeletionVectors' = "
        "'" +
        std::string(vectors) + "') AS SELECT 1 AS id, '5' AS amount");
    WriteFlows(
        "CREATE STREAMING TABLE t AS SELECT id, CAST(amount AS INT) AS amount FROM STREAM "
        "shop.sales;");
    ExpectSays(Weir({"pipeline", "run", "--full-refresh", "t"}), 0, {"t: 1 row"});
    SqlDone("INSERT INTO main.shop.sales VALUES (2, 'many'), (3, '7')");
    SqlDone("INSERT INTO main.shop.sales VALUES (4, 'few')");
    ExpectFails("CAST_INVALID_INPUT");
    SqlDone("UPDATE main.shop.sales SET amount = '6' WHERE id = 2");
    ExpectFails("CAST_INVALID_INPUT");
    SqlDone("DELETE FROM main.shop.sales WHERE amount = 'few'");
    ExpectGoodUpdate();
    EXPECT_THAT(Rows("SELECT * FROM main.p.t"), ElementsAre("1,5", "2,6", "3,7"));
    ExpectSays(Update(), 0, {"nothing new"});
    // What was read is another matter.
    SqlDone("UPDATE main.shop.sales SET amount = '8' WHERE id = 3");
    ExpectFails("DELTA_SOURCE_TABLE_IGNORE_CHANGES");
  }
}

TEST_F(MendedSourceTest, TheFirstBatchOfATableToo) {
  SqlDone("CREATE SCHEMA main.shop");
  SqlDone(
      "CREATE TABLE main.shop.people AS SELECT * FROM VALUES (1, 'one', 1), (2, 'two', NULL) AS "
      "t(id, name, seq)");
  WriteFlows(
      "CREATE STREAMING TABLE t;\nCREATE FLOW f AS AUTO CDC INTO t FROM STREAM shop.people KEYS "
      "(id) SEQUENCE BY seq;");
  ExpectFails("AUTOCDC_MICROBATCH_VALIDATION.NULL_SEQUENCE");
  SqlDone("UPDATE main.shop.people SET seq = 7 WHERE seq IS NULL");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT id, name FROM main.p.t"), ElementsAre("1,one", "2,two"));
}

TEST_F(MendedSourceTest, OptionsOfFilesAreAPartOfTheQuery) {
  const auto view = [](const std::string& separator) {
    return "CREATE MATERIALIZED VIEW t AS SELECT * FROM read_files('in', format => 'csv', header "
           "=> "
           "true, schema => 'id STRING, name STRING', rescuedDataColumn => '', sep => '" +
           separator + "');";
  };
  Land("in/1.csv", "id;name\n1,5;2\n");
  WriteFlows(view(","));
  ExpectGoodUpdate();
  ExpectSays(Update(), 0, {"nothing new"});
  WriteFlows(view(";"));
  ExpectSays(Update(), 0, {"full recompute (its query changed)"});
  EXPECT_THAT(Rows("SELECT id, name FROM main.p.t"), ElementsAre("\"1,5\",2"));
}

}  // namespace
}  // namespace weir::test
