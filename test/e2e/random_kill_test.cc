// Everything at once for a while, killed at random: updates of a pipeline whose files keep landing,
// writers by SQL, and readers. What is committed at the end is what a model says.
//
// WEIR_SOAK_SECONDS sets how long (10), WEIR_SOAK_SEED what the chances start from.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <thread>

#include "command_fixture.h"
#include "support/soak.h"

namespace weir::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRowsPerFile = 5;
constexpr int kWriters = 2;
constexpr int kInsertsPerScript = 10;

class RandomKillTest : public CommandTest {
 protected:
  RandomKillTest() : seed_(NumberFrom("WEIR_SOAK_SEED", std::random_device{}())), chance_(seed_) {
    WriteFlows(
        "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => 'csv', "
        "header => true, schema => 'id INT, name STRING');\n"
        "CREATE STREAMING TABLE s AS SELECT id * 2 AS twice FROM STREAM(t);\n"
        "CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, sum(twice) AS twice FROM s;");
  }

  int Chance(int low, int high) { return std::uniform_int_distribution<>(low, high)(chance_); }

  // Whole at once, as files that are moved in are.
  void LandNext() {
    ++files_;
    std::string text = "id,name\n";
    for (int row = 0; row < kRowsPerFile; ++row) {
      text += std::to_string(files_ * kRowsPerFile + row) + ",n\n";
    }
    const std::string name = std::to_string(files_ + 1) + ".csv";
    Land("waiting/" + name, text);
    std::filesystem::rename(Path("waiting/" + name), Path("in/" + name));
  }

  std::unique_ptr<Process> Start(const std::vector<std::string>& arguments,
                                 const std::string& input = {}) {
    std::vector<std::string> command = {WEIR_PROGRAM, "--home", home(), "--output", "csv"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    ProcessOptions options;
    options.folder = folder_ / "project";
    options.input = input;
    return std::make_unique<Process>(command, options);
  }

  // The n-th script of a writer; what it got to say was committed.
  struct Script {
    int writer = 0;
    int number = 0;
    std::unique_ptr<Process> process;
  };
  Script StartWriter(int writer, int number) {
    std::string sql;
    for (int i = 0; i < kInsertsPerScript; ++i) {
      sql += "INSERT INTO w SELECT " + std::to_string(writer) + ", " + std::to_string(number) +
             ", " + std::to_string(i) + ";\n";
    }
    return {writer, number, Start({"sql"}, sql)};
  }

  // It ended by itself and well, or by the kill.
  static Ended WaitForGoodOrKilled(Process& process, const char* what) {
    Ended ended = process.Wait();
    if (ended.signal != SIGKILL) {
      EXPECT_EQ(ended.exit_code, 0) << what << ", signal " << ended.signal << "\n" << ended.err;
    }
    return ended;
  }

  // Of each script the first statements are in, without a gap, and at least those that answered.
  void ExpectScript(const Script& script, size_t answered) {
    const std::string where = " FROM w WHERE writer = " + std::to_string(script.writer) +
                              " AND script = " + std::to_string(script.number);
    const auto rows = Rows("SELECT n" + where);
    EXPECT_GE(rows.size(), answered) << where;
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], std::to_string(i)) << where;
  }

  void ExpectTables() {
    const long rows = 2 + static_cast<long>(files_) * kRowsPerFile;
    long sum = 1 + 2;
    for (long id = kRowsPerFile; id < (files_ + 1L) * kRowsPerFile; ++id) sum += id;
    EXPECT_THAT(Rows("SELECT count(*), sum(id) FROM main.p.t"),
                testing::ElementsAre(std::to_string(rows) + "," + std::to_string(sum)));
    EXPECT_THAT(Rows("SELECT * FROM main.p.v"),
                testing::ElementsAre(std::to_string(rows) + "," + std::to_string(2 * sum)));
  }

  const unsigned long seed_;
  std::mt19937_64 chance_;
  int files_ = 0;
};

size_t CountAnswers(const std::string& out) {
  size_t answers = 0;
  for (size_t at = 0; (at = out.find("\n1,1\n", at)) != std::string::npos; ++at) ++answers;
  return answers;
}

TEST_F(RandomKillTest, LosesNothingAndDoublesNothing) {
  const auto seconds = std::chrono::seconds(NumberFrom("WEIR_SOAK_SECONDS", 10));
  std::cout << "seed " << seed_ << ", " << seconds.count() << " s" << std::endl;
  SCOPED_TRACE("WEIR_SOAK_SEED=" + std::to_string(seed_));
  ASSERT_EQ(Sql("CREATE TABLE w (writer INT, script INT, n INT)").exit_code, 0);
  ExpectGoodUpdate();
  int rounds = 0;
  int killed = 0;
  for (const auto end = Clock::now() + seconds; Clock::now() < end && !HasFailure(); ++rounds) {
    for (int i = Chance(0, 3); i > 0; --i) LandNext();
    const auto update = Start({"pipeline", "run"});
    std::vector<Script> scripts;
    for (int writer = 0; writer < kWriters; ++writer) {
      scripts.push_back(StartWriter(writer, rounds));
    }
    const auto reader =
        Start({"sql"}, "SELECT count(*) FROM w; SELECT * FROM main.p.v; SELECT max(n) FROM w");
    std::vector<Process*> all = {update.get(), reader.get()};
    for (const Script& script : scripts) all.push_back(script.process.get());
    std::shuffle(all.begin(), all.end(), chance_);
    all.resize(static_cast<size_t>(Chance(1, static_cast<int>(all.size()))));
    for (Process* process : all) {
      std::this_thread::sleep_for(std::chrono::milliseconds(Chance(0, 120)));
      process->Kill();
    }
    killed += WaitForGoodOrKilled(*update, "the update").signal == SIGKILL;
    killed += WaitForGoodOrKilled(*reader, "the reader").signal == SIGKILL;
    for (const Script& script : scripts) {
      const Ended ended = WaitForGoodOrKilled(*script.process, "a writer");
      killed += ended.signal == SIGKILL;
      const size_t answered = CountAnswers(ended.out);
      if (ended.exit_code == 0) {
        EXPECT_EQ(answered, size_t{kInsertsPerScript});
      }
      ExpectScript(script, answered);
    }
    ExpectGoodUpdate();
    ExpectTables();
  }
  std::cout << rounds << " rounds, " << killed << " processes killed, " << files_ << " files\n";
  EXPECT_GT(rounds, 0);
  EXPECT_GT(killed, 0);
}

}  // namespace
}  // namespace weir::test
