#include "weir/delta/z85.h"

#include <cstdint>

namespace weir::delta {
namespace {

constexpr std::string_view kZ85Digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

}  // namespace

std::string EncodeZ85(std::string_view bytes) {
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 4) {
    uint32_t word = 0;
    for (size_t i = at; i < at + 4; ++i) {
      word = word << 8 | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    }
    char digits[5];
    for (int i = 4; i >= 0; --i, word /= 85) digits[i] = kZ85Digits[word % 85];
    text.append(digits, 5);
  }
  return text;
}

std::optional<std::string> DecodeZ85(std::string_view text) {
  if (text.size() % 5 != 0) return std::nullopt;
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += 5) {
    uint64_t word = 0;
    for (const char c : text.substr(at, 5)) {
      const size_t digit = kZ85Digits.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      word = word * 85 + digit;
    }
    if (word > UINT32_MAX) return std::nullopt;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 0xff);
  }
  return bytes;
}

}  // namespace weir::delta
