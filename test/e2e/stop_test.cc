// Updates that are stopped from outside, and those that go on until they are.
#include <csignal>
#include <functional>
#include <thread>

#include "command_fixture.h"

namespace weir::test {
namespace {

class StopTest : public CommandTest {
 protected:
  std::vector<std::string> Command(const std::vector<std::string>& more) const {
    std::vector<std::string> command = {
        WEIR_PROGRAM, "--home", home(), "pipeline", "run", "--spec", Path("spark-pipeline.yml")};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  static void WaitFor(const std::function<bool()>& there) {
    for (int tick = 0; tick < 2000 && !there(); ++tick) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_TRUE(there());
  }

  // Decisions of batches that are stored: one more than are committed while a flow runs.
  int Plans() const {
    int count = 0;
    std::error_code ignored;
    for (std::filesystem::recursive_directory_iterator at(home() + "/data", ignored), end;
         at != end; at.increment(ignored)) {
      count += at->path().string().find("/_weir/flows/") != std::string::npos &&
               at->path().extension() == ".json";
    }
    return count;
  }

  static constexpr const char* kEndless =
      "CREATE MATERIALIZED VIEW slow AS SELECT count(*) AS n FROM range(1000000000000) AS r(id) "
      "WHERE hash(id) = 1;\n"
      "CREATE MATERIALIZED VIEW after AS SELECT n FROM slow;";
  static constexpr const char* kQuick =
      "CREATE MATERIALIZED VIEW slow AS SELECT count(*) AS n FROM range(10) AS r(id);\n"
      "CREATE MATERIALIZED VIEW after AS SELECT n FROM slow;";
};

TEST_F(StopTest, CtrlCCancelsWhatRunsAndTheNextRunGoesOn) {
  WriteFlows(kEndless);
  Process update(Command({}));
  WaitFor([&] { return Plans() == 1; });
  update.Send(SIGINT);
  const Ended ended = update.Wait();
  ExpectSays(ended, 130,
             {"stopping: ", "stopped   main.p.slow", "stopped   main.p.after: not begun",
              "stopped: 0 updated"});
  EXPECT_THAT(Rows("SELECT n FROM main.p.slow"), testing::ElementsAre());

  WriteFlows(kQuick);
  ExpectGoodUpdate();
  EXPECT_THAT(Rows("SELECT n FROM main.p.after"), testing::ElementsAre("10"));
}

TEST_F(StopTest, ATableThatWasEmptiedAndNotFilledIsToldSo) {
  const std::string stream =
      "\nCREATE STREAMING TABLE t AS SELECT id, name, n FROM STREAM read_files('in', format => "
      "'csv', header => true, schema => 'id INT, name STRING') CROSS JOIN slow;";
  WriteFlows(kQuick + stream);
  ExpectGoodUpdate();
  const auto rows = Rows("SELECT id FROM main.p.t");
  EXPECT_THAT(rows, testing::Not(testing::IsEmpty()));
  WriteFlows(kEndless + stream);
  Process update(Command({"--full-refresh-all"}));
  WaitFor([&] { return Rows("SELECT id FROM main.p.t").empty(); });
  update.Send(SIGTERM);
  const Ended ended = update.Wait();
  ExpectSays(
      ended, 128 + SIGTERM,
      {"stopped   main.p.t: not begun; its table was emptied, and the next update fills it"});

  WriteFlows(kQuick + stream);
  ExpectGoodUpdate();
  EXPECT_EQ(Rows("SELECT id FROM main.p.t"), rows);
}

TEST_F(StopTest, ASecondSignalEndsItWhateverItDoes) {
  WriteFlows(kEndless);
  Process update(Command({}));
  WaitFor([&] { return Plans() == 1; });
  update.Send(SIGTERM);
  update.Send(SIGINT);
  const Ended ended = update.Wait();
  EXPECT_TRUE(ended.exit_code == 128 + SIGINT || ended.exit_code == 128 + SIGTERM)
      << ended.exit_code << "\n"
      << ended.err;
  WriteFlows(kQuick);
  ExpectGoodUpdate();
}

TEST_F(StopTest, AContinuousRunReadsWhatArrivesUntilItIsTold) {
  Process update(Command({"--continuous", "--interval", "20ms"}));
  WaitFor([&] { return Plans() == 1; });
  Land("in/2.csv", "id,name\n3,three\n");
  WaitFor([&] { return Plans() == 2; });
  Land("in/3.csv", "id,name\n4,four\n");
  WaitFor([&] { return Plans() == 3; });
  WaitFor([&] { return Rows("SELECT id FROM main.p.t").size() == 4; });
  update.Send(SIGTERM);
  const Ended ended = update.Wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(Rows("SELECT id FROM main.p.t"), testing::ElementsAre("1", "2", "3", "4"));
}

TEST_F(StopTest, AContinuousRunOutlivesAFlowThatFails) {
  WriteFlows(
      "CREATE STREAMING TABLE t (CONSTRAINT small EXPECT (id < 100) ON VIOLATION FAIL UPDATE) AS "
      "SELECT id, name FROM STREAM read_files('in', format => 'csv', header => true, "
      "schema => 'id INT, name STRING');");
  Process update(Command({"--continuous", "--interval", "20ms"}));
  WaitFor([&] { return Plans() == 1; });
  Land("in/2.csv", "id,name\n1000,large\n");
  WaitFor([&] { return Plans() == 2; });
  // The rule is mended while it runs; the batch that was decided before is carried out.
  WriteFlows(
      "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => 'csv', "
      "header => true, schema => 'id INT, name STRING');");
  WaitFor([&] { return Rows("SELECT id FROM main.p.t").size() == 3; });
  update.Send(SIGINT);
  const Ended ended = update.Wait();
  ExpectSays(ended, 0, {"FAILED    main.p.t"});
}

TEST_F(StopTest, ATimeWithoutAUnitIsRefused) {
  const Ended ended = Weir({"pipeline", "run", "--continuous", "--interval", "5"});
  ExpectSays(ended, 2, {"--interval"});
}

}  // namespace
}  // namespace weir::test
