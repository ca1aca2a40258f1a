#include "weir/io/uri.h"

#include <cctype>

#include "weir/base/error.h"

namespace weir::io {
namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";

void AppendEscape(std::string& text, char c) {
  const auto byte = static_cast<unsigned char>(c);
  text += {'%', kUpperHex[byte >> 4], kUpperHex[byte & 15]};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t more = lead < 0x80    ? 0
                        : lead >= 0xf0 ? 3
                        : lead >= 0xe0 ? 2
                        : lead >= 0xc2 ? 1
                                       : 4;
    if (more == 4 || lead > 0xf4 || i + more >= text.size()) return false;
    for (size_t k = 1; k <= more; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace

std::optional<std::string> UriScheme(std::string_view path) {
  if (path.empty() || !std::isalpha(static_cast<unsigned char>(path[0]))) return std::nullopt;
  std::string scheme;
  for (const char c : path) {
    if (c == ':') return scheme;
    const auto byte = static_cast<unsigned char>(c);
    if (!std::isalnum(byte) && c != '+' && c != '.' && c != '-') return std::nullopt;
    scheme += static_cast<char>(std::tolower(byte));
  }
  return std::nullopt;
}

std::string EscapedUriPath(std::string_view path) {
  static constexpr std::string_view kPlain = "/-._~!$&'()+,;=:@";
  const bool readable = IsUtf8(path);
  std::string escaped;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool keep =
        byte >= 0x80 ? readable : std::isalnum(byte) || kPlain.find(c) != std::string_view::npos;
    if (keep) {
      escaped += c;
    } else {
      AppendEscape(escaped, c);
    }
  }
  return escaped;
}

std::string DecodedUriPath(std::string_view escaped, const std::string& uri) {
  std::string text;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      text += escaped[i];
      continue;
    }
    const int high = i + 2 < escaped.size() ? HexDigit(escaped[i + 1]) : -1;
    const int low = i + 2 < escaped.size() ? HexDigit(escaped[i + 2]) : -1;
    if (high < 0 || low < 0) {
      throw Error(ErrorCode::kInvalid, "'" + uri +
                                           "' has a '%' without two hexadecimal digits behind it; "
                                           "write a percent sign in a URI as %25");
    }
    text += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return text;
}

std::string PercentEncoded(std::string_view text, Slash slash) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && (std::isalnum(byte) || c == '-' || c == '.' || c == '_' ||
                                       c == '~' || (c == '/' && slash == Slash::kKept));
    if (plain) {
      encoded += c;
    } else {
      AppendEscape(encoded, c);
    }
  }
  return encoded;
}

}  // namespace weir::io
