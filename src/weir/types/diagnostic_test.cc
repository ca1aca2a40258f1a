#include "weir/types/diagnostic.h"

#include <gtest/gtest.h>

#include "weir/types/predicate.h"

namespace weir {
namespace {

Span SpanOf(const std::string& text, const std::string& part) {
  const auto source = std::make_shared<const SourceText>(SourceText{"a.sql", text});
  const size_t begin = text.find(part);
  return {source, begin, begin + part.size()};
}

TEST(DiagnosticTest, RendersPlaceLineCaretsAndHint) {
  const Diagnostic diagnostic{"UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                              SpanOf("SELECT\n  nam FROM t\n", "nam"), "there is no column `nam`",
                              "did you mean `name`?"};
  EXPECT_EQ(diagnostic.Render(),
            "a.sql:2:3: [UNRESOLVED_COLUMN.WITH_SUGGESTION] there is no column `nam`\n"
            "    nam FROM t\n"
            "    ^^^\n"
            "  hint: did you mean `name`?\n");
}

TEST(DiagnosticTest, CaretsStandUnderTheTextDespiteTabsAndWideLetters) {
  const Diagnostic diagnostic{"X", "XX000", SpanOf("a\té 漢 bad", "bad"), "m", ""};
  EXPECT_EQ(diagnostic.Render(),
            "a.sql:1:7: [X] m\n"
            "  a       é 漢 bad\n"
            "               ^^^\n");
}

TEST(DiagnosticTest, SpanAtTheEndOfTheTextStillPoints) {
  const auto source = std::make_shared<const SourceText>(SourceText{"a.sql", "SELECT\r\n"});
  EXPECT_EQ((Diagnostic{"X", "", {source, 6, 8}, "m", ""}.Render()),
            "a.sql:1:7: [X] m\n  SELECT\n        ^\n");
  EXPECT_EQ((Diagnostic{"X", "", {source, 8, 8}, "m", ""}.Render()), "a.sql:2:1: [X] m\n  \n  ^\n");
  const auto empty = std::make_shared<const SourceText>(SourceText{"e.sql", ""});
  EXPECT_EQ((Diagnostic{"X", "", {empty, 0, 0}, "m", ""}.Render()), "e.sql:1:1: [X] m\n  \n  ^\n");
}

TEST(DiagnosticTest, SpanOverSeveralLinesIsMarkedOnTheFirst) {
  const Diagnostic diagnostic{"X", "", SpanOf("one two\nthree", "two\nthree"), "m", ""};
  EXPECT_EQ(diagnostic.Render(), "a.sql:1:5: [X] m\n  one two\n      ^^^\n");
}

TEST(DiagnosticTest, WithoutASourceOnlyTheMessageIsShown) {
  EXPECT_EQ((Diagnostic{"X", "", {}, "m", ""}.Render()), "[X] m\n");
}

TEST(DiagnosticTest, ErrorHoldsThemAll) {
  const DiagnosticError error({{"A", "", {}, "first", ""}, {"B", "", {}, "second", ""}});
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_EQ(error.condition(), "A");
  EXPECT_STREQ(error.what(), "[A] first\n\n[B] second\n");
  EXPECT_EQ(error.diagnostics().size(), 2u);
}

TEST(DiagnosticTest, ConditionsHaveTheirSqlState) {
  EXPECT_EQ(SqlStateOf("PARSE_SYNTAX_ERROR"), "42601");
  EXPECT_EQ(SqlStateOf("TABLE_OR_VIEW_NOT_FOUND"), "42P01");
  EXPECT_EQ(SqlStateOf("UNRESOLVED_COLUMN.WITH_SUGGESTION"), "42703");
  EXPECT_EQ(SqlStateOf("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"), "42K09");
  EXPECT_EQ(SqlStateOf("WRONG_NUM_ARGS"), "42605");
  EXPECT_EQ(SqlStateOf("NO_SUCH_CONDITION"), "XX000");
  EXPECT_EQ(SqlStateOf(""), "XX000");
}

TEST(PredicateTest, PrintsAsSql) {
  const Predicate predicate(Predicate::And{
      {Predicate(Predicate::Compare{{"s", "a b"}, Predicate::Op::kLe, Value::Int(3)}),
       Predicate(
           Predicate::Or{{Predicate(Predicate::In{{"c"}, {Value::String("x"), Value::String("y")}}),
                          Predicate(Predicate::IsNull{{"d"}, true})}})}});
  EXPECT_EQ(predicate.ToString(), "(s.`a b` <= 3 AND (c IN ('x', 'y') OR d IS NOT NULL))");
  EXPECT_FALSE(predicate.IsTrue());
  EXPECT_TRUE(Predicate::True().IsTrue());
  EXPECT_TRUE(Predicate(Predicate::And{{}}).IsTrue());
  EXPECT_FALSE(Predicate(Predicate::Or{{}}).IsTrue());
}

}  // namespace
}  // namespace weir
