// An update of a table that AUTO CDC keeps, killed at each call of its stores and its state in
// turn: what the next updates make of it is what they make of one that was not killed.
#include "e2e/killed_flow.h"

namespace weir::test {
namespace {

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
const std::vector<std::string> kFiles = {"id,val,seq,op\n1,a,1,I\n2,b,1,I\n2,d,5,U\n3,x,2,I\n",
                                         "id,val,seq,op\n2,c,3,U\n1,,4,D\n3,y,9,U\n",
                                         "id,val,seq,op\n1,late,2,U\n3,late,5,U\n2,,7,D\n"};

std::string FlowsOf(const Kind& kind, const std::string& landing) {
  const std::string nulls = kind.name == kGiven.name ? "IGNORE NULL UPDATES " : "";
  return "CREATE STREAMING TABLE kept;\nCREATE FLOW f AS AUTO CDC INTO kept FROM STREAM "
         "read_files('" +
         landing +
         "', format => 'csv', header => true, schema => 'id INT, val STRING, seq INT, op STRING') "
         "KEYS (id) " +
         nulls + "APPLY AS DELETE WHEN op = 'D' SEQUENCE BY seq COLUMNS * EXCEPT (seq, op) " +
         kind.clauses + ";\n";
}

class CdcKillTest : public testing::TestWithParam<Kind> {
 protected:
  const KilledFlow flow_{kFiles,
                         [](const std::string& landing) { return FlowsOf(GetParam(), landing); }};
};

TEST_P(CdcKillTest, TheNextUpdateMakesItGood) {
  const std::string all = "SELECT * FROM main.p.kept";
  size_t n = 1;
  for (;; n += CallsApart(17)) {
    SCOPED_TRACE("call " + std::to_string(n));
    flow_.StartAgain();
    const bool finished = flow_.UpdateKilledAt(n);
    // Every other time more has come by the time it is made good.
    if (n % 2 == 0) flow_.ExpectAfterUpdate(all, ElementsAreArray(GetParam().after_two));
    flow_.Land(3);
    flow_.ExpectAfterUpdate(all, ElementsAreArray(GetParam().after_three));
    if (finished || HasFailure()) break;
  }
  std::cout << GetParam().name << ": killed at " << n - 1 << " calls\n";
  EXPECT_GT(n, 50u);
}

INSTANTIATE_TEST_SUITE_P(Every, CdcKillTest, testing::Values(kNewest, kGiven, kHistory),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::test
