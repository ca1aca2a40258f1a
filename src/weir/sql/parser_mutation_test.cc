#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "weir/sql/parser_testing.h"

namespace weir::sql {
namespace {

const std::vector<std::string> kSeeds = {
    "SELECT a.b, count(*) AS n FROM c.s.t AS t LEFT JOIN u USING (x) WHERE y > 1 AND z IS NOT NULL "
    "GROUP BY a.b HAVING n > 2 ORDER BY n DESC NULLS LAST LIMIT 10 OFFSET 1",
    "WITH r AS (SELECT * EXCEPT (a) FROM t), s (x) AS (VALUES (1, 'a'), (2, 'b')) SELECT r.*, "
    "sum(x) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM r, s",
    "SELECT CASE WHEN a THEN 1 ELSE -2.5 END, CAST(b AS DECIMAL(10, 2)), "
    "c::array<map<string,int>>, "
    "transform(xs, (x, i) -> x + i), INTERVAL '1-2' YEAR TO MONTH, DATE '2013-01-01', X'1F', 1e3",
    "CREATE OR REFRESH STREAMING TABLE t (a INT NOT NULL COMMENT 'x', CONSTRAINT c EXPECT (a > 0) "
    "ON VIOLATION DROP ROW) PARTITIONED BY (a) TBLPROPERTIES ('k' = 'v') AS SELECT * FROM STREAM "
    "read_files('/p', format => 'csv', header => true)",
    "CREATE FLOW f AS INSERT INTO ONCE t BY NAME SELECT * FROM STREAM(s)",
    "CREATE FLOW f AS AUTO CDC ONCE INTO t FROM STREAM(s) KEYS (a) IGNORE NULL UPDATES APPLY AS "
    "DELETE WHEN b = 1 APPLY AS TRUNCATE WHEN c SEQUENCE BY STRUCT(d, e) COLUMNS * EXCEPT (f) "
    "STORED AS SCD TYPE 2 TRACK HISTORY ON g, h",
    "AUTO CDC INTO t FROM SNAPSHOT (SELECT 1) WITH VERSION (SELECT 2) KEYS (a) STORED AS SCD TYPE "
    "1",
    "INSERT INTO t (a, b) SELECT a, (SELECT max(b) FROM u WHERE u.a = t.a) FROM t WHERE a IN (1, "
    "2) "
    "AND b NOT LIKE 'x%' ESCAPE '!' AND EXISTS (SELECT 1) UNION ALL SELECT 1, 2 EXCEPT SELECT 3, 4",
    "ALTER TABLE t SET TBLPROPERTIES ('a' = 'b'); DROP TABLE IF EXISTS t; SHOW TABLES IN s LIKE "
    "'x*'; DESCRIBE EXTENDED t; GRANT SELECT ON TABLE t TO `a@b`; SET a.b = c; USE CATALOG c",
    "SELECT explode(m) AS (k, v), struct(1 AS a, b).a[0], ~a & b | c ^ d << 2 FROM t LATERAL VIEW "
    "OUTER posexplode(xs) e AS p, x GROUP BY GROUPING SETS ((a, b), ROLLUP(c)) QUALIFY f() OVER w",
    "SELECT /* c /* d */ */ 'it\\'s' \"q\" r'\\n' -- end\n, `a``b`, :p, ?, a <=> b FROM t VERSION "
    "AS "
    "OF 3",
};
const std::vector<std::string> kPieces = {
    " ",          "(",        ")",       ",",        ".",      ";",         "'",
    "\"",         "`",        "--",      "/*",       "*/",     "\n",        "*",
    "+",          "-",        "->",      "=>",       "::",     "[",         "]",
    ":",          "?",        "<",       ">",        ">>",     "!",         "=",
    "1",          "1L",       "1.5e",    "0x",       "é",      "\xFF",      std::string(1, '\0'),
    " SELECT ",   " FROM ",   " AS ",    " NOT ",    " IN ",   " BETWEEN ", " AND ",
    " CASE ",     " WHEN ",   " END ",   " UNION ",  " JOIN ", " ON ",      " OVER ",
    " INTERVAL ", " VALUES ", " NULL ",  " EXISTS ", " WITH ", " LATERAL ", " GROUP BY ",
    " STREAM ",   " CREATE ", " TABLE ", " x ",      " DATE ", " day "};

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string Next() {
    std::string text = Pick(kSeeds);
    const size_t count = 1 + Below(4);
    for (size_t i = 0; i < count; ++i) Mutate(text);
    return text;
  }

 private:
  size_t Below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
  const std::string& Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }

  void Mutate(std::string& text) {
    const size_t at = Below(text.size());
    const size_t length = Below(12);
    switch (Below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, Pick(kPieces));
        break;
      case 2:
        text.replace(at, length, Pick(kPieces));
        break;
      case 3:
        text.insert(Below(text.size()), text.substr(at, Below(60)));
        break;
      case 4: {
        const std::string& other = Pick(kSeeds);
        text.insert(at, other.substr(Below(other.size()), Below(80)));
        break;
      }
      default:
        if (!text.empty()) text[at] = static_cast<char>(Below(256));
    }
  }

  std::mt19937 random_;
};

TEST(ParserMutationTest, SeedsParse) {
  for (const std::string& seed : kSeeds) {
    EXPECT_EQ(Told(ParseScript(Source(seed)).diagnostics), "") << seed;
  }
}

TEST(ParserMutationTest, MutatedTextsAreReadOrRefused) {
  Mutator mutator(20130101);
  size_t parsed = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string text = mutator.Next();
    const std::string fault = FaultOfReading(text);
    ASSERT_EQ(fault, "") << text;
    if (ParseScript(Source(text)).diagnostics.empty()) ++parsed;
  }
  // Both outcomes are met often, so that the printer is tried too.
  EXPECT_GT(parsed, 150u);
  EXPECT_LT(parsed, 3850u);
}

}  // namespace
}  // namespace weir::sql
