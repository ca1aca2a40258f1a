#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "weir/io/http_client.h"
#include "weir/io/testing/faults.h"

namespace weir::io {

// One bucket of a service like S3, in memory, behind the client that asks it: path-style addresses,
// whatever the host. Checks no signatures. Safe from many threads.
class FakeS3 final : public HttpClient {
 public:
  // Faults are around every request ("PUT a/b"): those that throw kUnavailable are a connection
  // that breaks before the request arrives, or before its answer does.
  explicit FakeS3(Faults& faults) : faults_(&faults) {}

  HttpResponse Send(const HttpRequest& request) override;

  // The next answers, instead of doing what is asked.
  void Answer(HttpResponse response);
  // As of a service that knows no If-None-Match.
  void IgnoreConditions() { ignores_conditions_ = true; }
  // As many keys as a page of a listing holds at most.
  void ListByPagesOf(size_t keys) { page_keys_ = keys; }

  std::vector<std::string> Keys() const;
  size_t UnfinishedUploads() const;
  // What was sent, headers too, since the last call.
  std::vector<HttpRequest> TakeRequests();

 private:
  struct Object {
    std::string bytes;
    std::string etag;
    std::string mark;
  };
  struct Upload {
    std::string key;
    std::string mark;
    std::map<int, std::string> parts;
  };
  struct Asked {
    std::string method;
    std::string key;
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;  // Names in lower case.
    std::string body;
  };

  static Asked Parse(const HttpRequest& request);
  HttpResponse Do(const Asked& asked);
  HttpResponse Get(const Asked& asked) const;
  HttpResponse List(const Asked& asked) const;
  HttpResponse Put(const Asked& asked);
  HttpResponse Post(const Asked& asked);
  HttpResponse Complete(const Asked& asked);
  HttpResponse DeleteMany(const Asked& asked);
  bool IsInTheWay(const Asked& asked) const;
  HttpResponse Place(const std::string& key, std::string bytes, std::string mark);

  Faults* faults_;
  mutable std::mutex mutex_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  std::deque<HttpResponse> answers_;
  std::vector<HttpRequest> requests_;
  bool ignores_conditions_ = false;
  size_t page_keys_ = 1000;
  uint64_t writes_ = 0;
};

// An answer as S3 gives it for a failure.
HttpResponse S3FailureAnswer(int status, const std::string& code);

}  // namespace weir::io
