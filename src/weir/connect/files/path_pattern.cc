#include "weir/connect/files/path_pattern.h"

#include <algorithm>

#include "weir/base/error.h"

namespace weir::connect {

namespace {

constexpr size_t kMaxAlternatives = 1000;

// The next character of UTF-8 text as its bytes.
std::string_view NextCharacter(std::string_view text) {
  size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) {
    ++length;
  }
  return text.substr(0, length);
}

// A class such as [a-z] at the start of `pattern`: whether `character` is in it, and its length; a
// length of 0 when it is not closed.
std::pair<bool, size_t> MatchClass(std::string_view pattern, std::string_view character) {
  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  bool first = true;
  while (at < pattern.size() && (first || pattern[at] != ']')) {
    first = false;
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    const std::string_view low = NextCharacter(pattern.substr(at));
    at += low.size();
    std::string_view high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = NextCharacter(pattern.substr(at + 1));
      at += 1 + high.size();
    }
    found = found || (low <= character && character <= high);
  }
  if (at >= pattern.size()) return {false, 0};
  return {found != negated, at + 1};
}

bool HasWildcard(std::string_view part) {
  return part.find_first_of("*?[{\\") != std::string_view::npos;
}

// Where the brace opened at `open` closes, or npos.
size_t ClosingBrace(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

std::vector<std::string> SplitAlternatives(std::string_view inside) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (size_t i = 0; i < inside.size(); ++i) {
    const char c = inside[i];
    if (c == ',' && depth == 0) {
      parts.emplace_back();
      continue;
    }
    if (c == '{') ++depth;
    if (c == '}') --depth;
    parts.back() += c;
    if (c == '\\' && i + 1 < inside.size()) parts.back() += inside[++i];
  }
  return parts;
}

void ExpandBraces(const std::string& text, std::vector<std::string>& into) {
  size_t open = 0;
  while (open < text.size() && text[open] != '{') open += text[open] == '\\' ? 2 : 1;
  if (open >= text.size()) {
    if (into.size() == kMaxAlternatives) {
      throw Error(ErrorCode::kInvalid, "a pattern has more than 1,000 alternatives in braces");
    }
    into.push_back(text);
    return;
  }
  const size_t close = ClosingBrace(text, open);
  if (close == std::string::npos) {
    throw Error(ErrorCode::kInvalid, "the pattern '" + text +
                                         "' has a '{' that is not closed; write \\{ for the "
                                         "character itself");
  }
  const std::string before = text.substr(0, open);
  const std::string after = text.substr(close + 1);
  for (const std::string& part :
       SplitAlternatives(std::string_view(text).substr(open + 1, close - open - 1))) {
    ExpandBraces(before + part + after, into);
  }
}

std::vector<std::string> SplitParts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    if (slash > 0) parts.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

// Where the first part with a wildcard begins, or the end or more.
size_t FirstWildcardPart(const std::string& path) {
  size_t begin = 0;
  while (begin < path.size()) {
    const size_t slash = std::min(path.find('/', begin), path.size());
    if (HasWildcard(std::string_view(path).substr(begin, slash - begin))) break;
    begin = slash + 1;
  }
  return begin;
}

}  // namespace

bool NameMatches(std::string_view pattern, std::string_view name) {
  // Where to try again when the text after the last star does not fit.
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  size_t p = 0;
  size_t n = 0;
  while (n < name.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && n < name.size()) {
      const std::string_view character = NextCharacter(name.substr(n));
      size_t taken = 0;
      bool fits = false;
      if (pattern[p] == '?') {
        fits = true;
        taken = 1;
      } else if (const auto [in, length] = pattern[p] == '['
                                               ? MatchClass(pattern.substr(p), character)
                                               : std::pair<bool, size_t>{false, 0};
                 length > 0) {
        fits = in;
        taken = length;
      } else {
        const size_t escaped = pattern[p] == '\\' && p + 1 < pattern.size() ? 1 : 0;
        const std::string_view literal = NextCharacter(pattern.substr(p + escaped));
        fits = literal == character;
        taken = escaped + literal.size();
      }
      if (fits) {
        p += taken;
        n += character.size();
        continue;
      }
    }
    if (star == std::string_view::npos || star_name >= name.size()) return false;
    star_name += NextCharacter(name.substr(star_name)).size();
    p = star + 1;
    n = star_name;
  }
  return true;
}

NamePattern::NamePattern(const std::string& pattern) { ExpandBraces(pattern, alternatives_); }

bool NamePattern::Matches(std::string_view name) const {
  return std::any_of(
      alternatives_.begin(), alternatives_.end(),
      [&](const std::string& alternative) { return NameMatches(alternative, name); });
}

LoosePattern::LoosePattern(const std::string& path) {
  const size_t begin = FirstWildcardPart(path);
  if (begin >= path.size()) return;
  ExpandBraces(path.substr(begin), alternatives_);
  for (std::string& pattern : alternatives_) {
    while (pattern.ends_with('/')) pattern.pop_back();
    pattern += '*';
  }
}

bool LoosePattern::Matches(std::string_view below) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const std::string& pattern) { return NameMatches(pattern, below); });
}

PathPattern::PathPattern(const std::string& path) {
  const size_t begin = FirstWildcardPart(path);
  if (begin >= path.size()) {
    base_ = path;
    return;
  }
  base_ = path.substr(0, begin);
  std::vector<std::string> expanded;
  ExpandBraces(path.substr(begin), expanded);
  for (const std::string& one : expanded) alternatives_.push_back(SplitParts(one));
}

bool PathPattern::Match::IsWhole() const {
  return std::any_of(states_.begin(), states_.end(), [&](const auto& state) {
    return state.second == pattern_->alternatives_[state.first].size();
  });
}

// `**` stands for no folder too.
void PathPattern::AddState(Match& match, size_t alternative, size_t parts) const {
  const std::pair<size_t, size_t> state(alternative, parts);
  if (std::find(match.states_.begin(), match.states_.end(), state) != match.states_.end()) return;
  match.states_.push_back(state);
  const auto& pattern = alternatives_[alternative];
  if (parts < pattern.size() && pattern[parts] == "**") AddState(match, alternative, parts + 1);
}

PathPattern::Match PathPattern::Begin() const {
  Match match;
  match.pattern_ = this;
  for (size_t i = 0; i < alternatives_.size(); ++i) AddState(match, i, 0);
  return match;
}

PathPattern::Match PathPattern::Step(const Match& before, std::string_view name) const {
  Match match;
  match.pattern_ = this;
  for (const auto& [alternative, parts] : before.states_) {
    const auto& pattern = alternatives_[alternative];
    if (parts == pattern.size()) continue;
    if (pattern[parts] == "**") {
      AddState(match, alternative, parts);
    } else if (NameMatches(pattern[parts], name)) {
      AddState(match, alternative, parts + 1);
    }
  }
  return match;
}

}  // namespace weir::connect
