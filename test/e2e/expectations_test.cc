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

}  // namespace
}  // namespace weir::test
