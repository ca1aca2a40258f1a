#pragma once

#include <string>

#include "weir/base/error.h"
#include "weir/base/json.h"

namespace weir::connect {

// `read` over JSON of ours; a member that is missing or of another kind is corruption.
template <typename Read>
auto FromStoredJson(const std::string& text, const char* what, const Read& read) {
  const Json json = ParseJson(text, what);
  try {
    return read(json);
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::kCorrupt, std::string(what) + " is malformed", error.what());
  }
}

}  // namespace weir::connect
