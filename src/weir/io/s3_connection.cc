#include "weir/io/s3_connection.h"

#include <algorithm>
#include <charconv>

namespace weir::io {
namespace {

using std::chrono::milliseconds;

bool IsTransient(const S3Failure& failure) {
  static constexpr std::string_view kCodes[] = {
      "SlowDown",           "Throttling",           "ThrottlingException",
      "RequestTimeout",     "RequestLimitExceeded", "InternalError",
      "ServiceUnavailable", "OperationAborted",     "ConditionalRequestConflict",
      "TooManyRequests",    "503 SlowDown"};
  switch (failure.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    default:
      return std::find(std::begin(kCodes), std::end(kCodes), failure.code) != std::end(kCodes);
  }
}

bool IsExpired(const S3Failure& failure) {
  return failure.code == "ExpiredToken" || failure.code == "TokenRefreshRequired" ||
         failure.code == "ExpiredTokenException";
}

// In seconds; its other form, a date, is asked for by no store.
std::optional<milliseconds> AskedWait(const HttpResponse& response) {
  const std::string& text = response.Header("retry-after");
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return milliseconds(std::min<int64_t>(seconds, 3600) * 1000);
}

S3Failure FailureOf(const HttpResponse& response) {
  S3Failure failure = ParseS3Failure(response.body);
  failure.status = response.status;
  const std::string& region = response.Header("x-amz-bucket-region");
  if (!region.empty()) failure.region = region;
  return failure;
}

// POST answers may turn into failures after they began with 200.
bool HidesFailure(const S3Request& request, const HttpResponse& response) {
  return request.method == "POST" && response.status == 200 &&
         response.body.find("<Error>") != std::string::npos &&
         !ParseS3Failure(response.body).code.empty();
}

std::string AmazonDomain(const std::string& region) {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

// The certificate of "*.s3.amazonaws.com" has no names with further dots.
bool IsHostLabel(const std::string& bucket) {
  return std::all_of(bucket.begin(), bucket.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

S3Connection::S3Connection(std::string bucket, S3Endpoint endpoint,
                           std::shared_ptr<HttpClient> http,
                           std::shared_ptr<CredentialsChain> credentials, const Clock& clock,
                           RetryLimits limits)
    : bucket_(std::move(bucket)),
      endpoint_(std::move(endpoint)),
      http_(std::move(http)),
      credentials_(std::move(credentials)),
      clock_(&clock),
      limits_(std::move(limits)),
      region_(endpoint_.region) {}

std::string S3Connection::UriOf(const std::string& key) const {
  return "s3://" + bucket_ + (key.empty() ? "" : "/" + key);
}

S3Connection::Place S3Connection::PlaceNow() const {
  Place place;
  {
    const std::lock_guard lock(mutex_);
    place.region = region_;
  }
  std::string origin =
      IsAmazon() ? "https://s3." + place.region + "." + AmazonDomain(place.region) : endpoint_.url;
  while (origin.ends_with('/')) origin.pop_back();
  const size_t host = origin.find("://") + 3;
  const size_t path = origin.find('/', host);
  if (path != std::string::npos) {
    place.base = origin.substr(path);
    origin.resize(path);
  }
  const bool virtual_host =
      endpoint_.addressing == S3Addressing::kVirtualHost ||
      (endpoint_.addressing == S3Addressing::kAuto && IsAmazon() && IsHostLabel(bucket_));
  if (virtual_host) {
    origin.insert(host, bucket_ + ".");
  } else {
    place.base += "/" + bucket_;
  }
  place.host = origin.substr(host);
  place.origin = std::move(origin);
  return place;
}

HttpResponse S3Connection::Send(const S3Request& request, const AwsCredentials& credentials,
                                const Place& place) {
  AwsRequest signable;
  signable.method = request.method;
  signable.host = place.host;
  signable.path = place.base + "/" + request.key;
  signable.query = request.query;
  signable.headers = request.headers;
  signable.region = place.region;
  signable.service = "s3";
  HttpRequest sent;
  sent.method = request.method;
  sent.url = place.origin + RequestTarget(signable.path, signable.query);
  sent.body = request.body;
  sent.stall_limit = request.stall_limit;
  if (credentials.access_key_id.empty()) {
    sent.headers = request.headers;
  } else {
    signable.payload_sha256 = Sha256Hex(request.body);
    sent.headers = Signed(signable, credentials, clock_->Now());
  }
  return http_->Send(sent);
}

// Whether the bucket is in another region than we thought, and is from now on looked for there.
bool S3Connection::Moves(const S3Failure& failure, const std::string& asked_region) {
  const bool says_so = failure.status == 301 || failure.status == 307 || failure.status == 400 ||
                       failure.status == 403;
  if (!IsAmazon() || !says_so || failure.region.empty()) return false;
  const bool is_name = std::all_of(failure.region.begin(), failure.region.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!is_name || failure.region == asked_region) return false;
  const std::lock_guard lock(mutex_);
  region_ = failure.region;
  return true;
}

HttpResponse S3Connection::Exchange(const S3Request& request) {
  Retry retry(limits_);
  bool moved = false;
  bool renewed = false;
  for (;;) {
    const AwsCredentials credentials = credentials_->Get();
    const Place place = PlaceNow();
    HttpResponse response;
    try {
      response = Send(request, credentials, place);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUnavailable && retry.Again()) continue;
      throw error.WithContext("'" + UriOf(request.key) + "'");
    }
    const bool failed = HidesFailure(request, response);
    const bool expected = std::find(request.expected.begin(), request.expected.end(),
                                    response.status) != request.expected.end();
    if (!failed && (response.status / 100 == 2 || expected)) return response;
    const S3Failure failure = FailureOf(response);
    if (!moved && Moves(failure, place.region)) {
      moved = true;
      continue;
    }
    if (!renewed && IsExpired(failure)) {
      credentials_->Forget(credentials);
      renewed = true;
      continue;
    }
    if (IsTransient(failure) && retry.Again(AskedWait(response))) continue;
    throw Failed(failure, request.key, retry.tries());
  }
}

std::string S3Connection::SaidOf(const S3Failure& failure) const {
  std::string said = "HTTP " + std::to_string(failure.status);
  if (!failure.code.empty()) said = failure.code + ", " + said;
  if (!failure.message.empty()) said += ": " + failure.message;
  return said;
}

Error S3Connection::Failed(const S3Failure& failure, const std::string& key, int tries) const {
  const std::string uri = "'" + UriOf(key) + "'";
  const std::string said = " (" + SaidOf(failure) + ")";
  if (IsTransient(failure)) {
    return Error(ErrorCode::kUnavailable, "the store did not do what was asked of " + uri +
                                              ", tried " + std::to_string(tries) + " times" + said +
                                              "; try again later");
  }
  if (failure.code == "NoSuchBucket") {
    return Error(ErrorCode::kNotFound, "there is no bucket '" + bucket_ + "'" + said +
                                           "; make it, or check its name and endpoint");
  }
  if (failure.code == "RequestTimeTooSkewed") {
    return Error(ErrorCode::kDenied,
                 "the store refused " + uri + said + ": this machine's clock is wrong; set it");
  }
  switch (failure.status) {
    case 401:
    case 403:
      return Error(ErrorCode::kDenied,
                   "the store does not allow this on " + uri + said +
                       "; check the credentials and what they may do with bucket '" + bucket_ +
                       "'");
    case 404:
      return Error(ErrorCode::kNotFound, "there is no object " + uri + said);
    case 301:
    case 307:
      return Error(ErrorCode::kInvalid,
                   "bucket '" + bucket_ + "' is elsewhere" + said + "; set its region or endpoint");
    case 501:
      return Error(ErrorCode::kUnsupported,
                   "the store of " + uri + " does not do what is needed" + said);
    case 507:
      return Error(ErrorCode::kExhausted, "the store has no room for " + uri + said);
    default:
      break;
  }
  if (IsExpired(failure)) {
    return Error(ErrorCode::kDenied,
                 "the credentials for " + uri + " have expired" + said + "; get new ones");
  }
  if (failure.code.find("Quota") != std::string::npos) {
    return Error(ErrorCode::kExhausted, "the store has no room for " + uri + said);
  }
  return Error(ErrorCode::kInvalid, "the store refused what was asked of " + uri + said);
}

}  // namespace weir::io
