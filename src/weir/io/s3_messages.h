#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/io/object_store.h"

namespace weir::io {

// What S3 says and is told in XML. Readers throw Error{kCorrupt} for what is no such message.

struct S3Listing {
  std::vector<ObjectInfo> objects;   // As they are called there, which need not be keys of ours.
  std::vector<std::string> folders;  // Common prefixes.
  std::string next;                  // Continuation token; "" at the end.
};
S3Listing ParseS3Listing(std::string_view xml);

struct S3Failure {
  int status = 0;
  std::string code;     // "NoSuchKey"; "" where the answer does not say.
  std::string message;  // The service's own words, made fit for a line.
  std::string region;   // Where the bucket is, if it is not where it was looked for.
};
// Of an answer's body; all "" when that is no error in XML.
S3Failure ParseS3Failure(std::string_view xml);

std::string ParseUploadId(std::string_view xml);

// The body that completes an upload: etags of its parts, from part 1 on.
std::string CompleteUploadXml(const std::vector<std::string>& etags);
std::string DeleteObjectsXml(const std::vector<std::string>& keys);
// Which of them could not be deleted: key and failure.
std::vector<std::pair<std::string, S3Failure>> ParseDeleteFailures(std::string_view xml);

// As headers hold it, whether or not a service leaves the quotes out: "abc" -> "\"abc\"".
std::string QuotedEtag(const std::string& etag);

// "2024-03-01T12:00:00.000Z" and "Fri, 01 Mar 2024 12:00:00 GMT", to the second: the second form
// has no more, and an object's time is one, however it is asked for.
std::optional<Instant> ParseIsoTime(const std::string& text);
std::optional<Instant> ParseHttpDate(const std::string& text);

}  // namespace weir::io
