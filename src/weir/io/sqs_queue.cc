#include "weir/io/sqs_queue.h"

#include <algorithm>
#include <utility>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/io/sigv4.h"

namespace weir::io {
namespace {

constexpr size_t kMessagesAtOnce = 10;  // What the service allows.
constexpr size_t kShownWords = 300;

// What the service says is wrong: "QueueDoesNotExist" of
// {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "..."}.
std::pair<std::string, std::string> QueueFailure(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return {"", ""};
  std::string type = json.value("__type", "");
  const size_t hash = type.rfind('#');
  if (hash != std::string::npos) type.erase(0, hash + 1);
  return {type, json.value("message", json.value("Message", "")).substr(0, kShownWords)};
}

bool IsPassing(int status, const std::string& type) {
  return status == 429 || status >= 500 || type.find("Throttl") != std::string::npos ||
         type == "RequestThrottled" || type == "OverLimit";
}

ErrorCode CodeOf(int status, const std::string& type) {
  if (type.find("NonExistentQueue") != std::string::npos || type == "QueueDoesNotExist") {
    return ErrorCode::kNotFound;
  }
  if (type.find("AccessDenied") != std::string::npos) return ErrorCode::kDenied;
  const bool unknown = type.find("InvalidClientTokenId") != std::string::npos ||
                       type.find("Signature") != std::string::npos ||
                       type.find("UnrecognizedClient") != std::string::npos;
  if (unknown || status == 401) return ErrorCode::kUnauthenticated;
  if (status == 403) return ErrorCode::kDenied;
  return IsPassing(status, type) ? ErrorCode::kUnavailable : ErrorCode::kInvalid;
}

}  // namespace

std::string RegionOfQueue(const std::string& url) {
  const size_t begin = url.find("://sqs.");
  if (begin == std::string::npos) return "";
  const size_t region = begin + 7;
  const size_t dot = url.find('.', region);
  return dot == std::string::npos ? "" : url.substr(region, dot - region);
}

SqsQueue::SqsQueue(std::string url, std::string region, std::shared_ptr<HttpClient> http,
                   std::shared_ptr<CredentialsChain> credentials, const Clock& clock,
                   RetryLimits limits)
    : url_(std::move(url)),
      region_(std::move(region)),
      http_(std::move(http)),
      credentials_(std::move(credentials)),
      clock_(&clock),
      limits_(std::move(limits)) {
  const bool is_web = url_.starts_with("https://") || url_.starts_with("http://");
  const size_t host = url_.find("://");
  if (!is_web || url_.find('/', host + 3) == std::string::npos) {
    throw Error(ErrorCode::kInvalid, "the queueUrl '" + url_ +
                                         "' is no address of a queue; it is like "
                                         "https://sqs.eu-west-1.amazonaws.com/123456789012/files");
  }
}

HttpResponse SqsQueue::Send(const std::string& action, const std::string& body,
                            const AwsCredentials& credentials) {
  const std::string origin = OriginOf(url_);
  AwsRequest signable;
  signable.method = "POST";
  signable.host = origin.substr(origin.find("://") + 3);
  signable.path = "/";
  signable.headers = {{"content-type", "application/x-amz-json-1.0"},
                      {"x-amz-target", "AmazonSQS." + action}};
  signable.region = region_;
  signable.service = "sqs";
  signable.payload_sha256 = Sha256Hex(body);
  HttpRequest sent;
  sent.method = "POST";
  sent.url = origin + "/";
  sent.body = body;
  sent.headers = credentials.access_key_id.empty() ? signable.headers
                                                   : Signed(signable, credentials, clock_->Now());
  return http_->Send(sent);
}

std::string SqsQueue::Ask(const std::string& action, const std::string& body) {
  Retry retry(limits_);
  bool renewed = false;
  for (;;) {
    const AwsCredentials credentials = credentials_->Get();
    try {
      HttpResponse response = Send(action, body, credentials);
      if (response.status == 200) return std::move(response.body);
      const auto [type, message] = QueueFailure(response.body);
      if (type.find("ExpiredToken") != std::string::npos && !std::exchange(renewed, true)) {
        credentials_->Forget(credentials);
        continue;
      }
      if (IsPassing(response.status, type) && retry.Again()) continue;
      throw Error(CodeOf(response.status, type),
                  "the queue " + url_ + " answered " + std::to_string(response.status) +
                      (type.empty() ? "" : " " + type) + (message.empty() ? "" : ": " + message));
    } catch (const Error& error) {
      // Asked and not answered; what was received is received again.
      if (error.code() != ErrorCode::kUnavailable || !retry.Again()) throw;
    }
  }
}

std::vector<QueueMessage> SqsQueue::Receive() {
  const Json request{{"QueueUrl", url_}, {"MaxNumberOfMessages", kMessagesAtOnce}};
  const Json answer = ParseJson(Ask("ReceiveMessage", request.dump()), "the answer of " + url_);
  std::vector<QueueMessage> messages;
  try {
    for (const Json& message : answer.value("Messages", Json::array())) {
      messages.push_back({message.at("MessageId").get<std::string>(),
                          message.at("ReceiptHandle").get<std::string>(),
                          message.at("Body").get<std::string>()});
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, "the queue " + url_ + " gave an answer that is none",
                error.what());
  }
  return messages;
}

void SqsQueue::Delete(const std::vector<std::string>& receipts) {
  for (size_t begin = 0; begin < receipts.size(); begin += kMessagesAtOnce) {
    Json entries = Json::array();
    const size_t end = std::min(receipts.size(), begin + kMessagesAtOnce);
    for (size_t i = begin; i < end; ++i) {
      entries.push_back({{"Id", std::to_string(i)}, {"ReceiptHandle", receipts[i]}});
    }
    const Json request{{"QueueUrl", url_}, {"Entries", std::move(entries)}};
    Ask("DeleteMessageBatch", request.dump());
  }
}

}  // namespace weir::io
