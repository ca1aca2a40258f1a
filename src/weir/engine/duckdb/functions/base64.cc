#include "weir/engine/duckdb/functions/base64.h"

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

namespace {

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

// Groups of four digits; the last may lack what '=' fills up.
bool IsBase64(std::string_view text) {
  size_t digits = 0;
  size_t padding = 0;
  for (const char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
    if (c == '=') {
      ++padding;
    } else if (Base64Value(c) < 0 || padding > 0) {
      return false;
    } else {
      ++digits;
    }
  }
  if (padding == 0) return digits % 4 != 1;
  return padding <= 2 && (digits + padding) % 4 == 0;
}

}  // namespace

std::string FromBase64(std::string_view text) {
  std::string result;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int value = Base64Value(c);
    if (value < 0) continue;
    bits = (bits << 6) | static_cast<uint32_t>(value);
    if (++count % 4 == 0) {
      for (int shift = 16; shift >= 0; shift -= 8) result += static_cast<char>(bits >> shift);
      bits = 0;
    }
  }
  switch (count % 4) {
    case 1:
      Raise("CONVERSION_INVALID_INPUT",
            "The value '" + std::string(text.substr(0, 200)) + "' cannot be read as Base64.");
    case 2:
      result += static_cast<char>(bits >> 4);
      break;
    case 3:
      result += static_cast<char>(bits >> 10);
      result += static_cast<char>(bits >> 2);
      break;
    default:
      break;
  }
  return result;
}

std::optional<std::string> TryFromBase64(std::string_view text) {
  if (!IsBase64(text)) return std::nullopt;
  return FromBase64(text);
}

void AppendBase64(std::string& out, std::string_view bytes) {
  static constexpr char kLetters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      out += i + j <= bytes.size() ? kLetters[group >> (18 - 6 * j) & 63] : '=';
    }
  }
}

}  // namespace weir::engine
