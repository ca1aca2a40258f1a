#include "weir/io/s3_uri.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/io/key.h"
#include "weir/io/uri.h"

namespace weir::io {
namespace {

[[noreturn]] void RefuseS3Uri(const std::string& uri, const std::string& why) {
  throw Error(ErrorCode::kInvalid, "'" + uri + "' " + why);
}

void CheckBucket(const std::string& bucket) {
  const bool has_good_letters = std::all_of(bucket.begin(), bucket.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
  // What is refused here may hold a key pair ("s3://id:secret@bucket"), so it is not repeated.
  if (!has_good_letters) {
    throw Error(ErrorCode::kInvalid,
                "an s3:// location has something before its first '/' that is no bucket's name; "
                "write s3://bucket/key, without keys, ports or ARNs (docs/guide/s3.md says where "
                "keys and endpoints go)");
  }
  if (bucket.size() < 3 || bucket.size() > 255 || bucket.find("..") != std::string::npos ||
      bucket.front() == '.' || bucket.back() == '.') {
    throw Error(ErrorCode::kInvalid, "'" + bucket + "' can't be the name of a bucket");
  }
  for (const char* end : {"-s3alias", "--ol-s3", "--x-s3", "--table-s3", ".mrap"}) {
    if (!bucket.ends_with(end)) continue;
    throw Error(ErrorCode::kUnsupported,
                "'" + bucket +
                    "' is an access point, directory bucket or table bucket, which weir "
                    "does not support; name the bucket itself");
  }
}

}  // namespace

bool IsS3Uri(std::string_view path) {
  const auto scheme = UriScheme(path);
  return scheme && (*scheme == "s3" || *scheme == "s3a" || *scheme == "s3n");
}

std::string S3Place::ToUri() const {
  return "s3://" + bucket + (key.empty() ? "" : EscapedUriPath("/" + key));
}

S3Place ParseS3Uri(const std::string& uri) {
  const std::string_view rest = std::string_view(uri).substr(uri.find(':') + 1);
  if (!rest.starts_with("//")) RefuseS3Uri(uri, "has no bucket; write s3://bucket/key");
  const size_t slash = std::min(rest.find('/', 2), rest.size());
  S3Place place;
  place.bucket = std::string(rest.substr(2, slash - 2));
  CheckBucket(place.bucket);
  const std::string path = DecodedUriPath(rest.substr(slash), uri);
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    if (part.empty()) continue;
    if (part == "." || part == "..") {
      RefuseS3Uri(uri, "has a '" + part + "' part, which names of objects can't have here");
    }
    place.key += (place.key.empty() ? "" : "/") + part;
  }
  if (!place.key.empty()) CheckKey(place.key);
  return place;
}

}  // namespace weir::io
