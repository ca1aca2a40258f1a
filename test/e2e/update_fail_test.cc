// An update in which one call of a store or of the state fails, for each call in turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/orders_project.h"
#include "weir/base/error.h"

namespace weir::test {
namespace {

enum class Fault { kCallFails, kAnswerIsLost };

class UpdateFailTest : public testing::TestWithParam<std::tuple<Stage::Start, Fault>> {
 protected:
  static void SetUpTestSuite() {
    stage_ = new Stage;
    stage_->Keep([] {
      Program program(stage_->home(), *disk_);
      ExpectCatchesUp(program, stage_->project(), Stage::kFirstFiles);
    });
  }
  static void TearDownTestSuite() {
    delete stage_;
    stage_ = nullptr;
  }

  // Whether there was an n-th call. An update that calls itself complete is.
  static bool UpdateWithFault(size_t n, Fault fault, int files) {
    io::Faults faults;
    if (fault == Fault::kCallFails) {
      faults.Before(n, io::Faults::Fail(ErrorCode::kExhausted));
    } else {
      faults.After(n, io::Faults::Fail(ErrorCode::kUnavailable));
    }
    bool succeeded = false;
    try {
      succeeded =
          Program(stage_->home(), *disk_, &faults).Update(stage_->project().spec()).Succeeded();
    } catch (const Error&) {
      // The whole update, or the program before it.
    }
    if (succeeded) {
      Program program(stage_->home(), *disk_);
      EXPECT_EQ(program.Rows(kSelectOrders), OrdersProject::Orders(files));
      EXPECT_EQ(program.Rows(kSelectByCity), OrdersProject::ByCity(files));
    }
    return faults.calls() >= n;
  }

  static Stage* stage_;
  static io::LocalDisk* disk_;
};

Stage* UpdateFailTest::stage_ = nullptr;
io::LocalDisk* UpdateFailTest::disk_ = new io::LocalDisk;

TEST_P(UpdateFailTest, TheNextRunMakesItGood) {
  const auto [start, fault] = GetParam();
  size_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    int files = stage_->Set(start);
    const bool struck = UpdateWithFault(n, fault, files);
    // What was decided before the failure must not hide what came after it.
    if (fault == Fault::kCallFails) stage_->project().Land(++files);
    Program program(stage_->home(), *disk_);
    ASSERT_NO_FATAL_FAILURE(ExpectCatchesUp(program, stage_->project(), files));
    if (!struck || HasFailure()) break;
  }
  std::cout << Name(start) << ": " << n - 1 << " calls\n";
  EXPECT_GT(n, 50u);
}

INSTANTIATE_TEST_SUITE_P(
    Every, UpdateFailTest,
    testing::Combine(testing::Values(Stage::Start::kFromNothing, Stage::Start::kSecondStep),
                     testing::Values(Fault::kCallFails, Fault::kAnswerIsLost)),
    [](const auto& info) {
      return std::string(std::get<0>(info.param) == Stage::Start::kFromNothing ? "FromNothing"
                                                                               : "SecondStep") +
             (std::get<1>(info.param) == Fault::kCallFails ? "CallFails" : "AnswerIsLost");
    });

}  // namespace
}  // namespace weir::test
