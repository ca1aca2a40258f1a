// COPY INTO loads each file once: whoever runs it, whatever fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "e2e/orders_project.h"
#include "support/temporary_folder.h"
#include "support/test_app.h"
#include "weir/base/error.h"

namespace weir::test {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr const char* kCopy =
    "COPY INTO t FROM 'in' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true')";

void Write(const std::string& file, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream(file) << text;
}

class CopyIntoTest : public testing::Test {
 protected:
  CopyIntoTest() {
    Sql("CREATE TABLE t (id INT, name STRING)");
    Land("in/a.csv", "id,name\n1,one\n2,two\n");
    Land("in/b.csv", "name,id\nthree,3\n");
  }

  void Land(const std::string& file, const std::string& text) {
    Write(folder_ / "work/" + file, text);
  }
  std::vector<std::string> Sql(const std::string& sql) { return test::Run(*session_, sql); }
  std::string FailureOf(const std::string& sql) {
    try {
      Sql(sql);
    } catch (const DiagnosticError& error) {
      return error.diagnostics().front().condition;
    } catch (const Error& error) {
      return error.condition();
    }
    return "nothing";
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_ / "work");
};

TEST_F(CopyIntoTest, EachFileIsLoadedOnceEvenWhenItChanges) {
  EXPECT_THAT(Sql(kCopy), ElementsAre("3|3|0"));
  EXPECT_THAT(Sql(kCopy), ElementsAre("0|0|0"));
  Land("in/a.csv", "id,name\n9,nine\n");
  Land("in/c.csv", "id,name\n4,four\n");
  EXPECT_THAT(Sql(kCopy), ElementsAre("1|1|0"));
  EXPECT_THAT(Sql("SELECT * FROM t"), UnorderedElementsAre("1|one", "2|two", "3|three", "4|four"));
}

TEST_F(CopyIntoTest, ForceLoadsThemAgain) {
  Sql(kCopy);
  EXPECT_THAT(Sql(std::string(kCopy) + " COPY_OPTIONS ('force' = 'true')"), ElementsAre("3|3|0"));
  EXPECT_THAT(Sql("SELECT count(*) FROM t"), ElementsAre("6"));
}

TEST_F(CopyIntoTest, WhatWasLoadedIsRememberedWhateverNamedIt) {
  const std::string options = " FORMAT_OPTIONS ('header' = 'true')";
  EXPECT_THAT(Sql("COPY INTO t FROM 'in' FILEFORMAT = CSV FILES = ('b.csv')" + options),
              ElementsAre("1|1|0"));
  Land("in/odd,[1]{2}.csv", "id,name\n5,five\n");
  EXPECT_THAT(
      Sql("COPY INTO t FROM 'in/' FILEFORMAT = CSV FILES = ('odd,[1]{2}.csv', 'b.csv')" + options),
      ElementsAre("1|1|0"));
  EXPECT_THAT(Sql("COPY INTO t FROM 'in' FILEFORMAT = CSV PATTERN = '*.csv'" + options),
              ElementsAre("2|2|0"));
  EXPECT_THAT(Sql(kCopy), ElementsAre("0|0|0"));
}

TEST_F(CopyIntoTest, ColumnsGoByNameByPositionOrAsSelected) {
  Land("plain/1.csv", "7,seven\n");
  Sql("COPY INTO t BY POSITION FROM 'plain' FILEFORMAT = CSV");
  Land("plain/2.csv", "eight,8\n");
  Sql("COPY INTO t (name, id) FROM 'plain' FILEFORMAT = CSV FILES = ('2.csv')");
  Sql("COPY INTO t FROM (SELECT id * 10 AS id, _metadata.file_name AS name FROM 'in') "
      "FILEFORMAT = CSV FILES = ('b.csv') FORMAT_OPTIONS ('header' = 'true')");
  EXPECT_THAT(Sql("SELECT * FROM t"), UnorderedElementsAre("7|seven", "8|eight", "30|b.csv"));
}

TEST_F(CopyIntoTest, NewColumnsComeOnlyWhereTheyAreAskedFor) {
  Land("in/c.csv", "id,name,more\n4,four,true\n");
  EXPECT_EQ(FailureOf(kCopy), "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS");
  EXPECT_THAT(Sql("SELECT count(*) FROM t"), ElementsAre("0"));
  EXPECT_THAT(Sql(std::string(kCopy) + " COPY_OPTIONS ('mergeSchema' = 'true')"),
              ElementsAre("4|4|0"));
  EXPECT_THAT(Sql("SELECT id, more FROM t WHERE id > 2"), UnorderedElementsAre("3|NULL", "4|true"));
}

TEST_F(CopyIntoTest, ValidateReadsWithoutWriting) {
  EXPECT_THAT(Sql("COPY INTO t FROM 'in' FILEFORMAT = CSV VALIDATE 2 ROWS FORMAT_OPTIONS "
                  "('header' = 'true')")
                  .size(),
              2U);
  EXPECT_EQ(Sql("COPY INTO t FROM 'in' FILEFORMAT = CSV VALIDATE FORMAT_OPTIONS "
                "('header' = 'true')")
                .size(),
            3U);
  EXPECT_THAT(Sql("SELECT count(*) FROM t"), ElementsAre("0"));
  EXPECT_THAT(Sql(kCopy), ElementsAre("3|3|0"));
}

TEST_F(CopyIntoTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(FailureOf("COPY INTO t FROM 'nowhere' FILEFORMAT = CSV"), "PATH_NOT_FOUND");
  EXPECT_EQ(FailureOf("COPY INTO t FROM 'in' FILEFORMAT = ORC"), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(FailureOf("COPY INTO t FROM 'in' FILEFORMAT = CSV FORMAT_OPTIONS ('headr' = 'true')"),
            "UNRECOGNIZED_PARAMETER_NAME");
  EXPECT_EQ(FailureOf("COPY INTO t FROM 'in' FILEFORMAT = CSV COPY_OPTIONS ('forc' = 'true')"),
            "UNRECOGNIZED_PARAMETER_NAME");
  EXPECT_EQ(FailureOf("COPY INTO t FROM 'in' FILEFORMAT = CSV COPY_OPTIONS ('force' = 'maybe')"),
            "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(FailureOf("COPY INTO t FROM 'in' FILEFORMAT = CSV FILES = ('a') PATTERN = 'b'"),
            "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(FailureOf(std::string("EXPLAIN ") + kCopy), "UNSUPPORTED_FEATURE");
}

TEST_F(CopyIntoTest, WhatManyStatementsLoadedIsStillKnown) {
  for (int i = 0; i < 70; ++i) {
    Land("many/" + std::to_string(i) + ".csv", "id,name\n" + std::to_string(i) + ",x\n");
    ASSERT_THAT(Sql("COPY INTO t FROM 'many' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true')"),
                ElementsAre("1|1|0"))
        << i;
  }
  EXPECT_THAT(Sql("SELECT count(DISTINCT id), count(*) FROM t"), ElementsAre("70|70"));
}

TEST_F(CopyIntoTest, ManyAtOnceLoadEachFileOnce) {
  constexpr int kFiles = 12;
  for (int i = 0; i < kFiles; ++i) {
    Land("many/" + std::to_string(i) + ".csv", "id,name\n" + std::to_string(i) + ",x\n");
  }
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      const auto session = app_.NewSession("admin", folder_ / "work");
      for (int i = 0; i < kFiles; ++i) {
        // Each names other files first, and all name the same in the end.
        const int from = (i + thread * 3) % kFiles;
        test::Run(*session, "COPY INTO t FROM 'many' FILEFORMAT = CSV FILES = ('" +
                                std::to_string(from) + ".csv', '" +
                                std::to_string((from + 1) % kFiles) +
                                ".csv') FORMAT_OPTIONS ('header' = 'true')");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Sql("SELECT count(DISTINCT id), count(*) FROM t"), ElementsAre("12|12"));
}

enum class Fault { kCallFails, kAnswerIsLost };

class CopyIntoFaultTest : public testing::TestWithParam<Fault> {};

// One call of the store or of the state fails, each in turn; the statement is run again after it.
TEST_P(CopyIntoFaultTest, RunAgainItLosesNothingAndDoublesNothing) {
  TemporaryFolder folder;
  io::LocalDisk disk;
  const std::string home = folder / "home";
  Write(folder / "in/a.csv", "id\n1\n2\n");
  Write(folder / "in/b.csv", "id\n3\n");
  size_t n = 1;
  for (;; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    const std::string table = "t" + std::to_string(n);
    const std::string copy = "COPY INTO " + table + " FROM '" + (folder / "in") +
                             "' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true')";
    Program(home, disk).Rows("CREATE TABLE " + table + " (id INT)");
    io::Faults faults;
    if (GetParam() == Fault::kCallFails) {
      faults.Before(n, io::Faults::Fail(ErrorCode::kExhausted));
    } else {
      faults.After(n, io::Faults::Fail(ErrorCode::kUnavailable));
    }
    try {
      Program(home, disk, &faults).Rows(copy);
    } catch (const Error&) {
      // The statement, or the program before it.
    }
    Program program(home, disk);
    program.Rows(copy);
    ASSERT_THAT(program.Rows("SELECT id FROM " + table), ElementsAre("1", "2", "3"));
    ASSERT_THAT(program.Rows(copy), ElementsAre("0|0|0"));
    if (faults.calls() < n) break;
  }
  EXPECT_GT(n, 20U);
}

INSTANTIATE_TEST_SUITE_P(Every, CopyIntoFaultTest,
                         testing::Values(Fault::kCallFails, Fault::kAnswerIsLost),
                         [](const auto& info) {
                           return info.param == Fault::kCallFails ? "CallFails" : "AnswerIsLost";
                         });

}  // namespace
}  // namespace weir::test
