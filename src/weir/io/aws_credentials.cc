#include "weir/io/aws_credentials.h"

#include "weir/base/error.h"

namespace weir::io {
namespace {

// New ones are fetched this long before the old ones end.
constexpr int64_t kRefreshMicros = int64_t{5} * 60 * 1000000;
// What a request takes, at least.
constexpr int64_t kLeastMicros = int64_t{30} * 1000000;

}  // namespace

CredentialsChain::CredentialsChain(std::vector<std::shared_ptr<CredentialsSource>> sources,
                                   const Clock& clock)
    : sources_(std::move(sources)), clock_(&clock) {}

bool CredentialsChain::HoldsFor(const AwsCredentials& credentials, int64_t micros) const {
  return !credentials.expires || credentials.expires->micros - clock_->Now().micros > micros;
}

AwsCredentials CredentialsChain::Get() {
  const std::lock_guard lock(mutex_);
  if (current_ && HoldsFor(*current_, kRefreshMicros)) return *current_;
  try {
    current_ = Fetch();
  } catch (const Error& error) {
    const bool still_good = current_ && HoldsFor(*current_, kLeastMicros);
    if (error.code() != ErrorCode::kUnavailable || !still_good) throw;
  }
  return *current_;
}

void CredentialsChain::Forget(const AwsCredentials& refused) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->session_token == refused.session_token &&
      current_->access_key_id == refused.access_key_id) {
    current_.reset();
  }
}

AwsCredentials CredentialsChain::Fetch() {
  for (const auto& source : sources_) {
    if (auto found = source->Fetch()) return *std::move(found);
  }
  throw Error(ErrorCode::kUnauthenticated,
              "there are no credentials for S3; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
              "or AWS_PROFILE, or write them into s3.conf in the home (anonymous = true for public "
              "buckets)");
}

}  // namespace weir::io
