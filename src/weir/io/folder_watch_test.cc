#include "weir/io/folder_watch.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FolderWatchTest : public testing::Test {
 protected:
  std::string At(const std::string& name) const { return folder_.path() + "/" + name; }
  void Write(const std::string& name) const { std::ofstream(At(name)) << "a"; }
  void Make(const std::string& name) const { std::filesystem::create_directories(At(name)); }

  const TemporaryFolder folder_;
};

TEST_F(FolderWatchTest, TellsWhatIsWrittenMovedAndLinkedOnce) {
  Make("a");
  Write("a/before");
  Write("elsewhere");
  FolderWatch watch(At("a"));
  EXPECT_THAT(watch.Take().files, IsEmpty());
  Write("a/new");
  Write("a/new");
  std::filesystem::rename(At("elsewhere"), At("a/moved"));
  FolderWatch::Changes changes = watch.Take();
  EXPECT_FALSE(changes.lost);
  EXPECT_THAT(changes.files, ElementsAre(At("a/moved"), At("a/new")));
  std::filesystem::create_hard_link(At("a/new"), At("a/linked"));
  EXPECT_THAT(watch.Take().files, IsEmpty());
  EXPECT_THAT(watch.Take().files, IsEmpty());
  EXPECT_THAT(watch.Take().files, ElementsAre(At("a/linked")));
  EXPECT_THAT(watch.Take().files, IsEmpty());
}

TEST_F(FolderWatchTest, AFileThatIsBeingWrittenIsToldWhenItIsClosed) {
  Make("a");
  FolderWatch watch(At("a"));
  {
    std::ofstream open(At("a/slow"));
    open << "part" << std::flush;
    EXPECT_THAT(watch.Take().files, IsEmpty());
  }
  EXPECT_THAT(watch.Take().files, ElementsAre(At("a/slow")));
  EXPECT_THAT(watch.Take().files, IsEmpty());
}

TEST_F(FolderWatchTest, FoldersThatComeAreWatchedAndWhatIsInThemIsTold) {
  Make("a/old");
  Make("tree/sub");
  Write("tree/sub/in");
  FolderWatch watch(At("a"));
  Write("a/old/one");
  std::filesystem::rename(At("tree"), At("a/tree"));
  EXPECT_THAT(watch.Take().files, ElementsAre(At("a/old/one"), At("a/tree/sub/in")));
  Write("a/tree/sub/later");
  EXPECT_THAT(watch.Take().files, ElementsAre(At("a/tree/sub/later")));
  std::filesystem::remove_all(At("a/tree"));
  EXPECT_FALSE(watch.Take().lost);
}

TEST_F(FolderWatchTest, SaysWhereItCanNotTell) {
  Make("a/sub");
  FolderWatch watch(At("a"));
  std::filesystem::rename(At("a/sub"), At("a/other"));
  EXPECT_TRUE(watch.Take().lost);
  Write("a/other/file");
  const FolderWatch::Changes changes = watch.Take();
  EXPECT_FALSE(changes.lost);
  EXPECT_THAT(changes.files, ElementsAre(At("a/other/file")));
  FolderWatch absent(At("nowhere"));
  EXPECT_TRUE(absent.Take().lost);
  Make("nowhere");
  EXPECT_TRUE(absent.Take().lost);
  EXPECT_FALSE(absent.Take().lost);
}

}  // namespace
}  // namespace weir::io
