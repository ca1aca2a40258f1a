#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "weir/base/clock.h"

namespace weir::io {

// Who asks a service of AWS, or one like it. Secrets: nothing prints or logs one.
struct AwsCredentials {
  std::string access_key_id;  // "" for nobody: requests go unsigned, which public places answer.
  std::string secret_access_key;
  std::string session_token;       // Of temporary ones.
  std::optional<Instant> expires;  // From then on they are refused.
};

// Where credentials come from. Safe from many threads.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;
  // Nothing where this source does not have any. Throws Error: kInvalid (what it has is wrong),
  // kUnsupported, kUnavailable.
  virtual std::optional<AwsCredentials> Fetch() = 0;
};

// The credentials of the first source that has any, kept until shortly before they expire. Safe
// from many threads.
class CredentialsChain {
 public:
  // `clock` outlives it.
  CredentialsChain(std::vector<std::shared_ptr<CredentialsSource>> sources, const Clock& clock);

  // Throws Error{kUnauthenticated} when no source has any, and what the sources throw. While new
  // ones can't be had, old ones that still hold are good enough.
  AwsCredentials Get();
  // Those were refused as expired: the next Get fetches anew.
  void Forget(const AwsCredentials& refused);

 private:
  AwsCredentials Fetch();
  bool HoldsFor(const AwsCredentials& credentials, int64_t micros) const;

  const std::vector<std::shared_ptr<CredentialsSource>> sources_;
  const Clock* clock_;
  std::mutex mutex_;
  std::optional<AwsCredentials> current_;
};

// The same always.
class FixedCredentials final : public CredentialsSource {
 public:
  explicit FixedCredentials(AwsCredentials credentials) : credentials_(std::move(credentials)) {}
  std::optional<AwsCredentials> Fetch() override { return credentials_; }

 private:
  const AwsCredentials credentials_;
};

}  // namespace weir::io
