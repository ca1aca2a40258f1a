// An update that is killed: at each call of its stores and its state in turn, and at random.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "e2e/in_child.h"
#include "e2e/orders_project.h"
#include "support/process.h"
#include "weir/base/error.h"

namespace weir::test {
namespace {

constexpr int kRandomKills = 20;

class UpdateKillTest : public testing::TestWithParam<Stage::Start> {
 protected:
  void SetUp() override {
    stage_.Keep([this] { ExpectGoodRun(Stage::kFirstFiles); });
  }

  void ExpectGoodRun(int files) {
    const ChildEnd end = InChild([&] {
      io::LocalDisk disk;
      Program program(stage_.home(), disk);
      ExpectCatchesUp(program, stage_.project(), files);
    });
    EXPECT_TRUE(end.good);
  }

  // Whether it came to its end, there being no n-th call.
  bool UpdateKilledAt(size_t n) {
    return InChild([&] {
             io::LocalDisk disk;
             io::Faults faults;
             faults.Before(n, io::Faults::Kill());
             Program(stage_.home(), disk, &faults).Update(stage_.project().spec());
           })
        .finished;
  }

  Stage stage_;
};

TEST_P(UpdateKillTest, TheNextRunMakesItGood) {
  size_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    int files = stage_.Set(GetParam());
    const bool finished = UpdateKilledAt(n);
    if (n % 2 == 0) stage_.project().Land(++files);
    ExpectGoodRun(files);
    if (finished || HasFailure()) break;
  }
  std::cout << Name(GetParam()) << ": killed at " << n - 1 << " calls\n";
  EXPECT_GT(n, 50u);
}

INSTANTIATE_TEST_SUITE_P(Every, UpdateKillTest,
                         testing::Values(Stage::Start::kFromNothing, Stage::Start::kSecondStep),
                         [](const auto& info) {
                           return info.param == Stage::Start::kFromNothing ? "FromNothing"
                                                                           : "SecondStep";
                         });

class RandomKillTest : public UpdateKillTest {};

TEST_P(RandomKillTest, OfTheRealProgramAreMadeGood) {
  using Clock = std::chrono::steady_clock;
  const std::vector<std::string> command = {WEIR_PROGRAM,
                                            "--home",
                                            stage_.home(),
                                            "pipeline",
                                            "run",
                                            "--spec",
                                            stage_.project().spec().file};
  int files = stage_.Set(Stage::Start::kFromNothing);
  const auto start = Clock::now();
  const Ended undisturbed = RunProcess(command);
  const auto whole = Clock::now() - start;
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;

  std::mt19937 chance(20'130'101);
  int killed = 0;
  int early = 0;
  // What ended before its time came is run again.
  for (int i = 0; killed < kRandomKills && i < 10 * kRandomKills; ++i) {
    if (i % 2 == 0) {
      files = stage_.Set(Stage::Start::kFromNothing);
    } else {
      stage_.project().Land(++files);
    }
    const double share = std::uniform_real_distribution<>(0.02, 0.9)(chance);
    SCOPED_TRACE("kill " + std::to_string(killed) + " at " + std::to_string(share));
    Process process(command);
    std::this_thread::sleep_for(whole * share);
    process.Kill();
    (process.Wait().signal != 0 ? killed : early) += 1;
    ExpectGoodRun(files);
    if (HasFailure()) break;
  }
  std::cout << killed << " kills, " << early << " that came too late\n";
  EXPECT_EQ(killed, kRandomKills);
}

INSTANTIATE_TEST_SUITE_P(Seeded, RandomKillTest, testing::Values(Stage::Start::kFromNothing));

}  // namespace
}  // namespace weir::test
