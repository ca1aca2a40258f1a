#include "weir/connect/files/taken_files.h"

#include <gmock/gmock.h>

#include "weir/base/base64.h"
#include "weir/base/error.h"
#include "weir/connect/files/file_plan.h"
#include "weir/connect/files/file_progress.h"
#include "weir/connect/files/known_files.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SourceFile FileAt(const std::string& key, int64_t modified, const std::string& etag = "") {
  return {"mem:///" + key, key, 10, Instant{modified}, etag};
}

BatchPlan PlanWith(std::vector<SourceFile> files, int64_t planned,
                   std::optional<Instant> committed) {
  FilePlan plan;
  plan.files = std::move(files);
  plan.planned = Instant{planned};
  plan.prefix = "in/";
  plan.shown = "mem:///in";
  return {plan.ToJson(), committed};
}

// "uri version-of planned committed" of each file.
std::vector<std::string> Listed(const FileProgress& progress) {
  std::vector<std::string> lines;
  FileProgress::Files files(progress);
  while (const TakenFile* const file = files.Next()) {
    const BatchTimes& times = progress.TimesOf(*file);
    lines.push_back(progress.UriOf(file->key) + " " + std::to_string(file->modified.micros) + " " +
                    std::to_string(times.planned.micros) + " " +
                    std::to_string(times.committed.micros) + (file->was_read ? "" : " existing"));
  }
  return lines;
}

TEST(KnownFilesTest, FindsEveryKeyOfManyInItsLastVersion) {
  constexpr uint64_t kFiles = 20'000;
  KnownFiles known;
  for (uint64_t i = 0; i < kFiles; ++i) known.Add("in/" + std::to_string(i), {i, 0});
  for (uint64_t i = 0; i < kFiles; i += 2) {
    known.Add("in/" + std::to_string(i), {i + kFiles, 1});
  }
  EXPECT_EQ(known.size(), kFiles);
  for (uint64_t i = 0; i < kFiles; ++i) {
    const auto taken = known.Find("in/" + std::to_string(i));
    ASSERT_TRUE(taken) << i;
    EXPECT_EQ(taken->version, i % 2 == 0 ? i + kFiles : i);
    EXPECT_EQ(taken->batch, i % 2 == 0 ? 1u : 0u);
  }
  EXPECT_FALSE(known.Has("in/20000"));
  EXPECT_FALSE(known.Has(""));
  EXPECT_FALSE(KnownFiles().Has("in/1"));
}

TEST(TakenFilesTest, WhatIsPackedComesBack) {
  TakenFilesWriter writer({{Instant{100}, Instant{250}}, {Instant{90}, Instant{0}}});
  const std::vector<TakenFile> files{
      {"", 1, 0, Instant{INT64_MIN}, 0, true},
      {"in/2024/a.csv", UINT64_MAX, UINT64_MAX, Instant{INT64_MAX}, 1, false},
      {"in/2024/ab.csv", 7, 300, Instant{-5}, 0, true},
      {"in/2025/ü", 8, 1, Instant{5}, 1, true}};
  for (const TakenFile& file : files) writer.Add(file);
  TakenFilesReader reader(writer.Finish());
  ASSERT_EQ(reader.batches().size(), 2u);
  EXPECT_EQ(reader.batches()[0].committed, Instant{250});
  EXPECT_EQ(reader.batches()[1].planned, Instant{90});
  EXPECT_EQ(reader.batches()[1].committed, Instant{0});
  for (const TakenFile& file : files) {
    const TakenFile* const back = reader.Next();
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(back->key, file.key);
    EXPECT_EQ(back->version, file.version);
    EXPECT_EQ(back->size, file.size);
    EXPECT_EQ(back->modified, file.modified);
    EXPECT_EQ(back->batch, file.batch);
    EXPECT_EQ(back->was_read, file.was_read);
  }
  EXPECT_EQ(reader.Next(), nullptr);
}

TEST(TakenFilesTest, DamageIsFoundWhereverItIs) {
  TakenFilesWriter writer({BatchTimes{}});
  for (int i = 0; i < 50; ++i) writer.Add({"in/" + std::to_string(1000 + i), 1, 1, {}, 0, true});
  const std::string text = writer.Finish();
  const auto read = [](const std::string& damaged) {
    TakenFilesReader reader(damaged);
    size_t files = 0;
    while (reader.Next() != nullptr) ++files;
    return files;
  };
  ASSERT_EQ(read(text), 50u);
  const std::string bytes = *FromBase64(text);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_THROW(read(ToBase64(bytes.substr(0, cut))), Error) << cut;
  }
  EXPECT_THROW(read("?" + text), Error);
  EXPECT_THROW(read(""), Error);
}

TEST(FileProgressTest, RemembersEveryFileThroughJson) {
  FileProgress progress;
  progress.Add(PlanWith({FileAt("in/b.csv", 1), FileAt("in/a b.csv", 2)}, 10, Instant{11}));
  const FileProgress stored(progress.ToJson());
  FileProgress later(stored.ToJson());
  later.Add(PlanWith({FileAt("in/b.csv", 5, "new"), FileAt("in/c.csv", 3)}, 20, std::nullopt));
  EXPECT_THAT(Listed(later), ElementsAre("mem:///in/a%20b.csv 2 10 11", "mem:///in/b.csv 5 20 0",
                                         "mem:///in/c.csv 3 20 0"));
  EXPECT_EQ(later.batches(), 2);
  EXPECT_EQ(later.known().size(), 3u);
  EXPECT_EQ(later.known().Find("in/b.csv")->version, VersionHash(FileAt("in/b.csv", 5, "new")));
  EXPECT_EQ(later.CommittedAt(0), Instant{11});
  EXPECT_EQ(later.CommittedAt(1), std::nullopt);
  EXPECT_THAT(Listed(FileProgress(later.ToJson())), testing::ElementsAreArray(Listed(later)));
}

TEST(FileProgressTest, FilesThatWereThereBeforeCountButWereNotRead) {
  FilePlan plan;
  plan.existing = PackExisting({FileAt("in/b.csv", 4), FileAt("in/a.csv", 2)});
  FileProgress progress;
  progress.Add({plan.ToJson(), Instant{50}});
  const FileProgress stored(progress.ToJson());
  EXPECT_THAT(Listed(stored), ElementsAre("in/a.csv 2 0 50 existing", "in/b.csv 4 0 50 existing"));
  // cleanSource goes by when they were committed: never.
  EXPECT_EQ(stored.CommittedAt(stored.known().Find("in/a.csv")->batch), std::nullopt);
}

TEST(FileProgressTest, OldFilesAreForgottenWhereThatIsAskedFor) {
  FileProgress progress;
  progress.Add(PlanWith({FileAt("in/old", 10), FileAt("in/new", 20)}, 30, std::nullopt));
  const FileProgress young(progress.ToJson(), Instant{15});
  EXPECT_FALSE(young.known().Has("in/old"));
  EXPECT_TRUE(young.known().Has("in/new"));
  EXPECT_THAT(Listed(FileProgress(young.ToJson())), ElementsAre("mem:///in/new 20 30 0"));
}

TEST(FileProgressTest, ReadsTheFormInWhichVersionsWereTexts) {
  const FileProgress progress(
      R"({"batches": 2, "files": {"in/a.csv": "7-10", "in/b.csv": "\"tag\""}})");
  EXPECT_EQ(progress.batches(), 2);
  EXPECT_EQ(progress.known().Find("in/a.csv")->version, VersionHash(FileAt("in/a.csv", 7)));
  EXPECT_EQ(progress.known().Find("in/b.csv")->version,
            VersionHash(FileAt("in/b.csv", 7, "\"tag\"")));
  for (const char* const damaged : {"{", "{}", R"({"batches": 1, "count": 1})",
                                    R"({"batches": 1, "count": 1, "taken": "AAAA"})"}) {
    EXPECT_THROW(FileProgress{std::string(damaged)}, Error) << damaged;
  }
}

}  // namespace
}  // namespace weir::connect
