#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "weir/sql/parser_testing.h"

namespace weir::sql {
namespace {

using ::testing::HasSubstr;

TEST(ParserErrorsTest, AllMistakesOfAScriptComeAtOnce) {
  const ParsedScript script = ParseScript(
      Source("SELECT 1;\nSELECT FROM t;\n\n;SELECT a b c FROM t; DROP TABEL t;\nSELECT 2"));
  EXPECT_EQ(script.statements.size(), 2u);
  EXPECT_EQ(Told(script.diagnostics),
            "PARSE_SYNTAX_ERROR @2:8; PARSE_SYNTAX_ERROR @4:13; PARSE_SYNTAX_ERROR @4:28");
}

TEST(ParserErrorsTest, OneStatementMayHaveManyMistakes) {
  EXPECT_EQ(
      Statement("CREATE OR REFRESH STREAMING TABLE t (a FOO, b VARCHAR(3) MASK f) CLUSTER BY AUTO "
                "AS SELECT DATE 'x', 1000Y"),
      "UNSUPPORTED_DATATYPE @1:40; UNSUPPORTED_FEATURE @1:58; "
      "UNSUPPORTED_FEATURE @1:66; INVALID_TYPED_LITERAL @1:92; "
      "INVALID_NUMERIC_LITERAL_RANGE @1:102");
}

TEST(ParserErrorsTest, MessagesSayWhereAndHintsWhatToDo) {
  const Diagnostic mistake = FirstMistake("SELECT a\nFORM t");
  EXPECT_EQ(mistake.sqlstate, "42601");
  EXPECT_EQ(mistake.message, "Syntax error at or near 't'.");
  EXPECT_EQ(mistake.hint, "did you mean FROM instead of FORM?");
  EXPECT_EQ(mistake.span.Line(), 2u);
  EXPECT_EQ(FirstMistake("SELECT a FROM").message, "Syntax error at or near end of input.");
}

TEST(ParserErrorsTest, HintsGuessTheMistake) {
  const auto hint = [](const std::string& text) { return FirstMistake(text).hint; };
  EXPECT_THAT(hint("SELEC a FROM t"), HasSubstr("SELECT"));
  EXPECT_THAT(hint("SELECT a FROM t WEHRE b = 1"), HasSubstr("WHERE"));
  EXPECT_THAT(hint("SELECT a FROM t GRUOP BY a"), HasSubstr("GROUP"));
  EXPECT_THAT(hint("CREATE OR REPLACE TABEL t"), HasSubstr("TABLE"));
  EXPECT_THAT(hint("SELECT a b c FROM t"), HasSubstr("comma"));
  EXPECT_THAT(hint("SELECT a, FROM t"), HasSubstr("comma too many"));
  EXPECT_THAT(hint("SELECT a FROM t WHERE f(b"), HasSubstr("expected )"));
  EXPECT_THAT(hint("SELECT a FROM t, WHERE b"), HasSubstr("comma too many"));
  EXPECT_THAT(hint("SELECT a FROM t JOIN ON b"), HasSubstr("backticks"));
  EXPECT_THAT(hint("SELECT a FROM t WHERE b = 'x"), HasSubstr("never closed"));
  EXPECT_THAT(hint("SELECT \xE2\x80\x98x\xE2\x80\x99"), HasSubstr("curly quote"));
  EXPECT_THAT(hint("SELECT ${catalog}.t"), HasSubstr("configured"));
  EXPECT_THAT(hint("CREATE OR REFRESH TABLE t AS SELECT 1"), HasSubstr("OR REPLACE"));
  EXPECT_THAT(hint("CREATE STREAMING TABLE t (CONSTRAINT c EXPECT (a) ON VIOLATION DROP)"),
              HasSubstr("DROP ROW"));
  EXPECT_THAT(hint("CREATE MATERIALISED VIEW v AS SELECT 1"), HasSubstr("MATERIALIZED"));
}

TEST(ParserErrorsTest, NamesThatWantBackticksAreShownWhole) {
  EXPECT_EQ(Statement("SELECT * FROM my-table"), "INVALID_IDENTIFIER @1:15");
  EXPECT_EQ(Statement("SELECT 1 AS a-b-c, 2 AS d"), "INVALID_IDENTIFIER @1:13");
  EXPECT_THAT(FirstMistake("USE my-db").message, HasSubstr("`my-db`"));
  EXPECT_EQ(Statement("SELECT é FROM t"), "INVALID_IDENTIFIER @1:8");
  EXPECT_EQ(Statement("SELECT `é` FROM `my-table`"), "SELECT `é` FROM `my-table`");
  EXPECT_EQ(Statement("SELECT ``"), "PARSE_SYNTAX_ERROR @1:8");
}

TEST(ParserErrorsTest, AnUnclosedQuoteSpoilsOnlyItsStatement) {
  const ParsedScript script = ParseScript(Source("SELECT 'a\n;SELECT 2;\nSELECT `b\n; SELECT 3"));
  EXPECT_EQ(script.statements.size(), 2u);
  EXPECT_EQ(Told(script.diagnostics), "PARSE_SYNTAX_ERROR @1:8; PARSE_SYNTAX_ERROR @3:8");
}

TEST(ParserErrorsTest, NotIsWrittenAsAWord) {
  EXPECT_EQ(Statement("SELECT a ! IN (1)"), "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT @1:10");
  EXPECT_EQ(Statement("SELECT a IS ! NULL"), "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT @1:13");
  EXPECT_EQ(Statement("CREATE TABLE t (a INT ! NULL)"),
            "SYNTAX_DISCONTINUED.BANG_EQUALS_NOT @1:23");
}

TEST(ParserErrorsTest, NothingAtAllIsNoStatement) {
  EXPECT_EQ(Statement(" -- nothing"), "PARSE_EMPTY_STATEMENT @1:12");
  EXPECT_TRUE(ParseScript(Source(" ;; -- nothing")).statements.empty());
  EXPECT_EQ(Statement("SELECT 1; SELECT 2"), "PARSE_SYNTAX_ERROR @1:11");
  EXPECT_EQ(Expression("1 2"), "PARSE_SYNTAX_ERROR @1:3");
}

// On a thread with the usual stack, each shape of depth is refused rather than overflowing it.
TEST(ParserErrorsTest, TooDeepIsADiagnosticForEveryShape) {
  constexpr size_t kMany = 5000;
  const std::vector<std::pair<std::string, std::string>> shapes = {
      {"(", ")"},
      {"f(", ")"},
      {"a + (", ")"},
      {"- ", ""},
      {"NOT ", ""},
      {"a[", "]"},
      {"CASE WHEN ", " THEN 1 END"},
      {"x -> ", ""},
      {"CAST(", " AS INT)"},
      {"(SELECT ", ")"},
      {"a IN (SELECT ", ")"},
      {"EXISTS (SELECT ", ")"},
      {"(a, ", ")"},
      {"~", ""},
      {"SELECT * FROM (", ")"},
      {"a BETWEEN ", " AND 1"},
      {"EXTRACT(DAY FROM ", ")"},
      {"TRIM(BOTH ", " FROM b)"},
      {"SUBSTRING(a FROM ", ")"},
      {"POSITION(a IN ", ")"},
      {"OVERLAY(", " PLACING b FROM 1)"}};
  for (const auto& [open, close] : shapes) {
    const std::string text = "SELECT " + Repeated(open, kMany) + "a" + Repeated(close, kMany);
    EXPECT_NE(FirstMistake(text).condition, "") << open;
  }
  EXPECT_EQ(FirstMistake("SELECT " + Repeated("(", kMany) + "1" + Repeated(")", kMany)).condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT * FROM " + Repeated("(", kMany) + "t").condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT a" + Repeated(" + a", kMany)).condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT a" + Repeated("[0]", kMany)).condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT * FROM a" + Repeated(" JOIN a", kMany)).condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT 1" + Repeated(" EXCEPT SELECT 1", kMany)).condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT CAST(a AS " + Repeated("ARRAY<", kMany) + "INT").condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake("SELECT 1 GROUP BY " + Repeated("GROUPING SETS (", kMany)).condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
  EXPECT_EQ(FirstMistake(Repeated("EXPLAIN ", kMany) + "SELECT 1").condition,
            "FAILED_TO_PARSE_TOO_COMPLEX");
}

TEST(ParserErrorsTest, WhatIsAllowedToBeDeepPrintsAndParsesAgain) {
  const std::string text =
      "SELECT " + Repeated("f(", 400) + "a" + Repeated(" + a", 500) + Repeated(")", 400);
  EXPECT_EQ(Statement(text), text);
}

// Chains that mean the same however they are grouped have no bound.
TEST(ParserErrorsTest, LongChainsAreNotDeep) {
  constexpr size_t kMany = 20000;
  for (const std::string link : {" AND a", " OR a", " AND a OR b", " || a"}) {
    const std::string text = "SELECT a" + Repeated(link, kMany);
    EXPECT_TRUE(ParseScript(Source(text)).diagnostics.empty()) << link;
  }
  for (const std::string link :
       {" UNION SELECT 1", " UNION ALL SELECT 1", " UNION ALL SELECT 1 INTERSECT SELECT 2"}) {
    const std::string text = "SELECT 1" + Repeated(link, kMany);
    EXPECT_EQ(Statement(text), text) << link;
  }
}

// A long chain of || is printed in groups, and these parse as they stand.
TEST(ParserErrorsTest, LongConcatenationsPrintAndParseAgain) {
  for (const size_t count : {63, 64, 65, 1000}) {
    const std::string printed = Statement("SELECT a" + Repeated(" || b", count));
    EXPECT_EQ(Statement(printed), printed) << count;
    EXPECT_EQ(std::count(printed.begin(), printed.end(), 'b'), static_cast<ptrdiff_t>(count));
  }
}

TEST(ParserErrorsTest, UnionsByNameEndAChain) {
  const std::string all = Repeated(" UNION ALL SELECT 1 AS a", 100);
  const std::string text = "SELECT 1 AS a" + all + " UNION ALL BY NAME SELECT 2 AS a" + all;
  EXPECT_EQ(Statement(text), text);
}

// Also where a rule passes over what it does not look at.
TEST(ParserErrorsTest, AStatementWithBytesOfNoMeaningHasFailed) {
  for (const char* text : {"ANALYZE TABLE t PARTITION (a = \x07) COMPUTE STATISTICS",
                           "SET a = \x07", "SET a \x07 = 1", "RESET a.\x07"}) {
    const ParsedScript script = ParseScript(Source(std::string(text) + "; SELECT 1"));
    EXPECT_EQ(script.statements.size(), 1u) << text;
    EXPECT_THAT(Told(script.diagnostics), HasSubstr("PARSE_SYNTAX_ERROR")) << text;
  }
}

TEST(ParserErrorsTest, ManyMistakesAreCutOff) {
  const ParsedScript script = ParseScript(Source(Repeated("SELECT FROM;", 100000)));
  EXPECT_LE(script.diagnostics.size(), 101u);
}

// Each that is told is looked for in the text: one statement full of them would take very long.
TEST(ParserErrorsTest, ManyMistakesOfOneStatementAreCutOff) {
  for (const std::string& text :
       {"WITH a AS (SELECT 1)" + Repeated(", a AS (SELECT 1)", 1000) + " SELECT 1",
        "CREATE TABLE t (a INT) TBLPROPERTIES ('a' = 'b'" + Repeated(", 'a' = 'b'", 1000) + ")"}) {
    EXPECT_EQ(ParseScript(Source(text)).diagnostics.size(), 101u);
    EXPECT_TRUE(ParseScript(Source(text)).statements.empty());
    const auto result = ParseStatement(Source(text));
    ASSERT_TRUE(std::holds_alternative<Diagnostics>(result));
    EXPECT_EQ(std::get<Diagnostics>(result).size(), 101u);
  }
  // Of several statements, those behind are not read.
  const std::string full =
      "CREATE TABLE t (a INT) TBLPROPERTIES ('a' = 'b'" + Repeated(", 'a' = 'b'", 1000) + ");";
  EXPECT_EQ(ParseScript(Source(full + full)).diagnostics.size(), 101u);
}

}  // namespace
}  // namespace weir::sql
