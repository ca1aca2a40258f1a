#include "weir/catalog/statement_text.h"

#include <array>
#include <cctype>

#include "weir/catalog/names.h"

namespace weir::catalog {
namespace {

constexpr size_t kLongest = 16 * 1024;

bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

bool IsQuote(char c) { return c == '\'' || c == '"' || c == '`'; }

bool SoundsSecret(std::string_view name) {
  static constexpr std::array<std::string_view, 10> kSecret = {
      "password", "passwd",     "secret",      "token",  "credential",
      "api_key",  "access_key", "private_key", "apikey", "accesskey"};
  std::string plain;
  for (const char c : CatalogCase(name)) plain += c == '-' || c == '.' ? '_' : c;
  for (const std::string_view word : kSecret) {
    if (plain.find(word) != std::string::npos) return true;
  }
  return plain.find("privatekey") != std::string::npos;
}

// Behind the closing quote of the literal that starts at `begin`, or the end of the text.
size_t EndOfQuoted(std::string_view text, size_t begin) {
  const char quote = text[begin];
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && quote != '`') {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return text.size();
}

// Behind the comment that starts at `begin`; `begin` if none does.
size_t EndOfComment(std::string_view text, size_t begin) {
  const std::string_view rest = text.substr(begin);
  const char* closing = rest.starts_with("--") ? "\n" : rest.starts_with("/*") ? "*/" : nullptr;
  if (closing == nullptr) return begin;
  const size_t close = text.find(closing, begin + 2);
  return close == std::string_view::npos ? text.size() : close + std::string_view(closing).size();
}

// What may stand between an option's name and its value.
bool IsBetween(char c) {
  return std::isspace(static_cast<unsigned char>(c)) || c == '=' || c == '>' || c == ':' ||
         c == '(';
}

std::string Redacted(std::string_view text) {
  std::string kept;
  bool after_secret = false;  // The last name sounded secret, and only signs came since.
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    size_t end = i + 1;
    if (const size_t behind = EndOfComment(text, i); behind != i) {
      end = behind;
      kept += text.substr(i, end - i);
    } else if (IsQuote(c)) {
      end = EndOfQuoted(text, i);
      const bool is_value = after_secret && c != '`';
      kept += is_value ? std::string("'[REDACTED]'") : std::string(text.substr(i, end - i));
      after_secret = !is_value && SoundsSecret(text.substr(i, end - i));
    } else if (IsWord(c)) {
      while (end < text.size() && IsWord(text[end])) ++end;
      kept += text.substr(i, end - i);
      after_secret = SoundsSecret(text.substr(i, end - i));
    } else {
      kept += c;
      after_secret = after_secret && IsBetween(c);
    }
    i = end;
  }
  return kept;
}

}  // namespace

std::string RecordedText(std::string_view text) {
  std::string kept = Redacted(text);
  if (kept.size() <= kLongest) return kept;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(kept[end]) & 0xc0) == 0x80) --end;
  kept.resize(end);
  return kept + "... (cut; the text has " + std::to_string(text.size()) + " bytes)";
}

}  // namespace weir::catalog
