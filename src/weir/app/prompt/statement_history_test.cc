#include "weir/app/prompt/statement_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "weir/base/error.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class StatementHistoryTest : public testing::Test {
 protected:
  std::string Text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  io::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/sql_history";
};

TEST_F(StatementHistoryTest, EntriesSurviveWithTheirLinesAndBackslashes) {
  EXPECT_THAT(StatementHistory(path_).entries(), IsEmpty());
  StatementHistory(path_).Add("SELECT 'a\\n',\n  1;");
  StatementHistory(path_).Add("\\d trips");
  EXPECT_THAT(StatementHistory(path_).entries(), ElementsAre("SELECT 'a\\n',\n  1;", "\\d trips"));
}

TEST_F(StatementHistoryTest, OnlyItsOwnerMayReadTheFile) {
  std::ofstream(path_) << "SELECT 0;\n";
  chmod(path_.c_str(), 0644);
  StatementHistory(path_).Add("SELECT 1;");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StatementHistoryTest, WhatIsTypedAgainMovesToTheEnd) {
  StatementHistory history(path_);
  for (const char* entry : {"SELECT 1;", "SELECT 2;", "SELECT 1;"}) history.Add(entry);
  EXPECT_THAT(history.entries(), ElementsAre("SELECT 2;", "SELECT 1;"));
  EXPECT_THAT(StatementHistory(path_).entries(), ElementsAre("SELECT 2;", "SELECT 1;"));
}

TEST_F(StatementHistoryTest, TheOldestGoWhenThereIsTooMuch) {
  StatementHistory few(path_, {2, 1000});
  for (const char* entry : {"a", "b", "c"}) few.Add(entry);
  EXPECT_THAT(few.entries(), ElementsAre("b", "c"));
  EXPECT_THAT(StatementHistory(path_).entries(), ElementsAre("b", "c"));
  StatementHistory small(path_, {100, 10});
  small.Add("12345678");
  EXPECT_THAT(StatementHistory(path_).entries(), ElementsAre("12345678"));
}

TEST_F(StatementHistoryTest, SecretsNeverReachTheFile) {
  StatementHistory history(path_);
  const std::string secret = "CREATE TABLE t OPTIONS (password = 'hunter2');";
  history.Add(secret);
  history.Add(" SELECT 'not for others';");
  history.Add("SELECT 1;");
  EXPECT_THAT(history.entries(), ElementsAre(secret, " SELECT 'not for others';", "SELECT 1;"));
  EXPECT_THAT(StatementHistory(path_).entries(), ElementsAre("SELECT 1;"));
  EXPECT_THAT(Text(), Not(HasSubstr("hunter2")));
}

TEST_F(StatementHistoryTest, TwoPromptsAddToOneFile) {
  StatementHistory first(path_);
  StatementHistory second(path_);
  first.Add("SELECT 1;");
  second.Add("SELECT 2;");
  first.Add("SELECT 3;");
  EXPECT_THAT(StatementHistory(path_).entries(),
              ElementsAre("SELECT 1;", "SELECT 2;", "SELECT 3;"));
}

TEST_F(StatementHistoryTest, AFileThatCanNotBeWrittenIsSaid) {
  StatementHistory history(folder_.path() + "/absent/sql_history");
  EXPECT_THROW(history.Add("SELECT 1;"), Error);
  EXPECT_THAT(history.entries(), ElementsAre("SELECT 1;"));
}

}  // namespace
}  // namespace weir::app
