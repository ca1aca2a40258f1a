#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>

#include "model/content.h"

namespace weir::test::model {

// What each version of the table holds. The model of a Delta log.
class History {
 public:
  explicit History(Content first) { Commit(0, std::move(first)); }

  int64_t version() const { return versions_.rbegin()->first; }
  const Content& now() const { return *versions_.rbegin()->second; }
  std::shared_ptr<const Content> At(int64_t version) const { return versions_.at(version); }

  // Up to `version`, not below the present one, all versions that are new hold `content`.
  void Commit(int64_t version, Content content);

  // Older versions than this may be gone, and what can be read of them is right all the same.
  int64_t oldest() const { return oldest_; }
  void MayLoseOlderThan(int64_t version) { oldest_ = std::max(oldest_, version); }

 private:
  std::map<int64_t, std::shared_ptr<const Content>> versions_;
  int64_t oldest_ = 0;
};

}  // namespace weir::test::model
