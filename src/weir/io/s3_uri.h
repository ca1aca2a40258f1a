#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::io {

// A place in a bucket: all spellings of one place give one.
struct S3Place {
  std::string bucket;
  std::string key;  // "" for the whole bucket; else a key of a store, without a '/' at its end.

  // "s3://bucket/a%20b", which ParseS3Uri reads as this place.
  std::string ToUri() const;
};

// "s3://", "s3a://" or "s3n://" in front.
bool IsS3Uri(std::string_view path);

// A URI, which may be percent-encoded; slashes count once. Throws Error: kInvalid ("." and ".."
// parts, a bucket that can't be one, user names and ports), kUnsupported (the second names of
// buckets that AWS gives to access points, and directory buckets): two names for one place would
// let a path past the rules for another. Messages repeat nothing that may be a key pair.
S3Place ParseS3Uri(const std::string& uri);

}  // namespace weir::io
