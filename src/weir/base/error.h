#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace weir {

// What kind of failure it is. Retries, exit codes and HTTP statuses are decided by the code.
enum class ErrorCode {
  kInvalid,          // The request is wrong; the same request will fail again.
  kUnauthenticated,  // Nobody is known to be asking.
  kDenied,           // Somebody known may not do this.
  kNotFound,         // A named thing is absent.
  kExists,           // A thing to be created is there already.
  kConflict,         // Somebody else changed the same thing; trying anew may succeed.
  kUnsupported,      // Named on purpose: weir does not do this.
  kUnavailable,      // A store or service did not answer; trying again may succeed.
  kExhausted,        // Out of memory, disk, quota or descriptors.
  kCancelled,        // Somebody asked to stop.
  kDeadline,         // A time limit passed.
  kCorrupt,          // Bytes that should be well-formed are not.
  kInternal,         // A broken invariant: a defect in weir.
};

// "INVALID", "NOT_FOUND", ...: stable, for logs and --output json.
std::string_view ErrorCodeName(ErrorCode code);

// The one exception type our own code throws. `what()` is written for the caller
// and may be sent to a client; `detail()` is for the log only. Where the failure
// has a Spark error condition ("DIVIDE_BY_ZERO"), `condition()` names it.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string detail = {})
      : std::runtime_error(message), code_(code), detail_(std::move(detail)) {}

  ErrorCode code() const noexcept { return code_; }
  const std::string& detail() const noexcept { return detail_; }
  const std::string& condition() const noexcept { return condition_; }

  // For building up an error in one expression.
  Error WithCondition(std::string condition) && {
    condition_ = std::move(condition);
    return std::move(*this);
  }
  // The same failure with where it happened put in front: "context: message".
  Error WithContext(const std::string& context) const;

 private:
  ErrorCode code_;
  std::string detail_;
  std::string condition_;
};

inline bool MayHelpToRetry(const Error& error) {
  return error.code() == ErrorCode::kConflict || error.code() == ErrorCode::kUnavailable;
}

}  // namespace weir
