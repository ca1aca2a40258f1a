#include "weir/app/prompt/running_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

namespace weir::app {
namespace {

using std::chrono::milliseconds;

TEST(RunningStatementTest, ProgressSaysWhatIsKnown) {
  EXPECT_EQ(ProgressText(milliseconds(1234), 0, std::nullopt), "1.2 s (Ctrl-C cancels)");
  EXPECT_EQ(ProgressText(milliseconds(2000), 5000, std::nullopt),
            "2.0 s, 5000 rows (Ctrl-C cancels)");
  EXPECT_EQ(ProgressText(milliseconds(61000), 0, engine::Progress{0.456, 123}),
            "61.0 s, 46%, 123 rows read (Ctrl-C cancels)");
}

TEST(RunningStatementTest, AnInterruptCancelsTheStatementOnce) {
  const HeldInterrupts held;
  std::ostringstream terminal;
  std::atomic<int> cancelled{0};
  RunningStatement statement({[] { return std::nullopt; }, [&] { ++cancelled; }}, {terminal});
  EXPECT_FALSE(statement.was_interrupted());
  kill(getpid(), SIGINT);
  while (cancelled < 2) std::this_thread::yield();  // It insists.
  EXPECT_TRUE(statement.was_interrupted());
}

TEST(RunningStatementTest, AnInterruptOfBeforeIsForgotten) {
  const HeldInterrupts held;
  kill(getpid(), SIGINT);
  std::ostringstream terminal;
  RunningStatement statement({[] { return std::nullopt; }, [] {}}, {terminal});
  EXPECT_FALSE(HeldInterrupts::Take());
  EXPECT_FALSE(statement.was_interrupted());
}

TEST(RunningStatementTest, TheLineIsErasedBeforeWhatIsPrinted) {
  const HeldInterrupts held;
  std::ostringstream terminal;
  std::atomic<int> asked{0};
  {
    RunningStatement statement({[&] {
                                  ++asked;
                                  return std::nullopt;
                                },
                                [] {}},
                               {terminal, 80, true, milliseconds(0)});
    while (asked < 2) std::this_thread::yield();
    statement.out() << "row\n";
  }
  const std::string text = terminal.str();
  EXPECT_THAT(text, testing::StartsWith("\r0."));
  EXPECT_THAT(text, testing::HasSubstr("(Ctrl-C cancels)\x1b[K\r\x1b[Krow\n"));
}

}  // namespace
}  // namespace weir::app
