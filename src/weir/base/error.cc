#include "weir/base/error.h"

namespace weir {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalid:
      return "INVALID";
    case ErrorCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    case ErrorCode::kDenied:
      return "DENIED";
    case ErrorCode::kNotFound:
      return "NOT_FOUND";
    case ErrorCode::kExists:
      return "EXISTS";
    case ErrorCode::kConflict:
      return "CONFLICT";
    case ErrorCode::kUnsupported:
      return "UNSUPPORTED";
    case ErrorCode::kUnavailable:
      return "UNAVAILABLE";
    case ErrorCode::kExhausted:
      return "EXHAUSTED";
    case ErrorCode::kCancelled:
      return "CANCELLED";
    case ErrorCode::kDeadline:
      return "DEADLINE";
    case ErrorCode::kCorrupt:
      return "CORRUPT";
    case ErrorCode::kInternal:
      return "INTERNAL";
  }
  return "INTERNAL";
}

Error Error::WithContext(const std::string& context) const {
  return Error(code_, context + ": " + what(), detail_).WithCondition(condition_);
}

}  // namespace weir
