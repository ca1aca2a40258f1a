#include "weir/sql/keywords.h"

#include <array>
#include <iterator>
#include <unordered_map>

namespace weir::sql {
namespace {

constexpr std::string_view kTexts[] = {std::string_view(),
#define WEIR_KEYWORD_TEXT(word) std::string_view(#word),
                                       WEIR_KEYWORDS(WEIR_KEYWORD_TEXT)
#undef WEIR_KEYWORD_TEXT
};
constexpr size_t kLongest = 24;

std::unordered_map<std::string_view, Keyword> BuildTable() {
  std::unordered_map<std::string_view, Keyword> table;
  for (size_t i = 1; i < std::size(kTexts); ++i) table.emplace(kTexts[i], static_cast<Keyword>(i));
  return table;
}

}  // namespace

Keyword FindKeyword(std::string_view word) {
  static const std::unordered_map<std::string_view, Keyword> table = BuildTable();
  std::array<char, kLongest> upper;
  if (word.size() > upper.size()) return Keyword::kNone;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    upper[i] = (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const auto found = table.find(std::string_view(upper.data(), word.size()));
  return found == table.end() ? Keyword::kNone : found->second;
}

std::string_view KeywordText(Keyword keyword) { return kTexts[static_cast<size_t>(keyword)]; }

}  // namespace weir::sql
