#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "weir/base/error.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/testing/tables.h"
#include "weir/io/disk.h"
#include "weir/io/local_store.h"
#include "weir/io/s3_store.h"
#include "weir/io/testing/fake_s3.h"
#include "weir/io/testing/faulty_store.h"
#include "weir/io/testing/power_loss_disk.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::delta {
namespace {

constexpr int kBatches = 5;

const SystemClock kClock;

// A flow of a few batches: creates its table, then appends one file a batch, each exactly once
// however often it is started anew. Checkpoints are due every second version: one file at first,
// then two parts.
class Flow {
 public:
  explicit Flow(std::shared_ptr<io::ObjectStore> store)
      : table_({std::move(store), "t/", "memory:///t"}, format_, kClock) {}

  // Until the first failure; counts what was acknowledged.
  void Run() {
    if (!table_.Exists()) Create();
    acknowledged_ = std::max(acknowledged_, 0);
    for (int batch = 0; batch < kBatches; ++batch) {
      const auto base = table_.Latest();
      Transaction append(table_, base);
      append.SetProgress("flow/1", batch);
      append.Add(DataFile("batch" + std::to_string(batch)));
      if (batch == 3) append.Remove(FileOf(*base, "batch0"));
      const CommitResult result = append.Commit(Operation("WRITE"));
      ASSERT_FALSE(std::holds_alternative<Conflict>(result));
      acknowledged_ = std::max(acknowledged_, batch + 1);
    }
  }

  // As an operator would: again until it works.
  void RunToTheEnd() {
    for (int attempt = 0;; ++attempt) {
      try {
        return Run();
      } catch (const Error&) {
        ASSERT_LT(attempt, 5);
      }
    }
  }

  const Table& table() const { return table_; }
  // -1: not even the table.
  int acknowledged() const { return acknowledged_; }

 private:
  void Create() {
    Transaction create(table_, nullptr);
    create.SetMetadata(MetadataOf(
        IdAndName(), {}, {{"delta.checkpointInterval", "2"}, {"weir.checkpointPartSize", "6"}}));
    static_cast<void>(create.Commit(Operation("CREATE TABLE")));
  }

  // What batch 3 replaces; once that is done it is gone, and so is the need.
  static AddFile FileOf(const Snapshot& snapshot, const std::string& path) {
    for (const AddFile& file : snapshot.files()) {
      if (file.path == path) return file;
    }
    return snapshot.files().at(0);
  }

  JsonCheckpointFormat format_;
  Table table_;
  int acknowledged_ = -1;
};

std::vector<std::string> PathsAfter(int batches) {
  std::vector<std::string> paths;
  for (int i = 0; i < batches; ++i) {
    if (i != 0 || batches < 4) paths.push_back("batch" + std::to_string(i));
  }
  return paths;
}

// What was acknowledged is there, and at most the batch that was under way besides.
void ExpectNothingLost(Flow& flow, const std::string& when) {
  if (flow.acknowledged() < 0) return;
  const auto snapshot = flow.table().Latest();
  const auto& transactions = snapshot->transactions();
  const auto done = transactions.find("flow/1");
  const int batches = done == transactions.end() ? 0 : static_cast<int>(done->second.version) + 1;
  EXPECT_GE(batches, flow.acknowledged()) << when;
  EXPECT_LE(batches, flow.acknowledged() + 1) << when;
  EXPECT_EQ(Paths(*snapshot), PathsAfter(batches)) << when;
}

void ExpectWhole(const Flow& flow, const std::string& when) {
  const auto snapshot = flow.table().Latest();
  EXPECT_EQ(Paths(*snapshot), PathsAfter(kBatches)) << when;
  EXPECT_EQ(snapshot->version(), kBatches) << when;
}

TEST(CrashTest, TheFlowWritesCheckpointsOfBothKinds) {
  const auto store = std::make_shared<io::MemoryStore>();
  Flow(store).Run();
  const std::string log = "t/_delta_log/0000000000000000000";
  EXPECT_TRUE(store->Find(log + "2.checkpoint.parquet"));
  EXPECT_TRUE(store->Find(log + "4.checkpoint.0000000001.0000000002.parquet"));
  EXPECT_TRUE(store->Find(log + "4.checkpoint.0000000002.0000000002.parquet"));
}

enum class Moment { kBefore, kAfter };

TEST(CrashTest, EveryCallThatFailsOnceIsSurvived) {
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kExhausted}) {
      for (size_t n = 1;; ++n) {
        const auto store = std::make_shared<io::MemoryStore>();
        io::Faults faults;
        const auto faulty = std::make_shared<io::FaultyStore>(store, faults);
        const std::string when = "call " + std::to_string(n);
        if (moment == Moment::kBefore) {
          faults.Before(n, io::Faults::Fail(code));
        } else {
          faults.After(n, io::Faults::Fail(code));
        }
        Flow flow(faulty);
        bool failed = false;
        try {
          flow.Run();
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), code) << error.what();
          failed = true;
        }
        if (faults.calls() < n) break;  // It was over before.
        faults.Clear();
        // A checkpoint that fails is no failure.
        if (failed) ExpectNothingLost(flow, when);
        Flow again(store);
        again.Run();
        ExpectWhole(again, when);
      }
    }
  }
}

TEST(CrashTest, OneTransactionCommittedAgainAfterALostAnswerCountsOnce) {
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    for (size_t n = 1;; ++n) {
      TestTable t(MetadataOf(IdAndName(), {}, {{"delta.checkpointInterval", "1"}}));
      io::Faults faults;
      const Table table({std::make_shared<io::FaultyStore>(t.store, faults), "t/", "memory:///t"},
                        t.format, t.clock);
      Transaction append(table, t.table.Latest());
      append.Add(DataFile("a"));
      t.Append(DataFile("other"));  // So that it has to be rebased.
      if (moment == Moment::kBefore) {
        faults.Before(n, io::Faults::Fail(ErrorCode::kUnavailable));
      } else {
        faults.After(n, io::Faults::Fail(ErrorCode::kUnavailable));
      }
      CommitResult result = Conflict{};
      try {
        result = append.Commit(Operation("WRITE"));
      } catch (const Error&) {
        result = append.Commit(Operation("WRITE"));
      }
      if (faults.calls() < n) break;
      ASSERT_TRUE(std::holds_alternative<Committed>(result));
      EXPECT_EQ(std::get<Committed>(result).version, 2);
      EXPECT_THAT(Paths(*t.table.Latest()), ::testing::ElementsAre("a", "other")) << n;
      EXPECT_EQ(t.table.Latest()->version(), 2);
    }
  }
}

// A bucket whose requests are tried a number of times.
std::shared_ptr<io::ObjectStore> Bucket(const std::shared_ptr<io::FakeS3>& service, int tries) {
  io::RetryLimits limits;
  limits.tries = tries;
  limits.sleep = [](std::chrono::milliseconds) {};
  std::vector<std::shared_ptr<io::CredentialsSource>> nobody{
      std::make_shared<io::FixedCredentials>(io::AwsCredentials())};
  return std::make_shared<io::S3Store>(std::make_shared<io::S3Connection>(
      "lake", io::S3Endpoint{"us-east-1", "http://s3.test", io::S3Addressing::kPath}, service,
      std::make_shared<io::CredentialsChain>(std::move(nobody), kClock), kClock, limits));
}

// With one try the failure arrives here; with two the store itself finds out.
TEST(CrashTest, EveryRequestToS3ThatIsLostOnceIsSurvived) {
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    for (const int tries : {1, 2}) {
      for (size_t n = 1;; ++n) {
        io::Faults faults;
        const auto service = std::make_shared<io::FakeS3>(faults);
        if (moment == Moment::kBefore) {
          faults.Before(n, io::Faults::Fail(ErrorCode::kUnavailable));
        } else {
          faults.After(n, io::Faults::Fail(ErrorCode::kUnavailable));
        }
        const std::string when = "request " + std::to_string(n);
        Flow flow(Bucket(service, tries));
        bool failed = false;
        try {
          flow.Run();
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ErrorCode::kUnavailable) << error.what();
          failed = true;
        }
        EXPECT_TRUE(tries == 1 || !failed) << when;
        if (faults.calls() < n) break;
        faults.Clear();
        if (failed) ExpectNothingLost(flow, when);
        Flow again(Bucket(service, tries));
        again.Run();
        ExpectWhole(again, when);
      }
    }
  }
}

// Some requests fail, some of them after they were done, while several write.
TEST(CrashTest, RandomFaultsOfS3LoseNothingAndDoubleNothing) {
  constexpr int kThreads = 3;
  constexpr int kFiles = 8;
  io::Faults faults;
  const auto service = std::make_shared<io::FakeS3>(faults);
  JsonCheckpointFormat format;
  const Table made({Bucket(service, 1), "t/", "s3://lake/t"}, format, kClock);
  Transaction create(made, nullptr);
  // The service says that all objects are years old: none of them is to expire here.
  create.SetMetadata(
      MetadataOf(IdAndName(), {},
                 {{"delta.checkpointInterval", "5"}, {"delta.enableExpiredLogCleanup", "false"}}));
  ASSERT_TRUE(std::holds_alternative<Committed>(create.Commit(Operation("CREATE TABLE"))));
  std::mt19937 random(7);
  for (size_t call = 1; call < 4000; ++call) {
    const auto fail = io::Faults::Fail(ErrorCode::kUnavailable);
    const auto chance = random() % 10;
    if (chance == 0) faults.Before(call, fail);
    if (chance == 1) faults.After(call, fail);
  }
  std::mutex mutex;
  std::map<Version, std::string> committed;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const Table table({Bucket(service, 12), "t/", "s3://lake/t"}, format, kClock);
      for (int n = 0; n < kFiles; ++n) {
        const std::string name = std::to_string(t) + "-" + std::to_string(n);
        Transaction append(table, table.Latest());
        append.Add(DataFile(name));
        const CommitResult result = append.Commit(Operation("WRITE"));
        const auto* done = std::get_if<Committed>(&result);
        ASSERT_NE(done, nullptr) << name;
        const std::lock_guard lock(mutex);
        const auto [entry, is_new] = committed.emplace(done->version, name);
        EXPECT_TRUE(is_new) << "version " << entry->first << " is of " << entry->second
                            << " and of " << name;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  faults.Clear();
  EXPECT_EQ(made.Latest()->version(), kThreads * kFiles);
  EXPECT_EQ(made.Latest()->files().size(), static_cast<size_t>(kThreads * kFiles));
}

// The vector that the entry names is there whatever failed, and so are the rows of the one that it
// was rebased on.
TEST(CrashTest, DeletedRowsCommittedAgainAfterALostAnswerCountOnce) {
  RowSet ours;
  RowSet theirs;
  for (uint64_t row = 0; row < 90'000; row += 30) {
    ours.Add(row);
    theirs.Add(row + 1);
  }
  RowSet both = ours;
  both.AddAll(theirs);
  for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
    for (const ErrorCode code : {ErrorCode::kUnavailable, ErrorCode::kExhausted}) {
      // A store that did what it was asked says so, or that it does not know.
      if (moment == Moment::kAfter && code != ErrorCode::kUnavailable) continue;
      for (size_t n = 1;; ++n) {
        TestTable t(MetadataOf(IdAndName(), {}, {{"delta.enableDeletionVectors", "true"}}));
        t.Append(DataFile("a", 0, 0, 100'000));
        io::Faults faults;
        const Table table({std::make_shared<io::FaultyStore>(t.store, faults), "t/", "memory:///t"},
                          t.format, t.clock);
        const auto base = t.table.Latest();
        Transaction deleting(table, base);
        deleting.DeleteRows(base->files()[0], ours);
        deleting.ReadsNoOtherRows();
        Transaction other(t.table, base);
        other.DeleteRows(base->files()[0], theirs);
        ASSERT_TRUE(std::holds_alternative<Committed>(other.Commit(Operation("DELETE"))));
        if (moment == Moment::kBefore) {
          faults.Before(n, io::Faults::Fail(code));
        } else {
          faults.After(n, io::Faults::Fail(code));
        }
        CommitResult result = Conflict{};
        try {
          result = deleting.Commit(Operation("DELETE"));
        } catch (const Error&) {
          result = deleting.Commit(Operation("DELETE"));
        }
        if (faults.calls() < n) break;
        ASSERT_TRUE(std::holds_alternative<Committed>(result)) << n;
        const auto snapshot = t.table.Latest();
        EXPECT_EQ(snapshot->version(), 3) << n;
        ASSERT_EQ(snapshot->files().size(), 1U) << n;
        EXPECT_EQ(DeletedRows(t.table.location(), snapshot->files()[0]), both) << n;
      }
    }
  }
}

TEST(CrashTest, EveryKillIsSurvived) {
  for (size_t n = 1;; ++n) {
    const io::TemporaryFolder folder;
    io::LocalDisk disk;
    const auto store = std::make_shared<io::LocalStore>(folder.path(), disk, kClock);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      io::Faults faults;
      faults.After(n, io::Faults::Kill());
      Flow flow(std::make_shared<io::FaultyStore>(store, faults));
      flow.Run();
      _exit(faults.calls() < n ? 7 : 8);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const bool finished = WIFEXITED(status) && WEXITSTATUS(status) == 7;
    Flow again(store);
    again.Run();
    ExpectWhole(again, "kill after call " + std::to_string(n));
    if (finished) break;
  }
}

TEST(CrashTest, EveryPowerCutIsSurvivedAndLosesNothingAcknowledged) {
  for (const uint64_t seed : {0, 1, 2}) {
    for (size_t n = 1;; ++n) {
      io::PowerLossDisk disk;
      const std::string when = "cut after " + std::to_string(n) + ", seed " + std::to_string(seed);
      disk.CutAfter(n, seed);
      Flow flow(std::make_shared<io::LocalStore>("/data", disk, kClock));
      try {
        flow.Run();
      } catch (const Error&) {
      }
      const bool cut = disk.is_cut();
      if (!cut && disk.calls() < n) {
        disk.Cut(seed);  // All was acknowledged, so all must be there.
        EXPECT_EQ(flow.acknowledged(), kBatches);
      }
      disk.Restart();
      // Another process, which knows nothing of what the store remembered.
      const auto store = std::make_shared<io::LocalStore>("/data", disk, kClock);
      Flow again(store);
      if (flow.acknowledged() >= 0) {
        const auto snapshot = again.table().Latest();
        const auto& transactions = snapshot->transactions();
        const auto done = transactions.find("flow/1");
        const int batches =
            done == transactions.end() ? 0 : static_cast<int>(done->second.version) + 1;
        EXPECT_GE(batches, flow.acknowledged()) << when;
        EXPECT_EQ(Paths(*snapshot), PathsAfter(batches)) << when;
      }
      again.RunToTheEnd();
      ExpectWhole(again, when);
      if (!cut) break;
    }
  }
}

// A folder that several threads or processes write one table in.
struct SharedTable {
  SharedTable() : store(std::make_shared<io::LocalStore>(folder.path(), disk, kClock)) {
    Transaction create(table, nullptr);
    create.SetMetadata(MetadataOf(IdAndName()));
    static_cast<void>(create.Commit(Operation("CREATE TABLE")));
  }
  io::TemporaryFolder folder;
  io::LocalDisk disk;
  std::shared_ptr<io::LocalStore> store;
  JsonCheckpointFormat format;
  Table table{{store, "t/", "memory:///t"}, format, kClock};
};

constexpr int kWriters = 4;
constexpr int kCommits = 12;

void AppendMany(const Table& table, int writer) {
  std::shared_ptr<const Snapshot> base;
  for (int i = 0; i < kCommits; ++i) {
    base = table.Refresh(base);
    Transaction append(table, base);
    append.Add(DataFile("w" + std::to_string(writer) + "." + std::to_string(i)));
    const CommitResult result = append.Commit(Operation("WRITE"));
    ASSERT_TRUE(std::holds_alternative<Committed>(result));
    ASSERT_EQ(std::get<Committed>(result).warning, "");
  }
}

// Replaces the one file by one that counts one more; starts over after a conflict.
void CountMany(const Table& table) {
  for (int i = 0; i < kCommits;) {
    const auto base = table.Latest();
    const int64_t count = base->files().empty() ? 0 : std::stoll(base->files()[0].path.substr(1));
    Transaction next(table, base);
    next.RemoveAll();
    next.Add(DataFile("n" + std::to_string(count + 1)));
    const CommitResult result = next.Commit(Operation("UPDATE"));
    if (std::holds_alternative<Committed>(result)) ++i;
  }
}

void ExpectEveryFileOnce(const Table& table) {
  std::vector<std::string> expected;
  for (int w = 0; w < kWriters; ++w) {
    for (int i = 0; i < kCommits; ++i) {
      expected.push_back("w" + std::to_string(w) + "." + std::to_string(i));
    }
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(Paths(*table.Latest()), expected);
  EXPECT_EQ(table.Latest()->version(), kWriters * kCommits);
}

void InThreads(const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) threads.emplace_back(work, w);
  for (std::thread& thread : threads) thread.join();
}

void InProcesses(const std::function<void(int)>& work) {
  std::vector<pid_t> children;
  for (int w = 0; w < kWriters; ++w) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      try {
        work(w);
      } catch (const std::exception&) {
        _exit(1);
      }
      _exit(::testing::Test::HasFailure() ? 1 : 0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
}

TEST(ConcurrencyTest, ThreadsThatAppendLoseAndDoubleNothing) {
  const SharedTable shared;
  InThreads([&](int writer) { AppendMany(shared.table, writer); });
  ExpectEveryFileOnce(shared.table);
}

TEST(ConcurrencyTest, ProcessesThatAppendLoseAndDoubleNothing) {
  const SharedTable shared;
  InProcesses([&](int writer) { AppendMany(shared.table, writer); });
  ExpectEveryFileOnce(shared.table);
}

TEST(ConcurrencyTest, EachReplacementSeesTheOneBefore) {
  const SharedTable shared;
  InProcesses([&](int) { CountMany(shared.table); });
  InThreads([&](int) { CountMany(shared.table); });
  EXPECT_THAT(Paths(*shared.table.Latest()),
              ::testing::ElementsAre("n" + std::to_string(2 * kWriters * kCommits)));
}

TEST(ConcurrencyTest, OneOfSeveralCreatorsWins) {
  const io::TemporaryFolder folder;
  io::LocalDisk disk;
  const auto store = std::make_shared<io::LocalStore>(folder.path(), disk, kClock);
  JsonCheckpointFormat format;
  const Table table({store, "t/", "memory:///t"}, format, kClock);
  std::atomic<int> winners = 0;
  InThreads([&](int) {
    Transaction create(table, nullptr);
    create.SetMetadata(MetadataOf(IdAndName()));
    const auto result = create.Commit(Operation("CREATE TABLE"));
    winners += std::holds_alternative<Committed>(result) ? 1 : 0;
  });
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(table.Latest()->version(), 0);
}

}  // namespace
}  // namespace weir::delta
