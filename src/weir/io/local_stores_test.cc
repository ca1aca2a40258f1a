#include "weir/io/local_stores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "weir/base/error.h"
#include "weir/io/testing/temporary_folder.h"

namespace weir::io {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class LocalStoresTest : public ::testing::Test {
 protected:
  std::string Uri(const std::string& path, const std::string& base = "/base") {
    return stores_.Resolve(path, base).uri;
  }
  Error Refusal(const std::string& path, const std::string& base = "/base") {
    try {
      stores_.Resolve(path, base);
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kInternal, "it was resolved");
  }

  TemporaryFolder folder_;
  LocalDisk disk_;
  SystemClock clock_;
  LocalStores stores_{disk_, clock_};
};

TEST_F(LocalStoresTest, AllSpellingsOfAPlaceAreOneUri) {
  for (const char* path :
       {"/no/such", "/no/such/", "//no//such", "/no/./such", "/no/x/../such", "file:/no/such",
        "file:///no/such/", "file://localhost/no/such", "FILE:///no/such", "file:///no/%73uch",
        "../no/such", "../no/./x/../such"}) {
    const Location location = stores_.Resolve(path, "/base");
    EXPECT_EQ(location.uri, "file:///no/such") << path;
    EXPECT_EQ(location.prefix, "no/such/") << path;
  }
}

TEST_F(LocalStoresTest, RelativePathsStartAtTheBaseFolder) {
  EXPECT_EQ(Uri("data/x"), "file:///base/data/x");
  EXPECT_EQ(Uri("data/x", "file:///base%20two"), "file:///base%20two/data/x");
  EXPECT_EQ(Uri("."), "file:///base");
  EXPECT_EQ(Uri("file:data"), "file:///base/data");
  EXPECT_EQ(Uri("/"), "file:///");
  EXPECT_EQ(stores_.Resolve("/", "/base").prefix, "");
  EXPECT_EQ(Uri("../../../.."), "file:///");
  EXPECT_EQ(Refusal("data", "relative").code(), ErrorCode::kInvalid);
}

TEST_F(LocalStoresTest, SymbolicLinksAreResolvedAsFarAsThePathExists) {
  fs::create_directories(folder_.path() + "/real/sub");
  fs::create_directory_symlink("real", folder_.path() + "/link");
  fs::create_directory_symlink(folder_.path() + "/link/sub", folder_.path() + "/link2");
  fs::create_symlink("nowhere/x", folder_.path() + "/dangling");
  EXPECT_EQ(Uri(folder_.path() + "/link/sub/new"), FileUri(folder_.path() + "/real/sub/new"));
  EXPECT_EQ(Uri(folder_.path() + "/link2/new"), FileUri(folder_.path() + "/real/sub/new"));
  // ".." of what a link points to, as the system sees it.
  EXPECT_EQ(Uri(folder_.path() + "/link2/.."), FileUri(folder_.path() + "/real"));
  EXPECT_EQ(Uri(folder_.path() + "/dangling/y"), FileUri(folder_.path() + "/nowhere/x/y"));
  EXPECT_EQ(Uri(folder_.path() + "/new/../link/a"), FileUri(folder_.path() + "/real/a"));
}

TEST_F(LocalStoresTest, ALoopOfLinksIsNamed) {
  fs::create_symlink("b", folder_.path() + "/a");
  fs::create_symlink("a", folder_.path() + "/b");
  EXPECT_THAT(Refusal(folder_.path() + "/a/x").what(), HasSubstr("loop"));
}

TEST_F(LocalStoresTest, OtherSchemesAreRefusedByName) {
  for (const char* path : {"s3://bucket/x", "S3A://bucket/x", "abfss://a@b/x", "dbfs:/x",
                           "https://example.org/x", "hdfs:x"}) {
    EXPECT_EQ(Refusal(path).code(), ErrorCode::kUnsupported) << path;
  }
  EXPECT_THAT(Refusal("s3://bucket/x").what(), HasSubstr("'s3:'"));
  EXPECT_THAT(Refusal("file://elsewhere/x").what(), HasSubstr("'elsewhere'"));
  EXPECT_EQ(Refusal("file://elsewhere/x").code(), ErrorCode::kUnsupported);
}

TEST_F(LocalStoresTest, NamesWithAColonAreNotSchemesWhereTheyCantBe) {
  EXPECT_EQ(Uri("2013:01/x"), "file:///base/2013:01/x");
  EXPECT_EQ(Uri("./a:b"), "file:///base/a:b");
  EXPECT_EQ(Uri("a/b:c"), "file:///base/a/b:c");
}

TEST_F(LocalStoresTest, WhatIsNoPathIsRefused) {
  for (const std::string& path :
       {std::string(), std::string("file://"), std::string("file:///a%2"),
        std::string("file:///%zz"), std::string("file:///a%00b"), std::string("/a\0b", 4)}) {
    EXPECT_EQ(Refusal(path).code(), ErrorCode::kInvalid) << path;
  }
}

TEST_F(LocalStoresTest, UrisReadBackAsTheSamePath) {
  for (const std::string& path :
       {std::string("/a b/100%/x?y#z[1]{2}*"), std::string("/é/日本"), std::string("/bad\xff/\x80"),
        std::string("/a%20b"), std::string("/'quoted'\"\\^|<>")}) {
    const std::string uri = FileUri(path);
    EXPECT_EQ(PathFromUri(uri), path);
    EXPECT_EQ(Uri(uri), uri);
    EXPECT_EQ(Uri(path), uri);
  }
  EXPECT_EQ(FileUri("/a b/é"), "file:///a%20b/é");
  EXPECT_EQ(FileUri("/\xff"), "file:///%FF");
}

TEST_F(LocalStoresTest, ALocationsStoreHoldsItsObjects) {
  const Location location = stores_.Resolve(folder_.path() + "/t x", "/");
  location.store->Put(location.prefix + "part/a", "bytes");
  EXPECT_TRUE(fs::exists(folder_.path() + "/t x/part/a"));
  const Location again = stores_.Resolve("t x/part", FileUri(folder_.path()));
  EXPECT_EQ(again.store->Read(again.prefix + "a"), "bytes");
  EXPECT_EQ(again.store, location.store);
}

}  // namespace
}  // namespace weir::io
