#include "weir/delta/unneeded_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kHour = 3'600'000'000;

// A table whose files are objects too, and a clock that goes on.
struct VacuumedTable {
  explicit VacuumedTable(Metadata metadata = MetadataOf(IdAndName())) : t(std::move(metadata)) {}

  void Put(const std::string& path) { t.store->Put("t/" + path, "0123456789"); }
  void Add(const std::string& path, PartitionValues partition = {}) {
    Put(path);
    AddFile file = DataFile(path);
    file.partition_values = std::move(partition);
    static_cast<void>(t.Append(std::move(file)));
  }
  void Remove(const std::string& path) {
    const auto base = t.table.Latest();
    Transaction remove(t.table, base);
    for (const AddFile& file : base->files()) {
      if (file.path == path) remove.Remove(file);
    }
    static_cast<void>(remove.Commit(Operation("DELETE")));
  }
  void Pass(int64_t hours) { t.clock.Advance(hours * kHour); }
  Instant Ago(int64_t hours) const { return {t.clock.Now().micros - hours * kHour}; }

  static std::vector<std::string> Keys(const UnneededFiles& found) {
    std::vector<std::string> keys;
    for (const UnneededFile& file : found.files) keys.push_back(file.key);
    return keys;
  }
  std::vector<std::string> Unneeded(int64_t hours) const {
    return Keys(FindUnneeded(t.table, *t.table.Latest(), Ago(hours), t.clock.Now()));
  }
  std::vector<std::string> Removed(int64_t hours) const {
    return Keys(FindRemoved(t.table, *t.table.Latest(), Ago(hours), t.clock.Now()));
  }

  TestTable t;
};

TEST(UnneededFilesTest, AFileIsNeededForAsLongAsAVersionThatHadItIsKept) {
  VacuumedTable kept;
  kept.Add("a");
  kept.Add("b");
  kept.Pass(100);
  kept.Remove("a");
  kept.Pass(10);
  EXPECT_THAT(kept.Unneeded(11), IsEmpty());
  EXPECT_THAT(kept.Unneeded(9), ElementsAre("t/a"));
  EXPECT_THAT(kept.Removed(11), IsEmpty());
  EXPECT_THAT(kept.Removed(9), ElementsAre("t/a"));
}

TEST(UnneededFilesTest, AFileThatIsInNoVersionIsNeededUntilItIsOld) {
  VacuumedTable kept;
  kept.Pass(100);
  kept.Put("unfinished");
  kept.Pass(5);
  EXPECT_THAT(kept.Unneeded(6), IsEmpty());
  EXPECT_THAT(kept.Unneeded(4), ElementsAre("t/unfinished"));
  EXPECT_THAT(kept.Removed(4), IsEmpty());
}

TEST(UnneededFilesTest, AFileThatCameBackIsNeeded) {
  VacuumedTable kept;
  kept.Add("a");
  kept.Remove("a");
  static_cast<void>(kept.t.Append(DataFile("a")));
  kept.Pass(100);
  EXPECT_THAT(kept.Unneeded(1), IsEmpty());
  EXPECT_THAT(kept.Removed(1), IsEmpty());
}

TEST(UnneededFilesTest, HiddenNamesAreLeftAlone) {
  VacuumedTable kept(
      MetadataOf(Schema({{"_day", TypeId::kString, true, "{}"}, {"id", TypeId::kLong, true, "{}"}}),
                 {"_day"}));
  kept.Add("_day=1/live", {{"_day", "1"}});
  for (const char* path : {"_weir/flows/f", ".hidden", "_temporary/x", "sub/.x", "sub/_y/z",
                           "metadata/v1.json", "_delta_log/_sidecars/s"}) {
    kept.Put(path);
  }
  for (const char* path : {"_day=1/old", "_change_data/c", "sub/old", "metadata.old"}) {
    kept.Put(path);
  }
  kept.Pass(100);
  EXPECT_THAT(kept.Unneeded(1),
              ElementsAre("t/_change_data/c", "t/_day=1/old", "t/metadata.old", "t/sub/old"));
}

TEST(UnneededFilesTest, AnotherTableBelowIsLeftAlone) {
  VacuumedTable kept;
  kept.Put("inner/A.parquet");
  kept.Put("inner/_delta_log/00000000000000000000.json");
  kept.Put("inner/z.parquet");
  kept.Put("old");
  kept.Pass(100);
  EXPECT_THAT(kept.Unneeded(1), ElementsAre("t/old"));
}

TEST(UnneededFilesTest, EverySpellingOfAPathIsTheFile) {
  VacuumedTable kept;
  kept.Put("a b");
  kept.Put("c");
  static_cast<void>(kept.t.Append(DataFile("a%20b")));
  static_cast<void>(kept.t.Append(DataFile("memory:///t/c")));
  kept.Pass(100);
  EXPECT_THAT(kept.Unneeded(1), IsEmpty());
}

TEST(UnneededFilesTest, DeletionVectorsAreNeededAsTheirFilesAre) {
  // The example of PROTOCOL.md.
  const std::string json =
      R"({"storageType":"u","pathOrInlineDv":"ab^-aqEH.-t@S}K{vb[*k^","offset":4,)"
      R"("sizeInBytes":40,"cardinality":6})";
  const std::string key = "t/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin";
  VacuumedTable kept;
  kept.Put(key.substr(2));
  const std::string remove = R"({"remove":{"path":"gone","deletionTimestamp":)" +
                             std::to_string(kept.t.clock.Now().millis()) +
                             R"(,"dataChange":true,"deletionVector":)" + json + "}}\n";
  kept.t.store->Put(kept.t.LogKey("00000000000000000001.json"), remove);
  kept.Pass(10);
  EXPECT_THAT(kept.Unneeded(11), IsEmpty());
  EXPECT_THAT(kept.Unneeded(9), ElementsAre(key));
  EXPECT_THAT(kept.Removed(9), ElementsAre(key, "t/gone"));
}

// It can't be told which file such a vector is in.
TEST(UnneededFilesTest, AVectorThatIsSpoiltKeepsEverything) {
  VacuumedTable kept;
  kept.Add("a");
  kept.t.store->Put(kept.t.LogKey("00000000000000000002.json"),
                    R"({"add":{"path":"b","partitionValues":{},"size":1,"modificationTime":1,)"
                    R"("dataChange":true,"deletionVector":{"storageType":"u"}}})"
                    "\n");
  kept.Put("old");
  kept.Pass(10);
  EXPECT_THROW(kept.Unneeded(1), Error);
}

// Its tombstones are dropped by checkpoints after an hour; the commits still tell.
TEST(UnneededFilesTest, MoreThanTheTableKeepsMayBeAskedFor) {
  VacuumedTable kept(MetadataOf(IdAndName(), {},
                                {{"delta.deletedFileRetentionDuration", "interval 1 hour"},
                                 {"delta.checkpointInterval", "1"}}));
  kept.Add("a");
  kept.Pass(10);
  kept.Remove("a");
  kept.Pass(10);
  kept.Add("b");
  kept.Add("c");
  EXPECT_THAT(kept.Unneeded(11), IsEmpty());
  EXPECT_THAT(kept.Unneeded(9), ElementsAre("t/a"));
}

// Entries of a week would be read for each VACUUM.
TEST(UnneededFilesTest, WhatTheTableKeepsAnywayIsToldWithoutEntries) {
  VacuumedTable kept;
  kept.Add("a");
  kept.Add("b");
  kept.Remove("a");
  kept.Pass(10);
  const auto latest = kept.t.table.Latest();
  kept.t.store->Put(kept.t.LogKey("00000000000000000002.json"), "spoilt");
  const Instant now = kept.t.clock.Now();
  const Instant cutoff = kept.Ago(7 * 24);
  kept.t.clock.Advance(5'000);
  EXPECT_THAT(FindUnneeded(kept.t.table, *latest, cutoff, now).files, IsEmpty());
  EXPECT_THROW(FindUnneeded(kept.t.table, *latest, {cutoff.micros - 5'000}, now), Error);
}

TEST(UnneededFilesTest, LiteGoesOnAfterTheLastOne) {
  VacuumedTable kept;
  kept.Add("a");
  kept.Remove("a");
  kept.Pass(10);
  const auto latest = kept.t.table.Latest();
  const UnneededFiles first = FindRemoved(kept.t.table, *latest, kept.Ago(1), kept.t.clock.Now());
  EXPECT_THAT(VacuumedTable::Keys(first), ElementsAre("t/a"));
  NoteVacuum(kept.t.table, first);
  EXPECT_THAT(kept.Removed(1), IsEmpty());
  kept.Add("b");
  kept.Remove("b");
  kept.Pass(10);
  EXPECT_THAT(kept.Removed(1), ElementsAre("t/b"));
}

// By its entry, a file went later than the entry itself was written.
TEST(UnneededFilesTest, LiteComesBackToWhatWasStillNeeded) {
  for (const auto& find : {FindRemoved, FindUnneeded}) {
    VacuumedTable kept;
    kept.Add("a");
    const int64_t later = kept.t.clock.Now().millis() + 5 * kHour / 1000;
    kept.t.store->Put(kept.t.LogKey("00000000000000000002.json"),
                      R"({"remove":{"path":"a","dataChange":true,"deletionTimestamp":)" +
                          std::to_string(later) + "}}\n");
    kept.Pass(10);
    const UnneededFiles early =
        find(kept.t.table, *kept.t.table.Latest(), kept.Ago(7), kept.t.clock.Now());
    EXPECT_THAT(VacuumedTable::Keys(early), IsEmpty());
    EXPECT_EQ(early.through, 1);
    NoteVacuum(kept.t.table, early);
    EXPECT_THAT(kept.Removed(4), ElementsAre("t/a"));
  }
}

TEST(UnneededFilesTest, LiteRefusesWhatTheLogDoesNotTell) {
  VacuumedTable kept(MetadataOf(IdAndName(), {}, {{"delta.checkpointInterval", "1"}}));
  kept.Add("a");
  kept.Add("b");
  kept.t.store->Delete(kept.t.LogKey("00000000000000000000.json"));
  kept.Pass(10);
  try {
    kept.Removed(1);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.condition(), "DELTA_CANNOT_VACUUM_LITE");
  }
}

TEST(UnneededFilesTest, WhatCameBackMeanwhileIsNeeded) {
  VacuumedTable kept;
  for (const char* path : {"a", "b", "c"}) kept.Add(path);
  for (const char* path : {"a", "b", "c"}) kept.Remove(path);
  kept.Pass(10);
  auto files =
      FindUnneeded(kept.t.table, *kept.t.table.Latest(), kept.Ago(1), kept.t.clock.Now()).files;
  ASSERT_EQ(files.size(), 3);
  static_cast<void>(kept.t.Append(DataFile("a")));
  static_cast<void>(kept.t.Append(DataFile("b")));
  kept.Remove("b");
  DropNeeded(kept.t.table, *kept.t.table.Latest(), kept.Ago(1), files);
  ASSERT_EQ(files.size(), 1);
  EXPECT_EQ(files[0].key, "t/c");
}

// Whoever was killed while deleting has deleted some.
TEST(UnneededFilesTest, WhatIsLeftIsFoundAgain) {
  VacuumedTable kept;
  for (const char* path : {"a", "b", "c"}) kept.Add(path);
  kept.Remove("a");
  kept.Remove("b");
  kept.Pass(10);
  ASSERT_THAT(kept.Unneeded(1), ElementsAre("t/a", "t/b"));
  kept.t.store->Delete("t/a");
  EXPECT_THAT(kept.Unneeded(1), ElementsAre("t/b"));
  // By the log alone it can't be told which are gone.
  EXPECT_THAT(kept.Removed(1), ElementsAre("t/a", "t/b"));
}

TEST(UnneededFilesTest, LiteTakesFilesOfChangedRows) {
  VacuumedTable kept;
  kept.t.store->Put(kept.t.LogKey("00000000000000000001.json"),
                    R"({"cdc":{"path":"_change_data/c","partitionValues":{},"size":7,)"
                    R"("dataChange":false}})"
                    "\n");
  kept.Pass(10);
  const auto found =
      FindRemoved(kept.t.table, *kept.t.table.Latest(), kept.Ago(1), kept.t.clock.Now());
  EXPECT_THAT(VacuumedTable::Keys(found), ElementsAre("t/_change_data/c"));
  EXPECT_EQ(found.bytes, 7);
}

}  // namespace
}  // namespace weir::delta
