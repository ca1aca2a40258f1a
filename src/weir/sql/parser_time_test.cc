#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "weir/sql/parser_testing.h"

// Reading takes time by the length of the text, whatever stands in it.
namespace weir::sql {
namespace {

// The shortest of some runs, which is the one that was disturbed least.
double SecondsToRead(const std::string& text) {
  const auto source = Source(text);
  double shortest = 1e9;
  for (int run = 0; run < 3; ++run) {
    const auto start = std::chrono::steady_clock::now();
    ParseScript(source);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, took.count());
  }
  return shortest;
}

struct Shape {
  std::string begin, link, end;
  size_t count;  // Some 100 kB.
};

TEST(ParserTimeTest, LongTextsTakeTimeByTheirLength) {
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
      {"SELECT ", "CAST(a AS ARRAY<INT>) + -", "1", 900},
  };
  for (const Shape& shape : shapes) {
    const auto text = [&](size_t times) {
      return shape.begin + Repeated(shape.link, shape.count * times) + shape.end;
    };
    const double one = SecondsToRead(text(1));
    const double four = SecondsToRead(text(4));
    // Four times, if it is linear; sixteen, if it is by the square.
    EXPECT_LT(four, 10 * one + 0.002) << shape.begin << shape.link << ": " << one << " s, " << four;
  }
}

// What nests is bounded, and up to there no level is read twice.
TEST(ParserTimeTest, DeepTextsTakeTimeByTheirDepth) {
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
  };
  for (const Shape& shape : shapes) {
    for (const std::string close : {")", ""}) {
      const auto text = [&](size_t times) {
        const size_t depth = shape.count * times;
        // Many of them, so that there is something to time.
        return Repeated(
            shape.begin + Repeated(shape.link, depth) + shape.end + Repeated(close, depth) + ";",
            20);
      };
      const double one = SecondsToRead(text(1));
      double four = SecondsToRead(text(4));
      // Once may have been disturbed.
      for (int again = 0; again < 3 && four >= 40 * one; ++again) {
        four = std::min(four, SecondsToRead(text(4)));
      }
      // A level that is read twice would double it with each.
      EXPECT_LT(four, 40 * one + 0.002)
          << shape.begin << shape.link << ": " << one << " s, " << four;
    }
  }
}

}  // namespace
}  // namespace weir::sql
