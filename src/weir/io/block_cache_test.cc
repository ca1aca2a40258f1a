#include "weir/io/block_cache.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "weir/base/error.h"
#include "weir/io/memory_store.h"
#include "weir/io/testing/faulty_store.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMiB = size_t{1} << 20;

std::string Pattern(size_t size, char first) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(first + i % 19);
  return bytes;
}

class BlockCacheTest : public ::testing::Test {
 protected:
  std::string Whole(ObjectStore& store, const std::string& key) {
    const auto reader = store.Open(key);
    std::string bytes(reader->info().size, '\0');
    EXPECT_EQ(reader->ReadAt(0, bytes.data(), bytes.size()), bytes.size());
    return bytes;
  }
  size_t Reads() const {
    size_t reads = 0;
    for (const std::string& call : faults_.log()) reads += call.starts_with("ReadAt") ? 1 : 0;
    return reads;
  }
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    if (!fs::exists(folder_.path() + "/cache")) return files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() + "/cache")) {
      const bool is_block = entry.is_regular_file() && entry.path().filename() != ".lock";
      if (is_block) files.push_back(entry.path());
    }
    return files;
  }
  std::shared_ptr<BlockCache> Cache(uint64_t limit) {
    return std::make_shared<BlockCache>(folder_.path() + "/cache", limit);
  }

  TemporaryFolder folder_;
  Faults faults_;
  std::shared_ptr<ObjectStore> far_ =
      std::make_shared<FaultyStore>(std::make_shared<MemoryStore>(), faults_);
  std::shared_ptr<ObjectStore> store_ = CachedStore(far_, "s3://b", "service", Cache(100 * kMiB));
};

TEST_F(BlockCacheTest, WhatWasReadOnceIsNotFetchedAgain) {
  const std::string bytes = Pattern(3 * kMiB + 5, 'a');
  far_->Put("t/a.parquet", bytes);
  EXPECT_EQ(Whole(*store_, "t/a.parquet"), bytes);
  EXPECT_EQ(Reads(), 1u);  // Blocks beside each other come together.
  const auto another = CachedStore(far_, "s3://b", "service", Cache(100 * kMiB));
  EXPECT_EQ(Whole(*another, "t/a.parquet"), bytes);
  EXPECT_EQ(Reads(), 1u);
  EXPECT_EQ(Files().size(), 4u);
}

TEST_F(BlockCacheTest, AKnownFileIsReadWithoutAskingForIt) {
  const std::string bytes = Pattern(kMiB + 5, 'a');
  far_->Put("t/a.parquet", bytes);
  const auto read = [&](int64_t written) {
    const size_t before = faults_.calls();
    const auto reader =
        store_->OpenKnown({"t/a.parquet", bytes.size(), Instant{written}, "whatever"});
    std::string all(bytes.size(), '\0');
    EXPECT_EQ(reader->ReadAt(0, all.data(), all.size()), all.size());
    EXPECT_EQ(all, bytes);
    const std::vector<std::string> calls = faults_.log();
    for (size_t i = before; i < calls.size(); ++i) {
      EXPECT_FALSE(calls[i].starts_with("Find")) << calls[i];
    }
    return calls.size() - before;
  };
  EXPECT_GT(read(1), 0u);
  EXPECT_EQ(read(1), 0u);  // It is all here.
  EXPECT_GT(read(2), 0u);  // Another one by that name.
}

TEST_F(BlockCacheTest, OnlyTheBlocksThatAreAskedForAreFetched) {
  const std::string bytes = Pattern(5 * kMiB, 'a');
  far_->Put("t/a.parquet", bytes);
  const auto reader = store_->Open("t/a.parquet");
  std::string part(100, ' ');
  EXPECT_EQ(reader->ReadAt(2 * kMiB - 50, part.data(), 100), 100u);
  EXPECT_EQ(part, bytes.substr(2 * kMiB - 50, 100));
  EXPECT_EQ(Files().size(), 2u);
  std::string all(bytes.size(), ' ');  // Blocks that are there lie between blocks that are not.
  EXPECT_EQ(reader->ReadAt(0, all.data(), all.size()), all.size());
  EXPECT_EQ(all, bytes);
  EXPECT_EQ(Reads(), 3u);
  EXPECT_EQ(reader->ReadAt(bytes.size(), all.data(), 1), 0u);
}

TEST_F(BlockCacheTest, AnObjectThatIsReplacedIsReadAnew) {
  far_->Put("t/a.parquet", Pattern(kMiB, 'a'));
  EXPECT_EQ(Whole(*store_, "t/a.parquet"), Pattern(kMiB, 'a'));
  far_->Put("t/a.parquet", Pattern(kMiB, 'b'));
  EXPECT_EQ(Whole(*store_, "t/a.parquet"), Pattern(kMiB, 'b'));
}

TEST_F(BlockCacheTest, DamagedAndSwappedBlocksAreFetchedAgain) {
  const std::string bytes = Pattern(2 * kMiB, 'a');
  far_->Put("t/a.parquet", bytes);
  EXPECT_EQ(Whole(*store_, "t/a.parquet"), bytes);
  for (int damage = 0; damage < 4; ++damage) {
    const auto files = Files();
    ASSERT_EQ(files.size(), 2u);
    if (damage == 0) fs::resize_file(files[0], 1000);
    if (damage == 1) fs::resize_file(files[0], 0);
    if (damage == 2) {
      std::fstream(files[0], std::ios::in | std::ios::out | std::ios::binary).seekp(5000).put('!');
    }
    if (damage == 3) fs::copy_file(files[1], files[0], fs::copy_options::overwrite_existing);
    EXPECT_EQ(Whole(*store_, "t/a.parquet"), bytes) << damage;
  }
}

TEST_F(BlockCacheTest, StaysBelowItsLimitAndKeepsWhatIsUsed) {
  const auto cache = Cache(8 * kMiB);
  const auto store = CachedStore(far_, "s3://b", "service", cache);
  far_->Put("hot.parquet", Pattern(kMiB, 'h'));
  EXPECT_EQ(Whole(*store, "hot.parquet"), Pattern(kMiB, 'h'));
  for (int i = 0; i < 30; ++i) {
    const std::string key = std::to_string(i) + ".parquet";
    far_->Put(key, Pattern(kMiB, static_cast<char>('a' + i)));
    EXPECT_EQ(Whole(*store, key), Pattern(kMiB, static_cast<char>('a' + i)));
    EXPECT_EQ(Whole(*store, "hot.parquet"), Pattern(kMiB, 'h'));
    EXPECT_LE(Files().size(), 8u);
  }
  const size_t before = Reads();
  Whole(*store, "hot.parquet");
  EXPECT_EQ(Reads(), before);
}

TEST_F(BlockCacheTest, WithoutAFolderThatItMayWriteReadsGoOn) {
  std::ofstream(folder_.path() + "/file") << "in the way";
  const auto store =
      CachedStore(far_, "s3://b", "service",
                  std::make_shared<BlockCache>(folder_.path() + "/file/cache", 100 * kMiB));
  far_->Put("a.parquet", Pattern(kMiB, 'a'));
  EXPECT_EQ(Whole(*store, "a.parquet"), Pattern(kMiB, 'a'));
}

TEST_F(BlockCacheTest, ManyThreadsShareOneSmallCache) {
  const auto cache = Cache(3 * kMiB);
  for (int i = 0; i < 4; ++i) far_->Put(std::to_string(i) + ".parquet", Pattern(2 * kMiB, 'a'));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto store =
          CachedStore(far_, "s3://b", "service", t % 2 == 0 ? cache : Cache(3 * kMiB));
      for (int i = 0; i < 8; ++i) {
        const std::string key = std::to_string((i + t) % 4) + ".parquet";
        EXPECT_EQ(Whole(*store, key), Pattern(2 * kMiB, 'a'));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(BlockCacheTest, AbsentAndOtherFilesGoToTheStore) {
  far_->Put("a.csv", "x");
  EXPECT_EQ(Whole(*store_, "a.csv"), "x");
  EXPECT_TRUE(Files().empty());
  try {
    store_->Open("no.parquet");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

}  // namespace
}  // namespace weir::io
