#include "weir/process/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"

namespace weir::process {
namespace {

TEST(ChildTest, GivesWhatTheProgramSaidAndHowItEnded) {
  const ChildResult ended = RunChild({"sh", "-c", "cat; echo oops >&2; exit 3"}, "some input");
  EXPECT_EQ(ended.out, "some input");
  EXPECT_EQ(ended.err, "oops\n");
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_EQ(ended.signal, 0);
}

// Longer than a pipe holds, both ways at once.
TEST(ChildTest, LongTextsGoBothWays) {
  const std::string input(3 << 20, 'x');
  EXPECT_EQ(RunChild({"cat"}, input).out, input);
}

TEST(ChildTest, TellsTheSignalThatEndedIt) {
  const ChildResult ended = RunChild({"sh", "-c", "kill -9 $$"}, "");
  EXPECT_EQ(ended.exit_code, -1);
  EXPECT_EQ(ended.signal, 9);
}

TEST(ChildTest, AProgramThatIsNotThereIsNotFound) {
  try {
    RunChild({"weir-has-no-such-program"}, "");
    FAIL() << "ran it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), testing::HasSubstr("weir-has-no-such-program"));
  }
}

TEST(ChildTest, AFileThatIsNoProgramIsDenied) {
  try {
    RunChild({"/proc/self/comm"}, "");
    FAIL() << "ran it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kDenied);
  }
}

}  // namespace
}  // namespace weir::process
