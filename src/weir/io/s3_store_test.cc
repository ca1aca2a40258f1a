#include "weir/io/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "weir/base/error.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/s3_reader.h"
#include "weir/io/testing/fake_s3.h"

namespace weir::io {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr size_t kPart = 1000;

class S3StoreTest : public ::testing::Test {
 protected:
  S3StoreTest() { Connect("http://s3.test"); }

  void Connect(const std::string& url) {
    AwsCredentials keys;
    keys.access_key_id = "the-id";
    keys.secret_access_key = "the-secret";
    RetryLimits limits;
    limits.tries = 4;
    limits.sleep = [this](milliseconds wait) { waits_.push_back(wait); };
    std::vector<std::shared_ptr<CredentialsSource>> sources{
        std::make_shared<FixedCredentials>(keys)};
    auto connection = std::make_shared<S3Connection>(
        "bucket", S3Endpoint{"us-east-1", url, S3Addressing::kAuto}, service_,
        std::make_shared<CredentialsChain>(std::move(sources), clock_), clock_, limits);
    store_ = std::make_unique<S3Store>(std::move(connection), S3StoreOptions{kPart, 3});
  }

  Error FailureOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return Error(ErrorCode::kInternal, "it did not fail");
  }

  static bool HasHeader(const HttpRequest& request, const std::string& name) {
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [&](const auto& header) { return header.first == name; });
  }

  Faults faults_;
  FakeClock clock_{Instant{1709294400000000}};
  std::shared_ptr<FakeS3> service_ = std::make_shared<FakeS3>(faults_);
  std::vector<milliseconds> waits_;
  std::unique_ptr<S3Store> store_;
};

// ---- Objects that are known ----

TEST_F(S3StoreTest, AKnownObjectIsNotAskedForBeforeItIsRead) {
  std::string bytes(300'000, 'x');
  bytes.replace(bytes.size() - 4, 4, "PAR1");
  bytes[5] = 'y';
  store_->Put("t/a.parquet", bytes);
  static_cast<void>(service_->TakeRequests());
  const auto reader = store_->OpenKnown({"t/a.parquet", bytes.size(), Instant{1}, ""});
  EXPECT_THAT(service_->TakeRequests(), IsEmpty());
  EXPECT_EQ(reader->info().size, bytes.size());
  std::string end(8, ' ');
  EXPECT_EQ(reader->ReadAt(bytes.size() - 8, end.data(), 8), 8u);
  EXPECT_EQ(end, "xxxxPAR1");
  // Its whole end came along; parts of it come together.
  EXPECT_EQ(reader->ReadAt(bytes.size() - 60'000, end.data(), 8), 8u);
  const size_t parts = (ReadAhead::kTailBytes + kPart - 1) / kPart;
  const auto requests = service_->TakeRequests();
  EXPECT_EQ(requests.size(), parts);
  // What the first told is asked of all others.
  EXPECT_FALSE(HasHeader(requests.front(), "If-Match"));
  EXPECT_TRUE(HasHeader(requests.back(), "If-Match"));
  std::string begin(6, ' ');
  EXPECT_EQ(reader->ReadAt(0, begin.data(), 6), 6u);
  EXPECT_EQ(begin, "xxxxxy");
}

TEST_F(S3StoreTest, AKnownObjectThatIsGoneOrOfAnotherSizeIsTold) {
  char byte = ' ';
  const auto gone = store_->OpenKnown({"t/gone.parquet", 10, Instant{1}, ""});
  EXPECT_EQ(FailureOf([&] { gone->ReadAt(0, &byte, 1); }).code(), ErrorCode::kNotFound);
  store_->Put("t/a.parquet", "123456");
  for (const uint64_t size : {5, 7, 100}) {
    const auto other = store_->OpenKnown({"t/a.parquet", size, Instant{1}, ""});
    const Error error = FailureOf([&] { other->ReadAt(0, &byte, 1); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << size;
    EXPECT_THAT(error.what(), HasSubstr("s3://bucket/t/a.parquet"));
  }
}

TEST_F(S3StoreTest, AKnownObjectThatIsReplacedBetweenReadsIsNotMixed) {
  store_->Put("t/a.parquet", std::string(600'000, 'a'));
  const auto reader = store_->OpenKnown({"t/a.parquet", 600'000, Instant{1}, ""});
  char byte = ' ';
  EXPECT_EQ(reader->ReadAt(0, &byte, 1), 1u);
  store_->Put("t/a.parquet", std::string(600'000, 'b'));
  // Behind what came along with the first, and before the end that is kept.
  EXPECT_EQ(FailureOf([&] { reader->ReadAt(500'000, &byte, 1); }).code(), ErrorCode::kConflict);
}

// ---- Answers that are lost ----

TEST_F(S3StoreTest, AConditionalPutWhoseAnswerIsLostKnowsItsOwnObject) {
  EXPECT_EQ(store_->PutIfAbsent("log/0", "a"), PutOutcome::kCreated);  // The service is asked.
  faults_.After(1, Faults::Fail(ErrorCode::kUnavailable));
  EXPECT_EQ(store_->PutIfAbsent("log/1", "mine"), PutOutcome::kCreated);
  EXPECT_EQ(store_->Read("log/1"), "mine");
}

TEST_F(S3StoreTest, TheSameBytesOfSomebodyElseAreNotOurs) {
  EXPECT_EQ(store_->PutIfAbsent("log/0", "same"), PutOutcome::kCreated);
  faults_.Before(1, Faults::Fail(ErrorCode::kUnavailable));
  EXPECT_EQ(store_->PutIfAbsent("log/0", "same"), PutOutcome::kExisted);
}

TEST_F(S3StoreTest, AnUploadWhoseLastAnswerIsLostKnowsItsOwnObject) {
  EXPECT_EQ(store_->PutIfAbsent("log/0", ""), PutOutcome::kCreated);
  const auto writer = store_->Create("data");
  writer->Append(std::string(2 * kPart, 'x'));
  faults_.After(1, Faults::Fail(ErrorCode::kUnavailable));
  EXPECT_EQ(writer->FinishIfAbsent(), PutOutcome::kCreated);
  EXPECT_EQ(store_->Read("data"), std::string(2 * kPart, 'x'));
}

// Every call of a commit is lost once, before and after it was done.
TEST_F(S3StoreTest, WhateverIsLostOnceAWriteHappensOnce) {
  EXPECT_EQ(store_->PutIfAbsent("log/0", ""), PutOutcome::kCreated);
  const std::string bytes(5 * kPart + 7, 'y');
  for (size_t n = 1; n < 12; ++n) {
    for (const bool after : {false, true}) {
      const std::string key = "t/" + std::to_string(n) + (after ? "a" : "b");
      faults_.Clear();
      const auto action = Faults::Fail(ErrorCode::kUnavailable);
      if (after) {
        faults_.After(n, action);
      } else {
        faults_.Before(n, action);
      }
      const auto writer = store_->Create(key);
      writer->Append(bytes);
      EXPECT_EQ(writer->FinishIfAbsent(), PutOutcome::kCreated) << key;
      EXPECT_EQ(store_->PutIfAbsent(key, ""), PutOutcome::kExisted) << key;
      EXPECT_EQ(store_->Read(key), bytes) << key;
      // Only one whose id was in the answer that was lost stays.
      EXPECT_LE(service_->UnfinishedUploads(), n > 1 || after ? 1u : 0u) << key;
    }
  }
}

TEST_F(S3StoreTest, AfterTheLastTryTheOutcomeIsUnknown) {
  EXPECT_EQ(store_->PutIfAbsent("log/0", ""), PutOutcome::kCreated);
  faults_.BeforeAllFrom(1, Faults::Fail(ErrorCode::kUnavailable));
  const Error error = FailureOf([&] { static_cast<void>(store_->PutIfAbsent("log/1", "")); });
  EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
  EXPECT_THAT(error.what(), HasSubstr("s3://bucket/log/1"));
  EXPECT_EQ(waits_.size(), 3u);
}

// ---- Busy services ----

TEST_F(S3StoreTest, ABusyServiceIsAskedAgainNoSoonerThanItSays) {
  store_->Put("a", "1");
  HttpResponse busy = S3FailureAnswer(503, "SlowDown");
  busy.headers["retry-after"] = "7";
  service_->Answer(busy);
  service_->Answer(S3FailureAnswer(500, "InternalError"));
  EXPECT_EQ(store_->Read("a"), "1");
  ASSERT_EQ(waits_.size(), 2u);
  EXPECT_GE(waits_[0], milliseconds(7000));
  EXPECT_LE(waits_[1], milliseconds(400));
}

TEST_F(S3StoreTest, AConflictOfConditionalWritesIsTriedAgain) {
  EXPECT_EQ(store_->PutIfAbsent("log/0", ""), PutOutcome::kCreated);
  service_->Answer(S3FailureAnswer(409, "ConditionalRequestConflict"));
  EXPECT_EQ(store_->PutIfAbsent("log/1", "a"), PutOutcome::kCreated);
}

TEST_F(S3StoreTest, AFailureUnderA200IsOne) {
  service_->Answer(S3FailureAnswer(200, "InternalError"));  // Of the upload that begins.
  store_->Put("data", std::string(3 * kPart, 'x'));
  EXPECT_EQ(store_->Read("data"), std::string(3 * kPart, 'x'));
  EXPECT_EQ(waits_.size(), 1u);
}

TEST_F(S3StoreTest, WhoIsStoppedDoesNotWait) {
  service_->Answer(S3FailureAnswer(503, "SlowDown"));
  const CancelScope scope([] { return true; });
  EXPECT_EQ(FailureOf([&] { store_->Read("a"); }).code(), ErrorCode::kCancelled);
}

// ---- Refusals ----

TEST_F(S3StoreTest, FailuresNameTheObjectAndNoSecret) {
  const struct {
    int status;
    const char* code;
    ErrorCode meaning;
  } cases[] = {{403, "AccessDenied", ErrorCode::kDenied},
               {403, "SignatureDoesNotMatch", ErrorCode::kDenied},
               {404, "NoSuchKey", ErrorCode::kNotFound},
               {404, "NoSuchBucket", ErrorCode::kNotFound},
               {400, "InvalidRequest", ErrorCode::kInvalid},
               {501, "NotImplemented", ErrorCode::kUnsupported},
               {507, "XMinioStorageFull", ErrorCode::kExhausted}};
  for (const auto& [status, code, meaning] : cases) {
    service_->Answer(S3FailureAnswer(status, code));
    const Error error = FailureOf([&] { store_->Read("t/a"); });
    EXPECT_EQ(error.code(), meaning) << code;
    EXPECT_THAT(error.what(), HasSubstr("bucket")) << code;
    EXPECT_THAT(error.what(), HasSubstr(code));
    EXPECT_THAT(error.what(), Not(HasSubstr("the-secret")));
    EXPECT_THAT(error.what(), Not(HasSubstr("the-id")));
  }
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(S3StoreTest, AServiceThatIgnoresConditionsIsRefused) {
  service_->IgnoreConditions();
  const Error error = FailureOf([&] { static_cast<void>(store_->PutIfAbsent("log/0", "")); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(service_->Keys(), IsEmpty());
}

TEST_F(S3StoreTest, ABucketInAnotherRegionIsFoundThere) {
  Connect("");
  store_->Put("a", "1");
  service_->TakeRequests();
  HttpResponse elsewhere = S3FailureAnswer(400, "AuthorizationHeaderMalformed");
  elsewhere.headers["x-amz-bucket-region"] = "eu-west-3";
  service_->Answer(elsewhere);
  static_cast<void>(store_->Find("a"));
  const auto requests = service_->TakeRequests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].url, "https://bucket.s3.us-east-1.amazonaws.com/a");
  EXPECT_EQ(requests[1].url, "https://bucket.s3.eu-west-3.amazonaws.com/a");
}

// ---- Reading ----

TEST_F(S3StoreTest, ReadsOfLargeObjectsAreRangesOfOneVersion) {
  std::string bytes;
  for (size_t i = 0; i < 100 * kPart; ++i) bytes += static_cast<char>('a' + i % 23);
  store_->Put("large", bytes);
  EXPECT_EQ(store_->Read("large"), bytes);
  const auto reader = store_->Open("large");
  std::string part(40 * kPart, ' ');
  EXPECT_EQ(reader->ReadAt(3, part.data(), part.size()), part.size());
  EXPECT_EQ(part, bytes.substr(3, part.size()));
  store_->Put("large", std::string(100 * kPart, 'z'));
  EXPECT_EQ(FailureOf([&] { reader->ReadAt(1, part.data(), 10 * kPart); }).code(),
            ErrorCode::kConflict);
}

TEST_F(S3StoreTest, OpeningASmallObjectReadsItAll) {
  store_->Put("small", "0123456789");
  service_->TakeRequests();
  const auto reader = store_->Open("small");
  char buffer[4];
  EXPECT_EQ(reader->ReadAt(2, buffer, 4), 4u);
  EXPECT_EQ(std::string(buffer, 4), "2345");
  EXPECT_EQ(service_->TakeRequests().size(), 1u);
}

TEST_F(S3StoreTest, WhoReadsOnGetsLargerAndLargerPieces) {
  std::string bytes;
  for (size_t i = 0; i < 2000 * kPart; ++i) bytes += static_cast<char>('a' + i % 23);
  store_->Put("large", bytes);
  const auto reader = store_->Open("large");
  service_->TakeRequests();
  std::string all;
  char buffer[100];
  while (const size_t got = reader->ReadAt(all.size(), buffer, sizeof(buffer))) {
    all.append(buffer, got);
  }
  EXPECT_EQ(all, bytes);
  // By the parts of this test's store, not by what was asked for.
  EXPECT_LE(service_->TakeRequests().size(), 2 * bytes.size() / kPart);
}

// ---- Listing and deleting ----

TEST_F(S3StoreTest, ListsPageAfterPage) {
  service_->ListByPagesOf(2);
  for (const char* key : {"t/1", "t/2/x", "t/2/y", "t/3", "t/4", "u"}) store_->Put(key, "");
  std::vector<std::string> keys;
  for (const ObjectInfo& info : store_->List("t/", "t/1", 3)) keys.push_back(info.key);
  EXPECT_THAT(keys, ElementsAre("t/2/x", "t/2/y", "t/3"));
  const auto level = store_->ListLevel("t/");
  EXPECT_THAT(level.folders, ElementsAre("t/2/"));
  EXPECT_EQ(level.objects.size(), 3u);
  store_->DeleteAll("t/");
  EXPECT_THAT(service_->Keys(), ElementsAre("u"));
}

TEST_F(S3StoreTest, MarkersOfFoldersAreNoObjectsAndGoWithTheirFolder) {
  S3Connection raw("bucket", {"us-east-1", "http://s3.test", S3Addressing::kPath}, service_,
                   std::make_shared<CredentialsChain>(
                       std::vector<std::shared_ptr<CredentialsSource>>{
                           std::make_shared<FixedCredentials>(AwsCredentials())},
                       clock_),
                   clock_, RetryLimits());
  for (const char* key : {"t/", "t//x", "t/a"}) raw.Exchange({"PUT", key});
  EXPECT_EQ(store_->List("t/", "", ObjectStore::kNoLimit).size(), 1u);
  EXPECT_THAT(store_->ListLevel("").folders, ElementsAre("t/"));
  EXPECT_THAT(store_->ListLevel("t/").folders, IsEmpty());
  store_->DeleteAll("t/");
  EXPECT_THAT(service_->Keys(), IsEmpty());
}

TEST_F(S3StoreTest, AnUploadThatIsDroppedIsTakenBack) {
  store_->Create("data")->Append(std::string(3 * kPart, 'x'));
  EXPECT_EQ(service_->UnfinishedUploads(), 0u);
  EXPECT_THAT(service_->Keys(), IsEmpty());
}

TEST_F(S3StoreTest, NobodySignsNothing) {
  S3Connection anonymous("bucket", {"us-east-1", "http://s3.test", S3Addressing::kPath}, service_,
                         std::make_shared<CredentialsChain>(
                             std::vector<std::shared_ptr<CredentialsSource>>{
                                 std::make_shared<FixedCredentials>(AwsCredentials())},
                             clock_),
                         clock_, RetryLimits());
  anonymous.Exchange({"PUT", "a"});
  const auto requests = service_->TakeRequests();
  EXPECT_FALSE(HasHeader(requests.back(), "Authorization"));
}

}  // namespace
}  // namespace weir::io
