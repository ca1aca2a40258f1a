#include "weir/io/local_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "weir/base/error.h"
#include "weir/io/key.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Keys(ObjectStore& store, const std::string& prefix = "") {
  std::vector<std::string> keys;
  for (const ObjectInfo& info : store.List(prefix, "", ObjectStore::kNoLimit)) {
    keys.push_back(info.key);
  }
  return keys;
}

Error ErrorOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kInternal, "no error");
}

pid_t Fork(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  try {
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  } catch (const std::exception& error) {
    fprintf(stderr, "child: %s\n", error.what());
    _exit(1);
  }
}

int WaitFor(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

// Runs `body` in a child as a user who may not do everything.
void AsNobody(const std::function<void()>& body) {
  EXPECT_EQ(WaitFor(Fork([&] {
              if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
                throw Error(ErrorCode::kInternal, "can't become nobody");
              }
              body();
            })),
            0);
}

class LocalStoreTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& key) const { return folder_.path() + "/" + key; }
  void Write(const std::string& key, const std::string& bytes) const {
    fs::create_directories(fs::path(Path(key)).parent_path());
    std::ofstream(Path(key)) << bytes;
  }
  size_t TemporaryFiles() const {
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      count += entry.path().filename().string().starts_with(kTemporaryPrefix);
    }
    return count;
  }

  TemporaryFolder folder_;
  LocalDisk disk_;
  FakeClock clock_{SystemClock().Now()};
  LocalStore store_{folder_.path(), disk_, clock_};
};

TEST_F(LocalStoreTest, ObjectsAreFilesUnderTheRoot) {
  store_.Put("a/b c", "text");
  std::ifstream file(Path("a/b c"));
  std::string text;
  file >> text;
  EXPECT_EQ(text, "text");
  Write("a/d", "x");
  EXPECT_EQ(store_.Read("a/d"), "x");
  EXPECT_EQ(TemporaryFiles(), 0u);
}

TEST_F(LocalStoreTest, OfManyProcessesExactlyOneCreatesEachObject) {
  constexpr int kProcesses = 6;
  constexpr int kObjects = 60;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    children.push_back(Fork([&] {
      LocalStore store(folder_.path(), disk_, clock_);
      std::string created;
      for (int i = 0; i < kObjects; ++i) {
        const std::string mine = std::to_string(process) + std::string(20'000, 'x');
        const std::string key = "t/_delta_log/" + std::to_string(i) + ".json";
        if (store.PutIfAbsent(key, mine) == PutOutcome::kCreated)
          created += std::to_string(i) + " ";
        // Whoever looks sees a whole object.
        if (store.Read(key).size() != mine.size()) throw Error(ErrorCode::kInternal, "torn");
      }
      store.Put("created/" + std::to_string(process), created);
    }));
  }
  for (const pid_t child : children) EXPECT_EQ(WaitFor(child), 0);
  std::multiset<int> created;
  for (int process = 0; process < kProcesses; ++process) {
    std::istringstream list(store_.Read("created/" + std::to_string(process)));
    for (int i; list >> i;) {
      created.insert(i);
      EXPECT_EQ(store_.Read("t/_delta_log/" + std::to_string(i) + ".json")[0], '0' + process);
    }
  }
  EXPECT_EQ(created.size(), static_cast<size_t>(kObjects));
  EXPECT_EQ(std::set<int>(created.begin(), created.end()).size(), static_cast<size_t>(kObjects));
  EXPECT_EQ(TemporaryFiles(), 0u);
}

TEST_F(LocalStoreTest, WhatAKilledWriterLeftIsHiddenAndSweptADayLater) {
  EXPECT_NE(WaitFor(Fork([&] {
              auto writer = store_.Create("t/a");
              writer->Append("half");
              kill(getpid(), SIGKILL);
            })),
            0);
  EXPECT_EQ(TemporaryFiles(), 1u);
  EXPECT_THAT(Keys(store_), IsEmpty());
  EXPECT_THAT(store_.ListLevel("t/").objects, IsEmpty());
  store_.Put("t/b", "");
  EXPECT_EQ(TemporaryFiles(), 1u);  // It may still be in use.
  clock_.Advance(int64_t{25} * 3600 * 1'000'000);
  LocalStore tomorrow(folder_.path(), disk_, clock_);
  tomorrow.Put("t/c", "");
  EXPECT_EQ(TemporaryFiles(), 0u);
  EXPECT_THAT(Keys(store_), ElementsAre("t/b", "t/c"));
}

TEST_F(LocalStoreTest, AFolderRemovedMeanwhileIsMadeAgain) {
  store_.Put("t/a", "1");
  fs::remove_all(Path("t"));
  EXPECT_EQ(store_.PutIfAbsent("t/a", "2"), PutOutcome::kCreated);
  EXPECT_EQ(store_.Read("t/a"), "2");
}

TEST_F(LocalStoreTest, SymbolicLinksAreListedButNeverFollowed) {
  Write("secret/data", "secret");
  Write("open/plain", "plain");
  fs::create_symlink(Path("secret/data"), Path("open/link"));
  fs::create_directory_symlink(Path("secret"), Path("open/folder"));
  fs::create_symlink(Path("nowhere"), Path("open/dangling"));
  EXPECT_THAT(Keys(store_, "open/"),
              ElementsAre("open/dangling", "open/folder", "open/link", "open/plain"));
  for (const char* key : {"open/link", "open/folder/data", "open/dangling"}) {
    const Error error = ErrorOf([&] { store_.Read(key); });
    EXPECT_EQ(error.code(), ErrorCode::kDenied) << key;
    EXPECT_THAT(error.what(), HasSubstr("symbolic link"));
    EXPECT_EQ(ErrorOf([&] { store_.Open(key); }).code(), ErrorCode::kDenied) << key;
  }
  EXPECT_EQ(ErrorOf([&] { store_.Put("open/folder/new", ""); }).code(), ErrorCode::kDenied);
  EXPECT_EQ(ErrorOf([&] { store_.List("open/folder/", "", 10); }).code(), ErrorCode::kDenied);
  EXPECT_FALSE(fs::exists(Path("secret/new")));
  // Deleting takes the links, not what they point to.
  store_.DeleteAll("open/");
  EXPECT_EQ(store_.Read("secret/data"), "secret");
  EXPECT_FALSE(fs::exists(Path("open")));
}

TEST_F(LocalStoreTest, PipesAreNoObjectsAndDontHoldUs) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(Keys(store_), IsEmpty());
  EXPECT_FALSE(store_.Find("pipe").has_value());
  EXPECT_EQ(ErrorOf([&] { store_.Read("pipe"); }).code(), ErrorCode::kInvalid);
}

TEST_F(LocalStoreTest, NoPermissionIsDeniedAndSaysWhereAndWhatToDo) {
  Write("mine/a", "x");
  fs::permissions(folder_.path(), fs::perms::others_exec | fs::perms::owner_all);
  fs::permissions(Path("mine"), fs::perms::owner_all);
  fs::create_directory(Path("readonly"));
  fs::permissions(Path("readonly"), fs::perms(0755));
  Write("readonly/hidden", "x");
  fs::permissions(Path("readonly/hidden"), fs::perms(0600));
  AsNobody([&] {
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { store_.Read("mine/a"); }, [&] { store_.Find("mine/a"); },
             [&] { store_.List("mine/", "", 10); }, [&] { store_.Read("readonly/hidden"); },
             [&] { store_.Put("readonly/new", ""); }, [&] { store_.Put("readonly/sub/new", ""); },
             [&] { store_.Delete("readonly/hidden"); }, [&] { store_.DeleteAll("readonly/"); }}) {
      const Error error = ErrorOf(call);
      EXPECT_EQ(error.code(), ErrorCode::kDenied) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(folder_.path()));
      EXPECT_THAT(error.what(), HasSubstr("permission denied"));
    }
  });
}

TEST_F(LocalStoreTest, AFileSizeLimitIsExhaustedAndLeavesNothing) {
  EXPECT_EQ(WaitFor(Fork([&] {
              signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{1000, 1000};
              setrlimit(RLIMIT_FSIZE, &limit);
              const std::string large(5000, 'x');
              for (const auto& call : std::vector<std::function<void()>>{
                       [&] { store_.Put("t/a", large); },
                       [&] { static_cast<void>(store_.PutIfAbsent("t/a", large)); },
                       [&] { store_.Create("t/a")->Append(large); }}) {
                const Error error = ErrorOf(call);
                EXPECT_EQ(error.code(), ErrorCode::kExhausted);
                EXPECT_THAT(error.what(), HasSubstr("t/a"));
                EXPECT_THAT(error.what(), HasSubstr("ulimit -f"));
              }
            })),
            0);
  EXPECT_THAT(Keys(store_), IsEmpty());
  EXPECT_EQ(TemporaryFiles(), 0u);
}

TEST_F(LocalStoreTest, AFileInThePlaceOfAFolderIsNamed) {
  Write("file", "x");
  EXPECT_EQ(ErrorOf([&] { store_.Put("file/a", ""); }).code(), ErrorCode::kInvalid);
  EXPECT_FALSE(store_.Find("file/a").has_value());
  EXPECT_EQ(ErrorOf([&] { store_.Read("file/a"); }).code(), ErrorCode::kNotFound);
  EXPECT_THAT(Keys(store_, "file/"), IsEmpty());
}

TEST_F(LocalStoreTest, ManyObjectsAreListedInOrder) {
  for (int i = 999; i >= 0; --i) Write("t/" + std::to_string(1000 + i), "");
  const auto keys = Keys(store_, "t/");
  EXPECT_EQ(keys.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(store_.List("t/", "t/1989", ObjectStore::kNoLimit).size(), 10u);
}

}  // namespace
}  // namespace weir::io
