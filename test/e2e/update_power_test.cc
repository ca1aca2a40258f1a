// An update that loses its power after each call that changes the disk, in turn. The state is on
// the machine's own disk, which SQLite keeps safe by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/orders_project.h"
#include "weir/base/error.h"
#include "weir/io/local_store.h"
#include "weir/io/testing/power_loss_disk.h"

namespace weir::test {
namespace {

// A Stage whose data and source files are on a disk that forgets what was not synced.
class UpdatePowerTest : public testing::TestWithParam<std::tuple<Stage::Start, bool>> {
 protected:
  void SetUp() override {
    Land(kept_, Stage::kFirstFiles);
    waiting_ = kept_.Copy();
    stage_.Keep([this] {
      Program program(stage_.home(), kept_);
      ExpectCatchesUp(program, stage_.project(), Stage::kFirstFiles);
    });
    kept_.Cut();  // All that was done is durable.
    kept_.Restart();
  }

  int Set(Stage::Start start) {
    const int files = stage_.Set(start);
    disk_ = start == Stage::Start::kSecondStep ? kept_.Copy() : waiting_->Copy();
    if (start == Stage::Start::kSecondStep) Land(*disk_, files);
    return files;
  }

  // Files 1 to n, as far as they are not there.
  void Land(io::Disk& disk, int n) {
    io::LocalStore store("/", disk, clock_);
    for (int i = 1; i <= n; ++i) {
      static_cast<void>(
          store.PutIfAbsent(stage_.project().FilePath(i).substr(1), OrdersProject::FileText(i)));
    }
  }

  SystemClock clock_;
  Stage stage_;
  io::PowerLossDisk kept_;
  std::unique_ptr<io::PowerLossDisk> waiting_;
  std::unique_ptr<io::PowerLossDisk> disk_;
};

TEST_P(UpdatePowerTest, TheNextRunMakesItGood) {
  const auto [start, some_survives] = GetParam();
  size_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE("cut after " + std::to_string(n));
    int files = Set(start);
    disk_->CutAfter(n, some_survives ? n : 0);
    try {
      Program(stage_.home(), *disk_).Update(stage_.project().spec());
    } catch (const Error&) {
    }
    const bool cut = disk_->is_cut();
    if (!cut) disk_->Cut();  // What was acknowledged must be there.
    disk_->Restart();
    if (some_survives) Land(*disk_, ++files);
    Program program(stage_.home(), *disk_);
    ASSERT_NO_FATAL_FAILURE(ExpectCatchesUp(program, stage_.project(), files));
    if (!cut || HasFailure()) break;
  }
  std::cout << Name(start) << ": cut after " << n - 1 << " calls\n";
  EXPECT_GT(n, 30u);
}

INSTANTIATE_TEST_SUITE_P(Every, UpdatePowerTest,
                         testing::Combine(testing::Values(Stage::Start::kFromNothing,
                                                          Stage::Start::kSecondStep),
                                          testing::Bool()),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param) == Stage::Start::kFromNothing
                                                  ? "FromNothing"
                                                  : "SecondStep") +
                                  (std::get<1>(info.param) ? "SomeSurvives" : "NothingSurvives");
                         });

}  // namespace
}  // namespace weir::test
