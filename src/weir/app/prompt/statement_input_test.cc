#include "weir/app/prompt/statement_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::app {
namespace {

using testing::Optional;

StatementInput Typed(std::initializer_list<std::string_view> lines) {
  StatementInput input;
  for (const std::string_view line : lines) input.AddLine(line);
  return input;
}

TEST(StatementInputTest, AStatementIsCompleteWithItsSemicolon) {
  StatementInput input = Typed({"SELECT 1"});
  EXPECT_FALSE(input.TakeComplete());
  EXPECT_FALSE(input.IsEmpty());
  input.AddLine("  + 2;");
  EXPECT_THAT(input.TakeComplete(), Optional(std::string("SELECT 1\n  + 2;")));
  EXPECT_TRUE(input.IsEmpty());
  EXPECT_FALSE(input.TakeComplete());
}

TEST(StatementInputTest, WhatFollowsTheSemicolonStays) {
  StatementInput input = Typed({"SELECT 1; SELECT 2; SELECT"});
  EXPECT_THAT(input.TakeComplete(), Optional(std::string("SELECT 1; SELECT 2;")));
  EXPECT_FALSE(input.IsEmpty());
  EXPECT_EQ(input.text(), "SELECT\n");
  input.AddLine("3;");
  EXPECT_THAT(input.TakeComplete(), Optional(std::string("SELECT\n3;")));
}

TEST(StatementInputTest, ASemicolonInQuotesOrCommentsEndsNothing) {
  for (const char* line : {"SELECT ';", "SELECT \";", "SELECT `;", "SELECT /* ;", "SELECT 1 -- ;",
                           "SELECT r';", "SELECT 'it\\';"}) {
    StatementInput input = Typed({line});
    EXPECT_FALSE(input.TakeComplete()) << line;
    EXPECT_FALSE(input.IsEmpty()) << line;
  }
}

TEST(StatementInputTest, AnOpenPartGoesOnOverLines) {
  StatementInput input = Typed({"SELECT 'one;"});
  EXPECT_EQ(input.open(), OpenPart::kString);
  input.AddLine("SELECT two;");
  EXPECT_EQ(input.open(), OpenPart::kString);
  EXPECT_FALSE(input.TakeComplete());
  input.AddLine("three';");
  EXPECT_EQ(input.open(), OpenPart::kNothing);
  EXPECT_THAT(input.TakeComplete(), Optional(std::string("SELECT 'one;\nSELECT two;\nthree';")));
  EXPECT_EQ(Typed({"SELECT `a"}).open(), OpenPart::kQuotedName);
  EXPECT_EQ(Typed({"SELECT /* a /* b */"}).open(), OpenPart::kComment);
  EXPECT_EQ(Typed({"SELECT /* a /* b */", "*/ 1"}).open(), OpenPart::kNothing);
}

TEST(StatementInputTest, CommentsAloneAreNoStatement) {
  EXPECT_TRUE(Typed({"-- nothing", "  "}).IsEmpty());
  EXPECT_TRUE(Typed({"/* nothing */"}).IsEmpty());
  EXPECT_FALSE(Typed({"/* something"}).IsEmpty());
}

TEST(StatementInputTest, ACharacterWithoutMeaningOpensNothing) {
  StatementInput input = Typed({"SELECT $;"});
  EXPECT_EQ(input.open(), OpenPart::kNothing);
  EXPECT_TRUE(input.TakeComplete());
}

}  // namespace
}  // namespace weir::app
