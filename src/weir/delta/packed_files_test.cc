#include "weir/delta/packed_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "weir/delta/file_rows.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

AddFile Numbered(size_t number) {
  AddFile file = DataFile("day=" + std::to_string(number % 7) + "/part-" + std::to_string(number),
                          static_cast<int64_t>(number), static_cast<int64_t>(number) + 9, 10);
  file.partition_values = {{"day", std::to_string(number % 7)}};
  file.modification_time_millis = 1'700'000'000'000 + static_cast<int64_t>(number);
  return file;
}

AddFiles NumberedFiles(size_t count) {
  AddFiles files;
  for (size_t i = 0; i < count; ++i) files.Append(Numbered(i));
  return files;
}

std::vector<std::string> PathsOf(const AddFiles& files) {
  std::vector<std::string> paths;
  for (const AddFile& file : files) paths.push_back(file.path);
  return paths;
}

ByFileKey<int> KeysOf(const std::vector<std::string>& paths) {
  ByFileKey<int> keys;
  for (const std::string& path : paths) keys.emplace(FileKey(path, ""), 0);
  return keys;
}

// All that an action may say comes out as it went in.
TEST(PackedFilesTest, FilesComeOutAsTheyWentIn) {
  AddFile whole = Numbered(1);
  whole.partition_values = {{"a", "x"}, {"b", std::nullopt}, {"c", ""}};
  whole.size = INT64_MAX;
  whole.modification_time_millis = -1;
  whole.data_change = false;
  whole.tags = {{"k", "v"}, {"empty", ""}};
  whole.deletion_vector_json = R"({"storageType":"i","pathOrInlineDv":"x","sizeInBytes":1})";
  whole.base_row_id = 0;
  whole.default_row_commit_version = INT64_MIN;
  whole.clustering_provider = "liquid";
  AddFile bare;
  bare.path = "b";
  AddFiles files({whole, bare});
  files.Append(Numbered(2));
  files.Seal();
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(ActionToJson(files[0]), ActionToJson(whole));
  EXPECT_EQ(ActionToJson(files[1]), ActionToJson(bare));
  EXPECT_EQ(ActionToJson(files[2]), ActionToJson(Numbered(2)));
  EXPECT_EQ(files.StatisticsAt(2), Numbered(2).stats_json);
  EXPECT_EQ(files.HeadAt(0).tags, whole.tags);
  EXPECT_THAT(files.HeadAt(2).stats_json, IsEmpty());
  EXPECT_EQ(files.PartitionAt(0), whole.partition_values);

  RemoveFile remove;
  remove.path = "r";
  remove.deletion_timestamp_millis = 5;
  remove.extended_file_metadata = true;
  remove.size = 7;
  remove.base_row_id = 9;
  RemoveFile bare_remove;
  bare_remove.path = "q";
  RemoveFiles removes({remove, bare_remove});
  removes.Seal();
  EXPECT_EQ(ActionToJson(removes[0]), ActionToJson(remove));
  EXPECT_EQ(ActionToJson(removes[1]), ActionToJson(bare_remove));
  EXPECT_EQ(removes.bytes(), 7);
}

TEST(PackedFilesTest, OrderAndSizeStayOverManyBlocks) {
  constexpr size_t kCount = 1000;  // Some blocks, and a few files behind them.
  const AddFiles files = NumberedFiles(kCount);
  ASSERT_EQ(files.size(), kCount);
  EXPECT_EQ(files.bytes(), 100 * static_cast<int64_t>(kCount));
  for (const size_t at : {size_t{0}, size_t{127}, size_t{128}, size_t{999}, size_t{500}}) {
    EXPECT_EQ(ActionToJson(files.at(at)), ActionToJson(Numbered(at)));
  }
  EXPECT_THROW(files.at(kCount), std::out_of_range);
  std::vector<std::string> paths;
  for (size_t i = 0; i < kCount; ++i) paths.push_back(Numbered(i).path);
  EXPECT_EQ(PathsOf(files), paths);
}

TEST(PackedFilesTest, CopiesShareWhatTheyHaveAndGoTheirOwnWays) {
  AddFiles files = NumberedFiles(300);
  const AddFiles before = files;
  files.Remove(KeysOf({Numbered(5).path, Numbered(200).path, Numbered(299).path, "unknown"}));
  files.Append(Numbered(1000));
  EXPECT_EQ(before.size(), 300U);
  EXPECT_EQ(PathsOf(before), PathsOf(NumberedFiles(300)));
  ASSERT_EQ(files.size(), 298U);
  EXPECT_EQ(files.bytes(), 29'800);
  EXPECT_EQ(files[5].path, Numbered(6).path);
  EXPECT_EQ(files[297].path, Numbered(1000).path);
  const auto found = files.Find(
      KeysOf({Numbered(4).path, Numbered(5).path, Numbered(201).path, Numbered(1000).path}));
  EXPECT_THAT(found, UnorderedElementsAre(testing::Pair(Numbered(4).path, 4),
                                          testing::Pair(Numbered(201).path, 199),
                                          testing::Pair(Numbered(1000).path, 297)));
}

TEST(PackedFilesTest, AListOfWhichLittleIsLeftIsPackedAnew) {
  AddFiles files = NumberedFiles(20'000);
  const size_t whole = files.MemoryBytes();
  std::vector<std::string> gone;
  for (size_t i = 0; i < 20'000; ++i) {
    if (i % 100 != 0) gone.push_back(Numbered(i).path);
  }
  files.Remove(KeysOf(gone));
  ASSERT_EQ(files.size(), 200U);
  EXPECT_EQ(files[199].path, Numbered(19'900).path);
  EXPECT_LT(files.MemoryBytes(), whole / 10);
}

// Spelt otherwise it is the same file; with another deletion vector it is another one.
TEST(PackedFilesTest, FilesGoByTheirKeys) {
  AddFile vector = DataFile("v");
  vector.deletion_vector_json =
      R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,)"
      R"("sizeInBytes":40,"cardinality":6})";
  AddFiles files({DataFile("a%20b"), vector, DataFile("c")});
  files.Seal();
  EXPECT_THAT(files.Find(KeysOf({"a b", "v"})), SizeIs(1));
  files.Remove(KeysOf({"a b", "v", "c"}));
  EXPECT_THAT(PathsOf(files), ElementsAre("v"));
}

TEST(PackedFilesTest, OnlyOddlyPlacedFilesAreLookedAt) {
  AddFile by_path = DataFile("w");
  by_path.deletion_vector_json =
      R"({"storageType":"p","pathOrInlineDv":"file:/x","sizeInBytes":1,"cardinality":1})";
  AddFiles files = NumberedFiles(200);
  for (const char* path : {"../up", "a/./b", "a//b", "s3://b/x", "/x", "a%2Fb"}) {
    files.Append(DataFile(path));
  }
  files.Append(by_path);
  files.Seal();
  EXPECT_THAT(files.OddlyPlaced(), ElementsAre(200, 201, 202, 203, 204, 205, 206));
}

TEST(PackedFilesTest, RowsAreCountedWithoutDeletedOnes) {
  AddFiles files = NumberedFiles(40'000);
  AddFile some = Numbered(50'000);
  some.deletion_vector_json =
      R"({"storageType":"i","pathOrInlineDv":"x","sizeInBytes":1,"cardinality":3})";
  files.Append(some);
  std::vector<size_t> all(files.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  EXPECT_EQ(RowsIn(files, all), 400'007);
  EXPECT_EQ(RowsIn(files, {1, 40'000}), 17);
  EXPECT_EQ(RowsIn(files, {}), 0);
  AddFile silent = Numbered(60'000);
  silent.stats_json.clear();
  files.Append(silent);
  EXPECT_EQ(RowsIn(files, {1, 40'001}), std::nullopt);
}

TEST(PackedFilesTest, ManyThreadsReadOneList) {
  const AddFiles files = NumberedFiles(3000);
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (size_t first = 0; first < 4; ++first) {
    readers.emplace_back([&, first] {
      for (size_t i = 0; i < 3000; ++i) {
        const size_t at = (i * 997 + first * 131) % 3000;
        if (files[at].stats_json != Numbered(at).stats_json) ++wrong;
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

// What a table of 1,000,000 files takes: names and statistics as writers write them.
TEST(PackedFilesTest, AFileTakesSomeHundredBytes) {
  AddFiles files;
  uint64_t random = 1;
  for (size_t i = 0; i < 10'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    AddFile file = Numbered(i);
    file.path += "-" + std::to_string(random) + ".c000.snappy.parquet";  // As unique as a UUID.
    file.stats_json = "{\"numRecords\":" + std::to_string(random % 1000) +
                      ",\"minValues\":{\"id\":" + std::to_string(i) + ",\"note\":\"note " +
                      std::to_string(random >> 40) +
                      "\"},\"maxValues\":{\"id\":" + std::to_string(i + 999) + ",\"note\":\"z" +
                      std::to_string(random >> 50) +
                      "\"},\"nullCount\":{\"id\":0,\"note\":" + std::to_string(random % 7) + "}}";
    files.Append(std::move(file));
  }
  EXPECT_LT(files.MemoryBytes() / files.size(), 120U);
}

}  // namespace
}  // namespace weir::delta
