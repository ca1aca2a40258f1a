#pragma once

#include <optional>
#include <string>
#include <vector>

#include "weir/io/aws_credentials.h"
#include "weir/io/environment.h"
#include "weir/io/ini_file.h"
#include "weir/io/s3_connection.h"

namespace weir::io {

// How one bucket is reached.
struct S3Access {
  S3Endpoint endpoint;
  bool is_anonymous = false;
  std::optional<AwsCredentials> credentials = {};  // Those of s3.conf.
  std::string profile = {};                        // That s3.conf names.
};

// What `s3.conf` in the home says, and after it the environment and the AWS profile. A section
// [bucket NAME] is for one bucket, [*] for all others; a bucket with a section takes nothing from
// [*]. Names: region, endpoint_url, addressing_style (auto, path, virtual), profile, anonymous
// (true, false), aws_access_key_id, aws_secret_access_key, aws_session_token; in [cache]: size
// (bytes, or with MiB, GiB), 0 for none.
class S3Settings {
 public:
  // Throws Error{kInvalid} with the file and the line for what it does not know, and when others
  // than its owner can read keys in it.
  S3Settings(const std::string& file, Environment environment);

  S3Access AccessTo(const std::string& bucket) const;
  uint64_t cache_bytes() const { return cache_bytes_; }
  // A file of further certificates to trust (AWS_CA_BUNDLE); "".
  std::string certificates() const { return environment_("AWS_CA_BUNDLE").value_or(""); }
  const Environment& environment() const { return environment_; }

 private:
  void Check(const std::string& file);
  const IniSection* SectionFor(const std::string& bucket) const;
  S3Endpoint EndpointOf(const IniSection* section) const;

  const Environment environment_;
  std::vector<IniSection> sections_;
  uint64_t cache_bytes_ = uint64_t{10} << 30;
};

}  // namespace weir::io
