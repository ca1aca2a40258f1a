#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "weir/base/error.h"
#include "weir/delta/last_checkpoint.h"
#include "weir/delta/log.h"
#include "weir/delta/log_names.h"
#include "weir/delta/testing/checkpoint_texts.h"
#include "weir/delta/testing/tables.h"

namespace weir::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

struct V2Table : TestTable {
  explicit V2Table(const std::string& part_size = "1000", const std::string& interval = "5")
      : TestTable(MetadataOf(IdAndName(), {},
                             {{"delta.checkpointPolicy", "v2"},
                              {"delta.checkpointInterval", interval},
                              {"weir.checkpointPartSize", part_size}})) {}
  void AppendMany(int first, int last) const {
    for (int i = first; i <= last; ++i) {
      EXPECT_EQ(std::get<Committed>(Append(DataFile("a." + std::to_string(i)))).warning, "");
    }
  }
  // Keys in the log folder that hold `part`.
  std::vector<std::string> KeysWith(const std::string& part) const {
    std::vector<std::string> keys;
    for (const auto& object : store->List("t/_delta_log/", "", io::ObjectStore::kNoLimit)) {
      if (object.key.find(part) != std::string::npos) keys.push_back(object.key);
    }
    return keys;
  }
  void DeleteCommits(Version first, Version last) const {
    for (Version v = first; v <= last; ++v) store->Delete(Log(table.location()).CommitKey(v));
  }
};

TEST(LogNamesTest, EveryKindIsKnownByItsName) {
  using Kind = LogName::Kind;
  const std::string v = "00000000000000000012";
  const auto kind = [](const std::string& name) {
    const auto parsed = ParseLogName(name);
    return parsed ? std::optional(parsed->kind) : std::nullopt;
  };
  EXPECT_EQ(kind(v + ".json"), Kind::kCommit);
  EXPECT_EQ(kind(v + ".crc"), Kind::kChecksum);
  EXPECT_EQ(kind(v + ".checkpoint.parquet"), Kind::kCheckpoint);
  EXPECT_EQ(kind(v + ".checkpoint.0000000001.0000000003.parquet"), Kind::kPart);
  EXPECT_EQ(kind(v + ".checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"), Kind::kV2Checkpoint);
  EXPECT_EQ(kind(v + ".checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet"),
            Kind::kV2Checkpoint);
  const auto compacted = ParseLogName(v + ".00000000000000000040.compacted.json");
  ASSERT_TRUE(compacted.has_value());
  EXPECT_EQ(compacted->kind, Kind::kCompacted);
  EXPECT_EQ(compacted->version, 12);
  EXPECT_EQ(compacted->last, 40);
  for (const std::string& none :
       {v + ".00000000000000000012.compacted.json", v + ".00000000000000000003.compacted.json",
        v + ".json.tmp", "x" + v + ".json", v + ".checkpoint.0000000004.0000000003.parquet",
        v + ".checkpoint.json", std::string("_sidecars/" + v + ".checkpoint.parquet"),
        std::string("_last_checkpoint")}) {
    EXPECT_EQ(kind(none), std::nullopt) << none;
  }
  EXPECT_EQ(SidecarVersion("_sidecars/" + SidecarName(7, 1, 2)), 7);
  EXPECT_EQ(SidecarVersion("_sidecars/016ae953-37a9-438e-8683-9a9a4a79a395.parquet"), std::nullopt);
}

TEST(LastCheckpointTest, TheChecksumIsThatOfTheProtocolsExample) {
  const std::string json =
      R"({"k0":"'v 0'", "checksum": "adsaskfljadfkjadfkj", "k1":{"k2": 2, "k3": ["v3", [1, 2], )"
      R"({"k4": "v4", "k5": ["v5", "v6", "v7"]}]}})";
  EXPECT_EQ(CanonicalJson(json),
            R"("k0"="%27v%200%27","k1"+"k2"=2,"k1"+"k3"+0="v3","k1"+"k3"+1+0=1,"k1"+"k3"+1+1=2,)"
            R"("k1"+"k3"+2+"k4"="v4","k1"+"k3"+2+"k5"+0="v5","k1"+"k3"+2+"k5"+1="v6",)"
            R"("k1"+"k3"+2+"k5"+2="v7")");
  EXPECT_EQ(JsonChecksum(json), "6a92d155a59bf2eecbd4b4ec7fd1f875");
}

TEST(LastCheckpointTest, OneWhoseChecksumIsWrongIsNoHint) {
  WrittenCheckpoint checkpoint;
  checkpoint.version = 12;
  checkpoint.actions = 3;
  std::string json = LastCheckpointToJson(checkpoint);
  EXPECT_EQ(LastCheckpointFromJson(json)->version, 12);
  json.replace(json.find("12"), 2, "13");
  EXPECT_FALSE(LastCheckpointFromJson(json).has_value());
}

TEST(CheckpointV2Test, ThePolicyDeclaresTheFeatureAndWritesSidecars) {
  const V2Table t("3");
  EXPECT_THAT(t.table.Latest()->protocol().reader_features, ElementsAre("v2Checkpoint"));
  t.AppendMany(1, 7);
  EXPECT_THAT(t.KeysWith("_sidecars/00000000000000000005."), SizeIs(2));
  EXPECT_THAT(t.KeysWith("00000000000000000005.checkpoint."), SizeIs(4));
  const auto v2 = t.KeysWith("/00000000000000000005.checkpoint.");
  const std::string last = t.store->Read(t.LogKey("_last_checkpoint"));
  EXPECT_THAT(last, HasSubstr(R"("version":5,"size":)"));
  EXPECT_THAT(last, HasSubstr(R"("v2Checkpoint":{"path":"00000000000000000005.checkpoint.)"));
  EXPECT_THAT(last, HasSubstr(R"("nonFileActions":[{"checkpointMetadata":{"version":5}},)"));
  EXPECT_THAT(last, HasSubstr(R"("sidecarFiles":[{"path":"00000000000000000005.checkpoint.)"));
  EXPECT_EQ(LastCheckpointFromJson(last)->version, 5);
  // The first one also has the name that everybody knows.
  EXPECT_TRUE(t.store->Find(t.LogKey("00000000000000000005.checkpoint.parquet")));
  t.DeleteCommits(0, 5);
  EXPECT_EQ(Paths(*t.table.Latest()),
            (std::vector<std::string>{"a.1", "a.2", "a.3", "a.4", "a.5", "a.6", "a.7"}));
  t.store->Delete(t.LogKey("00000000000000000005.checkpoint.parquet"));
  EXPECT_THAT(t.table.At(6)->files(), SizeIs(6));
  EXPECT_THAT(t.table.At(5)->files(), SizeIs(5));
}

TEST(CheckpointV2Test, TheClassicNameIsReadWhereTheOtherIsSpoilt) {
  const V2Table t;
  t.AppendMany(1, 6);
  t.DeleteCommits(0, 5);
  for (const std::string& key : t.KeysWith(".json")) {
    if (key.find(".checkpoint.") != std::string::npos) t.store->Put(key, "{");
  }
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(6));
}

TEST(CheckpointV2Test, OneThatLostASidecarIsPassedOverForTheCommits) {
  const V2Table t;
  t.AppendMany(1, 6);
  for (const std::string& key : t.KeysWith("_sidecars/")) t.store->Delete(key);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(6));
  t.DeleteCommits(0, 5);
  try {
    t.table.Latest();
    FAIL() << "it was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("_sidecars/"));
  }
}

TEST(CheckpointV2Test, OneWithoutSidecarsHoldsTheFilesItself) {
  const V2Table t("1000", "1000");
  t.AppendMany(1, 3);
  std::string text = "{\"checkpointMetadata\":{\"version\":3}}\n";
  const auto snapshot = t.table.Latest();
  text += ActionToJson(snapshot->protocol()) + "\n" + ActionToJson(snapshot->metadata()) + "\n";
  for (const AddFile& file : snapshot->files()) text += ActionToJson(file) + "\n";
  t.store->Put(
      t.LogKey("00000000000000000003.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"), text);
  t.DeleteCommits(0, 2);
  EXPECT_THAT(t.table.Latest()->files(), SizeIs(3));
}

TEST(CheckpointV2Test, WherePartsAreForbiddenAClassicCheckpointIsOneFile) {
  const TestTable t(MetadataOf(IdAndName(), {},
                               {{"delta.feature.v2Checkpoint", "supported"},
                                {"delta.checkpointInterval", "5"},
                                {"weir.checkpointPartSize", "2"}}));
  for (int i = 1; i <= 5; ++i) t.Append(DataFile("a." + std::to_string(i)));
  EXPECT_TRUE(t.store->Find(t.LogKey("00000000000000000005.checkpoint.parquet")));
  EXPECT_THAT(t.store->Read(t.LogKey("_last_checkpoint")), Not(HasSubstr("parts")));
}

TEST(CheckpointV2Test, EveryFileAndEveryTombstoneIsInOnePart) {
  for (const char* policy : {"v2", "classic"}) {
    TestTable t(MetadataOf(IdAndName(), {},
                           {{"delta.checkpointPolicy", policy},
                            {"delta.checkpointInterval", "2"},
                            {"weir.checkpointPartSize", "7"}}));
    Transaction fill(t.table, t.table.Latest());
    for (int i = 0; i < 60; ++i) fill.Add(DataFile("a." + std::to_string(i)));
    ASSERT_TRUE(std::holds_alternative<Committed>(fill.Commit(Operation("WRITE"))));
    const auto base = t.table.Latest();
    Transaction remove(t.table, base);
    for (size_t i = 0; i < 20; ++i) remove.Remove(base->files()[i]);
    ASSERT_TRUE(std::holds_alternative<Committed>(remove.Commit(Operation("DELETE"))));
    std::map<std::string, int> told;
    size_t parts = 0;
    for (const auto& object : t.store->List("t/_delta_log/", "", io::ObjectStore::kNoLimit)) {
      if (!object.key.ends_with(".parquet")) continue;
      ++parts;
      for (const std::string& row : CheckpointTexts(t.format, *t.store, object.key)) {
        const size_t at = row.find("\"path\":\"a.");
        if (at != std::string::npos) ++told[row.substr(0, row.find(',', at))];
      }
    }
    EXPECT_THAT(told, SizeIs(60)) << policy;
    for (const auto& [file, times] : told) EXPECT_EQ(times, 1) << policy << ": " << file;
    EXPECT_GT(parts, 5U) << policy;
    for (int i = 0; i <= 2; ++i) t.store->Delete(Log(t.table.location()).CommitKey(i));
    EXPECT_THAT(t.table.Latest()->files(), SizeIs(40)) << policy;
  }
}

TEST(CheckpointV2Test, ATableWithoutFilesNeedsNoSidecar) {
  const V2Table t("1000", "1");
  Transaction progress(t.table, t.table.Latest());
  progress.SetProgress("app", 1);
  ASSERT_TRUE(std::holds_alternative<Committed>(progress.Commit(Operation("WRITE"))));
  EXPECT_THAT(t.KeysWith("_sidecars/"), IsEmpty());
  t.DeleteCommits(0, 1);
  EXPECT_EQ(t.table.Latest()->transactions().at("app").version, 1);
}

}  // namespace
}  // namespace weir::delta
