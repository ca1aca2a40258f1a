#pragma once

#include <memory>
#include <optional>
#include <string>

#include "weir/io/aws_credentials.h"
#include "weir/io/environment.h"
#include "weir/io/http_client.h"
#include "weir/io/ini_file.h"

// Where the tools of AWS look for credentials, too.
namespace weir::io {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
class EnvironmentCredentials final : public CredentialsSource {
 public:
  explicit EnvironmentCredentials(Environment environment) : environment_(std::move(environment)) {}
  std::optional<AwsCredentials> Fetch() override;

 private:
  const Environment environment_;
};

// One profile of ~/.aws/credentials and ~/.aws/config, or of the files that
// AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name.
class AwsProfile {
 public:
  // `name`: ""; AWS_PROFILE, else "default". Throws Error{kInvalid} when one that was asked for is
  // in neither file.
  AwsProfile(const std::string& name, const Environment& environment);

  const std::string& name() const { return name_; }
  // "" when neither file has it; the credentials file goes first.
  const std::string& Get(const std::string& setting) const;
  // Throws Error: kInvalid (half of a pair), kUnsupported (by a role, single sign-on or a program).
  std::optional<AwsCredentials> Credentials() const;

 private:
  std::string name_;
  IniSection credentials_;
  IniSection config_;
};

// That of a profile, read anew whenever it is asked for.
class ProfileCredentials final : public CredentialsSource {
 public:
  ProfileCredentials(std::string name, Environment environment)
      : name_(std::move(name)), environment_(std::move(environment)) {}
  std::optional<AwsCredentials> Fetch() override {
    return AwsProfile(name_, environment_).Credentials();
  }

 private:
  const std::string name_;
  const Environment environment_;
};

// What a container of ECS or EKS is given (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, ..._FULL_URI).
class ContainerCredentials final : public CredentialsSource {
 public:
  ContainerCredentials(Environment environment, std::shared_ptr<HttpClient> http)
      : environment_(std::move(environment)), http_(std::move(http)) {}
  std::optional<AwsCredentials> Fetch() override;

 private:
  std::optional<std::string> Address() const;
  std::string Authorization() const;

  const Environment environment_;
  const std::shared_ptr<HttpClient> http_;
};

// The role of a machine of EC2, by its metadata service, version 2. Nothing on other machines, and
// with AWS_EC2_METADATA_DISABLED=true.
class InstanceCredentials final : public CredentialsSource {
 public:
  InstanceCredentials(Environment environment, std::shared_ptr<HttpClient> http)
      : environment_(std::move(environment)), http_(std::move(http)) {}
  std::optional<AwsCredentials> Fetch() override;

 private:
  std::optional<std::string> Ask(const std::string& method, const std::string& path,
                                 const HttpHeaders& headers);

  const Environment environment_;
  const std::shared_ptr<HttpClient> http_;
  std::mutex mutex_;
  bool had_any_ = false;
};

}  // namespace weir::io
