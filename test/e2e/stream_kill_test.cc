// Updates of flows that keep rows between their batches, killed at each call of their stores and
// their state in turn: what the next updates make of them is what they make of ones that were not
// killed.
#include "e2e/killed_flow.h"

namespace weir::test {
namespace {

using testing::UnorderedElementsAreArray;

struct Shape {
  const char* name;
  const char* query;
  const char* shown;
  std::vector<std::string> rows;  // Once all files are in.
};

void PrintTo(const Shape& shape, std::ostream* out) { *out << shape.name; }

const Shape kWindows = {"Windows",
                        "SELECT window.start AS s, id, count(*) AS n, sum(v) AS total FROM "
                        "STREAM(events) GROUP BY window(ts, '10 minutes'), id",
                        "SELECT CAST(s AS STRING), id, n, total FROM main.p.kept",
                        {"2024-01-01 00:00:00|1|3|12", "2024-01-01 00:00:00|2|1|2",
                         "2024-01-01 00:10:00|1|1|5", "2024-01-01 00:10:00|2|1|6"}};
const Shape kOuter = {"OuterJoin",
                      "SELECT a.id AS id, a.v AS v, b.v AS w FROM STREAM(events) AS a LEFT JOIN "
                      "STREAM(events) AS b ON a.id = b.id AND b.v = a.v + 3 AND b.ts >= a.ts AND "
                      "b.ts <= a.ts + INTERVAL 5 MINUTES",
                      "SELECT id, v, w FROM main.p.kept",
                      {"1|1|4", "1|4|7", "1|5|NULL", "1|7|NULL", "2|2|NULL", "2|6|NULL"}};

// Of rows that an outer join gives, which are late by as much as it waits.
const Shape kCounted = {
    "GroupsOfJoin",
    "SELECT window.start AS s, count(*) AS n, count(w) AS met FROM (SELECT a.ts "
    "AS ts, b.v AS w FROM STREAM(events) AS a LEFT JOIN STREAM(events) AS b ON "
    "a.id = b.id AND b.v = a.v + 3 AND b.ts >= a.ts AND b.ts <= a.ts + INTERVAL "
    "5 MINUTES) GROUP BY window(ts, '10 minutes')",
    "SELECT CAST(s AS STRING), n, met FROM main.p.kept",
    {"2024-01-01 00:00:00|4|2", "2024-01-01 00:10:00|2|0"}};
const Shape kFirst = {"First",
                      "SELECT id FROM (SELECT DISTINCT ON (id) WITHIN WATERMARK id, ts FROM "
                      "STREAM(events))",
                      "SELECT id FROM main.p.kept",
                      {"1", "2", "3"}};

const std::vector<std::string> kFiles = {
    "id,v,ts\n1,1,2024-01-01 00:01:00\n2,2,2024-01-01 00:03:00\n1,4,2024-01-01 00:05:00\n",
    "id,v,ts\n1,5,2024-01-01 00:13:00\n1,7,2024-01-01 00:09:30\n2,6,2024-01-01 00:17:00\n",
    "id,v,ts\n1,7,2024-01-01 00:02:00\n3,9,2024-01-01 00:45:00\n"};

std::string FlowsOf(const Shape& shape, const std::string& landing) {
  return "CREATE TEMPORARY VIEW events AS SELECT * FROM STREAM read_files('" + landing +
         "', format => 'csv', header => true, schema => 'id INT, v INT, ts TIMESTAMP') "
         "WATERMARK ts DELAY OF INTERVAL 5 MINUTES;\nCREATE STREAMING TABLE kept AS " +
         shape.query + ";\n";
}

class StreamKillTest : public testing::TestWithParam<Shape> {
 protected:
  const KilledFlow flow_{kFiles,
                         [](const std::string& landing) { return FlowsOf(GetParam(), landing); }};
};

TEST_P(StreamKillTest, TheNextUpdateMakesItGood) {
  size_t n = 1;
  for (;; n += CallsApart(17)) {
    SCOPED_TRACE("call " + std::to_string(n));
    flow_.StartAgain();
    const bool finished = flow_.UpdateKilledAt(n);
    if (!finished) flow_.Update();
    flow_.Land(3);
    flow_.ExpectAfterUpdate(GetParam().shown, UnorderedElementsAreArray(GetParam().rows));
    if (finished || HasFailure()) break;
  }
  std::cout << GetParam().name << ": killed at " << n - 1 << " calls\n";
  EXPECT_GT(n, 50u);
}

INSTANTIATE_TEST_SUITE_P(Every, StreamKillTest, testing::Values(kWindows, kOuter, kCounted, kFirst),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::test
