#include "weir/engine/duckdb/functions/utf8.h"

#include <algorithm>
#include <iterator>

#include <utf8proc_wrapper.hpp>

#include "weir/engine/duckdb/functions/special_casing.h"

namespace weir::engine {

namespace {

const char* Special(const FullCase* begin, const FullCase* end, uint32_t character) {
  const auto* const found = std::lower_bound(
      begin, end, character,
      [](const FullCase& entry, uint32_t wanted) { return entry.character < wanted; });
  return found != end && found->character == character ? found->text : nullptr;
}

constexpr uint32_t kCapitalSigma = 0x03A3;
constexpr uint32_t kFinalSigma = 0x03C2;
constexpr uint32_t kSmallSigma = 0x03C3;
constexpr uint32_t kDottedI = 0x0130;

uint32_t ToLower(uint32_t character) {
  return static_cast<uint32_t>(duckdb::Utf8Proc::CodepointToLower(static_cast<int>(character)));
}
uint32_t ToUpper(uint32_t character) {
  return static_cast<uint32_t>(duckdb::Utf8Proc::CodepointToUpper(static_cast<int>(character)));
}

bool IsCased(uint32_t character) {
  return ToLower(character) != character || ToUpper(character) != character;
}

// Whether a letter stands before `at`, and none from `after` on: a capital sigma there is final.
bool EndsWord(std::string_view text, size_t at, size_t after) {
  size_t before = at;
  while (before > 0 && IsContinuation(text[before - 1])) --before;
  if (before == 0) return false;
  --before;
  if (!IsCased(NextCharacter(text, before))) return false;
  return after >= text.size() || !IsCased(NextCharacter(text, after));
}

void AppendLower(std::string& result, std::string_view text, size_t at, size_t after,
                 uint32_t character) {
  if (character == kDottedI) {
    result += "i\xCC\x87";
  } else if (character == kCapitalSigma) {
    AppendCharacter(result, EndsWord(text, at, after) ? kFinalSigma : kSmallSigma);
  } else {
    AppendCharacter(result, ToLower(character));
  }
}

char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

bool IsAscii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

int64_t CountCharacters(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); });
}

size_t ByteOfCharacter(std::string_view text, int64_t index) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (!IsContinuation(text[at]) && index-- == 0) return at;
  }
  return text.size();
}

uint32_t NextCharacter(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(text[i] & 0x3F); };
  const auto first = static_cast<unsigned char>(text[at]);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (at + length > text.size()) {
    at = text.size();
    return 0xFFFD;
  }
  uint32_t character = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) character = (character << 6) | byte(at + i);
  at += length;
  return character;
}

void AppendCharacter(std::string& text, uint32_t character) {
  const auto add = [&](uint32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) return add(character);
  if (character < 0x800) {
    add(0xC0 | (character >> 6));
  } else if (character < 0x10000) {
    add(0xE0 | (character >> 12));
    add(0x80 | ((character >> 6) & 0x3F));
  } else {
    add(0xF0 | (character >> 18));
    add(0x80 | ((character >> 12) & 0x3F));
    add(0x80 | ((character >> 6) & 0x3F));
  }
  add(0x80 | (character & 0x3F));
}

bool IsUtf8(std::string_view bytes) {
  return duckdb::Value::StringIsValid(bytes.data(), bytes.size());
}

size_t LengthOfCharacter(std::string_view bytes, size_t at, size_t& malformed) {
  const auto byte = [&](size_t i) -> uint32_t {
    return at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0;
  };
  const uint32_t first = byte(0);
  malformed = 1;
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  uint32_t low = 0x80;
  uint32_t high = 0xBF;
  if (first == 0xE0) low = 0xA0;
  if (first == 0xED) high = 0x9F;
  if (first == 0xF0) low = 0x90;
  if (first == 0xF4) high = 0x8F;
  for (; malformed < length; ++malformed) {
    if (byte(malformed) < low || byte(malformed) > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

std::string MadeUtf8(std::string_view bytes) {
  if (IsUtf8(bytes)) return std::string(bytes);
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    size_t malformed = 0;
    const size_t length = LengthOfCharacter(bytes, at, malformed);
    text += length > 0 ? bytes.substr(at, length) : std::string_view("\xEF\xBF\xBD");
    at += length > 0 ? length : malformed;
  }
  return text;
}

std::string_view SubstringOf(std::string_view text, int64_t from, int64_t length) {
  const int64_t size =
      from < 0 || !IsAscii(text) ? CountCharacters(text) : static_cast<int64_t>(text.size());
  const int64_t start = from > 0 ? from - 1 : from < 0 ? size + from : 0;
  const int64_t end = length < 0 ? start : std::min(size, start + length);
  const int64_t begin = std::max<int64_t>(0, start);
  if (end <= begin) return {};
  const size_t first = ByteOfCharacter(text, begin);
  const std::string_view rest = text.substr(first);
  return rest.substr(0, ByteOfCharacter(rest, end - begin));
}

std::string UpperOf(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  if (IsAscii(text)) {
    std::transform(text.begin(), text.end(), std::back_inserter(result), AsciiUpper);
    return result;
  }
  for (size_t at = 0; at < text.size();) {
    const uint32_t character = NextCharacter(text, at);
    const char* const special = Special(std::begin(kUpper), std::end(kUpper), character);
    if (special != nullptr) {
      result += special;
    } else {
      AppendCharacter(result, ToUpper(character));
    }
  }
  return result;
}

std::string LowerOf(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  if (IsAscii(text)) {
    std::transform(text.begin(), text.end(), std::back_inserter(result), AsciiLower);
    return result;
  }
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t character = NextCharacter(text, at);
    AppendLower(result, text, begin, at, character);
  }
  return result;
}

std::string TitleOf(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool first = true;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t character = NextCharacter(text, at);
    if (!first) {
      AppendLower(result, text, begin, at, character);
    } else if (const char* const special =
                   Special(std::begin(kTitle), std::end(kTitle), character)) {
      result += special;
    } else {
      AppendCharacter(result, ToUpper(character));
    }
    first = character == ' ';
  }
  return result;
}

}  // namespace weir::engine
