// A flow of many batches: what it leaves beside its table stays small, and it goes on exactly once.
#include "command_fixture.h"

namespace weir::test {
namespace {

class LongRunTest : public CommandTest {
 protected:
  LongRunTest() {
    WriteFlows(
        "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => 'csv', "
        "header => true, schema => 'id INT, name STRING', maxFilesPerTrigger => 1)");
  }

  size_t CountPlans() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(home() + "/data")) {
      if (entry.path().string().find("/_weir/flows/") != std::string::npos) {
        count += entry.is_regular_file();
      }
    }
    return count;
  }
};

TEST_F(LongRunTest, PlansAreCompactedAndNothingIsReadTwice) {
  constexpr int kFiles = 200;
  for (int i = 2; i <= kFiles; ++i) {
    const std::string number = std::to_string(i);
    Land("in/" + number + ".csv", "id,name\n" + std::to_string(i + 1) + ",n\n");
  }
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT id) FROM main.p.t"),
              testing::ElementsAre("201,201"));
  // 200 batches: those since the last compaction but one, and two compactions.
  EXPECT_LT(CountPlans(), 140u);

  Land("in/more.csv", "id,name\n1000,n\n");
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT id) FROM main.p.t"),
              testing::ElementsAre("202,202"));

  const Ended ended = Weir({"pipeline", "run", "--full-refresh", "t"});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(Rows("SELECT count(*), count(DISTINCT id) FROM main.p.t"),
              testing::ElementsAre("202,202"));
  EXPECT_LT(CountPlans(), 140u);
}

}  // namespace
}  // namespace weir::test
