#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::io {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // Percent-encoded, and sent as it is.
  HttpHeaders headers = {};
  std::string_view body = {};            // Lives until the answer is there.
  std::chrono::seconds stall_limit{30};  // How long no byte may come or go.
  std::chrono::milliseconds connect_limit{5000};
  bool past_proxies = false;  // For addresses that mean something on this machine only.
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers = {};  // Names in lower case.
  std::string body = {};

  // "" when there is none of that (lower-case) name.
  const std::string& Header(const std::string& name) const;
};

// Sends a request and waits for the whole answer, whatever its status; redirects are answers too.
// Throws Error: kUnavailable (no connection, a time limit, an answer that was cut: what was asked
// may have been done), kInvalid (a bad address, or a server whose certificate does not hold),
// kCancelled (CancelScope). Messages name the server, never headers, bodies or queries. Safe from
// many threads.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpResponse Send(const HttpRequest& request) = 0;
};

// HTTP/1.1 over libcurl. Connections are kept for the next request to the same server. Proxies are
// those of the environment (https_proxy, no_proxy).
class CurlClient final : public HttpClient {
 public:
  // `certificates`: a file of those to trust; "": the system's.
  explicit CurlClient(std::string certificates = {});
  ~CurlClient() override;
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  HttpResponse Send(const HttpRequest& request) override;

 private:
  class Handle;
  std::unique_ptr<Handle> Take();
  void GiveBack(std::unique_ptr<Handle> handle);

  const std::string certificates_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;  // Each with its open connections; last used, first.
};

// "https://host:9000" of an address.
std::string OriginOf(const std::string& url);

}  // namespace weir::io
