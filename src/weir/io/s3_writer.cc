#include "weir/io/s3_writer.h"

#include <algorithm>
#include <exception>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/parallel.h"
#include "weir/io/sigv4.h"

namespace weir::io {
namespace {

// S3 takes 10,000 parts: they double every thousand, which is room for 8 TiB.
constexpr size_t kPartsOfOneSize = 1000;
constexpr size_t kMostDoublings = 9;
// S3 may put large objects together for minutes, and says nothing meanwhile.
constexpr std::chrono::seconds kCompletionLimit{300};

}  // namespace

S3Upload::S3Upload(std::shared_ptr<S3Connection> connection, std::string key, size_t part_bytes)
    : connection_(std::move(connection)),
      key_(std::move(key)),
      part_bytes_(part_bytes),
      mark_(NewUuid()) {}

S3Upload::~S3Upload() {
  if (pending_.valid()) pending_.wait();
  if (upload_id_.empty() || is_done_) return;
  try {
    const CancelScope scope(CancelScope::Never::kCancelled);
    S3Request request{"DELETE", key_};
    request.query = {{"uploadId", upload_id_}};
    request.expected = {404};
    connection_->Exchange(request);
  } catch (const std::exception&) {
    // Its parts stay, unseen, until the bucket's own rule for unfinished uploads takes them.
  }
}

size_t S3Upload::PartBytes() const {
  return part_bytes_ << std::min(etags_.size() / kPartsOfOneSize, kMostDoublings);
}

void S3Upload::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t room = PartBytes() - std::min(buffer_.size(), PartBytes());
    buffer_.append(bytes.substr(0, room));
    bytes.remove_prefix(std::min(room, bytes.size()));
    if (buffer_.size() >= PartBytes()) SendBuffer();
  }
}

void S3Upload::AppendInParallel(std::string_view bytes, size_t connections) {
  Begin();
  const size_t size = std::max(part_bytes_, bytes.size() / (kPartsOfOneSize - 1));
  const size_t count = (bytes.size() + size - 1) / size;
  etags_.resize(count);
  InParallel(count, connections, [&](size_t part) {
    etags_[part] = SendPart(part + 1, bytes.substr(part * size, size));
  });
}

void S3Upload::Begin() {
  if (!upload_id_.empty()) return;
  S3Request request{"POST", key_};
  request.query = {{"uploads", ""}};
  request.headers = {{kS3WriteMark, mark_}};
  upload_id_ = ParseUploadId(connection_->Exchange(request).body);
}

void S3Upload::SendBuffer() {
  Begin();
  Wait();
  sending_.swap(buffer_);
  buffer_.clear();
  const size_t number = etags_.size() + 1;
  pending_ = std::async(std::launch::async, [this, number, asked = CancelScope::Current()] {
    const CancelScope scope(asked);
    return SendPart(number, sending_);
  });
}

void S3Upload::Wait() {
  if (pending_.valid()) etags_.push_back(pending_.get());
}

std::string S3Upload::SendPart(size_t number, std::string_view bytes) const {
  S3Request request{"PUT", key_};
  request.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}};
  request.body = bytes;
  std::string etag = connection_->Exchange(request).Header("etag");
  if (etag.empty()) {
    throw Error(ErrorCode::kCorrupt,
                "the store took a part of '" + connection_->UriOf(key_) + "' without an etag");
  }
  return etag;
}

S3Upload::Outcome S3Upload::Complete(Condition condition) {
  if (!buffer_.empty()) SendBuffer();
  Wait();
  const std::string body = CompleteUploadXml(etags_);
  S3Request request{"POST", key_};
  request.query = {{"uploadId", upload_id_}};
  request.headers = {{"Content-Type", "application/xml"}};
  if (condition == Condition::kIfAbsent) request.headers.emplace_back("If-None-Match", "*");
  request.body = body;
  request.stall_limit = kCompletionLimit;
  request.expected = {404, 412};
  const HttpResponse response = connection_->Exchange(request);
  if (response.status == 404 || response.status == 412) return Outcome::kInDoubt;
  is_done_ = true;
  return Outcome::kDone;
}

}  // namespace weir::io
