// What every store promises, whichever it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <thread>

#include "weir/base/error.h"
#include "weir/io/local_store.h"
#include "weir/io/memory_store.h"
#include "weir/io/s3_store.h"
#include "weir/io/testing/fake_s3.h"
#include "weir/io/testing/faulty_store.h"
#include "weir/io/testing/power_loss_disk.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct InMemory {
  MemoryStore store;
};

struct OnLocalDisk {
  TemporaryFolder folder;
  LocalDisk disk;
  SystemClock clock;
  LocalStore store{folder.path() + "/not/yet", disk, clock};
};

struct OnLocalDiskByParts {
  TemporaryFolder folder;
  LocalDisk disk{LocalDisk::Opening::kByParts};
  SystemClock clock;
  LocalStore store{folder.path(), disk, clock};
};

struct OnPowerLossDisk {
  PowerLossDisk disk;
  FakeClock clock{
      Instant{0}};  // Files carry the number of the call, which is long ago by any other.
  LocalStore store{"/home/data", disk, clock};
};

struct Faultless {
  Faults faults;
  FaultyStore store{std::make_shared<MemoryStore>(), faults};
};

std::shared_ptr<S3Connection> ConnectedTo(const std::string& bucket, const std::string& url,
                                          std::shared_ptr<HttpClient> http, const Clock& clock) {
  AwsCredentials keys;
  keys.access_key_id = "testing";
  keys.secret_access_key = "testing-secret";
  std::vector<std::shared_ptr<CredentialsSource>> sources{std::make_shared<FixedCredentials>(keys)};
  return std::make_shared<S3Connection>(
      bucket, S3Endpoint{"us-east-1", url, S3Addressing::kPath}, std::move(http),
      std::make_shared<CredentialsChain>(std::move(sources), clock), clock, RetryLimits());
}

struct InBucket {
  Faults faults;
  SystemClock clock;
  // Small parts, so that the suite's objects have several.
  S3Store store{ConnectedTo("bucket", "http://s3.test", std::make_shared<FakeS3>(faults), clock),
                S3StoreOptions{1 << 20, 3}};
};

// The service that test/conformance/s3_store.py starts.
std::string ServiceUrl() {
  const char* url = std::getenv("WEIR_TEST_S3");
  return url == nullptr ? "" : url;
}

struct OnS3Service {
  OnS3Service() {
    if (!ServiceUrl().empty()) connection->Exchange({"PUT"});
  }
  static std::string NewBucket() {
    static std::atomic<int> serial{0};
    return "conformance-" + std::to_string(std::time(nullptr)) + "-" + std::to_string(++serial);
  }
  SystemClock clock;
  std::shared_ptr<S3Connection> connection =
      ConnectedTo(NewBucket(), ServiceUrl(), std::make_shared<CurlClient>(), clock);
  S3Store store{connection, S3StoreOptions{5 << 20, 3}};
};

template <typename Place>
class StoreConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::is_same_v<Place, OnS3Service> && ServiceUrl().empty()) {
      GTEST_SKIP() << "WEIR_TEST_S3 names no service";
    }
  }

  ObjectStore& store() { return place_.store; }

  std::vector<std::string> Keys(const std::string& prefix, const std::string& after = "",
                                size_t limit = ObjectStore::kNoLimit) {
    std::vector<std::string> keys;
    for (const ObjectInfo& info : store().List(prefix, after, limit)) keys.push_back(info.key);
    return keys;
  }

  ErrorCode CodeOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << "no error";
    return ErrorCode::kInternal;
  }

 private:
  Place place_;
};

using Places = ::testing::Types<InMemory, OnLocalDisk, OnLocalDiskByParts, OnPowerLossDisk,
                                Faultless, InBucket, OnS3Service>;

struct PlaceNames {
  template <typename Place>
  static std::string GetName(int number) {
    return std::is_same_v<Place, OnS3Service> ? "S3Service" : std::to_string(number);
  }
};
TYPED_TEST_SUITE(StoreConformanceTest, Places, PlaceNames);

TYPED_TEST(StoreConformanceTest, GivesBackWhatWasPut) {
  const std::string bytes("a\0b\n", 4);
  this->store().Put("t/x y%20é.bin", bytes);
  EXPECT_EQ(this->store().Read("t/x y%20é.bin"), bytes);
  const auto info = this->store().Find("t/x y%20é.bin");
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->key, "t/x y%20é.bin");
  EXPECT_EQ(info->size, 4u);
}

TYPED_TEST(StoreConformanceTest, PutReplacesAndChangesTheEtag) {
  this->store().Put("a", "one");
  const std::string before = this->store().Find("a")->etag;
  this->store().Put("a", "two");
  EXPECT_EQ(this->store().Read("a"), "two");
  EXPECT_NE(this->store().Find("a")->etag, before);
}

TYPED_TEST(StoreConformanceTest, PutIfAbsentKeepsWhatIsThere) {
  EXPECT_EQ(this->store().PutIfAbsent("log/0.json", "mine"), PutOutcome::kCreated);
  EXPECT_EQ(this->store().PutIfAbsent("log/0.json", "yours"), PutOutcome::kExisted);
  EXPECT_EQ(this->store().Read("log/0.json"), "mine");
}

TYPED_TEST(StoreConformanceTest, OfManyThreadsExactlyOneCreatesEachObject) {
  std::atomic<int> created = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string mine = std::to_string(t) + std::string(1000, 'x');
        if (this->store().PutIfAbsent("log/" + std::to_string(i), mine) == PutOutcome::kCreated) {
          ++created;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 50);
  for (const ObjectInfo& info : this->store().List("log/", "", ObjectStore::kNoLimit)) {
    EXPECT_EQ(info.size, 1001u);
  }
}

TYPED_TEST(StoreConformanceTest, AbsentObjectsAreNotFound) {
  EXPECT_FALSE(this->store().Find("no/such").has_value());
  EXPECT_EQ(this->CodeOf([&] { this->store().Read("no/such"); }), ErrorCode::kNotFound);
  EXPECT_EQ(this->CodeOf([&] { this->store().Open("no/such"); }), ErrorCode::kNotFound);
  EXPECT_THAT(this->Keys("no/"), IsEmpty());
  EXPECT_THAT(this->store().ListLevel("no/").folders, IsEmpty());
  this->store().Delete("no/such");
  this->store().DeleteAll("no/");
}

TYPED_TEST(StoreConformanceTest, AFolderIsNoObject) {
  this->store().Put("a/b/c", "");
  EXPECT_FALSE(this->store().Find("a/b").has_value());
  EXPECT_EQ(this->CodeOf([&] { this->store().Read("a/b"); }), ErrorCode::kNotFound);
  EXPECT_EQ(this->CodeOf([&] { this->store().Open("a/b"); }), ErrorCode::kNotFound);
}

TYPED_TEST(StoreConformanceTest, ListsInByteOrderOfWholeKeys) {
  for (const char* key : {"t/b", "t/a/z", "t/a-b", "t/a/a/x", "t/a0", "t/é", "t/Z", "u"}) {
    this->store().Put(key, key);
  }
  EXPECT_THAT(this->Keys("t/"),
              ElementsAre("t/Z", "t/a-b", "t/a/a/x", "t/a/z", "t/a0", "t/b", "t/é"));
  EXPECT_EQ(this->Keys("").size(), 8u);
}

TYPED_TEST(StoreConformanceTest, ListsFromAKeyOnAndStopsAtTheLimit) {
  for (const char* key : {"t/1", "t/2", "t/3/a", "t/3/b", "t/4"}) this->store().Put(key, "");
  EXPECT_THAT(this->Keys("t/", "t/2"), ElementsAre("t/3/a", "t/3/b", "t/4"));
  EXPECT_THAT(this->Keys("t/", "t/3/a"), ElementsAre("t/3/b", "t/4"));
  EXPECT_THAT(this->Keys("t/", "t/3"), ElementsAre("t/3/a", "t/3/b", "t/4"));
  EXPECT_THAT(this->Keys("t/", "t/25", 2), ElementsAre("t/3/a", "t/3/b"));
  EXPECT_THAT(this->Keys("t/", "s"), ElementsAre("t/1", "t/2", "t/3/a", "t/3/b", "t/4"));
  EXPECT_THAT(this->Keys("t/", "u"), IsEmpty());
  EXPECT_THAT(this->Keys("t/", "", 0), IsEmpty());
  EXPECT_THAT(this->Keys("t/3/", "t/3/a"), ElementsAre("t/3/b"));
}

TYPED_TEST(StoreConformanceTest, ListsOneLevel) {
  for (const char* key : {"t/1", "t/a/x", "t/a/y/z", "t/b/x", "v"}) this->store().Put(key, "");
  const auto level = this->store().ListLevel("t/");
  EXPECT_THAT(level.folders, ElementsAre("t/a/", "t/b/"));
  ASSERT_EQ(level.objects.size(), 1u);
  EXPECT_EQ(level.objects[0].key, "t/1");
  EXPECT_THAT(this->store().ListLevel("").folders, ElementsAre("t/"));
}

TYPED_TEST(StoreConformanceTest, AWriterShowsNothingUntilItFinishes) {
  auto writer = this->store().Create("t/new");
  writer->Append("one ");
  writer->Append("two");
  EXPECT_FALSE(this->store().Find("t/new").has_value());
  EXPECT_THAT(this->Keys("t/"), IsEmpty());
  writer->Finish();
  EXPECT_EQ(this->store().Read("t/new"), "one two");
}

TYPED_TEST(StoreConformanceTest, AWriterMayFinishOnlyWhereNothingIs) {
  const auto first = this->store().Create("t/new");
  const auto second = this->store().Create("t/new");
  first->Append("first");
  second->Append("second");
  EXPECT_EQ(first->FinishIfAbsent(), PutOutcome::kCreated);
  EXPECT_EQ(second->FinishIfAbsent(), PutOutcome::kExisted);
  EXPECT_EQ(this->store().Read("t/new"), "first");
  EXPECT_THAT(this->Keys(""), ElementsAre("t/new"));
}

TYPED_TEST(StoreConformanceTest, AWriterThatIsDroppedLeavesNothing) {
  this->store().Create("t/new")->Append("half");
  EXPECT_THAT(this->Keys(""), IsEmpty());
  EXPECT_THAT(this->store().ListLevel("t/").objects, IsEmpty());
}

TYPED_TEST(StoreConformanceTest, ReadsRanges) {
  this->store().Put("a", "0123456789");
  const auto reader = this->store().Open("a");
  EXPECT_EQ(reader->info().size, 10u);
  char buffer[16];
  EXPECT_EQ(reader->ReadAt(2, buffer, 3), 3u);
  EXPECT_EQ(std::string(buffer, 3), "234");
  EXPECT_EQ(reader->ReadAt(8, buffer, 16), 2u);
  EXPECT_EQ(std::string(buffer, 2), "89");
  EXPECT_EQ(reader->ReadAt(10, buffer, 1), 0u);
  EXPECT_EQ(reader->ReadAt(uint64_t{1} << 40, buffer, 1), 0u);
}

TYPED_TEST(StoreConformanceTest, DeletedObjectsAreGone) {
  this->store().Put("t/a", "1");
  this->store().Put("t/b", "2");
  this->store().Delete("t/a");
  EXPECT_FALSE(this->store().Find("t/a").has_value());
  EXPECT_THAT(this->Keys("t/"), ElementsAre("t/b"));
  EXPECT_EQ(this->store().PutIfAbsent("t/a", "3"), PutOutcome::kCreated);
}

TYPED_TEST(StoreConformanceTest, DeletesAWholeFolderAndNothingBesideIt) {
  for (const char* key : {"t/a", "t/b/c", "t/b/d/e", "t2", "s/a"}) this->store().Put(key, "");
  this->store().DeleteAll("t/");
  EXPECT_THAT(this->Keys(""), ElementsAre("s/a", "t2"));
  EXPECT_THAT(this->store().ListLevel("").folders, ElementsAre("s/"));
  this->store().Put("t/b/c", "again");
  EXPECT_EQ(this->store().Read("t/b/c"), "again");
}

TYPED_TEST(StoreConformanceTest, RefusesKeysThatLeaveTheStore) {
  for (const char* key :
       {"", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a/.", "a/.weir-tmp-1"}) {
    EXPECT_EQ(this->CodeOf([&] { this->store().Put(key, ""); }), ErrorCode::kInvalid) << key;
    EXPECT_EQ(this->CodeOf([&] { this->store().Read(key); }), ErrorCode::kInvalid) << key;
    EXPECT_EQ(this->CodeOf([&] { this->store().Delete(key); }), ErrorCode::kInvalid) << key;
  }
  EXPECT_EQ(this->CodeOf([&] { this->store().List("../", "", 1); }), ErrorCode::kInvalid);
  EXPECT_EQ(this->CodeOf([&] { this->store().List("a", "", 1); }), ErrorCode::kInvalid);
  EXPECT_EQ(this->CodeOf([&] { this->store().DeleteAll(""); }), ErrorCode::kInvalid);
  EXPECT_EQ(this->CodeOf([&] { this->store().Find(std::string("a\0b", 3)); }), ErrorCode::kInvalid);
}

TYPED_TEST(StoreConformanceTest, HoldsEmptyAndLargeObjects) {
  this->store().Put("empty", "");
  EXPECT_EQ(this->store().Read("empty"), "");
  const std::string large(5 << 20, 'x');
  EXPECT_EQ(this->store().PutIfAbsent("large", large), PutOutcome::kCreated);
  EXPECT_EQ(this->store().Read("large"), large);
}

TYPED_TEST(StoreConformanceTest, WritersOfLargeObjectsAreWritersLikeOthers) {
  std::string bytes(13 << 20, 'x');
  for (size_t i = 0; i < bytes.size(); i += 4096) bytes[i] = static_cast<char>('a' + i / 4096 % 26);
  const auto write = [&](ObjectWriter& writer) {
    for (size_t i = 0; i < bytes.size(); i += 1000000) writer.Append(bytes.substr(i, 1000000));
  };
  const auto first = this->store().Create("large");
  const auto second = this->store().Create("large");
  const auto third = this->store().Create("large");
  write(*first);
  write(*second);
  write(*third);
  EXPECT_FALSE(this->store().Find("large").has_value());
  EXPECT_EQ(first->FinishIfAbsent(), PutOutcome::kCreated);
  EXPECT_EQ(second->FinishIfAbsent(), PutOutcome::kExisted);
  third->Finish();
  EXPECT_EQ(this->store().Read("large"), bytes);
  const auto reader = this->store().Open("large");
  std::string part(11 << 20, ' ');
  EXPECT_EQ(reader->ReadAt(777, part.data(), part.size()), part.size());
  EXPECT_EQ(part, bytes.substr(777, part.size()));
  this->store().Create("dropped")->Append(bytes);
  EXPECT_THAT(this->Keys(""), ElementsAre("large"));
}

}  // namespace
}  // namespace weir::io
