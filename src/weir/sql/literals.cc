#include "weir/sql/literals.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace weir::sql {
namespace {

char Upper(char c) { return (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Upper(c);
  return (c >= 'A' && c <= 'F') ? c - 'A' + 10 : -1;
}

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// `count` hexadecimal digits at the start of `text`.
std::optional<uint32_t> ReadHex(std::string_view text, size_t count) {
  if (text.size() < count) return std::nullopt;
  uint32_t code = 0;
  for (size_t i = 0; i < count; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return std::nullopt;
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  return code;
}

bool IsOctalByte(std::string_view text) {
  return text.size() >= 3 && text[0] >= '0' && text[0] <= '1' && text[1] >= '0' && text[1] <= '7' &&
         text[2] >= '0' && text[2] <= '7';
}

// A surrogate is half a character: two of them, written one after the other, are one.
bool IsHighSurrogate(uint32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool IsLowSurrogate(uint32_t code) { return code >= 0xDC00 && code < 0xE000; }

// Appends what the escape at the start of `text` (after the backslash) means; how long it is.
size_t AppendEscape(std::string& out, std::string_view text) {
  const char c = text[0];
  if (c == 'u') {
    if (const auto high = ReadHex(text.substr(1), 4)) {
      if (IsHighSurrogate(*high) && text.substr(5).starts_with("\\u")) {
        const auto low = ReadHex(text.substr(7), 4);
        if (low && IsLowSurrogate(*low)) {
          AppendUtf8(out, 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
          return 11;
        }
      }
      const bool lone = IsHighSurrogate(*high) || IsLowSurrogate(*high);
      AppendUtf8(out, lone ? 0xFFFD : *high);
      return 5;
    }
  }
  if (c == 'U') {
    const auto code = ReadHex(text.substr(1), 8);
    if (code && *code <= 0x10FFFF) {
      const bool lone = IsHighSurrogate(*code) || IsLowSurrogate(*code);
      AppendUtf8(out, lone ? 0xFFFD : *code);
      return 9;
    }
  }
  if (IsOctalByte(text)) {
    AppendUtf8(out,
               static_cast<uint32_t>((text[0] - '0') * 64 + (text[1] - '0') * 8 + (text[2] - '0')));
    return 3;
  }
  switch (c) {
    case '0':
      out += '\0';
      break;
    case 'b':
      out += '\b';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'Z':
      out += '\x1A';
      break;
    case '%':
      out += "\\%";
      break;
    case '_':
      out += "\\_";
      break;
    default:
      out += c;
  }
  return 1;
}

struct NumberText {
  std::string digits;  // Without dot, sign, exponent.
  int scale = 0;       // Digits after the dot, less the exponent.
  bool has_dot = false;
  bool has_exponent = false;
  std::string suffix;  // Upper case.
  std::string plain;   // As written, without suffix.
};

NumberText TakeApart(std::string_view token) {
  NumberText number;
  size_t i = 0;
  const auto is_digit = [&](size_t at) {
    return at < token.size() && token[at] >= '0' && token[at] <= '9';
  };
  for (; i < token.size(); ++i) {
    if (is_digit(i)) {
      number.digits += token[i];
      if (number.has_dot) ++number.scale;
    } else if (token[i] == '.') {
      number.has_dot = true;
    } else {
      break;
    }
  }
  if (i < token.size() && Upper(token[i]) == 'E' &&
      (is_digit(i + 1) || (i + 1 < token.size() && (token[i + 1] == '+' || token[i + 1] == '-')))) {
    number.has_exponent = true;
    const bool minus = token[++i] == '-';
    if (!is_digit(i)) ++i;
    int64_t exponent = 0;
    for (; is_digit(i); ++i) exponent = std::min<int64_t>(exponent * 10 + (token[i] - '0'), 100000);
    number.scale = static_cast<int>(number.scale - (minus ? -exponent : exponent));
  }
  number.plain = std::string(token.substr(0, i));
  for (; i < token.size(); ++i) number.suffix += Upper(token[i]);
  return number;
}

BadNumber OutOfRange(std::string_view text, bool negative, std::string_view type) {
  return {"INVALID_NUMERIC_LITERAL_RANGE",
          "Numeric literal " + std::string(negative ? "-" : "") + std::string(text) +
              " is outside the valid range for " + std::string(type) + "."};
}

std::variant<Value, BadNumber> DecimalValue(const NumberText& number, bool negative) {
  std::string digits = number.digits;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  int scale = number.scale;
  if (scale < 0) {
    // A zero stays one digit, however it is scaled.
    if (!digits.empty() && scale > -100) digits.append(static_cast<size_t>(-scale), '0');
    if (!digits.empty() && scale <= -100) digits.append(100, '0');
    scale = 0;
  }
  const int precision = std::max({static_cast<int>(digits.size()), scale, 1});
  if (precision > 38) {
    return BadNumber{
        "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
        "Decimal precision " + std::to_string(precision) + " exceeds max precision 38."};
  }
  Int128 unscaled = 0;
  for (const char c : digits) unscaled = unscaled * 10 + (c - '0');
  return Value(DataType::Decimal(precision, scale), negative ? -unscaled : unscaled);
}

std::variant<Value, BadNumber> IntegerValue(const NumberText& number, bool negative) {
  Int128 value = 0;
  for (const char c : number.digits) {
    value = value * 10 + (c - '0');
    if (value > (Int128{1} << 100)) break;
  }
  if (negative) value = -value;
  struct Range {
    std::string_view suffix;
    TypeId type;
    std::string_view name;
    int bits;
  };
  static constexpr Range kRanges[] = {{"Y", TypeId::kByte, "tinyint", 8},
                                      {"S", TypeId::kShort, "smallint", 16},
                                      {"", TypeId::kInt, "int", 32},
                                      {"", TypeId::kLong, "bigint", 64},
                                      {"L", TypeId::kLong, "bigint", 64}};
  for (const Range& range : kRanges) {
    if (range.suffix != number.suffix) continue;
    const Int128 limit = Int128{1} << (range.bits - 1);
    if (value >= -limit && value < limit) return Value(range.type, static_cast<int64_t>(value));
    if (!range.suffix.empty()) return OutOfRange(number.plain, negative, range.name);
  }
  return DecimalValue(number, negative);
}

std::variant<Value, BadNumber> RealValue(const NumberText& number, bool negative, bool is_float) {
  double value = 0;
  const std::string_view text = number.plain;
  if (is_float) {
    float narrow = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), narrow);
    if (result.ec == std::errc::result_out_of_range && number.scale < 0) {
      return OutOfRange(text, negative, "float");
    }
    value = narrow;
  } else {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec == std::errc::result_out_of_range && number.scale < 0) {
      return OutOfRange(text, negative, "double");
    }
  }
  return Value(is_float ? TypeId::kFloat : TypeId::kDouble, negative ? -value : value);
}

}  // namespace

std::string StringTokenText(std::string_view token) {
  const bool raw = token[0] == 'r' || token[0] == 'R';
  if (raw) return std::string(token.substr(2, token.size() - 3));
  const char quote = token[0];
  const std::string_view inner = token.substr(1, token.size() - 2);
  std::string text;
  text.reserve(inner.size());
  for (size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\' && i + 1 < inner.size()) {
      i += AppendEscape(text, inner.substr(i + 1));
    } else {
      text += inner[i];
      if (inner[i] == quote) ++i;
    }
  }
  return text;
}

std::variant<Value, BadNumber> NumberTokenValue(std::string_view token, bool negative) {
  const NumberText number = TakeApart(token);
  if (number.suffix == "BD") return DecimalValue(number, negative);
  if (number.suffix == "D") return RealValue(number, negative, /*is_float=*/false);
  if (number.suffix == "F") return RealValue(number, negative, /*is_float=*/true);
  if (number.has_exponent) return RealValue(number, negative, /*is_float=*/false);
  if (number.has_dot) return DecimalValue(number, negative);
  return IntegerValue(number, negative);
}

std::optional<std::string> BinaryOfHex(std::string_view digits) {
  // An odd count begins with a half byte.
  std::string padded = digits.size() % 2 == 1 ? "0" : "";
  padded += digits;
  std::string bytes;
  for (size_t i = 0; i < padded.size(); i += 2) {
    const auto byte = ReadHex(std::string_view(padded).substr(i), 2);
    if (!byte) return std::nullopt;
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

}  // namespace weir::sql
