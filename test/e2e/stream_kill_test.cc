// Updates of flows that keep rows between their batches, killed at each call of their stores and
// their state in turn: what the next updates make of them is what they make of ones that were not
// killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "e2e/in_child.h"
#include "e2e/orders_project.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
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

const char* const kRows[] = {
    "id,v,ts\n1,1,2024-01-01 00:01:00\n2,2,2024-01-01 00:03:00\n1,4,2024-01-01 00:05:00\n",
    "id,v,ts\n1,5,2024-01-01 00:13:00\n1,7,2024-01-01 00:09:30\n2,6,2024-01-01 00:17:00\n",
    "id,v,ts\n1,7,2024-01-01 00:02:00\n3,9,2024-01-01 00:45:00\n"};

class StreamKillTest : public testing::TestWithParam<Shape> {
 protected:
  StreamKillTest() {
    fs::create_directories(landing_);
    fs::create_directories(folder_ / "project");
    Write(folder_ / "project/spark-pipeline.yml",
          "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n");
    Write(folder_ / "project/flows.sql",
          "CREATE TEMPORARY VIEW events AS SELECT * FROM STREAM read_files('" + landing_ +
              "', format => 'csv', header => true, schema => 'id INT, v INT, ts TIMESTAMP') "
              "WATERMARK ts DELAY OF INTERVAL 5 MINUTES;\nCREATE STREAMING TABLE kept AS " +
              GetParam().query + ";\n");
    spec_ = std::get<pipeline::Spec>(pipeline::LoadSpec(folder_ / "project/spark-pipeline.yml"));
    Land(1);
    EXPECT_TRUE(InChild([&] { RunWell(); }).good);
    Copy(home_, kept_);
  }

  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }
  static void Copy(const std::string& from, const std::string& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }
  void Land(int file) const {
    Write(landing_ + "/" + std::to_string(file) + ".csv", kRows[file - 1]);
  }
  void StartAgain() {
    Copy(kept_, home_);
    fs::remove(landing_ + "/3.csv");
    Land(2);
  }

  void RunWell() {
    io::LocalDisk disk;
    Program program(home_, disk);
    const auto report = program.Update(spec_);
    for (const auto& flow : report.flows) {
      EXPECT_EQ(flow.status, pipeline::FlowStatus::kCompleted) << flow.message;
    }
  }
  void ExpectAll() {
    const ChildEnd end = InChild([&] {
      RunWell();
      io::LocalDisk disk;
      Program program(home_, disk);
      EXPECT_THAT(program.Rows(GetParam().shown), UnorderedElementsAreArray(GetParam().rows));
    });
    EXPECT_TRUE(end.good);
  }
  bool UpdateKilledAt(size_t n) {
    return InChild([&] {
             io::LocalDisk disk;
             io::Faults faults;
             faults.Before(n, io::Faults::Kill());
             Program(home_, disk, &faults).Update(spec_);
           })
        .finished;
  }

  TemporaryFolder folder_;
  const std::string home_ = folder_ / "home";
  const std::string kept_ = folder_ / "kept";
  const std::string landing_ = folder_ / "landing";
  pipeline::Spec spec_;
};

TEST_P(StreamKillTest, TheNextUpdateMakesItGood) {
  size_t n = 1;
  for (;; n += CallsApart(17)) {
    SCOPED_TRACE("call " + std::to_string(n));
    StartAgain();
    const bool finished = UpdateKilledAt(n);
    if (!finished) {
      EXPECT_TRUE(InChild([&] { RunWell(); }).good);
    }
    Land(3);
    ExpectAll();
    if (finished || HasFailure()) break;
  }
  std::cout << GetParam().name << ": killed at " << n - 1 << " calls\n";
  EXPECT_GT(n, 50u);
}

INSTANTIATE_TEST_SUITE_P(Every, StreamKillTest, testing::Values(kWindows, kOuter),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::test
