#include "weir/state/file_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "weir/base/error.h"
#include "weir/base/uuid.h"

namespace weir::state {
namespace {

class FileLockTest : public testing::Test {
 protected:
  ~FileLockTest() override { std::filesystem::remove_all(folder_); }

  std::variant<FileLock, std::string> Try(const std::string& note) { return TryLock(path_, note); }
  // Who holds it; nothing when nobody does.
  std::optional<std::string> Holder() {
    const auto taken = Try("");
    const auto* note = std::get_if<std::string>(&taken);
    return note ? std::optional(*note) : std::nullopt;
  }

  const std::string folder_ = std::filesystem::temp_directory_path() / ("weir-" + NewUuid());
  const std::string path_ = folder_ + "/locks/one.lock";
};

TEST_F(FileLockTest, OnlyOneHoldsItAndTheOthersAreToldWho) {
  {
    const auto first = Try("process 1");
    ASSERT_TRUE(std::holds_alternative<FileLock>(first));
    EXPECT_EQ(Holder(), "process 1");
  }
  const auto second = Try("2");
  EXPECT_TRUE(std::holds_alternative<FileLock>(second));
  EXPECT_EQ(Holder(), "2");
}

TEST_F(FileLockTest, IsFreeWhenItsHolderIsKilled) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto held = Try("the child");
    (void)!write(ready[1], "x", 1);
    pause();
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(Holder(), "the child");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(Holder(), std::nullopt);
}

TEST_F(FileLockTest, IsForItsOwnerOnly) {
  const auto held = Try("x");
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(stat((folder_ + "/locks").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST_F(FileLockTest, AFolderThatCantBeMadeIsSaid) {
  std::filesystem::create_directories(folder_);
  ASSERT_EQ(mkfifo((folder_ + "/locks").c_str(), 0600), 0);
  EXPECT_THROW(Try("x"), Error);
}

}  // namespace
}  // namespace weir::state
