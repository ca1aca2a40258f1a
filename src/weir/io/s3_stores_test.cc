#include "weir/io/s3_stores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/io/s3_uri.h"

namespace weir::io {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Error RefusalOf(const std::string& uri) {
  try {
    ParseS3Uri(uri);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorCode::kInternal, "it was taken");
}

TEST(S3UriTest, AllSpellingsOfAPlaceAreOneUri) {
  for (const char* uri : {"s3://lake/t/a", "s3a://lake/t/a", "S3N://lake/t/a/", "s3://lake//t///a",
                          "s3://lake/%74/a", "s3://lake/t%2Fa"}) {
    EXPECT_EQ(ParseS3Uri(uri).ToUri(), "s3://lake/t/a") << uri;
  }
  EXPECT_EQ(ParseS3Uri("s3://lake/").ToUri(), "s3://lake");
  EXPECT_EQ(ParseS3Uri("s3://lake/a b/50%25/é#").ToUri(), "s3://lake/a%20b/50%25/é%23");
  EXPECT_EQ(ParseS3Uri("s3://lake/a%20b/50%25/é%23").key, "a b/50%/é#");
}

TEST(S3UriTest, NoPathLeadsOutOfItsFolder) {
  for (const char* uri :
       {"s3://lake/t/../secret", "s3://lake/t/%2e%2e/secret", "s3://lake/./t", "s3://lake/t/..",
        "s3://lake/t%2F..%2Fsecret", "s3://lake/a%00b", "s3://lake/50%"}) {
    EXPECT_EQ(RefusalOf(uri).code(), ErrorCode::kInvalid) << uri;
  }
}

TEST(S3UriTest, SecondNamesOfBucketsAreRefused) {
  EXPECT_EQ(RefusalOf("s3://point-abc123-s3alias/t").code(), ErrorCode::kUnsupported);
  EXPECT_EQ(RefusalOf("s3://b--use1-az4--x-s3/t").code(), ErrorCode::kUnsupported);
  EXPECT_EQ(RefusalOf("s3://arn:aws:s3:us-east-1:1:accesspoint/x/t").code(), ErrorCode::kInvalid);
}

TEST(S3UriTest, KeysInAUriAreRefusedAndNotRepeated) {
  const Error error = RefusalOf("s3://AKIA:hidden@lake/t");
  EXPECT_EQ(error.code(), ErrorCode::kInvalid);
  EXPECT_THAT(error.what(), Not(HasSubstr("hidden")));
}

TEST(AllStoresTest, PathsGoToTheStoreOfTheirScheme) {
  LocalDisk disk;
  SystemClock clock;
  AllStores stores(disk, "", clock);
  EXPECT_EQ(stores.Resolve("/no/such", "").uri, "file:///no/such");
  const Location place = stores.Resolve("s3a://lake/t/a b", "/base");
  EXPECT_EQ(place.uri, "s3://lake/t/a%20b");
  EXPECT_EQ(place.prefix, "t/a b/");
  EXPECT_EQ(stores.Resolve(place.uri, "").uri, place.uri);
  EXPECT_EQ(stores.Resolve("s3://lake/other", "").store, place.store);
  EXPECT_EQ(stores.Resolve("in/50%", "s3://lake/t").uri, "s3://lake/t/in/50%25");
  EXPECT_EQ(stores.Resolve("s3://lake", "").prefix, "");
  try {
    stores.Resolve("gs://lake/t", "");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace weir::io
