#include "weir/app/scratch_folder.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "weir/base/error.h"

namespace weir::app {
namespace {

namespace fs = std::filesystem;

class ScratchFolderTest : public testing::Test {
 protected:
  ScratchFolderTest() {
    std::string name = testing::TempDir() + "scratch-XXXXXX";
    place_ = mkdtemp(name.data());
  }
  ~ScratchFolderTest() override { fs::remove_all(place_); }

  std::string place_;
};

TEST_F(ScratchFolderTest, IsGoneWithTheObject) {
  {
    const ScratchFolder folder(place_);
    std::ofstream(folder.path() + "/file") << "text";
    EXPECT_TRUE(fs::exists(folder.path() + "/file"));
  }
  EXPECT_TRUE(fs::is_empty(place_));
}

TEST_F(ScratchFolderTest, WhatADeadProcessLeftIsRemovedAndWhatIsInUseIsNot) {
  const ScratchFolder used(place_);
  const std::string left = place_ + "/weir-scratch-dead01";
  fs::create_directories(left + "/1");
  std::ofstream(left + "/lock") << "";
  const std::string foreign = place_ + "/somebody-elses";
  fs::create_directories(foreign);
  const ScratchFolder next(place_);
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(used.path()));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_NE(next.path(), used.path());
}

TEST_F(ScratchFolderTest, APlaceThatIsNotThereIsNamed) {
  try {
    const ScratchFolder folder(place_ + "/absent");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(place_ + "/absent"));
  }
}

}  // namespace
}  // namespace weir::app
