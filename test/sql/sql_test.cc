#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "support/test_app.h"
#include "weir/base/error.h"
#include "weir/types/diagnostic.h"

// Runs the *.test files of this folder: SQL as a user writes it, and what must come of it. A file
// is a list of blocks, separated by blank lines, run in order in one session of a new home:
//
//   # a comment
//   ok                          the statement succeeds
//   CREATE TABLE t (id INT)
//
//   rows [ordered]              its rows follow after ----, cells joined by '|'
//   SELECT id FROM t
//   ----
//   1
//
//   columns                     names and types of its columns follow
//   fails CONDITION             it fails with that condition (or error code)
//   as PRINCIPAL                the blocks that follow are run by somebody else
//
// ${FOLDER} in a statement or a row is the test's own temporary folder.
namespace weir::test {
namespace {

namespace fs = std::filesystem;

struct Block {
  size_t line = 0;
  std::string command;
  std::string argument;
  std::string sql;
  std::vector<std::string> expected;
};

std::vector<Block> ReadBlocks(const std::string& file) {
  std::ifstream in(file);
  std::vector<Block> blocks;
  Block block;
  bool in_expected = false;
  size_t number = 0;
  const auto finish = [&] {
    if (!block.command.empty()) blocks.push_back(block);
    block = {};
    in_expected = false;
  };
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) {
      finish();
    } else if (block.command.empty() && line[0] == '#') {
      continue;
    } else if (block.command.empty()) {
      const size_t space = line.find(' ');
      block.line = number;
      block.command = line.substr(0, space);
      block.argument = space == std::string::npos ? "" : line.substr(space + 1);
    } else if (line == "----") {
      in_expected = true;
    } else if (in_expected) {
      block.expected.push_back(line);
    } else {
      block.sql += (block.sql.empty() ? "" : "\n") + line;
    }
  }
  finish();
  return blocks;
}

class SqlFile : public testing::TestWithParam<std::string> {
 protected:
  void RunBlock(const Block& block) {
    if (block.command == "as") {
      session_ = app_.NewSession(block.argument, folder_.path());
      return;
    }
    const std::string sql = Expand(block.sql);
    if (block.command == "fails") return ExpectFailure(block, sql);
    try {
      auto result = session_->Run(sql, "test");
      if (block.command == "columns") {
        std::vector<std::string> columns;
        for (const Field& field : result->schema().fields()) {
          columns.push_back(field.name + " " + field.type.ToString());
        }
        EXPECT_EQ(columns, block.expected);
      }
      auto rows = RowTexts(*result, *session_->options().zone);
      if (block.command != "rows") return;
      auto expected = block.expected;
      for (std::string& line : expected) line = Expand(line);
      if (block.argument != "ordered") {
        std::sort(rows.begin(), rows.end());
        std::sort(expected.begin(), expected.end());
      }
      EXPECT_EQ(rows, expected);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }

 private:
  std::string Expand(std::string sql) const {
    for (size_t at; (at = sql.find("${FOLDER}")) != std::string::npos;) {
      sql.replace(at, 9, folder_.path());
    }
    return sql;
  }

  void ExpectFailure(const Block& block, const std::string& sql) {
    std::vector<std::string> conditions;
    std::string message;
    try {
      RowTexts(*session_->Run(sql, "test"));
      ADD_FAILURE() << "it should have failed with " << block.argument;
      return;
    } catch (const DiagnosticError& error) {
      for (const Diagnostic& diagnostic : error.diagnostics()) {
        conditions.push_back(diagnostic.condition);
      }
      message = error.what();
    } catch (const Error& error) {
      conditions = {error.condition(), std::string(ErrorCodeName(error.code()))};
      message = error.what();
    }
    EXPECT_TRUE(std::find(conditions.begin(), conditions.end(), block.argument) != conditions.end())
        << "expected " << block.argument << ", got " << testing::PrintToString(conditions) << ": "
        << message;
  }

  TemporaryFolder folder_;
  TestApp app_{folder_ / "home"};
  std::unique_ptr<session::Session> session_ = app_.NewSession("admin", folder_.path());
};

TEST_P(SqlFile, DoesWhatItSays) {
  const auto blocks = ReadBlocks(GetParam());
  ASSERT_FALSE(blocks.empty());
  for (const Block& block : blocks) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(block.line) + ": " + block.sql);
    RunBlock(block);
  }
}

std::vector<std::string> TestFiles() {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(WEIR_SQL_TESTS)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string TestName(const testing::TestParamInfo<std::string>& info) {
  std::string name = fs::relative(info.param, WEIR_SQL_TESTS).replace_extension("").string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); },
      '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, SqlFile, testing::ValuesIn(TestFiles()), TestName);

}  // namespace
}  // namespace weir::test
