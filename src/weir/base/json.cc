#include "weir/base/json.h"

#include "weir/base/error.h"

namespace weir {

Json ParseJson(std::string_view text, std::string_view what) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw Error(
        ErrorCode::kCorrupt,
        std::string(what) + " is not valid JSON (at byte " + std::to_string(error.byte) + ")",
        error.what());
  }
}

}  // namespace weir
