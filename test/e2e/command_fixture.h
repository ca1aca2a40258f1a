#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temporary_folder.h"

namespace weir::test {

// The real program on a home and a project in a folder of their own. The project reads CSV files
// from in/ into main.p.t, until a test writes another one.
class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    WriteSpec(
        "name: p\nlibraries:\n  - glob:\n      include: '*.sql'\nstorage: storage\nschema: p\n");
    WriteFlows(
        "CREATE STREAMING TABLE t AS SELECT id, name FROM STREAM read_files('in', format => 'csv', "
        "header => true, schema => 'id INT, name STRING')");
    Land("in/1.csv", "id,name\n1,one\n2,two\n");
  }

  void WriteSpec(const std::string& text) { folder_.Write("project/spark-pipeline.yml", text); }
  void WriteFlows(const std::string& sql) { folder_.Write("project/flows.sql", sql + "\n"); }
  // A file below the project.
  void Land(const std::string& name, const std::string& text) {
    folder_.Write("project/" + name, text);
  }
  std::string Path(const std::string& name) const { return folder_ / ("project/" + name); }
  std::string home() const { return folder_ / "home"; }
  // The folder of the only table there is beside the event log.
  std::string Table() const {
    std::vector<std::string> folders;
    for (const auto& entry : std::filesystem::directory_iterator(home() + "/data")) {
      if (!IsEventLog(entry.path())) folders.push_back(entry.path());
    }
    EXPECT_EQ(folders.size(), 1u);
    return folders.empty() ? "" : folders.front();
  }
  static bool IsEventLog(const std::string& folder) {
    std::ifstream in(folder + "/_delta_log/00000000000000000000.json");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    return text.find("maturity_level") != std::string::npos;
  }
  static std::string TextOf(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(in) << file;
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void Replace(const std::string& file, const std::string& text) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    EXPECT_TRUE(out.flush()) << file;
  }

  Ended Weir(const std::vector<std::string>& arguments, ProcessOptions options = {}) {
    std::vector<std::string> command = {WEIR_PROGRAM, "--home", home()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    if (options.folder.empty()) options.folder = folder_ / "project";
    return RunProcess(command, options);
  }
  Ended Update(ProcessOptions options = {}) {
    return Weir({"pipeline", "run"}, std::move(options));
  }
  void ExpectGoodUpdate() {
    const Ended ended = Update();
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
  }
  Ended Sql(const std::string& sql) { return Weir({"--output", "csv", "sql", "-e", sql}); }

  // Rows as CSV, sorted, without the names of the columns.
  std::vector<std::string> Rows(const std::string& sql) {
    const Ended ended = Sql(sql);
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    std::vector<std::string> rows;
    for (size_t at = 0; at < ended.out.size();) {
      const size_t end = std::min(ended.out.find('\n', at), ended.out.size());
      rows.push_back(ended.out.substr(at, end - at));
      at = end + 1;
    }
    if (!rows.empty()) rows.erase(rows.begin());
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  // It failed with that code, and each of `parts` is said; nothing sounds like a defect.
  static void ExpectSays(const Ended& ended, int exit_code, const std::vector<std::string>& parts) {
    EXPECT_EQ(ended.exit_code, exit_code) << "signal " << ended.signal << "\n" << ended.err;
    for (const std::string& part : parts) {
      EXPECT_THAT(ended.err, testing::HasSubstr(part));
    }
    for (const char* never :
         {"defect", "terminate called", "basic_string", "std::", "internal error", "INTERNAL"}) {
      EXPECT_THAT(ended.err, testing::Not(testing::HasSubstr(never)));
    }
  }

  TemporaryFolder folder_;
};

}  // namespace weir::test
