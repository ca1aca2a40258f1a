#include "weir/base/json_cursor.h"

#include <cstdint>

#include "weir/base/ascii.h"

namespace weir {

namespace {

uint32_t FourHex(std::string_view text) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value * 16 + static_cast<uint32_t>(HexValue(text[i]));
  return value;
}

void AppendUtf8(std::string& into, uint32_t code) {
  const auto add = [&](uint32_t byte) { into += static_cast<char>(byte); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

// A \u escape at `at` (of the 'u'), with its low half where it has one; half a pair alone becomes
// what Java writes for it.
size_t AppendUnicode(std::string& into, std::string_view text, size_t at) {
  constexpr uint32_t kReplacement = '?';
  uint32_t code = FourHex(text.substr(at + 1));
  size_t next = at + 5;
  if (code >= 0xD800 && code < 0xDC00) {
    const bool pair = text.size() >= next + 6 && text[next] == '\\' && text[next + 1] == 'u';
    const uint32_t low = pair ? FourHex(text.substr(next + 2)) : 0;
    if (low >= 0xDC00 && low < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      next += 6;
    } else {
      code = kReplacement;
    }
  } else if (code >= 0xDC00 && code < 0xE000) {
    code = kReplacement;
  }
  AppendUtf8(into, code);
  return next;
}

char SimpleEscape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

// Whether one of the eight bytes is a quote, a backslash or a control character.
bool HasSpecial(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  const auto has_zero = [](uint64_t v) { return (v - kOnes) & ~v & kHighs; };
  const uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return (has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\') | control) != 0;
}

}  // namespace

void JsonCursor::Fail(const char* problem) {
  if (problem_ == nullptr) problem_ = problem;
}

void JsonCursor::SkipBlanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '/' && dialect_.comments) {
      SkipComment();
      if (!ok()) return;
      continue;
    }
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    ++at_;
  }
}

void JsonCursor::SkipComment() {
  const bool block = text_.substr(at_).starts_with("/*");
  if (!block && !text_.substr(at_).starts_with("//")) return Fail("a comment is malformed");
  const size_t end = text_.find(block ? "*/" : "\n", at_ + 2);
  if (block && end == std::string_view::npos) return Fail("a comment does not end");
  at_ = end == std::string_view::npos ? text_.size() : end + (block ? 2 : 1);
}

bool JsonCursor::AtQuote() const {
  return at_ < text_.size() &&
         (text_[at_] == '"' || (text_[at_] == '\'' && dialect_.single_quotes));
}

// The words that Jackson takes for numbers.
constexpr std::string_view kWordNumbers[] = {"NaN",       "Infinity", "-Infinity",
                                             "+Infinity", "-INF",     "+INF"};

bool JsonCursor::AtWordNumber() const {
  if (!dialect_.word_numbers) return false;
  for (const std::string_view word : kWordNumbers) {
    if (text_.substr(at_).starts_with(word)) return true;
  }
  return false;
}

JsonKind JsonCursor::Kind() {
  if (!ok() || AtEnd()) return JsonKind::kNone;
  switch (text_[at_]) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kText;
    case 't':
      return JsonKind::kTrue;
    case 'f':
      return JsonKind::kFalse;
    case 'n':
      return JsonKind::kNull;
    case '\'':
      return dialect_.single_quotes ? JsonKind::kText : JsonKind::kNone;
    default:
      if (text_[at_] == '-' || IsDigit(text_[at_])) return JsonKind::kNumber;
      return AtWordNumber() ? JsonKind::kNumber : JsonKind::kNone;
  }
}

void JsonCursor::Open(char bracket) {
  if (!ok()) return;
  if (AtEnd() || text_[at_] != bracket) return Fail("a value is malformed");
  if (++depth_ > kMaxDepth) return Fail("it is nested too deeply");
  ++at_;
  first_ = true;
  SkipBlanks();
}

// To the next member or item of the innermost object or array.
bool JsonCursor::Next(char close) {
  if (!ok()) return false;
  if (AtEnd()) {
    Fail("it ends before the record does");
    return false;
  }
  const char c = text_[at_];
  if (c == close) {
    ++at_;
    --depth_;
    first_ = false;
    SkipBlanks();
    return false;
  }
  if (!first_) {
    if (c != ',') {
      Fail("a comma is missing");
      return false;
    }
    ++at_;
    SkipBlanks();
  }
  first_ = false;
  return true;
}

bool JsonCursor::NextMember(std::string_view& name_json) {
  if (!Next('}')) return false;
  if (AtEnd() || text_[at_] != '"') {
    Fail(AtEnd() ? "it ends before the record does" : "a name is not in quotes");
    return false;
  }
  name_json = RawText();
  PassColon();
  return ok();
}

bool JsonCursor::NextName(std::string_view& name, std::string& scratch) {
  if (!Next('}')) return false;
  if (AtQuote()) {
    const std::string_view raw = RawText();
    if (ok()) name = UnescapeJson(raw, scratch);
  } else if (!AtEnd() && dialect_.unquoted_names) {
    name = UnquotedName();
  } else {
    Fail(AtEnd() ? "it ends before the record does" : "a name is not in quotes");
  }
  PassColon();
  return ok();
}

std::string_view JsonCursor::UnquotedName() {
  const size_t begin = at_;
  const auto belongs = [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("_$@#*-+").find(c) != std::string_view::npos;
  };
  while (at_ < text_.size() && belongs(text_[at_])) ++at_;
  if (at_ == begin) Fail("a name is not in quotes");
  return text_.substr(begin, at_ - begin);
}

void JsonCursor::PassColon() {
  SkipBlanks();
  if (ok() && (AtEnd() || text_[at_] != ':')) {
    Fail(AtEnd() ? "it ends before the record does" : "a colon is missing");
  }
  if (!ok()) return;
  ++at_;
  SkipBlanks();
}

bool JsonCursor::NextItem() { return Next(']'); }

void JsonCursor::CheckEscape() {
  const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == 'u') {
    for (size_t i = 2; i < 6; ++i) {
      if (at_ + i >= text_.size() || HexValue(text_[at_ + i]) < 0) {
        return Fail("a \\u escape is malformed");
      }
    }
    at_ += 6;
  } else if (c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
    at_ += 2;
  } else if (c == '\'' ? dialect_.single_quotes : dialect_.any_escape && c != '\0') {
    at_ += 2;
  } else {
    Fail(at_ + 1 < text_.size() ? "an escape in a text is malformed"
                                : "it ends before the record does");
  }
}

// A string with its quotes, checked.
std::string_view JsonCursor::RawText() {
  const char quote = text_[at_];
  const size_t begin = at_++;
  while (ok()) {
    uint64_t word = 0;
    while (quote == '"' && at_ + sizeof(word) <= text_.size()) {
      __builtin_memcpy(&word, text_.data() + at_, sizeof(word));
      if (HasSpecial(word)) break;
      at_ += sizeof(word);
    }
    if (AtEnd()) {
      Fail("it ends before the record does");
      break;
    }
    const char c = text_[at_];
    if (c == quote) {
      ++at_;
      return text_.substr(begin, at_ - begin);
    }
    if (c == '\\') {
      CheckEscape();
    } else if (static_cast<unsigned char>(c) < 0x20 && !dialect_.control_characters) {
      Fail("a text has a control character in it");
    } else {
      ++at_;
    }
  }
  return {};
}

std::string_view JsonCursor::TakeText(std::string& scratch) {
  if (!ok()) return {};
  const std::string_view raw = RawText();
  SkipBlanks();
  return ok() ? UnescapeJson(raw, scratch) : std::string_view();
}

std::string_view JsonCursor::TakeNumber() {
  if (!ok()) return {};
  const size_t begin = at_;
  if (dialect_.word_numbers) {
    for (const std::string_view word : kWordNumbers) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      SkipBlanks();
      return word;
    }
  }
  const auto digits = [&] {
    const size_t from = at_;
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
    if (at_ == from) Fail("a number is malformed");
  };
  if (text_[at_] == '-') ++at_;
  const size_t first = at_;
  digits();
  if (ok() && text_[first] == '0' && at_ > first + 1 && !dialect_.leading_zeros)
    Fail("a number starts with a zero");
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    digits();
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    digits();
  }
  const std::string_view number = text_.substr(begin, at_ - begin);
  SkipBlanks();
  return number;
}

void JsonCursor::TakeWord() {
  if (!ok()) return;
  for (const std::string_view word : {"true", "false", "null"}) {
    if (text_.substr(at_).starts_with(word)) {
      at_ += word.size();
      SkipBlanks();
      return;
    }
  }
  Fail("a value is malformed");
}

void JsonCursor::SkipNested() {
  if (text_[at_] == '{') {
    BeginObject();
    for (std::string_view name; NextMember(name);) Skip();
  } else {
    BeginArray();
    while (NextItem()) Skip();
  }
}

std::string_view JsonCursor::Skip() {
  const size_t begin = at_;
  switch (Kind()) {
    case JsonKind::kObject:
    case JsonKind::kArray:
      SkipNested();
      break;
    case JsonKind::kText:
      RawText();
      SkipBlanks();
      break;
    case JsonKind::kNumber:
      TakeNumber();
      break;
    case JsonKind::kTrue:
    case JsonKind::kFalse:
    case JsonKind::kNull:
      TakeWord();
      break;
    case JsonKind::kNone:
      Fail(AtEnd() ? "it ends before the record does" : "a value is malformed");
  }
  return ok() ? Since(begin) : std::string_view();
}

std::string_view JsonCursor::Since(size_t offset) const {
  std::string_view raw = text_.substr(offset, at_ - offset);
  while (!raw.empty() &&
         (raw.back() == ' ' || raw.back() == '\t' || raw.back() == '\n' || raw.back() == '\r')) {
    raw.remove_suffix(1);
  }
  return raw;
}

std::string_view UnescapeJson(std::string_view json, std::string& scratch) {
  const std::string_view inside = json.substr(1, json.size() - 2);
  size_t slash = inside.find('\\');
  if (slash == std::string_view::npos) return inside;
  scratch.clear();
  size_t at = 0;
  while (slash != std::string_view::npos) {
    scratch.append(inside.substr(at, slash - at));
    if (inside[slash + 1] == 'u') {
      at = AppendUnicode(scratch, inside, slash + 1);
    } else {
      scratch += SimpleEscape(inside[slash + 1]);
      at = slash + 2;
    }
    slash = inside.find('\\', at);
  }
  scratch.append(inside.substr(at));
  return scratch;
}

}  // namespace weir
