#include "weir/connect/files/utf8.h"

#include <simdjson.h>

#include <algorithm>

namespace weir::connect {

bool IsUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

std::string MendUtf8(std::string_view text) {
  constexpr size_t kLongest = 4;
  std::string mended;
  while (!text.empty()) {
    size_t length = 0;
    for (size_t n = 1; n <= std::min(kLongest, text.size()) && length == 0; ++n) {
      if (IsUtf8(text.substr(0, n))) length = n;
    }
    if (length == 0) {
      mended += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      mended += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return mended;
}

std::string CutText(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace weir::connect
