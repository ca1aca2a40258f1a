#include "weir/engine/duckdb/functions/json_text.h"

#include <cmath>

#include "weir/types/parse_text.h"

namespace weir::engine {

namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

void AppendUnit(std::string& out, uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(unit >> shift) & 0x0F];
}

// The code point that begins at `at`, which is moved to its last byte.
uint32_t CodePoint(std::string_view text, size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const size_t more = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
  uint32_t code = byte & (0x3Fu >> more);
  for (size_t i = 0; i < more && at + 1 < text.size(); ++i) {
    code = code << 6 | (static_cast<unsigned char>(text[++at]) & 0x3F);
  }
  return code;
}

void AppendEscaped(std::string& out, std::string_view text, size_t& at) {
  const uint32_t code = CodePoint(text, at);
  if (code < 0x10000) return AppendUnit(out, code);
  AppendUnit(out, 0xD800 + ((code - 0x10000) >> 10));
  AppendUnit(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
}

void AppendSpecial(std::string& out, char c) {
  constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  const size_t found = kPlain.find(c);
  if (found == std::string_view::npos) return AppendUnit(out, static_cast<unsigned char>(c));
  out += '\\';
  out += kLetters[found];
}

}  // namespace

void AppendJsonText(std::string& out, std::string_view text, JsonEscapes escapes) {
  const unsigned char least = escapes == JsonEscapes::kNone    ? 0xFF
                              : escapes == JsonEscapes::kPairs ? 0xF0
                                                               : 0x80;
  out += '"';
  size_t plain = 0;  // From here on nothing has been copied.
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool special = byte < 0x20 || byte == '"' || byte == '\\';
    if (!special && byte < least) continue;
    out.append(text, plain, at - plain);
    if (special) {
      AppendSpecial(out, text[at]);
    } else {
      AppendEscaped(out, text, at);
    }
    plain = at + 1;
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void AppendJsonReal(std::string& out, double value, bool is_float) {
  const std::string text = Value(is_float ? TypeId::kFloat : TypeId::kDouble, value).ToString();
  if (std::isfinite(value)) {
    out += text;
  } else {
    out += '"' + text + '"';
  }
}

void AppendJsonNumber(std::string& out, std::string_view number) {
  if (number.find_first_of(".eEN") == std::string_view::npos) {
    out += number == "-0" ? "0" : number;
    return;
  }
  AppendJsonReal(out, ParseDouble(number).value_or(0));
}

void CopyJson(JsonCursor& cursor, std::string& out, JsonEscapes escapes) {
  std::string scratch;
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
  };
  switch (cursor.Kind()) {
    case JsonKind::kObject:
      out += '{';
      cursor.BeginObject();
      for (std::string_view name; cursor.NextName(name, scratch);) {
        separate();
        AppendJsonText(out, name, escapes);
        out += ':';
        CopyJson(cursor, out, escapes);
      }
      out += '}';
      return;
    case JsonKind::kArray:
      out += '[';
      cursor.BeginArray();
      while (cursor.NextItem()) {
        separate();
        CopyJson(cursor, out, escapes);
      }
      out += ']';
      return;
    case JsonKind::kText: {
      const std::string_view text = cursor.TakeText(scratch);
      if (cursor.ok()) AppendJsonText(out, text, escapes);
      return;
    }
    case JsonKind::kNumber: {
      const std::string_view number = cursor.TakeNumber();
      if (cursor.ok()) AppendJsonNumber(out, number);
      return;
    }
    default:
      out += cursor.Skip();
  }
}

}  // namespace weir::engine
