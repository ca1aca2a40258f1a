#include "weir/sql/duckdb_printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/memory_names.h"

namespace weir::sql {
namespace {

TEST(DuckdbPrinterTest, ScansFiltersAndItemsAreOneSelect) {
  EXPECT_EQ(
      BoundDuckdb("select a, a + c from t where a > 1 order by a desc limit 2"),
      "SELECT t1.\"a\" AS c·0, (CAST(t1.\"a\" AS BIGINT) + t1.\"c\") AS c·5 FROM t AS t1 WHERE "
      "(t1.\"a\" > 1) "
      "ORDER BY t1.\"a\" DESC NULLS LAST LIMIT 2");
}

TEST(DuckdbPrinterTest, HiddenSortColumnsStayInside) {
  EXPECT_EQ(BoundDuckdb("select b from t order by c"),
            "SELECT t1.\"b\" AS c·1 FROM t AS t1 ORDER BY t1.\"c\" ASC NULLS FIRST");
}

TEST(DuckdbPrinterTest, JoinsAreFlat) {
  EXPECT_EQ(BoundDuckdb("select t.a, v.x from t join u on t.a = u.a left join u v on v.a = t.a "
                        "where u.x > t.c"),
            "SELECT t1.\"a\" AS c·0, t3.\"x\" AS c·8 FROM t AS t1 JOIN u AS t2 ON (t1.\"a\" = "
            "t2.\"a\") LEFT JOIN u AS t3 ON (t3.\"a\" = t1.\"a\") WHERE (t2.\"x\" > "
            "CAST(t1.\"c\" AS DOUBLE))");
}

TEST(DuckdbPrinterTest, AConstantOfTheNullSideBecomesNull) {
  EXPECT_EQ(
      BoundDuckdb("select q.one from t left join (select a, 1 as one from u) q on q.a = t.a"),
      "SELECT c·7 FROM t AS t1 LEFT JOIN (SELECT t2.\"a\" AS c·5, 1 AS c·7 FROM u AS t2) AS t3 "
      "ON (c·5 = t1.\"a\")");
}

TEST(DuckdbPrinterTest, SubqueriesStayCorrelated) {
  EXPECT_EQ(BoundDuckdb("select a from t where not exists (select 1 from u where u.a = t.a)"),
            "SELECT t1.\"a\" AS c·0 FROM t AS t1 WHERE (NOT (EXISTS (SELECT 1 FROM u AS t2 WHERE "
            "(t2.\"a\" = t1.\"a\"))))");
  EXPECT_EQ(BoundDuckdb("select a from t where a not in (select a from u)"),
            "SELECT t1.\"a\" AS c·0 FROM t AS t1 WHERE (t1.\"a\" NOT IN (SELECT t2.\"a\" AS c·5 "
            "FROM u AS t2))");
  // IN is never NULL in Spark, and rows are compared column by column.
  EXPECT_EQ(BoundDuckdb("select a in (select a from u) as i from t"),
            "SELECT coalesce((t1.\"a\" IN (SELECT t2.\"a\" AS c·5 FROM u AS t2)), false) AS c·7 "
            "FROM t AS t1");
  EXPECT_EQ(
      BoundDuckdb("select a from t where not (c > 5 or (a, c) in (select a, 1L from u))"),
      "SELECT t1.\"a\" AS c·0 FROM t AS t1 WHERE ((NOT (t1.\"c\" > CAST(5 AS BIGINT))) AND "
      "(NOT EXISTS (SELECT 1 FROM (SELECT t2.\"a\" AS c·5, CAST(1 AS BIGINT) AS c·7 FROM u AS "
      "t2) AS t3 WHERE ((t1.\"a\" = c·5) AND (t1.\"c\" = c·7)) IS NOT FALSE)))");
}

// DuckDB evaluates both sides of AND for all rows, unless they stand within a CASE.
TEST(DuckdbPrinterTest, WhatMayFailStandsWhereTheLeftSideLeavesItOpen) {
  EXPECT_EQ(BoundDuckdb("select a > 1 and c > 5 as b from t"),
            "SELECT ((t1.\"a\" > 1) AND (t1.\"c\" > CAST(5 AS BIGINT))) AS c·5 FROM t AS t1");
  const std::string guarded = BoundDuckdb("select a > 1 and c div a > 5 as b from t");
  EXPECT_NE(guarded.find("CASE WHEN ("), std::string::npos) << guarded;
  EXPECT_NE(guarded.find("THEN false ELSE ("), std::string::npos) << guarded;
  const std::string filtered = BoundDuckdb("select a from t where a > 1 and c div a > 5");
  EXPECT_EQ(filtered.find("CASE"), std::string::npos) << filtered;
}

TEST(DuckdbPrinterTest, ItemsThatMayFailAreLookedAtInTheirTurn) {
  EXPECT_EQ(BoundDuckdb("select a in (1, 2) as b from t"),
            "SELECT (t1.\"a\" IN (1, 2)) AS c·5 FROM t AS t1");
  EXPECT_EQ(BoundDuckdb("select coalesce(a, 2) as b from t"),
            "SELECT coalesce(t1.\"a\", 2) AS c·5 FROM t AS t1");
  const std::string in = BoundDuckdb("select c in (1, 2 div c, 3) as b from t");
  EXPECT_THAT(in, testing::HasSubstr("(CASE WHEN t1.\"c\" IS NULL THEN NULL WHEN t1.\"c\" IN ("));
  EXPECT_THAT(in, testing::HasSubstr(" THEN NULL ELSE false END)"));
  EXPECT_THAT(BoundDuckdb("select coalesce(c, 2 div a) as b from t"),
              testing::HasSubstr("(CASE WHEN t1.\"c\" IS NULL THEN "));
}

TEST(DuckdbPrinterTest, ConstantsDoNotOrder) {
  EXPECT_EQ(BoundDuckdb("select 2 as k from t order by k, 1, a"),
            "SELECT 2 AS c·5 FROM t AS t1 ORDER BY t1.\"a\" ASC NULLS FIRST");
}

TEST(DuckdbPrinterTest, LateralQueriesNameTheirOwnColumns) {
  EXPECT_EQ(BoundDuckdb("select l.y from t, lateral (select t.a as y, x from u) l"),
            "SELECT c·7 FROM t AS t1 JOIN LATERAL (SELECT t1.\"a\" AS c·7 FROM u AS t2) AS t3 ON "
            "true");
}

TEST(DuckdbPrinterTest, CtesUsedTwiceAreWrittenOnce) {
  EXPECT_EQ(
      BoundDuckdb("with q as (select a from t) select x.a from q x join q y on x.a = y.a"),
      "WITH cte0 AS (SELECT t1.\"a\" AS c·0 FROM t AS t1) SELECT c·5 FROM cte0 AS t2(c·5) JOIN "
      "cte0 AS t3(c·6) ON (c·5 = c·6)");
  EXPECT_EQ(BoundDuckdb("with q as (select a from t) select a from q where a > 1"),
            "SELECT t1.\"a\" AS c·5 FROM t AS t1 WHERE (t1.\"a\" > 1)");
}

TEST(DuckdbPrinterTest, WindowsAreFilteredFromOutside) {
  EXPECT_EQ(
      BoundDuckdb("select b from t qualify row_number() over (partition by b order by c) = 1"),
      "SELECT c·1 FROM (SELECT t1.\"b\" AS c·1, t1.\"c\" AS c·2, CAST(row_number() OVER "
      "(PARTITION BY t1.\"b\" ORDER BY t1.\"c\" ASC NULLS FIRST) AS INTEGER) AS c·5 FROM t AS "
      "t1) AS t2 WHERE (c·5 = 1)");
}

TEST(DuckdbPrinterTest, RangesOfDatesMoveByIntervals) {
  EXPECT_THAT(BoundDuckdb("select count(*) over (order by d range between interval 2 days "
                          "preceding and current row) from t"),
              testing::HasSubstr("RANGE BETWEEN to_microseconds(CAST(172800000000 AS BIGINT)) "
                                 "PRECEDING AND CURRENT ROW"));
}

TEST(DuckdbPrinterTest, GeneratorsUnnest) {
  EXPECT_EQ(
      BoundDuckdb("select id, explode(arr) from nested"),
      "SELECT c·0, c·5 FROM (SELECT UNNEST(t1.\"arr\") AS c·5, t1.\"id\" AS c·0 FROM nested AS "
      "t1) AS t2");
  EXPECT_EQ(
      BoundDuckdb("select id, explode_outer(arr) from nested"),
      "SELECT c·0, c·5 FROM (SELECT UNNEST(CASE WHEN len(g·5) > 0 THEN g·5 ELSE [NULL] END) AS "
      "c·5, c·0 FROM (SELECT t1.\"arr\" AS g·5, t1.\"id\" AS c·0 FROM nested AS t1) AS t2) AS "
      "t3");
}

TEST(DuckdbPrinterTest, GroupingSetsGroupColumns) {
  EXPECT_EQ(BoundDuckdb("select a, count(*) from t group by rollup(a)"),
            "SELECT c·8 AS c·5, c·6 AS c·7 FROM (SELECT c·8, count(*) AS c·6 FROM (SELECT t1.\"a\" "
            "AS c·8 "
            "FROM t AS t1) AS t2 GROUP BY GROUPING SETS ((c·8), ()) HAVING count(*) > 0) AS t3");
}

TEST(DuckdbPrinterTest, SetOperationsShareTheirNames) {
  EXPECT_EQ(BoundDuckdb("select a from t union select a from u order by a limit 1"),
            "(SELECT t1.\"a\" AS c·7 FROM t AS t1) UNION (SELECT t2.\"a\" AS c·7 FROM u AS t2) "
            "ORDER BY c·7 ASC NULLS FIRST LIMIT 1");
}

TEST(DuckdbPrinterTest, LiteralsHaveTheirTypes) {
  EXPECT_EQ(BoundDuckdb("select 1, 1L, 1Y, -1, 1.5, 1e3, 'it''s', x'00ff', date '2024-02-29', "
                        "timestamp '2024-02-29 01:02:03.5', interval 2 days, null, true"),
            "SELECT 1 AS c·0, CAST(1 AS BIGINT) AS c·1, CAST(1 AS TINYINT) AS c·2, CAST(-1 AS "
            "INTEGER) AS c·3, CAST('1.5' AS DECIMAL(2, 1)) AS c·4, CAST(1e+03 AS DOUBLE) AS c·5, "
            "'it''s' AS c·6, '\\x00\\xFF'::BLOB AS c·7, DATE '2024-02-29' AS c·8, TIMESTAMP "
            "'2024-02-29 01:02:03.5' AS c·9, CAST(172800000000 AS BIGINT) AS c·10, NULL AS c·11, "
            "true AS c·12");
}

TEST(DuckdbPrinterTest, NamesAndStringsAreQuoted) {
  EXPECT_EQ(DuckdbQuote("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(DuckdbString("a'b"), "'a''b'");
  EXPECT_EQ(DuckdbString(std::string("a\0b", 3)), "('a' || chr(0) || 'b')");
}

}  // namespace
}  // namespace weir::sql
