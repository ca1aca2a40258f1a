#include "weir/io/sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>

#include "weir/base/error.h"
#include "weir/io/uri.h"

namespace weir::io {
namespace {

std::string DigestOf(const EVP_MD* kind, std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, kind, nullptr) != 1) {
    throw Error(ErrorCode::kInternal, "the system's OpenSSL does not compute a hash that S3 needs");
  }
  return std::string(reinterpret_cast<const char*>(digest), length);
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest,
           &length) == nullptr) {
    throw Error(ErrorCode::kInternal, "the system's OpenSSL does not compute HMAC-SHA256");
  }
  return std::string(reinterpret_cast<const char*>(digest), length);
}

std::string LowerHex(std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return text;
}

// "20130524T000000Z"
std::string BasicTime(Instant instant) {
  const std::time_t seconds = instant.micros / 1000000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

std::string CanonicalQuery(const QueryParameters& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(PercentEncoded(name, Slash::kEscaped),
                         PercentEncoded(value, Slash::kEscaped));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text += name + "=" + value;
  }
  return text;
}

// Runs of spaces count as one.
std::string CanonicalValue(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == ' ' && (text.empty() || text.back() == ' ')) continue;
    text += c;
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

struct CanonicalHeaders {
  std::string lines;
  std::string names;  // "host;x-amz-date"
};

CanonicalHeaders CanonicalHeadersOf(const AwsRequest& request, const HttpHeaders& headers) {
  std::map<std::string, std::string> sorted{{"host", request.host}};
  for (const auto& [name, value] : headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    sorted[lower] = CanonicalValue(value);
  }
  CanonicalHeaders canonical;
  for (const auto& [name, value] : sorted) {
    canonical.lines += name + ":" + value + "\n";
    canonical.names += (canonical.names.empty() ? "" : ";") + name;
  }
  return canonical;
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) { return LowerHex(DigestOf(EVP_sha256(), bytes)); }

std::string Md5Base64(std::string_view bytes) {
  const std::string digest = DigestOf(EVP_md5(), bytes);
  unsigned char text[32];
  const int length = EVP_EncodeBlock(text, reinterpret_cast<const unsigned char*>(digest.data()),
                                     static_cast<int>(digest.size()));
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(length));
}

std::string RequestTarget(const std::string& path, const QueryParameters& query) {
  std::string target = PercentEncoded(path, Slash::kKept);
  if (!query.empty()) target += "?" + CanonicalQuery(query);
  return target;
}

HttpHeaders Signed(const AwsRequest& request, const AwsCredentials& credentials, Instant now) {
  const std::string time = BasicTime(now);
  const std::string date = time.substr(0, 8);
  HttpHeaders headers = request.headers;
  headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  headers.emplace_back("x-amz-date", time);
  if (!credentials.session_token.empty()) {
    headers.emplace_back("x-amz-security-token", credentials.session_token);
  }
  const CanonicalHeaders canonical = CanonicalHeadersOf(request, headers);
  const std::string canonical_request = request.method + "\n" +
                                        PercentEncoded(request.path, Slash::kKept) + "\n" +
                                        CanonicalQuery(request.query) + "\n" + canonical.lines +
                                        "\n" + canonical.names + "\n" + request.payload_sha256;
  const std::string scope = date + "/" + request.region + "/" + request.service + "/aws4_request";
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + Sha256Hex(canonical_request);
  std::string key = HmacSha256("AWS4" + credentials.secret_access_key, date);
  for (const std::string& part : {request.region, request.service, std::string("aws4_request")}) {
    key = HmacSha256(key, part);
  }
  headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + credentials.access_key_id +
                                            "/" + scope + ",SignedHeaders=" + canonical.names +
                                            ",Signature=" + LowerHex(HmacSha256(key, to_sign)));
  return headers;
}

}  // namespace weir::io
