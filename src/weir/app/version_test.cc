#include "weir/app/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "weir/app/command_line.h"

namespace weir::app {
namespace {

using ::testing::MatchesRegex;

TEST(VersionTest, SaysReleaseAndCommit) {
  std::string program = "weir", option = "--version";
  char* argv[] = {program.data(), option.data(), nullptr};
  std::istringstream in;
  std::ostringstream out, err;
  EXPECT_EQ(Main(2, argv, in, out, err), kSuccess);
  EXPECT_THAT(out.str(), MatchesRegex("weir [0-9]+\\.[0-9]+\\.[0-9]+"
                                      "( \\([0-9a-f]{12,40}(, changed)?\\))?\n"));
  EXPECT_THAT(out.str(), testing::HasSubstr(std::string(Version())));
  EXPECT_THAT(out.str(), testing::HasSubstr(std::string(Commit())));
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace weir::app
