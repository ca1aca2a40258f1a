#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weir/io/object_store.h"

namespace weir::connect {

// What is heard of files that come, instead of listing them. Driven by one thread at a time.
class FileEvents {
 public:
  virtual ~FileEvents() = default;
  struct Heard {
    bool lost = false;              // Some may not have been told: a listing is needed.
    std::vector<std::string> keys;  // Each once. There may be no such file any more.
  };
  // Since the last call.
  virtual Heard Take() = 0;
  // What was told need not be told again, but for files of these keys, whose rows are not
  // committed.
  virtual void Settle(const std::set<std::string_view>& pending) = 0;
};

// Of a folder of this machine: from now on, while the program runs.
std::unique_ptr<FileEvents> FolderEvents(std::unique_ptr<io::FolderWatch> watch);

// Of a bucket: messages stay in the queue until the rows of their files are committed. Those that
// name no file below `place` are left to others. `threads`: that ask at the same time.
std::unique_ptr<FileEvents> QueueEvents(std::shared_ptr<io::MessageQueue> queue,
                                        const io::Location& place, size_t threads);

// Of a message about objects that were made: "bucket" and "key" of each. S3's own form, within an
// SNS notification, or EventBridge's. Nothing for a text that is none of these.
struct ObjectEvent {
  std::string bucket;
  std::string key;
  bool is_new = false;  // It was made, or written anew; else it went.
};
std::optional<std::vector<ObjectEvent>> ParseObjectEvents(std::string_view message);

}  // namespace weir::connect
