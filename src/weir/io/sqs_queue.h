#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/clock.h"
#include "weir/io/aws_credentials.h"
#include "weir/io/http_client.h"
#include "weir/io/message_queue.h"
#include "weir/io/retry.h"

namespace weir::io {

// "eu-west-1" of "https://sqs.eu-west-1.amazonaws.com/123/queue"; "" where the address does not
// say.
std::string RegionOfQueue(const std::string& url);

// A queue of Amazon SQS, or of a service like it, asked by its JSON protocol.
class SqsQueue final : public MessageQueue {
 public:
  // `clock` outlives it. Throws Error{kInvalid} for an address that is none of a queue.
  SqsQueue(std::string url, std::string region, std::shared_ptr<HttpClient> http,
           std::shared_ptr<CredentialsChain> credentials, const Clock& clock, RetryLimits limits);

  std::vector<QueueMessage> Receive() override;
  void Delete(const std::vector<std::string>& receipts) override;

 private:
  // The body of the answer.
  std::string Ask(const std::string& action, const std::string& body);
  HttpResponse Send(const std::string& action, const std::string& body,
                    const AwsCredentials& credentials);

  const std::string url_;
  const std::string region_;
  const std::shared_ptr<HttpClient> http_;
  const std::shared_ptr<CredentialsChain> credentials_;
  const Clock* clock_;
  const RetryLimits limits_;
};

}  // namespace weir::io
