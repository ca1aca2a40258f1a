#pragma once

#include <string>
#include <vector>

namespace weir::io {

struct QueueMessage {
  std::string id;       // The same whenever the message comes.
  std::string receipt;  // For Delete; another one each time.
  std::string body;
};

// A queue of messages that come at least once each, in no order, and come again until they are
// deleted. Safe from many threads.
class MessageQueue {
 public:
  virtual ~MessageQueue() = default;
  // Some that are there now; none when there are none, or the queue says so. Throws Error: kDenied,
  // kNotFound, kUnauthenticated, kInvalid, kUnavailable.
  virtual std::vector<QueueMessage> Receive() = 0;
  // By their receipts. One that can't be deleted comes again.
  virtual void Delete(const std::vector<std::string>& receipts) = 0;
};

}  // namespace weir::io
