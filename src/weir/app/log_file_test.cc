#include "weir/app/log_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "weir/io/testing/temporary_folder.h"

namespace weir::app {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::MatchesRegex;

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class LogFileTest : public ::testing::Test {
 protected:
  io::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/log/weir.log";
  FakeClock clock_{{1'700'000'000'000'000}};
};

TEST_F(LogFileTest, ALineSaysWhenWhoAndWhatAndStaysOneLine) {
  std::ostringstream also;
  LogFile log(path_, clock_, &also);
  log.Log(LogLevel::kInfo, "begun");
  log.Log(LogLevel::kWarning, "two\nlines\x1b[2J");
  EXPECT_THAT(Lines(path_), ElementsAre(MatchesRegex("2023-11-14T22:13:20Z [0-9]+ info begun"),
                                        EndsWith(" warning two\\nlines[2J")));
  EXPECT_EQ(also.str(), Lines(path_)[0] + "\n" + Lines(path_)[1] + "\n");
}

TEST_F(LogFileTest, OnlyItsOwnerReadsIt) {
  LogFile log(path_, clock_, nullptr);
  log.Log(LogLevel::kInfo, "begun");
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(LogFileTest, WhereItCanNotBeWrittenNothingFails) {
  LogFile log("/proc/no/such/weir.log", clock_, nullptr);
  log.Log(LogLevel::kInfo, "lost");
}

TEST_F(LogFileTest, TheOldestGoesWhenItHasGrown) {
  LogFile log(path_, clock_, nullptr, 200, 2);
  for (int i = 0; i < 100; ++i) log.Log(LogLevel::kInfo, "line " + std::to_string(i));
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(path_).parent_path())) {
    EXPECT_LT(entry.file_size(), 300u);
    ++files;
  }
  EXPECT_LE(files, 3u);
  EXPECT_THAT(Lines(path_ + ".1").back(), ::testing::HasSubstr("line 9"));
}

TEST_F(LogFileTest, ProcessesBesideEachOtherLoseNoLine) {
  constexpr int kProcesses = 4;
  constexpr int kLines = 500;
  for (int process = 0; process < kProcesses; ++process) {
    if (fork() == 0) {
      LogFile log(path_, clock_, nullptr, 4000, 1000);
      for (int i = 0; i < kLines; ++i) log.Log(LogLevel::kInfo, "line " + std::to_string(i));
      _exit(0);
    }
  }
  for (int process = 0; process < kProcesses; ++process) {
    int status = 0;
    ASSERT_GT(wait(&status), 0);
    EXPECT_EQ(status, 0);
  }
  std::map<std::string, int> seen;
  for (const auto& entry : fs::directory_iterator(fs::path(path_).parent_path())) {
    for (const std::string& line : Lines(entry.path())) ++seen[line.substr(line.find("line "))];
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(kLines));
  for (const auto& [line, count] : seen) EXPECT_EQ(count, kProcesses) << line;
}

}  // namespace
}  // namespace weir::app
