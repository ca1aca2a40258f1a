#include "model/history.h"

#include <utility>

namespace weir::test::model {

void History::Commit(int64_t version, Content content) {
  const auto held = std::make_shared<const Content>(std::move(content));
  int64_t next = versions_.empty() ? 0 : this->version() + 1;
  if (!versions_.empty() && version < next) {
    versions_.rbegin()->second = held;  // Nothing was committed: it had better be the same.
    return;
  }
  for (; next <= version; ++next) versions_[next] = held;
}

}  // namespace weir::test::model
