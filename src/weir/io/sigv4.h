#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/base/clock.h"
#include "weir/io/aws_credentials.h"
#include "weir/io/http_client.h"

namespace weir::io {

using QueryParameters = std::vector<std::pair<std::string, std::string>>;  // Not encoded.

// A request to an AWS service, or to one that understands its signatures.
struct AwsRequest {
  std::string method;
  std::string host;  // With the port, where that is not the scheme's own.
  std::string path;  // Not encoded: "/bucket/a b".
  QueryParameters query = {};
  HttpHeaders headers = {};
  std::string payload_sha256 = {};  // In hex.
  std::string region;
  std::string service;
};

// The headers of `request` with those that sign it (Signature Version 4) at the end.
HttpHeaders Signed(const AwsRequest& request, const AwsCredentials& credentials, Instant now);

// "/bucket/a%20b?max-keys=2": as it is signed, and so as it has to be sent.
std::string RequestTarget(const std::string& path, const QueryParameters& query);

std::string Sha256Hex(std::string_view bytes);
std::string Md5Base64(std::string_view bytes);

}  // namespace weir::io
