#include "weir/io/testing/fake_s3.h"

#include <algorithm>
#include <cctype>
#include <pugixml.hpp>

#include "weir/base/error.h"
#include "weir/io/uri.h"

namespace weir::io {
namespace {

constexpr const char* kWrittenAt = "Fri, 01 Mar 2024 12:00:00 GMT";
constexpr const char* kListedAt = "2024-03-01T12:00:00.000Z";

std::string GetOr(const std::map<std::string, std::string>& map, const std::string& name) {
  const auto found = map.find(name);
  return found == map.end() ? "" : found->second;
}

std::string EscapedXml(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '"' ? "&quot;" : std::string(1, c);
  }
  return escaped;
}

}  // namespace

HttpResponse S3FailureAnswer(int status, const std::string& code) {
  return {status, {}, "<Error><Code>" + code + "</Code><Message>on purpose</Message></Error>"};
}

void FakeS3::Answer(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  answers_.push_back(std::move(response));
}

std::vector<std::string> FakeS3::Keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, object] : objects_) keys.push_back(key);
  return keys;
}

size_t FakeS3::UnfinishedUploads() const {
  const std::lock_guard lock(mutex_);
  return uploads_.size();
}

std::vector<HttpRequest> FakeS3::TakeRequests() {
  const std::lock_guard lock(mutex_);
  return std::exchange(requests_, {});
}

FakeS3::Asked FakeS3::Parse(const HttpRequest& request) {
  Asked asked{request.method, "", {}, {}, std::string(request.body)};
  const size_t path = request.url.find('/', request.url.find("://") + 3);
  const size_t question = std::min(request.url.find('?'), request.url.size());
  const size_t key = request.url.find('/', path + 1) + 1;
  asked.key = DecodedUriPath(request.url.substr(key, question - key), request.url);
  for (size_t at = question + 1; at < request.url.size();) {
    const size_t end = std::min(request.url.find('&', at), request.url.size());
    const size_t equals = std::min(request.url.find('=', at), end);
    asked.query[DecodedUriPath(request.url.substr(at, equals - at), request.url)] =
        equals < end ? DecodedUriPath(request.url.substr(equals + 1, end - equals - 1), request.url)
                     : "";
    at = end + 1;
  }
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    asked.headers[lower] = value;
  }
  return asked;
}

HttpResponse FakeS3::Send(const HttpRequest& request) {
  const Asked asked = Parse(request);
  const size_t call = faults_->Entering(asked.method + " " + asked.key);
  HttpResponse response;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    requests_.back().body = {};  // Nobody's any more.
    if (answers_.empty()) {
      response = Do(asked);
    } else {
      response = std::move(answers_.front());
      answers_.pop_front();
    }
  }
  faults_->Leaving(call);
  if (asked.method == "HEAD") response.body.clear();
  return response;
}

HttpResponse FakeS3::Do(const Asked& asked) {
  if (asked.method == "PUT") return Put(asked);
  if (asked.method == "POST") return Post(asked);
  if (asked.method == "DELETE") {
    if (asked.query.contains("uploadId")) {
      uploads_.erase(GetOr(asked.query, "uploadId"));
    } else {
      objects_.erase(asked.key);
    }
    return {204, {}, ""};
  }
  return asked.query.contains("list-type") ? List(asked) : Get(asked);
}

HttpResponse FakeS3::Get(const Asked& asked) const {
  const auto found = objects_.find(asked.key);
  if (found == objects_.end()) return S3FailureAnswer(404, "NoSuchKey");
  const Object& object = found->second;
  const std::string wanted = GetOr(asked.headers, "if-match");
  if (!wanted.empty() && wanted != object.etag) return S3FailureAnswer(412, "PreconditionFailed");
  HttpResponse response{200, {{"etag", object.etag}, {"last-modified", kWrittenAt}}, ""};
  if (!object.mark.empty()) response.headers["x-amz-meta-weir-write"] = object.mark;
  const size_t size = object.bytes.size();
  size_t begin = 0;
  size_t end = size;
  if (const std::string range = GetOr(asked.headers, "range"); !range.empty()) {
    const size_t dash = range.find('-');
    const std::string first = range.substr(6, dash - 6);
    const std::string last = range.substr(dash + 1);
    begin = first.empty() ? size - std::min<size_t>(size, std::stoull(last)) : std::stoull(first);
    if (!first.empty() && !last.empty()) end = std::min<size_t>(size, std::stoull(last) + 1);
    if (begin >= size) return S3FailureAnswer(416, "InvalidRange");
    response.status = 206;
    response.headers["content-range"] = "bytes " + std::to_string(begin) + "-" +
                                        std::to_string(end - 1) + "/" + std::to_string(size);
  }
  response.body = object.bytes.substr(begin, end - begin);
  response.headers["content-length"] = std::to_string(end - begin);
  return response;
}

HttpResponse FakeS3::List(const Asked& asked) const {
  const std::string prefix = GetOr(asked.query, "prefix");
  const std::string delimiter = GetOr(asked.query, "delimiter");
  const std::string token = GetOr(asked.query, "continuation-token");
  const std::string after = token.empty() ? GetOr(asked.query, "start-after") : token;
  const size_t limit = std::min<size_t>(page_keys_, std::stoull(GetOr(asked.query, "max-keys")));
  std::string xml = "<ListBucketResult>";
  std::string last;
  size_t count = 0;
  for (const auto& [key, object] : objects_) {
    if (!key.starts_with(prefix) || key <= after) continue;
    const size_t slash = delimiter.empty() ? std::string::npos : key.find(delimiter, prefix.size());
    const std::string folder = slash == std::string::npos ? "" : key.substr(0, slash + 1);
    // Of a folder that a page ended with, no more is told.
    if (!folder.empty() && (folder == last || after.starts_with(folder))) continue;
    if (count == limit) {
      xml += "<IsTruncated>true</IsTruncated><NextContinuationToken>" + EscapedXml(last) +
             "</NextContinuationToken>";
      break;
    }
    ++count;
    last = folder.empty() ? key : folder;
    if (folder.empty()) {
      xml += "<Contents><Key>" + EscapedXml(key) + "</Key><LastModified>" + kListedAt +
             "</LastModified><ETag>" + EscapedXml(object.etag) + "</ETag><Size>" +
             std::to_string(object.bytes.size()) + "</Size></Contents>";
    } else {
      xml += "<CommonPrefixes><Prefix>" + EscapedXml(folder) + "</Prefix></CommonPrefixes>";
    }
  }
  return {200, {}, xml + "</ListBucketResult>"};
}

bool FakeS3::IsInTheWay(const Asked& asked) const {
  return !ignores_conditions_ && GetOr(asked.headers, "if-none-match") == "*" &&
         objects_.contains(asked.key);
}

HttpResponse FakeS3::Place(const std::string& key, std::string bytes, std::string mark) {
  const std::string etag = "\"" + std::to_string(++writes_) + "\"";
  objects_[key] = {std::move(bytes), etag, std::move(mark)};
  return {200, {{"etag", etag}}, ""};
}

HttpResponse FakeS3::Put(const Asked& asked) {
  if (asked.query.contains("uploadId")) {
    const auto upload = uploads_.find(GetOr(asked.query, "uploadId"));
    if (upload == uploads_.end()) return S3FailureAnswer(404, "NoSuchUpload");
    upload->second.parts[std::stoi(GetOr(asked.query, "partNumber"))] = asked.body;
    return {200, {{"etag", "\"part\""}}, ""};
  }
  if (IsInTheWay(asked)) return S3FailureAnswer(412, "PreconditionFailed");
  return Place(asked.key, asked.body, GetOr(asked.headers, "x-amz-meta-weir-write"));
}

HttpResponse FakeS3::Post(const Asked& asked) {
  if (asked.query.contains("delete")) return DeleteMany(asked);
  if (asked.query.contains("uploadId")) return Complete(asked);
  const std::string id = "upload-" + std::to_string(++writes_);
  uploads_[id] = {asked.key, GetOr(asked.headers, "x-amz-meta-weir-write"), {}};
  return {200,
          {},
          "<InitiateMultipartUploadResult><UploadId>" + id +
              "</UploadId></InitiateMultipartUploadResult>"};
}

HttpResponse FakeS3::Complete(const Asked& asked) {
  const auto upload = uploads_.find(GetOr(asked.query, "uploadId"));
  if (upload == uploads_.end()) return S3FailureAnswer(404, "NoSuchUpload");
  if (IsInTheWay(asked)) return S3FailureAnswer(412, "PreconditionFailed");
  std::string bytes;
  for (const auto& [number, part] : upload->second.parts) bytes += part;
  Place(asked.key, std::move(bytes), upload->second.mark);
  uploads_.erase(upload);
  return {200, {}, "<CompleteMultipartUploadResult/>"};
}

HttpResponse FakeS3::DeleteMany(const Asked& asked) {
  pugi::xml_document document;
  document.load_string(asked.body.c_str());
  for (const auto& node : document.child("Delete").children("Object")) {
    objects_.erase(node.child("Key").text().as_string());
  }
  return {200, {}, "<DeleteResult/>"};
}

}  // namespace weir::io
