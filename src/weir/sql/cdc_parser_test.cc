#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/parser_testing.h"

namespace weir::sql {
namespace {

using ::testing::HasSubstr;

void ExpectSame(const std::string& text) { EXPECT_EQ(Statement(text), text); }

TEST(CdcParserTest, FlowsArePrintedAsTheyAreRead) {
  ExpectSame(
      "CREATE FLOW f COMMENT 'x' AS AUTO CDC ONCE INTO a.t FROM STREAM s KEYS (a, b) IGNORE NULL "
      "UPDATES APPLY AS DELETE WHEN op = 'D' APPLY AS TRUNCATE WHEN op = 'T' SEQUENCE BY struct(c, "
      "d) COLUMNS * EXCEPT (op) STORED AS SCD TYPE 1");
  ExpectSame(
      "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM read_files('/p', format => 'json') KEYS (a) "
      "SEQUENCE BY c COLUMNS (a, b) STORED AS SCD TYPE 2 TRACK HISTORY ON * EXCEPT (b)");
  ExpectSame(
      "CREATE FLOW f AS AUTO CDC INTO t FROM SNAPSHOT (SELECT * FROM s) WITH VERSION (SELECT 1) "
      "KEYS "
      "(a) STORED AS SCD TYPE 2 TRACK HISTORY ON (b)");
  ExpectSame(
      "CREATE STREAMING TABLE t (a INT) COMMENT 'x' FLOW AUTO CDC FROM STREAM s KEYS (a) SEQUENCE "
      "BY c STORED AS SCD TYPE 1");
  ExpectSame("CREATE STREAMING TABLE t FLOW INSERT ONCE BY NAME SELECT * FROM STREAM s");
}

TEST(CdcParserTest, OtherSpellings) {
  const std::string flow =
      "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s KEYS (a) SEQUENCE BY c STORED AS SCD TYPE 1";
  EXPECT_EQ(
      Statement("create flow f as apply changes into t from stream(s) keys (a) sequence by c"),
      flow);
  EXPECT_EQ(
      Statement("CREATE FLOW f AS AUTO CDC INTO ONCE t FROM s KEYS (a) SEQUENCE BY c"),
      "CREATE FLOW f AS AUTO CDC ONCE INTO t FROM s KEYS (a) SEQUENCE BY c STORED AS SCD TYPE "
      "1");
  // By itself it is a flow of its table's name.
  EXPECT_EQ(
      Statement("APPLY CHANGES INTO LIVE.t FROM STREAM(LIVE.s) KEYS (a) SEQUENCE BY c"),
      "CREATE FLOW `LIVE`.t AS AUTO CDC INTO `LIVE`.t FROM STREAM `LIVE`.s KEYS (a) SEQUENCE BY "
      "c STORED AS SCD TYPE 1");
  EXPECT_EQ(
      Statement("AUTO CDC INTO t FROM stream KEYS (a) SEQUENCE BY c COLUMNS a, b TRACK HISTORY "
                "ON b"),
      "CREATE FLOW t AS AUTO CDC INTO t FROM `stream` KEYS (a) SEQUENCE BY c COLUMNS (a, b) "
      "STORED AS SCD TYPE 1 TRACK HISTORY ON (b)");
}

TEST(CdcParserTest, MistakesAreToldWhereTheyAre) {
  const std::string head = "CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s ";
  EXPECT_THAT(FirstMistake(head + "SEQUENCE BY c").hint, HasSubstr("KEYS (column, ...)"));
  EXPECT_THAT(FirstMistake(head + "KEYS () SEQUENCE BY c").condition, "PARSE_SYNTAX_ERROR");
  for (const char* wrong :
       {"KEYS (a)", "KEYS (a) COLUMNS (a) SEQUENCE BY c",
        "KEYS (a) SEQUENCE BY c APPLY AS DELETE WHEN d",
        "KEYS (a) SEQUENCE BY c STORED AS SCD TYPE "
        "1 COLUMNS (a)",
        "KEYS (a) APPLY AS TRUNCATE WHEN d APPLY AS DELETE WHEN e SEQUENCE BY c"}) {
    EXPECT_THAT(FirstMistake(head + wrong).hint, HasSubstr("stand in this order")) << wrong;
  }
  EXPECT_THAT(FirstMistake(head + "KEYS (a) SEQUENCE BY c STORED AS SCD TYPE 3").hint,
              HasSubstr("SCD TYPE 1"));
  EXPECT_THAT(FirstMistake("AUTO CDC INTO t FROM (SELECT 1) KEYS (a) SEQUENCE BY c").hint,
              HasSubstr("TEMPORARY VIEW"));
  EXPECT_THAT(FirstMistake("AUTO CDC INTO t FROM SNAPSHOT (SELECT 1) KEYS (a) SEQUENCE BY c").hint,
              HasSubstr("of FROM SNAPSHOT"));
}

}  // namespace
}  // namespace weir::sql
