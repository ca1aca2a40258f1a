#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/sql/parser_testing.h"

namespace weir::sql {
namespace {

// Texts that print as they are written.
void ExpectQueryKept(const std::string& text) { EXPECT_EQ(Statement(text), text); }

Query ParsedQuery(const std::string& text) {
  auto result = ParseStatement(Source(text));
  if (std::holds_alternative<Diagnostics>(result)) {
    ADD_FAILURE() << text << ": " << Told(std::get<Diagnostics>(result));
    return {};
  }
  auto& statement = std::get<QueryStatement>(std::get<StatementPtr>(result)->node);
  return std::move(*statement.query);
}

TEST(QueryParserTest, ClausesOfASelect) {
  ExpectQueryKept(
      "WITH a (x) AS (SELECT 1), b AS (SELECT * FROM a) SELECT DISTINCT a.x AS y, count(*) FROM a "
      "WHERE x > 0 GROUP BY a.x HAVING count(*) > 1 WINDOW w AS (PARTITION BY x) QUALIFY "
      "row_number() OVER w = 1 ORDER BY 1 DESC NULLS LAST, 2 LIMIT 10 OFFSET 5");
  ExpectQueryKept("SELECT a, b FROM t GROUP BY ALL ORDER BY ALL DESC NULLS LAST");
  EXPECT_EQ(Statement("select all a from t limit all"), "SELECT a FROM t");
  EXPECT_EQ(Statement("SELECT a QUALIFY b WINDOW w AS (ORDER BY c)"),
            "SELECT a WINDOW w AS (ORDER BY c) QUALIFY b");
  EXPECT_EQ(Statement("SELECT /*+ BROADCAST(t) */ a x FROM t u"), "SELECT a AS x FROM t AS u");
  EXPECT_EQ(Statement("SELECT stack(2, 1, 2) AS (a, b)"), "SELECT stack(2, 1, 2) AS (a, b)");
  EXPECT_EQ(Statement("FROM t SELECT a WHERE b"), "SELECT a FROM t WHERE b");
  EXPECT_EQ(Statement("TABLE t"), "SELECT * FROM t");
}

TEST(QueryParserTest, SetOperationsBindAsInSpark) {
  ExpectQueryKept("SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4");
  ExpectQueryKept("(SELECT 1 ORDER BY 1 LIMIT 1) UNION SELECT 2 ORDER BY 1");
  ExpectQueryKept("SELECT 1 UNION (SELECT 2 UNION ALL SELECT 3)");
  ExpectQueryKept("SELECT a FROM t UNION ALL BY NAME SELECT b FROM u");
  EXPECT_EQ(Statement("SELECT 1 MINUS DISTINCT SELECT 2"), "SELECT 1 EXCEPT SELECT 2");
  const Query query = ParsedQuery("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3");
  const auto& top = std::get<SetOperation>(query.body);
  EXPECT_EQ(top.kind, SetKind::kUnion);
  EXPECT_EQ(std::get<SetOperation>(top.right->body).kind, SetKind::kIntersect);
}

TEST(QueryParserTest, JoinsOfAllKinds) {
  ExpectQueryKept("SELECT * FROM a INNER JOIN b ON a.x = b.x LEFT JOIN c USING (x, y)");
  ExpectQueryKept("SELECT * FROM a NATURAL FULL JOIN b");
  ExpectQueryKept("SELECT * FROM a LEFT SEMI JOIN b ON TRUE LEFT ANTI JOIN c ON FALSE");
  ExpectQueryKept("SELECT * FROM a CROSS JOIN (b RIGHT JOIN c ON b.x = c.x)");
  ExpectQueryKept("SELECT * FROM a CROSS JOIN LATERAL (SELECT a.x) AS l(y)");
  EXPECT_EQ(Statement("SELECT * FROM a, b JOIN c ON b.x = c.x"),
            "SELECT * FROM a CROSS JOIN (b INNER JOIN c ON b.x = c.x)");
  EXPECT_EQ(Statement("select * from a semi join b anti join c"),
            "SELECT * FROM a LEFT SEMI JOIN b LEFT ANTI JOIN c");
  EXPECT_EQ(Statement("SELECT * FROM a JOIN b JOIN c ON x ON y"), "PARSE_SYNTAX_ERROR @1:36");
}

TEST(QueryParserTest, RelationsOfAllKinds) {
  ExpectQueryKept("SELECT * FROM c.s.t VERSION AS OF 3 AS x");
  ExpectQueryKept("SELECT * FROM t TIMESTAMP AS OF '2013-01-01'");
  EXPECT_EQ(Statement("SELECT * FROM t FOR SYSTEM_TIME AS OF current_date()"),
            "SELECT * FROM t TIMESTAMP AS OF current_date()");
  ExpectQueryKept("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(x, y)");
  EXPECT_EQ(Statement("VALUES 1, 2"), "VALUES (1), (2)");
  EXPECT_EQ(Statement("SELECT * FROM VALUES 1, 2 t"), "SELECT * FROM VALUES (1), (2) AS t");
  ExpectQueryKept("SELECT * FROM range(1, 10) AS r");
  ExpectQueryKept("SELECT * FROM delta.`/a/b`");
  ExpectQueryKept("SELECT * FROM t LATERAL VIEW OUTER explode(xs) e AS x, y LATERAL VIEW f(x) g");
  ExpectQueryKept("SELECT * FROM read_files('/p', format => 'csv', header => TRUE)");
  EXPECT_EQ(Statement("SELECT * FROM ((SELECT 1) UNION (SELECT 2)) t"),
            "SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS t");
  EXPECT_EQ(Statement("SELECT * FROM (a)"), "SELECT * FROM a");
  EXPECT_EQ(Statement("SELECT * FROM (VALUES (1) AS a JOIN VALUES (2) AS b ON c)"),
            "SELECT * FROM VALUES (1) AS a INNER JOIN VALUES (2) AS b ON c");
  EXPECT_EQ(Statement("SELECT * FROM (VALUES 1, 2) AS t"), "SELECT * FROM VALUES (1), (2) AS t");
  EXPECT_EQ(Statement("SELECT * FROM (VALUES (1) UNION ALL VALUES (2)) t"),
            "SELECT * FROM ((SELECT * FROM VALUES (1)) UNION ALL VALUES (2)) AS t");
  EXPECT_EQ(Statement("SELECT * FROM (VALUES (1) ORDER BY 1 LIMIT 1) t"),
            "SELECT * FROM ((SELECT * FROM VALUES (1)) ORDER BY 1 LIMIT 1) AS t");
  EXPECT_EQ(Statement("SELECT * FROM (a JOIN b) c"),
            "SELECT * FROM (SELECT * FROM a INNER JOIN b) AS c");
  EXPECT_EQ(Statement("SELECT * FROM IDENTIFIER('c.`a b`') t"), "SELECT * FROM c.`a b` AS t");
}

TEST(QueryParserTest, StreamsAreMarked) {
  ExpectQueryKept("SELECT * FROM STREAM t");
  EXPECT_EQ(Statement("SELECT * FROM STREAM(c.s.t) x"), "SELECT * FROM STREAM c.s.t AS x");
  EXPECT_EQ(Statement("SELECT * FROM stream read_files('/p')"),
            "SELECT * FROM STREAM read_files('/p')");
  EXPECT_EQ(Statement("SELECT * FROM STREAM(read_files('/p', a => 1)) x"),
            "SELECT * FROM STREAM read_files('/p', a => 1) AS x");
  EXPECT_EQ(Statement("SELECT * FROM stream"), "SELECT * FROM `stream`");
  EXPECT_EQ(Statement("SELECT * FROM stream AS s"), "SELECT * FROM `stream` AS s");
  EXPECT_EQ(Statement("SELECT * FROM STREAM (SELECT 1)"), "PARSE_SYNTAX_ERROR @1:23");
}

TEST(QueryParserTest, GroupingsAreWrittenOutWhenMixed) {
  ExpectQueryKept("SELECT 1 GROUP BY ROLLUP(a, b)");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY a, b WITH CUBE"), "SELECT 1 GROUP BY CUBE(a, b)");
  ExpectQueryKept("SELECT 1 GROUP BY GROUPING SETS ((a, b), (a), ())");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY a, b GROUPING SETS (a, (b))"),
            "SELECT 1 GROUP BY a, b GROUPING SETS ((a), (b))");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY a, ROLLUP(b, c)"),
            "SELECT 1 GROUP BY GROUPING SETS ((a, b, c), (a, b), (a))");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY ROLLUP((a, b), c)"),
            "SELECT 1 GROUP BY GROUPING SETS ((a, b, c), (a, b), ())");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY GROUPING SETS (CUBE(a, b), c)"),
            "SELECT 1 GROUP BY GROUPING SETS ((a, b), (a), (b), (), (c))");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY (a, b)"), "SELECT 1 GROUP BY struct(a, b)");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY ROLLUP(a, ())"), "_LEGACY_ERROR_TEMP_0051 @1:29");
  EXPECT_EQ(Statement("SELECT 1 GROUP BY ()"), "SELECT 1 GROUP BY GROUPING SETS (())");
  EXPECT_EQ(FirstMistake("SELECT 1 GROUP BY CUBE((a,b),c,d,e,f,g,h,i,j,k,l,m,n)").condition,
            "UNSUPPORTED_FEATURE");
}

// One machine's full order satisfies the order asked of each worker.
TEST(QueryParserTest, OrdersWithinWorkersAreOrders) {
  EXPECT_EQ(Statement("SELECT a FROM t SORT BY a DESC"), "SELECT a FROM t ORDER BY a DESC");
  EXPECT_EQ(Statement("SELECT a FROM t CLUSTER BY a"), "SELECT a FROM t ORDER BY a");
  EXPECT_EQ(Statement("SELECT a FROM t DISTRIBUTE BY a SORT BY b"), "SELECT a FROM t ORDER BY b");
  EXPECT_EQ(Statement("SELECT a FROM t ORDER BY a SORT BY b"),
            "UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES @1:17");
}

TEST(QueryParserTest, SamplesAndPivots) {
  ExpectQueryKept("SELECT * FROM t TABLESAMPLE (12.5 PERCENT) REPEATABLE (-3) AS s");
  ExpectQueryKept("SELECT * FROM (t AS a INNER JOIN u) TABLESAMPLE (1 + 1 ROWS)");
  EXPECT_EQ(Statement("SELECT * FROM t TABLESAMPLE BERNOULLI (BUCKET 1 OUT OF 4)"),
            "SELECT * FROM t TABLESAMPLE (25 PERCENT)");
  EXPECT_EQ(Statement("SELECT * FROM t PIVOT (sum(a) s, max(a) FOR b IN (1 one, 2))"),
            "SELECT * FROM t PIVOT (sum(a) AS s, max(a) FOR (b) IN (1 AS one, 2))");
  ExpectQueryKept(
      "SELECT * FROM t UNPIVOT INCLUDE NULLS ((v, w) FOR n IN ((a, b) AS x, (c, d))) AS u");
  ExpectQueryKept("SELECT * FROM t UNPIVOT (v FOR n IN (a, b)) INNER JOIN u");
}

TEST(QueryParserTest, MistakesInSamplesAndPivots) {
  EXPECT_EQ(Statement("SELECT * FROM t TABLESAMPLE (101 PERCENT)"),
            "_LEGACY_ERROR_TEMP_0064 @1:17");
  EXPECT_EQ(Statement("SELECT * FROM t TABLESAMPLE (300M)"), "_LEGACY_ERROR_TEMP_0015 @1:17");
  EXPECT_EQ(Statement("SELECT * FROM t TABLESAMPLE ()"), "_LEGACY_ERROR_TEMP_0014 @1:17");
  EXPECT_EQ(Statement("SELECT * FROM t LATERAL VIEW explode(x) e PIVOT (sum(x) FOR y IN (1))"),
            "NOT_ALLOWED_IN_FROM.LATERAL_WITH_PIVOT @1:15");
}

TEST(QueryParserTest, RecursionSaysHowDeep) {
  ExpectQueryKept(
      "WITH RECURSIVE r (n) MAX RECURSION LEVEL 3 AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) "
      "SELECT * FROM r");
}

TEST(QueryParserTest, RowsMayBeDistinctInSomeColumns) {
  ExpectQueryKept("SELECT DISTINCT ON (a, b) a, b, c FROM t");
  ExpectQueryKept("SELECT DISTINCT ON (*) WITHIN WATERMARK a FROM t");
}

TEST(QueryParserTest, PipesAreOneRelation) {
  ExpectQueryKept("FROM t");
  ExpectQueryKept("FROM t AS u |> WHERE a > 1 |> SELECT DISTINCT a AS b |> ORDER BY b |> LIMIT 1");
  ExpectQueryKept(
      "FROM t |> EXTEND a + 1 AS b, sum(a) OVER w WINDOW w AS (ORDER BY c) |> SET a = 1, b = 2");
  ExpectQueryKept(
      "FROM t |> DROP a, b |> AS u |> LEFT JOIN v ON u.x = v.x |> AGGREGATE count(*) AS n");
  ExpectQueryKept("FROM t |> AGGREGATE sum(a) GROUP BY b AS k |> UNION ALL (FROM u |> WHERE c)");
  ExpectQueryKept("FROM t |> PIVOT (sum(a) FOR (b) IN (1)) |> TABLESAMPLE (10 PERCENT)");
  EXPECT_EQ(Statement("SELECT 1 AS a |> WHERE a = 1"), "(SELECT 1 AS a) |> WHERE a = 1");
  EXPECT_EQ(Statement("FROM t SELECT a SELECT b"), "SELECT a FROM t UNION ALL SELECT b FROM t");
}

TEST(QueryParserTest, MistakesInPipes) {
  EXPECT_EQ(Statement("SELECT 1 ORDER BY 1 |> WHERE true"), "PARSE_SYNTAX_ERROR @1:21");
  EXPECT_EQ(Statement("FROM t |> ORDER BY a LIMIT 1"),
            "MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS @1:11");
  EXPECT_EQ(Statement("FROM t |> AGGREGATE sum(a) GROUP BY CUBE(b)"),
            "UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE @1:37");
  EXPECT_EQ(Statement("FROM t |> SET a.b = 1"), "_LEGACY_ERROR_TEMP_0035 @1:16");
  EXPECT_EQ(Statement("FROM t |> HAVING a"), "PARSE_SYNTAX_ERROR @1:11");
}

TEST(QueryParserTest, WindowsAndFrames) {
  ExpectQueryKept(
      "SELECT sum(a) OVER (w ORDER BY b RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND 1 + 2 "
      "FOLLOWING) FROM t WINDOW w AS (PARTITION BY c), v AS (w)");
  EXPECT_EQ(Statement("SELECT f() OVER (DISTRIBUTE BY a SORT BY b ROWS UNBOUNDED PRECEDING)"),
            "SELECT f() OVER (PARTITION BY a ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND "
            "CURRENT ROW)");
}

TEST(QueryParserTest, MistakesInWindows) {
  EXPECT_EQ(Statement("SELECT f() OVER (ORDER BY a ROWS a PRECEDING)"),
            "_LEGACY_ERROR_TEMP_0064 @1:34");
  EXPECT_EQ(Statement("SELECT 1 WINDOW w AS (), W AS ()"),
            "INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION @1:26");
}

TEST(QueryParserTest, CommentsAndSpaceAreSkipped) {
  EXPECT_EQ(Statement("-- a\nSELECT /* b /* c */ d */ 1 -- e\n;;"), "SELECT 1");
  EXPECT_EQ(Statement("\xEF\xBB\xBFSELECT\xC2\xA0"
                      "1"),
            "SELECT 1");
  EXPECT_EQ(Statement("SELECT 1 /* a /* b */"), "UNCLOSED_BRACKETED_COMMENT @1:10");
}

TEST(QueryParserTest, WatermarksFollowARelation) {
  EXPECT_EQ(Statement("SELECT * FROM t WATERMARK ts DELAY OF INTERVAL 1 MINUTE AS a"),
            "SELECT * FROM t WATERMARK ts DELAY OF INTERVAL '01' MINUTE AS a");
  EXPECT_EQ(Statement("SELECT * FROM t WATERMARK ts DELAY OF 10"), "PARSE_SYNTAX_ERROR @1:39");
}

TEST(QueryParserTest, FeaturesNotThereYetAreNamed) {
  const auto feature = [](const std::string& text) {
    const Diagnostic mistake = FirstMistake(text);
    EXPECT_EQ(mistake.condition, "UNSUPPORTED_FEATURE") << text;
    EXPECT_FALSE(mistake.hint.empty()) << text;
    return mistake.message;
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(feature("SELECT * FROM t CHANGES FROM VERSION 1"), HasSubstr("CHANGES FROM"));
  EXPECT_THAT(feature("SELECT TRANSFORM(a) USING 'cat' FROM t"), HasSubstr("TRANSFORM"));
  EXPECT_THAT(feature("SELECT a COLLATE UTF8_LCASE FROM t"), HasSubstr("COLLATE"));
}

}  // namespace
}  // namespace weir::sql
