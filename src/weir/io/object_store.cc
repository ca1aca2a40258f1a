#include "weir/io/object_store.h"

#include "weir/base/error.h"

namespace weir::io {

std::unique_ptr<MessageQueue> Stores::OpenQueue(const std::string&, const std::string&,
                                                const Location& place) {
  throw Error(ErrorCode::kUnsupported,
              "there are no queues of events about " + place.Shown() + "; leave queueUrl out");
}

std::unique_ptr<FolderWatch> Stores::Watch(const Location&) { return nullptr; }

}  // namespace weir::io
