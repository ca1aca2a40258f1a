// INSERT ... REPLACE WHERE beside other writers, and which files it leaves alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_folder.h"
#include "support/test_app.h"

namespace weir::test {
namespace {

using testing::UnorderedElementsAre;

class ReplaceWhereTest : public testing::Test {
 protected:
  ReplaceWhereTest() {
    Sql("CREATE TABLE t (p STRING, x INT) PARTITIONED BY (p)");
    Sql("INSERT INTO t VALUES ('a', 1), ('b', 2), ('b', 3)");
  }

  std::vector<std::string> Sql(const std::string& sql) { return test::Run(*session_, sql); }

  session::Prepared Prepare(const std::string& sql) {
    auto prepared = session_->Prepare(std::make_shared<SourceText>(SourceText{"test", sql}));
    return std::get<session::Prepared>(std::move(prepared));
  }

  // Runs `sql`, with `meanwhile` committed by somebody else after it was bound. What it is
  // overtaken by makes it run again.
  void RunBeside(const std::string& sql, const std::string& meanwhile) {
    const session::Prepared prepared = Prepare(sql);
    test::Run(*other_, meanwhile);
    RowTexts(*session_->Execute(prepared));
  }

  std::vector<std::string> Files(const std::string& partition) {
    std::vector<std::string> files;
    for (const std::string& row : RowTexts(*session_->TableFiles("t"))) {
      if (row.find("p=" + partition + "/") != std::string::npos) files.push_back(row);
    }
    return files;
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_ / "work");
  std::unique_ptr<session::Session> other_ = app_.NewSession("admin", folder_ / "work");
};

constexpr const char* kReplaceB = "INSERT INTO t REPLACE WHERE p = 'b' VALUES ('b', 20)";

TEST_F(ReplaceWhereTest, FilesOutsideTheConditionStayAsTheyAre) {
  const auto before = Files("a");
  ASSERT_EQ(before.size(), 1U);
  Sql(kReplaceB);
  EXPECT_EQ(Files("a"), before);
  EXPECT_EQ(Files("b").size(), 1U);
}

TEST_F(ReplaceWhereTest, FilesInsideTheConditionByTheirStatisticsAreNotRead) {
  const auto before = Files("a");
  Sql("INSERT INTO t REPLACE WHERE x BETWEEN 2 AND 3 VALUES ('c', 2)");
  EXPECT_EQ(Files("a"), before);
  EXPECT_TRUE(Files("b").empty());
  EXPECT_THAT(Sql("SELECT p, x FROM t"), UnorderedElementsAre("a|1", "c|2"));
}

TEST_F(ReplaceWhereTest, RowsThatSomebodyAddedToWhatIsReplacedAreReplacedToo) {
  RunBeside(kReplaceB, "INSERT INTO t VALUES ('b', 4)");
  EXPECT_THAT(Sql("SELECT p, x FROM t"), UnorderedElementsAre("a|1", "b|20"));
}

TEST_F(ReplaceWhereTest, RowsThatSomebodyAddedElsewhereStay) {
  RunBeside(kReplaceB, "INSERT INTO t VALUES ('a', 4)");
  EXPECT_THAT(Sql("SELECT x FROM t"), UnorderedElementsAre("1", "4", "20"));
}

TEST_F(ReplaceWhereTest, OfTwoThatReplaceTheSameRowsTheLastStands) {
  RunBeside(kReplaceB, "INSERT INTO t REPLACE WHERE p = 'b' VALUES ('b', 30)");
  EXPECT_THAT(Sql("SELECT x FROM t"), UnorderedElementsAre("1", "20"));
}

TEST_F(ReplaceWhereTest, RowsReplacedByWhatTheTableHeldAreThoseThereAreNow) {
  RunBeside("INSERT INTO t REPLACE WHERE p = 'b' SELECT p, x + 1 FROM t WHERE p = 'b'",
            "INSERT INTO t VALUES ('b', 9)");
  EXPECT_THAT(Sql("SELECT x FROM t"), UnorderedElementsAre("1", "3", "4", "10"));
}

}  // namespace
}  // namespace weir::test
