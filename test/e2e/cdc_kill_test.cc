// An update of a table that AUTO CDC keeps, killed at each call of its stores and its state in
// turn: what the next updates make of it is what they make of one that was not killed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "e2e/in_child.h"
#include "e2e/orders_project.h"

namespace weir::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAreArray;

struct Kind {
  const char* name;
  const char* clauses;
  std::vector<std::string> after_two;  // What the table holds once that many files are in.
  std::vector<std::string> after_three;
};

void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

const Kind kNewest = {"Newest", "STORED AS SCD TYPE 1", {"2|d", "3|y"}, {"3|y"}};
const Kind kGiven = {
    "Given", "STORED AS SCD TYPE 1", {"2|d", "3|y"}, {"3|y"}};  // IGNORE NULL UPDATES
const Kind kHistory = {"History",
                       "STORED AS SCD TYPE 2",
                       {"1|a|1|4", "2|b|1|3", "2|c|3|5", "2|d|5|NULL", "3|x|2|9", "3|y|9|NULL"},
                       {"1|a|1|2", "1|late|2|4", "2|b|1|3", "2|c|3|5", "2|d|5|7", "3|late|5|9",
                        "3|x|2|5", "3|y|9|NULL"}};

// The last one tells what only those know who know of deleted keys and of what was.
const char* const kFiles[] = {"id,val,seq,op\n1,a,1,I\n2,b,1,I\n2,d,5,U\n3,x,2,I\n",
                              "id,val,seq,op\n2,c,3,U\n1,,4,D\n3,y,9,U\n",
                              "id,val,seq,op\n1,late,2,U\n3,late,5,U\n2,,7,D\n"};

class CdcKillTest : public testing::TestWithParam<Kind> {
 protected:
  CdcKillTest() {
    fs::create_directories(landing_);
    fs::create_directories(folder_ / "project");
    const std::string nulls = GetParam().name == kGiven.name ? "IGNORE NULL UPDATES " : "";
    Write(folder_ / "project/spark-pipeline.yml",
          "name: p\nlibraries:\n  - glob: {include: '*.sql'}\nstorage: storage\nschema: p\n");
    Write(folder_ / "project/flows.sql",
          "CREATE STREAMING TABLE kept;\nCREATE FLOW f AS AUTO CDC INTO kept FROM STREAM "
          "read_files('" +
              landing_ +
              "', format => 'csv', header => true, schema => 'id INT, val "
              "STRING, seq INT, op STRING') KEYS (id) " +
              nulls +
              "APPLY AS DELETE WHEN op = 'D' SEQUENCE "
              "BY seq COLUMNS * EXCEPT (seq, op) " +
              GetParam().clauses + ";\n");
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
    Write(landing_ + "/" + std::to_string(file) + ".csv", kFiles[file - 1]);
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

  void ExpectAfter(const std::vector<std::string>& rows) {
    const ChildEnd end = InChild([&] {
      RunWell();
      io::LocalDisk disk;
      Program program(home_, disk);
      EXPECT_THAT(program.Rows("SELECT * FROM main.p.kept"), ElementsAreArray(rows));
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

TEST_P(CdcKillTest, TheNextUpdateMakesItGood) {
  size_t n = 1;
  for (;; n += CallsApart(17)) {
    SCOPED_TRACE("call " + std::to_string(n));
    StartAgain();
    const bool finished = UpdateKilledAt(n);
    // Every other time more has come by the time it is made good.
    if (n % 2 == 0) ExpectAfter(GetParam().after_two);
    Land(3);
    ExpectAfter(GetParam().after_three);
    if (finished || HasFailure()) break;
  }
  std::cout << GetParam().name << ": killed at " << n - 1 << " calls\n";
  EXPECT_GT(n, 50u);
}

INSTANTIATE_TEST_SUITE_P(Every, CdcKillTest, testing::Values(kNewest, kGiven, kHistory),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::test
