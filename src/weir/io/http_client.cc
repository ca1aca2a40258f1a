#include "weir/io/http_client.h"

#include <algorithm>
#include <cctype>

#include "weir/base/error.h"
#include "weir/io/cancel_scope.h"
#include "weir/io/curl_library.h"

namespace weir::io {
namespace {

constexpr size_t kIdleHandles = 32;

size_t TakeBody(char* bytes, size_t, size_t length, void* into) noexcept {
  try {
    static_cast<std::string*>(into)->append(bytes, length);
    return length;
  } catch (const std::exception&) {
    return 0;  // Out of memory: curl ends the exchange with an error.
  }
}

std::string TrimmedHeader(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

size_t TakeHeader(char* bytes, size_t, size_t length, void* into) noexcept {
  try {
    auto& headers = static_cast<HttpResponse*>(into)->headers;
    const std::string_view line(bytes, length);
    if (line.starts_with("HTTP/"))
      headers.clear();  // Those of "100 Continue" were not the answer's.
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return length;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    headers[std::move(name)] = TrimmedHeader(line.substr(colon + 1));
    return length;
  } catch (const std::exception&) {
    return 0;
  }
}

int AskWhetherCancelled(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  try {
    return CancelScope::IsCancelled() ? 1 : 0;
  } catch (const std::exception&) {
    return 1;
  }
}

struct HeaderList {
  curl_slist* first = nullptr;
  ~HeaderList() { Curl().slist_free_all(first); }
  void Add(const std::string& line) {
    curl_slist* longer = Curl().slist_append(first, line.c_str());
    if (longer == nullptr) throw Error(ErrorCode::kExhausted, "out of memory for a request");
    first = longer;
  }
};

struct UploadBody {
  std::string_view bytes;
  size_t sent = 0;
};

size_t GiveBody(char* into, size_t, size_t length, void* from) noexcept {
  auto& body = *static_cast<UploadBody*>(from);
  const size_t count = std::min(length, body.bytes.size() - body.sent);
  std::copy_n(body.bytes.data() + body.sent, count, into);
  body.sent += count;
  return count;
}

// A connection that was kept turned out dead: curl sends the whole request again on a new one.
int RewindBody(void* from, curl_off_t offset, int origin) noexcept {
  auto& body = *static_cast<UploadBody*>(from);
  if (origin != SEEK_SET || offset < 0 || static_cast<size_t>(offset) > body.bytes.size()) {
    return CURL_SEEKFUNC_FAIL;
  }
  body.sent = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

Error TransferError(CURLcode code, const std::string& url, const char* details) {
  const std::string server = OriginOf(url);
  const std::string why = *details != '\0' ? details : Curl().easy_strerror(code);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return Error(ErrorCode::kCancelled, "it was stopped");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return Error(ErrorCode::kInvalid, "'" + server + "' is no address of a server: " + why);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return Error(ErrorCode::kInvalid,
                   "the certificate of " + server + " does not hold: " + why +
                       "; AWS_CA_BUNDLE names a file with further ones to trust");
    case CURLE_OUT_OF_MEMORY:
    case CURLE_WRITE_ERROR:
      return Error(ErrorCode::kExhausted, "out of memory for an answer of " + server);
    default:
      return Error(ErrorCode::kUnavailable, server + " did not answer: " + why);
  }
}

}  // namespace

const std::string& HttpResponse::Header(const std::string& name) const {
  static const std::string kNone;
  const auto found = headers.find(name);
  return found == headers.end() ? kNone : found->second;
}

std::string OriginOf(const std::string& url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url.substr(0, url.find_first_of("/?#"));
  const size_t begin = scheme + 3;
  const size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const size_t at = url.substr(begin, end - begin).rfind('@');
  const size_t host = at == std::string::npos ? begin : begin + at + 1;
  return url.substr(0, begin) + url.substr(host, end - host);
}

class CurlClient::Handle {
 public:
  Handle() : curl_(Curl().easy_init()) {
    if (curl_ == nullptr) throw Error(ErrorCode::kExhausted, "out of memory for a connection");
  }
  ~Handle() { Curl().easy_cleanup(curl_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  HttpResponse Send(const HttpRequest& request, const std::string& certificates) {
    Curl().easy_reset(curl_);  // Its connections stay.
    HttpResponse response;
    HeaderList headers;
    UploadBody body{request.body};
    char details[CURL_ERROR_SIZE] = "";
    SetLimits(request, certificates, details);
    SetMethod(request, body, headers);
    for (const auto& [name, value] : request.headers) headers.Add(name + ": " + value);
    headers.Add("Expect:");  // A round trip that nobody needs.
    Curl().easy_setopt(curl_, CURLOPT_HTTPHEADER, headers.first);
    Curl().easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &TakeBody);
    Curl().easy_setopt(curl_, CURLOPT_WRITEDATA, &response.body);
    Curl().easy_setopt(curl_, CURLOPT_HEADERFUNCTION, &TakeHeader);
    Curl().easy_setopt(curl_, CURLOPT_HEADERDATA, &response);
    const CURLcode code = Curl().easy_perform(curl_);
    if (code != CURLE_OK) throw TransferError(code, request.url, details);
    long status = 0;
    Curl().easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    return response;
  }

 private:
  void SetLimits(const HttpRequest& request, const std::string& certificates, char* details) {
    Curl().easy_setopt(curl_, CURLOPT_URL, request.url.c_str());
    Curl().easy_setopt(curl_, CURLOPT_PATH_AS_IS, 1L);
    Curl().easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
    Curl().easy_setopt(curl_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Curl().easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    Curl().easy_setopt(curl_, CURLOPT_ERRORBUFFER, details);
    Curl().easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS,
                       static_cast<long>(request.connect_limit.count()));
    Curl().easy_setopt(curl_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    Curl().easy_setopt(curl_, CURLOPT_LOW_SPEED_TIME,
                       static_cast<long>(request.stall_limit.count()));
    Curl().easy_setopt(curl_, CURLOPT_NOPROGRESS, 0L);
    Curl().easy_setopt(curl_, CURLOPT_XFERINFOFUNCTION, &AskWhetherCancelled);
    Curl().easy_setopt(curl_, CURLOPT_TCP_KEEPALIVE, 1L);
    if (request.past_proxies) Curl().easy_setopt(curl_, CURLOPT_NOPROXY, "*");
    if (!certificates.empty()) Curl().easy_setopt(curl_, CURLOPT_CAINFO, certificates.c_str());
  }

  void SetMethod(const HttpRequest& request, UploadBody& body, HeaderList& headers) {
    if (request.method == "HEAD") {
      Curl().easy_setopt(curl_, CURLOPT_NOBODY, 1L);
      return;
    }
    if (request.method == "PUT" || request.method == "POST") {
      Curl().easy_setopt(curl_, CURLOPT_UPLOAD, 1L);
      Curl().easy_setopt(curl_, CURLOPT_READFUNCTION, &GiveBody);
      Curl().easy_setopt(curl_, CURLOPT_READDATA, &body);
      Curl().easy_setopt(curl_, CURLOPT_SEEKFUNCTION, &RewindBody);
      Curl().easy_setopt(curl_, CURLOPT_SEEKDATA, &body);
      Curl().easy_setopt(curl_, CURLOPT_INFILESIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
      Curl().easy_setopt(curl_, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
      headers.Add("Transfer-Encoding:");
    }
    Curl().easy_setopt(curl_, CURLOPT_BUFFERSIZE, 256L * 1024);
    Curl().easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  CURL* curl_;
};

CurlClient::CurlClient(std::string certificates) : certificates_(std::move(certificates)) {
  Curl();  // Says now that it is missing.
}

CurlClient::~CurlClient() = default;

std::unique_ptr<CurlClient::Handle> CurlClient::Take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  return std::make_unique<Handle>();
}

void CurlClient::GiveBack(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleHandles) idle_.push_back(std::move(handle));
}

HttpResponse CurlClient::Send(const HttpRequest& request) {
  CancelScope::ThrowIfCancelled();
  auto handle = Take();
  HttpResponse response = handle->Send(request, certificates_);
  GiveBack(std::move(handle));  // Not after a failure: its connections are in doubt.
  return response;
}

}  // namespace weir::io
