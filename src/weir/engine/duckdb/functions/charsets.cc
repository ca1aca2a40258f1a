#include <array>
#include <cstring>

#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/utf8.h"
#include "weir/types/data_type.h"

// Texts as bytes of a charset and back, as java.nio.charset does when it reports what is malformed.
namespace weir::engine {

namespace {

enum class Charset { kLatin1, kAscii, kUtf16, kUtf16Be, kUtf16Le, kUtf32, kUtf8 };

struct NamedCharset {
  std::string_view name;
  Charset charset;
};
constexpr NamedCharset kCharsets[] = {
    {"iso-8859-1", Charset::kLatin1}, {"us-ascii", Charset::kAscii},   {"utf-16", Charset::kUtf16},
    {"utf-16be", Charset::kUtf16Be},  {"utf-16le", Charset::kUtf16Le}, {"utf-32", Charset::kUtf32},
    {"utf-8", Charset::kUtf8},
};

// One call's charset as its name was written, and what the call does with it.
struct Coding {
  std::string_view function;
  std::string_view name;

  Charset Find() const {
    const std::string lower = LowerName(name);
    for (const NamedCharset& known : kCharsets) {
      if (known.name == lower) return known.charset;
    }
    std::string names;
    for (const NamedCharset& known : kCharsets) {
      names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    Raise("INVALID_PARAMETER_VALUE.CHARSET",
          "The value of parameter(s) `charset` in `" + std::string(function) +
              "` is invalid: expects one of the " + names + ", but got " + std::string(name) + ".");
  }
  [[noreturn]] void RaiseMalformed() const {
    Raise("MALFORMED_CHARACTER_CODING", "Invalid value found when performing `" +
                                            std::string(function) + "` with " + std::string(name));
  }
};

void AppendCodeUnit(std::string& bytes, uint32_t unit, int width, bool little) {
  for (int i = 0; i < width; ++i) {
    bytes += static_cast<char>(unit >> (8 * (little ? i : width - 1 - i)));
  }
}

void AppendUtf16(std::string& bytes, uint32_t character, bool little) {
  if (character < 0x10000) return AppendCodeUnit(bytes, character, 2, little);
  character -= 0x10000;
  AppendCodeUnit(bytes, 0xD800 | (character >> 10), 2, little);
  AppendCodeUnit(bytes, 0xDC00 | (character & 0x3FF), 2, little);
}

std::string Encoded(std::string_view text, const Coding& coding) {
  const Charset charset = coding.Find();
  if (charset == Charset::kUtf8) return std::string(text);
  std::string bytes;
  if (charset == Charset::kUtf16 && !text.empty()) bytes = "\xFE\xFF";
  for (size_t at = 0; at < text.size();) {
    const uint32_t character = NextCharacter(text, at);
    switch (charset) {
      case Charset::kLatin1:
      case Charset::kAscii:
        if (character > (charset == Charset::kAscii ? 0x7Fu : 0xFFu)) coding.RaiseMalformed();
        bytes += static_cast<char>(character);
        break;
      case Charset::kUtf32:
        AppendCodeUnit(bytes, character, 4, false);
        break;
      default:
        AppendUtf16(bytes, character, charset == Charset::kUtf16Le);
    }
  }
  return bytes;
}

// Units of two or four bytes; a mark at the beginning tells their order and is no character.
class Units {
 public:
  Units(std::string_view bytes, size_t width, bool little, bool marked)
      : bytes_(bytes), width_(width), little_(little) {
    if (!marked || bytes.size() < width) return;
    constexpr uint32_t kMark = 0xFEFF;
    if (Peek() == kMark) {
      at_ = width;
      return;
    }
    little_ = !little_;
    if (Peek() == kMark) {
      at_ = width;
    } else {
      little_ = !little_;
    }
  }
  bool Done() const { return at_ >= bytes_.size(); }
  // Nothing where the bytes end within a unit.
  std::optional<uint32_t> Next() {
    if (at_ + width_ > bytes_.size()) return std::nullopt;
    const uint32_t unit = Peek();
    at_ += width_;
    return unit;
  }

 private:
  uint32_t Peek() const {
    uint32_t unit = 0;
    for (size_t i = 0; i < width_; ++i) {
      const size_t byte = little_ ? width_ - 1 - i : i;
      unit = (unit << 8) | static_cast<unsigned char>(bytes_[at_ + byte]);
    }
    return unit;
  }

  std::string_view bytes_;
  size_t width_;
  bool little_;
  size_t at_ = 0;
};

bool IsSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xE000; }

std::string DecodedUtf16(Units units, const Coding& coding) {
  std::string text;
  while (!units.Done()) {
    const auto unit = units.Next();
    if (!unit || (*unit >= 0xDC00 && *unit < 0xE000)) coding.RaiseMalformed();
    uint32_t character = *unit;
    if (IsSurrogate(*unit)) {
      const auto low = units.Next();
      if (!low || *low < 0xDC00 || *low >= 0xE000) coding.RaiseMalformed();
      character = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
    }
    AppendCharacter(text, character);
  }
  return text;
}

std::string DecodedUtf32(Units units, const Coding& coding) {
  std::string text;
  while (!units.Done()) {
    const auto unit = units.Next();
    if (!unit || *unit > 0x10FFFF || IsSurrogate(*unit)) coding.RaiseMalformed();
    AppendCharacter(text, *unit);
  }
  return text;
}

std::string Decoded(std::string_view bytes, const Coding& coding) {
  const Charset charset = coding.Find();
  switch (charset) {
    case Charset::kUtf8:
      if (!IsUtf8(bytes)) coding.RaiseMalformed();
      return std::string(bytes);
    case Charset::kAscii:
      if (!IsAscii(bytes)) coding.RaiseMalformed();
      return std::string(bytes);
    case Charset::kLatin1: {
      std::string text;
      for (const char c : bytes) AppendCharacter(text, static_cast<unsigned char>(c));
      return text;
    }
    case Charset::kUtf32:
      return DecodedUtf32(Units(bytes, 4, false, true), coding);
    default:
      return DecodedUtf16(Units(bytes, 2, charset == Charset::kUtf16Le, charset == Charset::kUtf16),
                          coding);
  }
}

// ------------------------------------------------------------------------------- UTF-8

[[noreturn]] void RaiseInvalidUtf8(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string shown;
  for (size_t at = 0; at < bytes.size();) {
    size_t malformed = 0;
    const size_t length = LengthOfCharacter(bytes, at, malformed);
    at += length;
    if (length > 0) continue;
    for (const char c : bytes.substr(at, malformed)) {
      shown += std::string("\\x") + kDigits[static_cast<unsigned char>(c) >> 4] + kDigits[c & 0x0F];
    }
    break;
  }
  Raise("INVALID_UTF8_STRING", "Invalid UTF8 byte sequence found in string: " + shown + ".");
}

}  // namespace

void AddCharsets(Registry& registry) {
  registry.Add("weir_encode", [](std::string_view text, std::string_view charset) {
    return NewBlob{Encoded(text, {"encode", charset})};
  });
  registry.Add("weir_decode", [](Blob bytes, std::string_view charset) {
    return Decoded(bytes.bytes, {"decode", charset});
  });
  registry.Add("weir_is_valid_utf8", [](Blob bytes) { return IsUtf8(bytes.bytes); });
  registry.Add("weir_make_valid_utf8", [](Blob bytes) { return MadeUtf8(bytes.bytes); });
  registry.Add("weir_validate_utf8", [](Blob bytes) {
    if (!IsUtf8(bytes.bytes)) RaiseInvalidUtf8(bytes.bytes);
    return std::string(bytes.bytes);
  });
  registry.Add("weir_try_validate_utf8", [](Blob bytes) -> std::optional<std::string> {
    if (!IsUtf8(bytes.bytes)) return std::nullopt;
    return std::string(bytes.bytes);
  });
}

}  // namespace weir::engine
