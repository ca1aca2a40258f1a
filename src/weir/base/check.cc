#include "weir/base/check.h"

#include "weir/base/error.h"

namespace weir::detail {

void CheckFailed(const char* condition, const char* file, int line) {
  throw Error(ErrorCode::kInternal,
              std::string("a check inside weir failed: ") + condition + "; please report it",
              std::string(file) + ":" + std::to_string(line));
}

}  // namespace weir::detail
