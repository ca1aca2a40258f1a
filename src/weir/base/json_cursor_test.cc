#include "weir/base/json_cursor.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

// What is read, with names bare and texts in <>; "!" when it is malformed.
std::string Read(JsonCursor& cursor) {
  std::string scratch;
  std::string out;
  switch (cursor.Kind()) {
    case JsonKind::kObject:
      cursor.BeginObject();
      for (std::string_view name; cursor.NextName(name, scratch);) {
        out += std::string(name) + ":";
        out += Read(cursor) + ";";
      }
      return "{" + out + "}";
    case JsonKind::kArray:
      cursor.BeginArray();
      while (cursor.NextItem()) out += Read(cursor) + ";";
      return "[" + out + "]";
    case JsonKind::kText:
      return "<" + std::string(cursor.TakeText(scratch)) + ">";
    case JsonKind::kNumber:
      return std::string(cursor.TakeNumber());
    default:
      return std::string(cursor.Skip());
  }
}

std::string Read(std::string_view text, const JsonDialect& dialect = {}) {
  JsonCursor cursor(text, dialect);
  const std::string read = Read(cursor);
  return cursor.ok() ? read : "!";
}

TEST(JsonCursorTest, TheStandardIsReadAndNothingElse) {
  EXPECT_EQ(Read(R"( {"a" : [1.50e+3, -0, true, null], "b\u0041":"x\n\u00e9"} )"),
            "{a:[1.50e+3;-0;true;null;];bA:<x\né>;}");
  for (const char* bad :
       {"", "{", "[1,]", "[,1]", "{\"a\"}", "{\"a\":1,}", "[1 2]", "01", "1.", "+1", "nul", "'a'",
        "{a:1}", "NaN", "/**/1", "\"\\x\"", "\"\t\"", "\"\\u12\""}) {
    EXPECT_EQ(Read(bad), "!") << bad;
  }
}

TEST(JsonCursorTest, EachFeatureOfADialectIsReadWhereItIsAskedFor) {
  EXPECT_EQ(Read("/*a*/[/**/1,//\n2]", {.comments = true}), "[1;2;]");
  EXPECT_EQ(Read("/*a", {.comments = true}), "!");
  EXPECT_EQ(Read("{a:1,$b_2:2}", {.unquoted_names = true}), "{a:1;$b_2:2;}");
  EXPECT_EQ(Read(R"({'a"b':'it\'s'})", {.single_quotes = true}), "{a\"b:<it's>;}");
  EXPECT_EQ(Read("[007,-01]", {.leading_zeros = true}), "[007;-01;]");
  EXPECT_EQ(Read(R"("\x\y")", {.any_escape = true}), "<xy>");
  EXPECT_EQ(Read("\"a\tb\"", {.control_characters = true}), "<a\tb>");
  EXPECT_EQ(Read("[NaN,-INF,+Infinity,1]", {.word_numbers = true}), "[NaN;-INF;+Infinity;1;]");
  EXPECT_EQ(Read("[INF]", {.word_numbers = true}), "!");
}

TEST(JsonCursorTest, HalfASurrogatePairBecomesAQuestionMark) {
  EXPECT_EQ(Read(R"("\ud83d\ude00 \ud83d \ude00 \ud83d\u0041")"), "<😀 ? ? ?A>");
}

TEST(JsonCursorTest, DepthIsBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_NE(Read(nested(JsonCursor::kMaxDepth)), "!");
  EXPECT_EQ(Read(nested(JsonCursor::kMaxDepth + 1)), "!");
  EXPECT_EQ(Read(nested(1'000'000)), "!");
}

}  // namespace
}  // namespace weir
