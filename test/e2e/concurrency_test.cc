// Two processes that run the same update at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "e2e/orders_project.h"
#include "support/process.h"

namespace weir::test {
namespace {

constexpr int kRounds = 10;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class ConcurrencyTest : public testing::Test {
 protected:
  std::vector<std::string> Command(const std::vector<std::string>& more) {
    std::vector<std::string> command = {WEIR_PROGRAM, "--home", stage_.home()};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  std::vector<std::string> Rows(const std::string& sql) {
    const Ended ended = RunProcess(Command({"--output", "csv", "sql", "-e", sql}));
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    auto lines = Lines(ended.out);
    if (!lines.empty()) lines.erase(lines.begin());  // The names of the columns.
    for (std::string& line : lines) std::replace(line.begin(), line.end(), ',', '|');
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  // One brings the tables up to date; the other does so after it, or is told who is at it.
  void ExpectOneAtATime() {
    const auto run = Command({"pipeline", "run", "--spec", stage_.project().spec().file});
    Process first(run);
    Process second(run);
    const Ended ends[] = {first.Wait(), second.Wait()};
    EXPECT_TRUE(ends[0].exit_code == 0 || ends[1].exit_code == 0);
    for (const Ended& ended : ends) {
      if (ended.exit_code == 0) continue;
      EXPECT_EQ(ended.exit_code, 1) << ended.err;
      EXPECT_THAT(ended.err, testing::HasSubstr("[PIPELINE_UPDATE_IN_PROGRESS]"));
      EXPECT_THAT(ended.err, testing::HasSubstr("is being updated already, by "));
    }
  }

  void ExpectTables(int files) {
    EXPECT_EQ(Rows(kSelectOrders), OrdersProject::Orders(files));
    EXPECT_EQ(Rows(kSelectByCity), OrdersProject::ByCity(files));
    EXPECT_EQ(Rows("SHOW TABLES IN main.shop").size(), 2u);
  }

  Stage stage_;
};

TEST_F(ConcurrencyTest, ReadEachFileOnceTogether) {
  int files = stage_.Set(Stage::Start::kFromNothing);
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    ExpectOneAtATime();
    ExpectTables(files);
    stage_.project().Land(++files);
  }
}

TEST_F(ConcurrencyTest, MakeANewHomeTogether) {
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const int files = stage_.Set(Stage::Start::kFromNothing);
    ExpectOneAtATime();
    ExpectTables(files);
  }
}

// Of many that make the same unless it is there, one makes it and the others find it.
TEST_F(ConcurrencyTest, WhatIsMadeUnlessItIsThereIsMadeOnce) {
  for (int round = 0; round < kRounds; ++round) {
    const std::string s = "main.s" + std::to_string(round);
    const auto run = Command({"sql", "-e",
                              "CREATE SCHEMA IF NOT EXISTS " + s + "; CREATE TABLE IF NOT EXISTS " +
                                  s + ".q (a INT); CREATE VIEW IF NOT EXISTS " + s +
                                  ".v AS SELECT a FROM " + s + ".q; CREATE VOLUME IF NOT EXISTS " +
                                  s + ".files; CREATE FUNCTION IF NOT EXISTS " + s +
                                  ".f() RETURNS INT RETURN 1; INSERT INTO " + s + ".q VALUES (1)"});
    std::vector<std::unique_ptr<Process>> processes;
    for (int i = 0; i < 6; ++i) processes.push_back(std::make_unique<Process>(run));
    for (const auto& process : processes) {
      const Ended ended = process->Wait();
      EXPECT_EQ(ended.exit_code, 0) << ended.err;
    }
    EXPECT_EQ(Rows("SELECT count(*) FROM " + s + ".v"), std::vector<std::string>{"6"});
  }
}

}  // namespace
}  // namespace weir::test
