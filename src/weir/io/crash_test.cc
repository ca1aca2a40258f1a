// What a local store leaves when it is killed, fails, or loses power at each call in turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>

#include "weir/base/error.h"
#include "weir/io/local_store.h"
#include "weir/io/memory_store.h"
#include "weir/io/testing/faulty_store.h"
#include "weir/io/testing/hooked_disk.h"
#include "weir/io/testing/power_loss_disk.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

using ::testing::AnyOf;

// The code of the error, if there is one.
std::optional<ErrorCode> FailureOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return std::nullopt;
}

constexpr size_t kSteps = 5;

// Writes in every way there is; tells after each step.
void RunScript(ObjectStore& store, const std::function<void()>& step_done) {
  store.Put("deep/new/folder/put", "old");
  step_done();
  static_cast<void>(store.PutIfAbsent("log/0.json", "zero"));
  step_done();
  const auto writer = store.Create("data/part=1/file");
  writer->Append("one ");
  writer->Append("two");
  writer->Finish();
  step_done();
  store.Put("deep/new/folder/put", "new");
  step_done();
  store.Delete("log/0.json");
  step_done();
}

// Each object is as it was after the steps that were acknowledged, or after one more.
void CheckAfter(ObjectStore& store, size_t steps) {
  using States = std::array<const char*, kSteps + 1>;
  const auto check = [&](const std::string& key, const States& states) {
    const std::string now = store.Find(key) ? store.Read(key) : "absent";
    EXPECT_THAT(now, AnyOf(states[steps], states[std::min(steps + 1, kSteps)]))
        << key << " after step " << steps;
  };
  check("deep/new/folder/put", {"absent", "old", "old", "old", "new", "new"});
  check("log/0.json", {"absent", "absent", "zero", "zero", "zero", "absent"});
  check("data/part=1/file", {"absent", "absent", "absent", "one two", "one two", "one two"});
}

void CheckRerun(ObjectStore& store) {
  store.Delete("log/0.json");
  RunScript(store, [] {});
  CheckAfter(store, kSteps);
}

TEST(PowerLossTest, WhatWasAcknowledgedSurvivesACutAfterAnyCall) {
  const SystemClock clock;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    for (size_t calls = 1;; ++calls) {
      SCOPED_TRACE("cut after call " + std::to_string(calls) + ", seed " + std::to_string(seed));
      PowerLossDisk disk;
      disk.CutAfter(calls, seed);
      size_t steps = 0;
      const auto failure = FailureOf([&] {
        LocalStore store("/home/data", disk, clock);
        RunScript(store, [&] { ++steps; });
      });
      if (!disk.is_cut()) {
        EXPECT_EQ(steps, kSteps);
        EXPECT_GT(calls, 30u);
        break;
      }
      // The very last call may be one whose answer nobody needs.
      EXPECT_TRUE(failure == ErrorCode::kUnavailable || steps == kSteps);
      disk.Restart();
      LocalStore store("/home/data", disk, clock);
      CheckAfter(store, steps);
      CheckRerun(store);
    }
  }
}

// One process dies between making an object visible and syncing its folder; another finds it and
// builds on it elsewhere; then the power goes.
TEST(PowerLossTest, WhatAnotherProcessLeftUnsyncedSurvivesOnceWeWereToldOfIt) {
  const SystemClock clock;
  size_t found = 0;
  for (size_t calls = 1; calls < 20; ++calls) {
    PowerLossDisk disk;
    size_t left = calls;
    HookedDisk dying(disk, [&] { return left == 0 ? EIO : (--left, 0); });
    LocalStore dead("/home/data", dying, clock);
    FailureOf([&] { static_cast<void>(dead.PutIfAbsent("log/a/0.json", "theirs")); });
    LocalStore ours("/home/data", disk, clock);
    const PutOutcome outcome = ours.PutIfAbsent("log/a/0.json", "ours");
    found += outcome == PutOutcome::kExisted;
    disk.Cut();
    disk.Restart();
    LocalStore after("/home/data", disk, clock);
    EXPECT_EQ(after.Read("log/a/0.json"), outcome == PutOutcome::kCreated ? "ours" : "theirs");
  }
  EXPECT_GT(found, 0u);
}

TEST(PowerLossTest, WithoutSyncNothingSurvives) {
  PowerLossDisk disk;
  std::unique_ptr<DiskFile> file;
  ASSERT_EQ(disk.MakeFolder("/synced"), 0);
  ASSERT_EQ(disk.SyncFolder("/"), 0);
  ASSERT_EQ(disk.MakeFolder("/unsynced"), 0);
  ASSERT_EQ(disk.CreateFile("/synced/bytes", &file), 0);
  ASSERT_EQ(file->Write("one"), 0);
  ASSERT_EQ(file->Sync(), 0);
  ASSERT_EQ(file->Write("two"), 0);
  ASSERT_EQ(disk.SyncFolder("/synced"), 0);
  ASSERT_EQ(disk.CreateFile("/synced/entry", &file), 0);
  ASSERT_EQ(file->Write("x"), 0);
  ASSERT_EQ(file->Sync(), 0);
  disk.Cut();
  DiskStatus status;
  EXPECT_EQ(disk.Status("/synced", &status), EIO);
  disk.Restart();
  EXPECT_EQ(file->Sync(), EIO);
  EXPECT_EQ(disk.Status("/unsynced", &status), ENOENT);
  EXPECT_EQ(disk.Status("/synced/entry", &status), ENOENT);
  ASSERT_EQ(disk.Status("/synced/bytes", &status), 0);
  EXPECT_EQ(status.size, 3u);
}

// A disk that fails from some call on: never a part of an object, and no success without it.
TEST(FailingDiskTest, AFailureAtAnyCallLosesNothingThatWasAcknowledged) {
  const SystemClock clock;
  for (const int error : {EIO, ENOSPC, EACCES}) {
    for (size_t calls = 0; calls < 60; ++calls) {
      SCOPED_TRACE("errno " + std::to_string(error) + " after call " + std::to_string(calls));
      PowerLossDisk disk;
      size_t left = calls;
      HookedDisk failing(disk, [&] { return left == 0 ? error : (--left, 0); });
      size_t steps = 0;
      FailureOf([&] {
        LocalStore store("/home/data", failing, clock);
        RunScript(store, [&] { ++steps; });
      });
      LocalStore store("/home/data", disk, clock);
      CheckAfter(store, steps);
      CheckRerun(store);
    }
  }
}

TEST(KillTest, KilledAtAnyCallNothingIsTorn) {
  const TemporaryFolder folder;
  const SystemClock clock;
  for (size_t calls = 1;; ++calls) {
    const std::string root = folder.path() + "/" + std::to_string(calls);
    int answer[2];
    ASSERT_EQ(pipe(answer), 0);
    const pid_t child = fork();
    if (child == 0) {
      LocalDisk disk;
      size_t left = calls;
      HookedDisk killing(disk, [&] {
        if (--left == 0) kill(getpid(), SIGKILL);
        return 0;
      });
      LocalStore store(root, killing, clock);
      RunScript(store, [&] {
        if (write(answer[1], "x", 1) != 1) _exit(1);
      });
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    close(answer[1]);
    char buffer[kSteps + 1];
    const ssize_t steps = read(answer[0], buffer, sizeof(buffer));
    close(answer[0]);
    LocalDisk disk;
    LocalStore store(root, disk, clock);
    CheckAfter(store, static_cast<size_t>(steps));
    CheckRerun(store);
    if (status == 0) {
      EXPECT_GT(calls, 20u);
      break;
    }
    ASSERT_LT(calls, 200u);
  }
}

TEST(FaultsTest, TheNthCallFailsBeforeOrAfterItHappened) {
  Faults faults;
  const auto inner = std::make_shared<MemoryStore>();
  FaultyStore store(inner, faults);
  faults.Before(2, Faults::Fail(ErrorCode::kExhausted));
  faults.After(3, Faults::Fail(ErrorCode::kUnavailable));
  store.Put("a", "1");
  EXPECT_EQ(FailureOf([&] { store.Put("b", "2"); }), ErrorCode::kExhausted);
  EXPECT_FALSE(inner->Find("b").has_value());
  EXPECT_EQ(FailureOf([&] { static_cast<void>(store.PutIfAbsent("c", "3")); }),
            ErrorCode::kUnavailable);
  EXPECT_TRUE(inner->Find("c").has_value());
  store.Put("d", "4");
  EXPECT_EQ(faults.calls(), 4u);
  EXPECT_THAT(faults.log(), ::testing::ElementsAre("Put a", "Put b", "PutIfAbsent c", "Put d"));
}

TEST(FaultsTest, ReadersAndWritersAreCallsToo) {
  Faults faults;
  FaultyStore store(std::make_shared<MemoryStore>(), faults);
  auto writer = store.Create("a");
  writer->Append("1");
  faults.Before(1, Faults::Fail(ErrorCode::kExhausted));
  EXPECT_EQ(FailureOf([&] { writer->Finish(); }), ErrorCode::kExhausted);
  EXPECT_FALSE(store.Find("a").has_value());
  faults.BeforeAllFrom(2, Faults::Fail(ErrorCode::kUnavailable));
  store.Put("a", "1");
  EXPECT_EQ(FailureOf([&] { store.Open("a"); }), ErrorCode::kUnavailable);
  EXPECT_EQ(FailureOf([&] { store.Read("a"); }), ErrorCode::kUnavailable);
  faults.Clear();
  const auto reader = store.Open("a");
  faults.Before(1, Faults::Fail(ErrorCode::kUnavailable));
  char byte;
  EXPECT_EQ(FailureOf([&] { reader->ReadAt(0, &byte, 1); }), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace weir::io
