#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "weir/sql/parser_testing.h"

// Reading takes steps by the length of the text, whatever stands in it: bytes and tokens are looked
// at a bounded number of times.
namespace weir::sql {
namespace {

size_t StepsToRead(const std::string& text) { return ParseScript(Source(text)).steps; }

struct Shape {
  std::string begin, link, end;
  size_t count;  // Some 100 kB.
};

TEST(ParserStepsTest, LongTextsTakeStepsByTheirLength) {
  const std::vector<Shape> shapes = {
      {"SELECT a", " AND a = 1", "", 10000},
      {"SELECT a", " OR NOT b", "", 10000},
      {"SELECT a", " || 'x'", "", 10000},
      {"SELECT a IN (1", ", 2", ")", 30000},
      {"SELECT 1", ", a.b.c AS d", "", 8000},
      {"SELECT 1", " UNION ALL SELECT 2", "", 5000},
      {"VALUES (1)", ", (2, 'b')", "", 10000},
      {"SELECT '", "it''s \\' ", "'", 10000},
      {"SELECT `", "a``b", "`", 20000},
      {"SELECT /*", " /* */ ", "*/ 1", 10000},
      {"SELECT /*", " /* ", "", 20000},
      {"SELECT '", "\\\n\n", "", 20000},
      {"SELECT CASE", " WHEN a THEN 1", " END", 7000},
      {"SELECT f(1", ", x => 2", ")", 10000},
      {"SELECT a", ".b", "", 40000},
      {"SELECT 1", "1", "", 100000},
      {"SELECT 1e", "1", "", 100000},
      {"WITH a AS (SELECT 1)", ", b AS (SELECT 1)", " SELECT 1", 6000},
      {"SELECT * FROM a", ", b AS c", "", 12000},
      {"SELECT * FROM a", " |> WHERE a", "", 900},
      {"SELECT 1", ";SELECT FROM", "", 8000},
      {"", "SELECT ((((a -> (b, c) -> d; ", "", 3000},
      {"", "SELECT a b c d e f; ", "", 5000},
      {"", "\xC2\xA0\xE2\x80\x98", "", 20000},
      {"", ";", "", 100000},
      {"", "(", "", 100000},
      {"'", "\n\\'", "", 20000},
      {"SELECT ", "CAST(a AS ARRAY<INT>) + -", "1", 900},
  };
  for (const Shape& shape : shapes) {
    const auto text = [&](size_t times) {
      return shape.begin + Repeated(shape.link, shape.count * times) + shape.end;
    };
    const size_t one = StepsToRead(text(1));
    const size_t four = StepsToRead(text(4));
    // Four times, if it is linear; sixteen, if it is by the square.
    EXPECT_LE(four, 5 * one) << shape.begin << shape.link;
  }
}

// What nests is bounded, and up to there no level is read twice.
TEST(ParserStepsTest, DeepTextsTakeStepsByTheirDepth) {
  const std::vector<Shape> shapes = {
      {"SELECT ", "(", "a", 100},
      {"SELECT ", "(a, ", "b", 100},
      {"SELECT ", "f(", "x -> y", 100},
      {"SELECT ", "(x, y) -> (", "a", 100},
      {"SELECT ", "(SELECT ", "1", 60},
      {"", "(", "SELECT 1", 100},
      {"SELECT * FROM ", "(", "t", 60},
      {"SELECT * FROM ", "(SELECT * FROM ", "t", 60},
      {"SELECT ", "a IN (", "1", 60},
      {"SELECT ", "CASE WHEN ", "1", 100},
      {"SELECT ", "a[", "1", 100},
      {"SELECT ", "NOT EXISTS (SELECT ", "1", 50},
      {"SELECT CAST(a AS ", "ARRAY<STRUCT<a: ", "INT", 60},
      {"SELECT 1 GROUP BY ", "GROUPING SETS (", "a", 60},
      {"SELECT ", "transform((SELECT ", "1", 30},
      {"SELECT ", "EXISTS ((((SELECT ", "1", 20},
  };
  for (const Shape& shape : shapes) {
    for (const std::string close : {")", ""}) {
      const auto text = [&](size_t times) {
        const size_t depth = shape.count * times;
        return shape.begin + Repeated(shape.link, depth) + shape.end + Repeated(close, depth);
      };
      // A level that is read twice would double it with each; sixteen times is by the square.
      EXPECT_LE(StepsToRead(text(4)), 5 * StepsToRead(text(1)))
          << shape.begin << shape.link << close;
    }
  }
}

}  // namespace
}  // namespace weir::sql
