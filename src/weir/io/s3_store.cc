#include "weir/io/s3_store.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "weir/base/error.h"
#include "weir/base/uuid.h"
#include "weir/io/key.h"
#include "weir/io/parallel.h"
#include "weir/io/s3_reader.h"
#include "weir/io/s3_writer.h"

namespace weir::io {
namespace {

constexpr size_t kPageKeys = 1000;  // What S3 lists and deletes at a time.
constexpr int kReadsOfOneObject = 4;
// A single PUT takes 5 GiB.
constexpr size_t kLargestPut = size_t{5} << 30;

bool IsKey(const std::string& key) {
  try {
    CheckKey(key);
    return true;
  } catch (const Error&) {
    return false;
  }
}

uint64_t NumberIn(std::string_view text, const std::string& uri) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  throw Error(ErrorCode::kCorrupt, "the store does not say how long '" + uri + "' is");
}

ObjectInfo InfoOf(const std::string& key, const std::string& uri, const HttpResponse& response) {
  ObjectInfo info;
  info.key = key;
  info.etag = QuotedEtag(response.Header("etag"));
  const auto modified = ParseHttpDate(response.Header("last-modified"));
  if (!modified) {
    throw Error(ErrorCode::kCorrupt, "the store does not say when '" + uri + "' was written");
  }
  info.modified = *modified;
  const std::string& length = response.Header("content-length");
  // A body in chunks says by itself where it ends.
  info.size =
      length.empty() && !response.body.empty() ? response.body.size() : NumberIn(length, uri);
  return info;
}

std::string BytesRange(uint64_t begin, uint64_t length) {
  return "bytes=" + std::to_string(begin) + "-" + std::to_string(begin + length - 1);
}

}  // namespace

S3Store::S3Store(std::shared_ptr<S3Connection> connection, S3StoreOptions options)
    : connection_(std::move(connection)),
      options_(options),
      honours_conditions_(connection_->IsAmazon()) {}

std::optional<ObjectInfo> S3Store::Find(const std::string& key) {
  CheckKey(key);
  S3Request request{"HEAD", key};
  request.expected = {404};
  const HttpResponse response = connection_->Exchange(request);
  if (response.status == 404) return std::nullopt;
  return InfoOf(key, connection_->UriOf(key), response);
}

// Nothing when the object is another than that of `etag` ("": whichever it is).
std::optional<S3Store::Range> S3Store::Get(const std::string& key, const std::string& range,
                                           const std::string& etag) {
  S3Request request{"GET", key};
  request.headers = {{"Range", range}};
  if (!etag.empty()) request.headers.emplace_back("If-Match", etag);
  request.expected = {412, 416};
  HttpResponse response = connection_->Exchange(request);
  if (response.status == 412) return std::nullopt;
  const std::string uri = connection_->UriOf(key);
  if (response.status == 416) {  // An empty object has no ranges.
    const auto info = Find(key);
    if (!info) throw Error(ErrorCode::kNotFound, "there is no object '" + uri + "'");
    if (info->size != 0) return std::nullopt;
    return Range{*info, 0, ""};
  }
  const ObjectInfo info = InfoOf(key, uri, response);
  Range got{info, 0, std::move(response.body)};
  if (got.info.size != got.bytes.size()) {
    throw Error(ErrorCode::kUnavailable, "the store cut its answer for '" + uri + "'");
  }
  if (response.status == 200) return got;                       // The whole object.
  const std::string& shown = response.Header("content-range");  // "bytes 0-9/100"
  const size_t dash = shown.find('-');
  const size_t slash = shown.find('/');
  if (!shown.starts_with("bytes ") || dash == std::string::npos || slash == std::string::npos) {
    throw Error(ErrorCode::kCorrupt, "the store does not say which part of '" + uri + "' it gave");
  }
  got.begin = NumberIn(std::string_view(shown).substr(6, dash - 6), uri);
  got.info.size = NumberIn(std::string_view(shown).substr(slash + 1), uri);
  return got;
}

// Reads a part of the object that `info` describes, by one request. Gives the object's etag, which
// has to be the one that is known, if one is.
std::string S3Store::FillPart(const ObjectInfo& info, uint64_t begin, char* into, size_t length) {
  const auto got = Get(info.key, BytesRange(begin, length), info.etag);
  if (info.etag.empty() && (!got || got->info.size != info.size)) {
    throw Error(ErrorCode::kCorrupt, "'" + connection_->UriOf(info.key) + "' is not of " +
                                         std::to_string(info.size) +
                                         " bytes, as it was when it was written; put it back from "
                                         "a copy");
  }
  // A store that knows no If-Match, or no ranges, is caught here.
  const bool is_it = got && (info.etag.empty() || got->info.etag == info.etag) &&
                     got->info.size == info.size && got->begin <= begin &&
                     got->begin + got->bytes.size() >= begin + length;
  if (!is_it) {
    throw Error(ErrorCode::kConflict, "'" + connection_->UriOf(info.key) +
                                          "' was replaced while it was read; read it again");
  }
  std::memcpy(into, got->bytes.data() + (begin - got->begin), length);
  return got->info.etag;
}

// The same for any part, large ones over several connections.
void S3Store::Fill(const ObjectInfo& info, uint64_t begin, char* into, size_t length) {
  const size_t parts = (length + options_.part_bytes - 1) / options_.part_bytes;
  InParallel(parts, options_.connections, [&](size_t part) {
    const size_t offset = part * options_.part_bytes;
    FillPart(info, begin + offset, into + offset, std::min(options_.part_bytes, length - offset));
  });
}

std::optional<std::string> S3Store::TryRead(const std::string& key) {
  auto first = Get(key, BytesRange(0, options_.part_bytes), "");
  if (!first) return std::nullopt;
  std::string bytes = std::move(first->bytes);
  const size_t have = bytes.size();
  if (have == first->info.size) return bytes;
  bytes.resize(first->info.size);
  try {
    Fill(first->info, have, bytes.data() + have, bytes.size() - have);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kConflict) throw;
    return std::nullopt;
  }
  return bytes;
}

std::string S3Store::Read(const std::string& key) {
  CheckKey(key);
  for (int i = 0; i < kReadsOfOneObject; ++i) {
    if (auto bytes = TryRead(key)) return *std::move(bytes);
  }
  throw Error(ErrorCode::kUnavailable, "'" + connection_->UriOf(key) +
                                           "' is replaced again and again while it is read; try "
                                           "again later");
}

// ---- Reading ----

class S3Store::Reader final : public ObjectReader {
 public:
  // `tail`: the bytes of its end that came along.
  Reader(S3Store& store, ObjectInfo info, std::optional<Range> tail)
      : store_(store),
        info_(std::move(info)),
        etag_(info_.etag),
        ahead_(info_,
               [this](uint64_t begin, char* into, size_t length) { Fetch(begin, into, length); }) {
    if (tail) ahead_.Keep(tail->begin, std::move(tail->bytes));
  }

  const ObjectInfo& info() const override { return info_; }
  size_t ReadAt(uint64_t offset, char* into, size_t length) override {
    return ahead_.ReadAt(offset, into, length);
  }

 private:
  // All parts are of one object: the first tells which, where that is not known.
  void Fetch(uint64_t begin, char* into, size_t length) {
    ObjectInfo object = info_;
    {
      const std::lock_guard lock(mutex_);
      object.etag = etag_;
    }
    if (object.etag.empty()) {
      const size_t first = std::min(length, store_.options_.part_bytes);
      object.etag = store_.FillPart(object, begin, into, first);
      const std::lock_guard lock(mutex_);
      etag_ = object.etag;
      begin += first;
      into += first;
      length -= first;
    }
    if (length > 0) store_.Fill(object, begin, into, length);
  }

  S3Store& store_;
  const ObjectInfo info_;
  std::mutex mutex_;
  std::string etag_;  // "": not known yet.
  ReadAhead ahead_;
};

// The end of the object comes along: it is where the metadata of Parquet is, and of a small object
// it is all. So opening costs one request, and reading a footer none.
std::unique_ptr<ObjectReader> S3Store::Open(const std::string& key) {
  CheckKey(key);
  for (int i = 0; i < kReadsOfOneObject; ++i) {
    auto tail = Get(key, "bytes=-" + std::to_string(ReadAhead::kTailBytes), "");
    if (!tail) continue;
    ObjectInfo info = tail->info;
    return std::make_unique<Reader>(*this, std::move(info), std::move(tail));
  }
  throw Error(ErrorCode::kUnavailable, "'" + connection_->UriOf(key) + "' can't be opened");
}

std::unique_ptr<ObjectReader> S3Store::OpenKnown(const ObjectInfo& object) {
  CheckKey(object.key);
  return std::make_unique<Reader>(*this, object, std::nullopt);
}

// ---- Writing ----

class S3Store::Writer final : public ObjectWriter {
 public:
  Writer(S3Store& store, const std::string& key)
      : store_(store), key_(key), upload_(store.connection_, key, store.options_.part_bytes) {}

  void Append(std::string_view bytes) override { upload_.Append(bytes); }

  void Finish() override {
    if (!upload_.HasParts()) {
      store_.Put(key_, upload_.TakeRest());
      return;
    }
    if (upload_.Complete(S3Upload::Condition::kNone) == S3Upload::Outcome::kInDoubt &&
        store_.WhoWrote(key_, upload_.mark()) != PutOutcome::kCreated) {
      throw Error(ErrorCode::kUnavailable,
                  "it is not known whether '" + store_.connection_->UriOf(key_) +
                      "' was written: its upload is gone; look, or write it again");
    }
  }

  PutOutcome FinishIfAbsent() override {
    if (!upload_.HasParts()) return store_.PutIfAbsent(key_, upload_.TakeRest());
    store_.RequireConditions(key_);
    if (upload_.Complete(S3Upload::Condition::kIfAbsent) == S3Upload::Outcome::kDone) {
      return PutOutcome::kCreated;
    }
    return store_.WhoWrote(key_, upload_.mark());
  }

 private:
  S3Store& store_;
  const std::string key_;
  S3Upload upload_;
};

void S3Store::Put(const std::string& key, std::string_view bytes) {
  CheckKey(key);
  if (bytes.size() > 2 * options_.part_bytes) {
    S3Upload upload(connection_, key, options_.part_bytes);
    upload.AppendInParallel(bytes, options_.connections);
    if (upload.Complete(S3Upload::Condition::kNone) == S3Upload::Outcome::kDone) return;
    if (WhoWrote(key, upload.mark()) == PutOutcome::kCreated) return;
    throw Error(ErrorCode::kUnavailable, "it is not known whether '" + connection_->UriOf(key) +
                                             "' was written: its upload is gone; look, or write "
                                             "it again");
  }
  S3Request request{"PUT", key};
  request.body = bytes;
  connection_->Exchange(request);
}

PutOutcome S3Store::PutIfAbsent(const std::string& key, std::string_view bytes) {
  CheckKey(key);
  if (bytes.size() > kLargestPut) {
    throw Error(ErrorCode::kUnsupported, "'" + connection_->UriOf(key) +
                                             "' would be larger than 5 GiB, more than S3 takes at "
                                             "once; write less in one statement");
  }
  RequireConditions(key);
  const std::string mark = NewUuid();
  S3Request request{"PUT", key};
  request.headers = {{"If-None-Match", "*"}, {kS3WriteMark, mark}};
  request.body = bytes;
  request.expected = {412};
  const HttpResponse response = connection_->Exchange(request);
  if (response.status != 412) return PutOutcome::kCreated;
  // Always: libcurl too sends a request again when a kept connection breaks.
  return WhoWrote(key, mark);
}

// Who wrote the object that is in the way of a conditional write.
PutOutcome S3Store::WhoWrote(const std::string& key, const std::string& mark) {
  S3Request request{"HEAD", key};
  request.expected = {404};
  const HttpResponse response = connection_->Exchange(request);
  if (response.status == 404) {
    throw Error(ErrorCode::kUnavailable, "'" + connection_->UriOf(key) +
                                             "' was there when it was to be written, and is gone "
                                             "now; look whose it was, or try again");
  }
  const bool is_ours = response.Header(kS3WriteMark) == mark;
  return is_ours ? PutOutcome::kCreated : PutOutcome::kExisted;
}

std::unique_ptr<ObjectWriter> S3Store::Create(const std::string& key) {
  CheckKey(key);
  return std::make_unique<Writer>(*this, key);
}

void S3Store::RequireConditions(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (honours_conditions_) return;
  const std::string probe = std::string(FolderOf(key)) + std::string(kTemporaryPrefix) + NewUuid();
  connection_->Exchange({"PUT", probe});
  S3Request again{"PUT", probe};
  again.headers = {{"If-None-Match", "*"}};
  again.expected = {412, 501};
  const int status = connection_->Exchange(again).status;
  connection_->Exchange({"DELETE", probe});
  if (status != 412) {
    throw Error(
        ErrorCode::kUnsupported,
        "the store of '" + connection_->UriOf(key) +
            "' does not honour 'If-None-Match: *' when an object is put, so two writers "
            "could take one version of a table; use a store that does, as AWS's and MinIO's");
  }
  honours_conditions_ = true;
}

// ---- Listing and deleting ----

S3Listing S3Store::Page(const std::string& prefix, const std::string& delimiter,
                        const std::string& start_after, const std::string& next, size_t limit) {
  S3Request request{"GET"};
  request.query = {{"list-type", "2"},
                   {"prefix", prefix},
                   {"max-keys", std::to_string(std::min(limit, kPageKeys))}};
  if (!delimiter.empty()) request.query.emplace_back("delimiter", delimiter);
  if (!next.empty()) {
    request.query.emplace_back("continuation-token", next);
  } else if (start_after > prefix) {
    request.query.emplace_back("start-after", start_after);
  }
  return ParseS3Listing(connection_->Exchange(request).body);
}

std::vector<ObjectInfo> S3Store::List(const std::string& prefix, const std::string& start_after,
                                      size_t limit) {
  CheckPrefix(prefix);
  std::vector<ObjectInfo> found;
  std::string next;
  while (found.size() < limit) {
    S3Listing page = Page(prefix, "", start_after, next, limit - found.size());
    for (ObjectInfo& info : page.objects) {
      if (info.key > start_after && IsKey(info.key)) found.push_back(std::move(info));
    }
    next = std::move(page.next);
    if (next.empty()) break;
  }
  return found;
}

ObjectStore::Level S3Store::ListLevel(const std::string& prefix) {
  CheckPrefix(prefix);
  Level level;
  std::string next;
  do {
    S3Listing page = Page(prefix, "/", "", next, kPageKeys);
    for (ObjectInfo& info : page.objects) {
      if (IsKey(info.key)) level.objects.push_back(std::move(info));
    }
    for (std::string& folder : page.folders) {
      if (folder.size() > 1 && IsKey(folder.substr(0, folder.size() - 1))) {
        level.folders.push_back(std::move(folder));
      }
    }
    next = std::move(page.next);
  } while (!next.empty());
  return level;
}

void S3Store::Delete(const std::string& key) {
  CheckKey(key);
  S3Request request{"DELETE", key};
  request.expected = {404};
  const HttpResponse response = connection_->Exchange(request);
  if (response.status != 404) return;
  S3Failure failure = ParseS3Failure(response.body);
  failure.status = 404;
  if (failure.code == "NoSuchBucket") throw connection_->Failed(failure, key, 1);
}

void S3Store::DeleteAll(const std::string& prefix) {
  CheckFolder(prefix);
  std::string next;
  do {
    const S3Listing page = Page(prefix, "", "", next, kPageKeys);
    std::vector<std::string> keys;
    for (const ObjectInfo& info : page.objects) keys.push_back(info.key);
    if (!keys.empty()) DeleteThese(keys);
    next = page.next;
  } while (!next.empty());
}

void S3Store::DeleteThese(const std::vector<std::string>& keys) {
  const std::string body = DeleteObjectsXml(keys);
  S3Request request{"POST"};
  request.query = {{"delete", ""}};
  request.headers = {{"Content-MD5", Md5Base64(body)}, {"Content-Type", "application/xml"}};
  request.body = body;
  for (const auto& [key, reason] : ParseDeleteFailures(connection_->Exchange(request).body)) {
    S3Failure failure = reason;
    failure.status = failure.code == "AccessDenied" ? 403 : 500;
    if (failure.code != "NoSuchKey") throw connection_->Failed(failure, key, 1);
  }
}

}  // namespace weir::io
