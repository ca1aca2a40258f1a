#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "weir/catalog/catalog_fixture.h"
#include "weir/catalog/process_mark.h"
#include "weir/catalog/statement_text.h"

namespace weir::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class StatementsTest : public CatalogTest {
 protected:
  std::string Column(const std::string& id, const std::string& column) {
    state::ReadTx tx = database_.Read();
    auto row = tx.Query("SELECT " + column + " FROM statements WHERE id = ?", id);
    EXPECT_TRUE(row.Next());
    return row.TextOrNull(0).value_or("NULL");
  }
  // One that began and ended.
  void Record(const std::string& id) {
    catalog_.BeginStatement({id, "bob", "SELECT 1", {}, {}, "ALLOWED"});
    catalog_.FinishStatement(id, "SUCCEEDED", {});
  }
  int64_t Count() {
    state::ReadTx tx = database_.Read();
    auto row = tx.Query("SELECT count(*) FROM statements");
    EXPECT_TRUE(row.Next());
    return row.Int(0);
  }
};

TEST_F(StatementsTest, ARecordIsOpenedAndClosed) {
  catalog_.BeginStatement({"s1",
                           "bob",
                           "INSERT INTO t SELECT * FROM u",
                           {"main.default.u"},
                           {"main.default.t"},
                           "ALLOWED"});
  EXPECT_EQ(Column("s1", "outcome"), "NULL");
  EXPECT_EQ(Column("s1", "reads"), R"(["main.default.u"])");
  EXPECT_EQ(Column("s1", "writes"), R"(["main.default.t"])");
  clock_.Advance(10);
  catalog_.FinishStatement("s1", "SUCCEEDED", {{"main.default.t", 7}});
  EXPECT_EQ(Column("s1", "outcome"), "SUCCEEDED");
  EXPECT_EQ(Column("s1", "versions"), R"({"main.default.t":7})");
  EXPECT_EQ(Column("s1", "finished - begun"), "10");
}

TEST_F(StatementsTest, ARecordIsClosedOnce) {
  catalog_.BeginStatement({"s1", "bob", "SELECT 1", {}, {}, "ALLOWED"});
  catalog_.FinishStatement("s1", "SUCCEEDED", {});
  EXPECT_EQ(FailureOf([&] { catalog_.FinishStatement("s1", "FAILED", {}); }).code,
            ErrorCode::kNotFound);
  EXPECT_EQ(FailureOf([&] { catalog_.FinishStatement("s2", "SUCCEEDED", {}); }).code,
            ErrorCode::kNotFound);
  EXPECT_EQ(Column("s1", "outcome"), "SUCCEEDED");
}

TEST_F(StatementsTest, WhatADeadProcessLeftOpenIsAbandonedAndOursIsNot) {
  catalog_.BeginStatement({"ours", "bob", "SELECT 1", {}, {}, "ALLOWED"});
  const pid_t child = fork();
  if (child == 0) {
    state::Database database(folder_ + "/state.db");
    Catalog catalog(database, clock_, "file:///home/w/tables", "ada");
    catalog.BeginStatement({"theirs", "bob", "INSERT ...", {}, {"main.default.t"}, "ALLOWED"});
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const auto abandoned = catalog_.CloseAbandonedStatements();
  ASSERT_EQ(abandoned.size(), 1u);
  EXPECT_EQ(abandoned[0].record.id, "theirs");
  EXPECT_THAT(abandoned[0].record.writes, ElementsAre("main.default.t"));
  EXPECT_EQ(abandoned[0].begun, clock_.Now());
  EXPECT_EQ(Column("theirs", "outcome"), "ABANDONED");
  EXPECT_EQ(Column("ours", "outcome"), "NULL");
  EXPECT_TRUE(catalog_.CloseAbandonedStatements().empty());
}

TEST_F(StatementsTest, AStatementBeganWhenItSaysSo) {
  const Instant begun = clock_.Now();
  clock_.Advance(5'000'000);
  catalog_.BeginStatement({"prepared", "bob", "SELECT 1", {}, {}, "ALLOWED", begun});
  catalog_.BeginStatement({"at once", "bob", "SELECT 1", {}, {}, "ALLOWED"});
  const auto open = catalog_.OpenStatements();
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].record.id, "prepared");
  EXPECT_EQ(open[0].begun, begun);
  EXPECT_EQ(open[1].begun, clock_.Now());
}

TEST_F(StatementsTest, RecordsAreKeptForNinetyDays) {
  constexpr int64_t kDay = int64_t{24} * 60 * 60 * 1'000'000;
  catalog_.BeginStatement({"runs", "bob", "SELECT 1", {}, {}, "ALLOWED"});
  for (int i = 0; i < 25; ++i) Record("old" + std::to_string(i));
  clock_.Advance(kDay);
  Record("younger");
  clock_.Advance(89 * kDay);
  Record("at the last moment");
  EXPECT_EQ(Count(), 28);
  clock_.Advance(1);
  // A few at a time, so that no statement waits long.
  Record("new1");
  EXPECT_EQ(Count(), 28 + 1 - 10);
  Record("new2");
  Record("new3");
  Record("new4");
  EXPECT_EQ(Count(), 28 + 4 - 25);
  for (const char* id : {"runs", "younger", "at the last moment", "new1", "new4"}) {
    EXPECT_EQ(Column(id, "id"), id);
  }
  // It is closed as ever, and then goes too.
  catalog_.FinishStatement("runs", "SUCCEEDED", {});
  Record("new5");
  EXPECT_EQ(Count(), 28 + 5 - 26);
}

TEST_F(StatementsTest, AMillionRecordsAreKeptAtMost) {
  for (const char* id : {"s1", "s2", "s3"}) Record(id);
  {
    state::Tx tx = database_.Begin();
    tx.Run("UPDATE statements SET number = 1000000 WHERE id = 's3'");
    tx.Commit();
  }
  Record("s4");
  EXPECT_EQ(Column("s2", "id || number"), "s22");
  EXPECT_EQ(Count(), 3);
  Record("s5");
  EXPECT_EQ(Count(), 3);
  EXPECT_EQ(Column("s5", "number"), "1000002");
}

TEST_F(StatementsTest, AProcessIsKnownByMoreThanItsNumber) {
  const ProcessMark here = ThisProcess();
  EXPECT_FALSE(HasEnded(here));
  EXPECT_TRUE(HasEnded({here.process, here.start + 1, here.boot}));
  EXPECT_TRUE(HasEnded({here.process, here.start, "another boot pid:[1]"}));
  const std::string boot = here.boot.substr(0, here.boot.find(' '));
  EXPECT_FALSE(HasEnded({here.process, here.start + 1, boot + " pid:[another container]"}));
}

TEST_F(StatementsTest, TextsThatAreNotUtf8AreRecorded) {
  catalog_.BeginStatement({"s1", "bob", "SELECT '\xff'", {"bad \xff name"}, {}, "ALLOWED"});
  catalog_.FinishStatement("s1", "FAILED", {{"\xff", 1}});
  EXPECT_EQ(Column("s1", "outcome"), "FAILED");
}

TEST(RecordedTextTest, LongTextsAreCutAtAWholeCharacter) {
  const std::string text = "x" + [] {
    std::string many;
    for (int i = 0; i < 20'000; ++i) many += "é";
    return many;
  }();
  const std::string kept = RecordedText(text);
  EXPECT_LT(kept.size(), 16'500u);
  EXPECT_THAT(kept, HasSubstr("é... (cut; the text has 40001 bytes)"));
  EXPECT_EQ(RecordedText("SELECT 1"), "SELECT 1");
}

TEST(RecordedTextTest, SecretsAreNotKept) {
  for (const char* text : {
           "CREATE CONNECTION c OPTIONS (password 'hunter2')",
           "CREATE CONNECTION c OPTIONS ('password' = 'hunter2', user 'bob')",
           "SELECT * FROM read_kafka(`sasl.Password` => 'hunter2')",
           "SET fs.s3a.secret.key='hunter2'",
           "SELECT f(api_token => \"hunter2\")",
           "-- don't ask\nSET my.token = 'hunter2'",
           "/* isn't it */ SET my.token = /* why */ 'hunter2'",
           "SET my.token = 'hun''ter2hunter2'",
           "SET awsAccessKey = ('hunter2')",
           "SET my.password = 'hunter2",
       }) {
    EXPECT_THAT(RecordedText(text), Not(HasSubstr("hunter2"))) << text;
    EXPECT_THAT(RecordedText(text), HasSubstr("[REDACTED]")) << text;
  }
}

TEST(RecordedTextTest, OtherLiteralsAreKept) {
  for (const char* text : {
           "SELECT 'token', password FROM users WHERE name = 'bob'",
           "SELECT 'it''s' AS `secret`",
           "SELECT password, 'x'",
       }) {
    EXPECT_EQ(RecordedText(text), text);
  }
}

}  // namespace
}  // namespace weir::catalog
