#include "weir/io/s3_stores.h"

#include "weir/base/error.h"
#include "weir/io/aws_sources.h"
#include "weir/io/block_cache.h"
#include "weir/io/s3_store.h"
#include "weir/io/s3_uri.h"
#include "weir/io/sqs_queue.h"
#include "weir/io/uri.h"

namespace weir::io {

struct S3Stores::Services {
  Services(const std::string& home, const Environment& environment)
      : settings(home.empty() ? "" : home + "/s3.conf", environment),
        http(std::make_shared<CurlClient>(settings.certificates())) {
    if (!home.empty() && settings.cache_bytes() > 0) {
      cache = std::make_shared<BlockCache>(home + "/s3_cache", settings.cache_bytes());
    }
  }

  S3Settings settings;
  std::shared_ptr<HttpClient> http;
  std::shared_ptr<BlockCache> cache;  // Null: none.
  // Of all buckets that have no keys of their own, by profile.
  std::map<std::string, std::shared_ptr<CredentialsChain>> shared;

  std::shared_ptr<CredentialsChain> CredentialsFor(const S3Access& access, const Clock& clock);
};

std::shared_ptr<CredentialsChain> S3Stores::Services::CredentialsFor(const S3Access& access,
                                                                     const Clock& clock) {
  using Sources = std::vector<std::shared_ptr<CredentialsSource>>;
  if (access.is_anonymous || access.credentials) {
    const auto fixed = std::make_shared<FixedCredentials>(
        access.is_anonymous ? AwsCredentials() : *access.credentials);
    return std::make_shared<CredentialsChain>(Sources{fixed}, clock);
  }
  auto& chain = shared[access.profile];
  if (chain != nullptr) return chain;
  const Environment& environment = settings.environment();
  Sources sources;
  if (access.profile.empty()) {
    sources.push_back(std::make_shared<EnvironmentCredentials>(environment));
  }
  sources.push_back(std::make_shared<ProfileCredentials>(access.profile, environment));
  if (access.profile.empty()) {
    sources.push_back(std::make_shared<ContainerCredentials>(environment, http));
    sources.push_back(std::make_shared<InstanceCredentials>(environment, http));
  }
  chain = std::make_shared<CredentialsChain>(std::move(sources), clock);
  return chain;
}

namespace {

// Whoever writes an address in a query does not choose who gets our credentials: Amazon does, and
// the service that the settings name.
void RequireKnownService(const std::string& url, const std::string& endpoint,
                         const Environment& environment) {
  const std::string origin = OriginOf(url);
  const std::string host = origin.substr(0, origin.find(':', origin.find("://") + 3));
  const bool is_amazon = url.starts_with("https://") &&
                         (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
  const auto is_at = [&](const std::string& service) {
    return !service.empty() && OriginOf(service) == origin;
  };
  if (is_amazon || is_at(endpoint) || is_at(environment("AWS_ENDPOINT_URL_SQS").value_or(""))) {
    return;
  }
  throw Error(ErrorCode::kDenied,
              "the queue " + url +
                  " is neither Amazon's nor at the endpoint of the settings, so it is not asked; "
                  "set AWS_ENDPOINT_URL_SQS to " +
                  origin + " if it is to be");
}

}  // namespace

S3Stores::S3Stores(std::string home, Environment environment, const Clock& clock)
    : home_(std::move(home)), environment_(std::move(environment)), clock_(&clock) {}

S3Stores::~S3Stores() = default;

S3Stores::Services& S3Stores::Started() {
  if (services_ == nullptr) services_ = std::make_unique<Services>(home_, environment_);
  return *services_;
}

std::shared_ptr<ObjectStore> S3Stores::Make(const std::string& bucket) {
  Services& services = Started();
  const S3Access access = services.settings.AccessTo(bucket);
  auto connection = std::make_shared<S3Connection>(bucket, access.endpoint, services.http,
                                                   services.CredentialsFor(access, *clock_),
                                                   *clock_, RetryLimits());
  auto store = std::make_shared<S3Store>(std::move(connection));
  if (services.cache == nullptr) return store;
  // One name in two services is two buckets.
  return CachedStore(std::move(store), "s3://" + bucket, access.endpoint.url, services.cache);
}

std::shared_ptr<ObjectStore> S3Stores::StoreOf(const std::string& bucket) {
  const std::lock_guard lock(mutex_);
  auto& store = stores_[bucket];
  if (store == nullptr) store = Make(bucket);
  return store;
}

Location S3Stores::Resolve(const std::string& uri) {
  const S3Place place = ParseS3Uri(uri);
  return {StoreOf(place.bucket), place.key.empty() ? "" : place.key + "/", place.ToUri()};
}

std::unique_ptr<MessageQueue> S3Stores::OpenQueue(const std::string& url, const std::string& region,
                                                  const Location& place) {
  const std::lock_guard lock(mutex_);
  Services& services = Started();
  const S3Access access = services.settings.AccessTo(ParseS3Uri(place.uri).bucket);
  RequireKnownService(url, access.endpoint.url, environment_);
  const std::string told = region.empty() ? RegionOfQueue(url) : region;
  return std::make_unique<SqsQueue>(url, told.empty() ? access.endpoint.region : told,
                                    services.http, services.CredentialsFor(access, *clock_),
                                    *clock_, RetryLimits());
}

AllStores::AllStores(Disk& disk, const std::string& home, const Clock& clock)
    : local_(disk, clock), s3_(home, ProcessEnvironment(), clock) {}

Location AllStores::Resolve(const std::string& path, const std::string& base_folder) {
  if (IsS3Uri(path)) return s3_.Resolve(path);
  const bool is_relative = !path.starts_with('/') && !UriScheme(path);
  // A plain path means the characters that it is written with.
  if (is_relative && !path.empty() && IsS3Uri(base_folder)) {
    return s3_.Resolve(base_folder + EscapedUriPath("/" + path));
  }
  return local_.Resolve(path, base_folder);
}

std::unique_ptr<MessageQueue> AllStores::OpenQueue(const std::string& url,
                                                   const std::string& region,
                                                   const Location& place) {
  if (!IsS3Uri(place.uri)) return Stores::OpenQueue(url, region, place);
  return s3_.OpenQueue(url, region, place);
}

std::unique_ptr<FolderWatch> AllStores::Watch(const Location& place) {
  return IsS3Uri(place.uri) ? nullptr : local_.Watch(place);
}

}  // namespace weir::io
