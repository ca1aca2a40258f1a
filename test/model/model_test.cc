// Seeded random statements of two programs against a model in memory, on stores that work, that
// fail, and that lose their power.
//
// WEIR_SOAK_STEPS sets how many steps are taken (of each test), WEIR_SOAK_SEED which scenario comes
// first; the following ones have the seeds that follow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>
#include <utility>

#include "model/play.h"
#include "support/soak.h"

namespace weir::test::model {
namespace {

constexpr size_t kSteps = 1000;
constexpr size_t kStepsOfScenario = 60;
constexpr int kTries = 120;

class ModelTest : public testing::TestWithParam<Ground> {};

// Of a long run by chance; of a short one always the same, so that a commit is judged by itself.
uint64_t FirstSeed() {
  const bool is_long = std::getenv("WEIR_SOAK_STEPS") != nullptr;
  return NumberFrom("WEIR_SOAK_SEED", is_long ? std::random_device{}() : 1);
}

TEST_P(ModelTest, TheTableHoldsWhatTheModelSays) {
  const size_t wanted = NumberFrom("WEIR_SOAK_STEPS", kSteps);
  const uint64_t first = FirstSeed();
  const auto begin = std::chrono::steady_clock::now();
  std::cout << "from seed " << first << ", " << wanted << " steps" << std::endl;
  size_t taken = 0;
  for (uint64_t seed = first; taken < wanted; ++seed) {
    const Scenario scenario =
        DrawScenario(seed, GetParam(), std::min(kStepsOfScenario, wanted - taken));
    if (auto failure = Play(scenario)) {
      const Scenario shortest = Shortest(scenario, *failure, kTries);
      FAIL() << Report(scenario, shortest, *failure);
    }
    taken += scenario.steps.size();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::cout << taken << " steps in " << seconds.count() << " s\n";
}

INSTANTIATE_TEST_SUITE_P(On, ModelTest,
                         testing::Values(Ground::kLocal, Ground::kFaulty, Ground::kPowerLoss),
                         [](const auto& info) { return std::string(GroundName(info.param)); });

// The first scenario in which something comes of the mistake.
std::pair<Scenario, Failure> FirstThatFails(const PlayOptions& options) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Scenario scenario = DrawScenario(seed, Ground::kFaulty, kStepsOfScenario);
    if (auto failure = Play(scenario, options)) return {std::move(scenario), *std::move(failure)};
  }
  throw std::runtime_error("the mistake is never found");
}

// The model is wrong about one kind of statement: what a defect of weir would look like.
TEST(ModelMistakeTest, IsFoundAndToldInFewSteps) {
  for (const StatementKind kind : {StatementKind::kDelete, StatementKind::kAddColumn}) {
    PlayOptions options;
    options.mistaken = kind;
    auto [scenario, failure] = FirstThatFails(options);
    const Scenario shortest = Shortest(scenario, failure, kTries, options);
    const std::string report = Report(scenario, shortest, failure);
    EXPECT_LE(shortest.steps.size(), 4u) << report;
    EXPECT_EQ(failure.done.size(), shortest.steps.size()) << report;
    EXPECT_THAT(report, testing::HasSubstr("WEIR_SOAK_SEED=" + std::to_string(scenario.seed)));
    EXPECT_TRUE(Play(shortest, options)) << report;
    EXPECT_FALSE(Play(shortest)) << report;
  }
}

}  // namespace
}  // namespace weir::test::model
