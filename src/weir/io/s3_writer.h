#pragma once

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/io/s3_connection.h"

namespace weir::io {

// The header that carries the mark of a write into an object's metadata.
inline constexpr const char* kS3WriteMark = "x-amz-meta-weir-write";

// One object on its way up in parts. Nothing is visible before Complete; what was sent is taken
// back by the destructor unless that said kDone. Driven by one thread.
class S3Upload {
 public:
  S3Upload(std::shared_ptr<S3Connection> connection, std::string key, size_t part_bytes);
  S3Upload(const S3Upload&) = delete;
  S3Upload& operator=(const S3Upload&) = delete;
  ~S3Upload();

  // Sends a part whenever there is enough for one, while the next is gathered. A part's failure is
  // thrown by the call after it.
  void Append(std::string_view bytes);
  // All at once.
  void AppendInParallel(std::string_view bytes, size_t connections);

  // Whether anything was sent; else all that was appended is the rest.
  bool HasParts() const { return !upload_id_.empty(); }
  std::string TakeRest() { return std::move(buffer_); }
  // Of the object, once it is complete.
  const std::string& mark() const { return mark_; }

  enum class Condition { kNone, kIfAbsent };
  // kInDoubt: there is an object in the way, or the upload is gone: if it was completed before,
  // the object has our mark.
  enum class Outcome { kDone, kInDoubt };
  [[nodiscard]] Outcome Complete(Condition condition);

 private:
  void Begin();
  void SendBuffer();
  void Wait();
  std::string SendPart(size_t number, std::string_view bytes) const;
  size_t PartBytes() const;

  const std::shared_ptr<S3Connection> connection_;
  const std::string key_;
  const size_t part_bytes_;
  const std::string mark_;
  std::string upload_id_;  // "" before the first part.
  std::string buffer_;
  std::string sending_;
  std::vector<std::string> etags_;
  std::future<std::string> pending_;  // The etag of the part that is being sent.
  bool is_done_ = false;
};

}  // namespace weir::io
