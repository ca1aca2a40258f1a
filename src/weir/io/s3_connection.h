#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/clock.h"
#include "weir/base/error.h"
#include "weir/io/aws_credentials.h"
#include "weir/io/http_client.h"
#include "weir/io/retry.h"
#include "weir/io/s3_messages.h"
#include "weir/io/sigv4.h"

namespace weir::io {

enum class S3Addressing {
  kAuto,         // As below, where the service's host name and the bucket's name allow it.
  kPath,         // https://host/bucket/key
  kVirtualHost,  // https://bucket.host/key
};

// Where a bucket is asked for.
struct S3Endpoint {
  std::string region = "us-east-1";  // AWS's own service is asked again where it says to.
  std::string url = {};              // "": AWS's own.
  S3Addressing addressing = S3Addressing::kAuto;
};

struct S3Request {
  std::string method;
  std::string key = {};  // "": the bucket itself.
  QueryParameters query = {};
  HttpHeaders headers = {};
  std::string_view body = {};
  std::chrono::seconds stall_limit{30};
  // Answers that the caller deals with, besides those that say that it was done.
  std::vector<int> expected = {};
};

// Requests about one bucket: signed, and sent again when the service is busy or the connection
// breaks. Safe from many threads.
class S3Connection {
 public:
  // `clock` outlives it.
  S3Connection(std::string bucket, S3Endpoint endpoint, std::shared_ptr<HttpClient> http,
               std::shared_ptr<CredentialsChain> credentials, const Clock& clock,
               RetryLimits limits);

  // The answer. A failure that is not expected throws Error: kNotFound, kDenied,
  // kUnauthenticated, kInvalid, kUnsupported, kExhausted; kUnavailable after the last try: what was
  // asked may have been done. Messages name the object.
  HttpResponse Exchange(const S3Request& request);

  // What a failed answer means for who asked for `key`.
  Error Failed(const S3Failure& failure, const std::string& key, int tries) const;

  // "s3://bucket/key", for messages.
  std::string UriOf(const std::string& key) const;
  const std::string& bucket() const { return bucket_; }
  bool IsAmazon() const { return endpoint_.url.empty(); }

 private:
  struct Place {
    std::string origin;  // "https://bucket.s3.eu-west-1.amazonaws.com"
    std::string host;
    std::string base;  // "/bucket" or "", before the '/' of the key.
    std::string region;
  };
  Place PlaceNow() const;
  HttpResponse Send(const S3Request& request, const AwsCredentials& credentials,
                    const Place& place);
  bool Moves(const S3Failure& failure, const std::string& asked_region);
  std::string SaidOf(const S3Failure& failure) const;

  const std::string bucket_;
  const S3Endpoint endpoint_;
  const std::shared_ptr<HttpClient> http_;
  const std::shared_ptr<CredentialsChain> credentials_;
  const Clock* clock_;
  const RetryLimits limits_;

  mutable std::mutex mutex_;
  std::string region_;  // Where the bucket is, as far as we know.
};

}  // namespace weir::io
