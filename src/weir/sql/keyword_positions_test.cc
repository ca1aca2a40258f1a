#include "weir/sql/keyword_positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace weir::sql {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> At(std::string_view before, std::string_view beginning = "") {
  std::vector<std::string> words;
  for (const Keyword keyword : KeywordsAt(before, beginning)) {
    words.emplace_back(KeywordText(keyword));
  }
  return words;
}

TEST(KeywordPositionsTest, AStatementBeginsWithAStatementsWord) {
  EXPECT_THAT(At("", "s"), ElementsAre("SELECT", "SET", "SHOW"));
  EXPECT_THAT(At("", "DES"), ElementsAre("DESC", "DESCRIBE"));
  EXPECT_THAT(At(""), Not(Contains("WHERE")));
}

TEST(KeywordPositionsTest, AClauseIsOfferedWhereItMayStand) {
  EXPECT_THAT(At("SELECT a", "f"), ElementsAre("FROM"));
  EXPECT_THAT(At("SELECT a FROM t", "wh"), ElementsAre("WHERE"));
  EXPECT_THAT(At("SELECT a FROM t WHERE a = 1", "wh"), IsEmpty());
  EXPECT_THAT(At("SELECT a FROM t", "gr"), ElementsAre("GROUP"));
  EXPECT_THAT(At("SELECT a FROM t", "l"), ElementsAre("LATERAL", "LEFT", "LIMIT"));
  EXPECT_THAT(At("SELECT a FROM t LEFT", "j"), ElementsAre("JOIN"));
  EXPECT_THAT(At("SELECT a FROM t JOIN u", "o"), Contains("ON"));
}

TEST(KeywordPositionsTest, AWordThatWouldOnlyBeANameIsNotOffered) {
  const auto words = At("SELECT");
  for (const char* name : {"TABLES", "OWNER", "BERNOULLI", "HISTORY", "FROM", "WHERE"}) {
    EXPECT_THAT(words, Not(Contains(name)));
  }
  for (const char* meant : {"DISTINCT", "CASE", "NOT", "NULL", "EXISTS", "CAST", "INTERVAL"}) {
    EXPECT_THAT(words, Contains(meant));
  }
}

TEST(KeywordPositionsTest, WordsThatGoWithOthersAreOffered) {
  EXPECT_THAT(At("CREATE"), testing::IsSupersetOf({"TABLE", "VIEW", "SCHEMA", "OR", "STREAMING"}));
  EXPECT_THAT(At("CREATE TABLE", "i"), Contains("IF"));
  EXPECT_THAT(At("DROP TABLE", "i"), Contains("IF"));
  EXPECT_THAT(At("DESCRIBE", "hi"), ElementsAre("HISTORY"));
  EXPECT_THAT(At("ALTER TABLE t"), testing::IsSupersetOf({"ADD", "RENAME", "SET"}));
  EXPECT_THAT(At("SELECT sum(a) OVER (PARTITION BY b ORDER BY c", "r"), Contains("ROWS"));
  EXPECT_THAT(At("SELECT a FROM t ORDER BY a", "nu"), ElementsAre("NULLS"));
  EXPECT_THAT(At("SELECT a FROM t ORDER BY a NULLS"),
              testing::UnorderedElementsAre("FIRST", "LAST"));
  EXPECT_THAT(At("SHOW", "t"), ElementsAre("TABLES", "TBLPROPERTIES"));
}

TEST(KeywordPositionsTest, ANameMayStandWhereTheGrammarTakesOne) {
  for (const char* before :
       {"SELECT", "SELECT a FROM", "SELECT a FROM t WHERE", "USE", "SELECT a +"}) {
    EXPECT_TRUE(NameMayStandAt(before)) << before;
  }
  for (const char* before : {"", "CREATE", "SELECT a FROM t GROUP", "SELECT 1 IS", "INSERT"}) {
    EXPECT_FALSE(NameMayStandAt(before)) << before;
  }
}

TEST(KeywordPositionsTest, AKeywordThatBeginsSomethingIsNotTakenForAnAlias) {
  EXPECT_THAT(At("SELECT a FROM t GROUP"), ElementsAre("BY"));
  EXPECT_THAT(At("SELECT date"), Contains("FROM"));
}

TEST(KeywordPositionsTest, ANameNeedsBackticksWhereItMeansSomethingElse) {
  EXPECT_TRUE(IsPlainNameAt("SELECT", "date"));
  EXPECT_TRUE(IsPlainNameAt("SELECT a FROM", "trips"));
  EXPECT_FALSE(IsPlainNameAt("SELECT a FROM", "from"));
  EXPECT_FALSE(IsPlainNameAt("SELECT", "two words"));
  EXPECT_FALSE(IsPlainNameAt("SELECT", "a-b"));
}

TEST(KeywordPositionsTest, AMistakeBeforeLeavesNothingToSay) {
  EXPECT_THAT(At("SELECT a FROM FROM"), IsEmpty());
}

}  // namespace
}  // namespace weir::sql
