// Expectations judge the rows that a query gives, whatever it is made of.
#include "command_fixture.h"

namespace weir::test {
namespace {

class ExpectationsTest : public CommandTest {
 protected:
  // Of a materialised view `v` with the expectation that id is over 2, over ids 1 to 4.
  void ExpectCounts(const std::string& query, const std::string& counts) {
    SCOPED_TRACE(query);
    WriteFlows(
        "CREATE TEMPORARY VIEW ids AS SELECT * FROM VALUES (1), (2), (3), (4) AS t(id);\n"
        "CREATE MATERIALIZED VIEW v (CONSTRAINT large EXPECT (id > 2)) AS " +
        query + ";");
    const Ended ended = Update();
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.err, testing::HasSubstr("expectation large: " + counts));
  }
};

TEST_F(ExpectationsTest, AreCountedOnTheRowsOfTheResult) {
  ExpectCounts("SELECT id FROM ids", "2 failed, 2 passed");
  ExpectCounts("SELECT id, explode(array(1, 2)) AS x FROM ids", "4 failed, 4 passed");
  ExpectCounts("SELECT id, x FROM ids LATERAL VIEW explode(array(1, 2, 3)) e AS x",
               "6 failed, 6 passed");
  ExpectCounts("SELECT id FROM ids JOIN (SELECT * FROM VALUES (1), (2) AS t(k)) ON true",
               "4 failed, 4 passed");
  ExpectCounts("SELECT i.id FROM ids i JOIN ids j ON i.id < j.id", "5 failed, 1 passed");
  ExpectCounts(
      "SELECT DISTINCT id % 4 AS id FROM (SELECT id FROM ids UNION ALL SELECT id FROM ids)",
      "3 failed, 1 passed");
  ExpectCounts("SELECT id FROM ids UNION SELECT id FROM ids", "2 failed, 2 passed");
  ExpectCounts(
      "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM ids) "
      "WHERE n < 4",
      "1 failed, 2 passed");
  ExpectCounts("SELECT min(id) AS id FROM ids GROUP BY id > 2", "1 failed, 1 passed");
}

TEST_F(ExpectationsTest, FailOnlyForRowsOfTheResult) {
  WriteFlows(
      "CREATE TEMPORARY VIEW ids AS SELECT * FROM VALUES (-1), (1) AS t(id);\n"
      "CREATE MATERIALIZED VIEW exploded (CONSTRAINT p EXPECT (id > 0) ON VIOLATION FAIL UPDATE) "
      "AS SELECT id, explode(if(id > 0, array(1), array())) AS x FROM ids;\n"
      "CREATE MATERIALIZED VIEW joined (CONSTRAINT p EXPECT (id > 0) ON VIOLATION FAIL UPDATE) "
      "AS SELECT i.id FROM ids i JOIN (SELECT 5 AS k) d ON i.id * 9 > d.k;\n"
      "CREATE MATERIALIZED VIEW dropped (CONSTRAINT p EXPECT (id > 0) ON VIOLATION DROP ROW) "
      "AS SELECT id, explode(array(1, 2)) AS x FROM ids;");
  const Ended ended = Update();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.err, testing::HasSubstr("dropped 2 rows"));
  EXPECT_THAT(Rows("SELECT id FROM main.p.exploded"), testing::ElementsAre("1"));
  EXPECT_THAT(Rows("SELECT id FROM main.p.joined"), testing::ElementsAre("1"));
  EXPECT_THAT(Rows("SELECT id, x FROM main.p.dropped"), testing::ElementsAre("1,1", "1,2"));
}

TEST_F(ExpectationsTest, RulesOfTablesTellTheValuesThatBreakThem) {
  const Ended made =
      Weir({"sql", "-e",
            "CREATE TABLE kept (id INT, name STRING, half INT GENERATED ALWAYS AS (id + 1), "
            "CONSTRAINT positive CHECK (id > 0 AND name <> 'none'))"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto refused = [&](const std::string& sql) {
    const Ended ended = Weir({"sql", "-e", sql});
    EXPECT_NE(ended.exit_code, 0) << sql;
    return ended.err;
  };
  EXPECT_THAT(refused("INSERT INTO kept (id, name) VALUES (5, 'five'), (-3, 'minus')"),
              testing::AllOf(testing::HasSubstr("CHECK constraint positive"),
                             testing::HasSubstr("- id : -3"), testing::HasSubstr("- name : minus"),
                             testing::Not(testing::HasSubstr("- half"))));
  EXPECT_THAT(refused("INSERT INTO kept (id, name) VALUES (1, NULL)"),
              testing::AllOf(testing::HasSubstr("- id : 1"), testing::HasSubstr("- name : null")));
  EXPECT_THAT(refused("INSERT INTO kept (id, name, half) VALUES (10, 'ten', 7)"),
              testing::AllOf(testing::HasSubstr("Generated Column"),
                             testing::HasSubstr("- id : 10"), testing::HasSubstr("- half : 7")));
}

}  // namespace
}  // namespace weir::test
