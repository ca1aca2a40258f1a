#include "weir/types/number_pattern.h"

#include <algorithm>

#include "weir/base/ascii.h"
#include "weir/types/data_type.h"

namespace weir {

namespace {

bool IsJavaSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

NumberPattern::Mistake Wrong(std::string_view condition, std::string_view format,
                             const std::string& why) {
  return {"INVALID_FORMAT." + std::string(condition),
          "The format is invalid: '" + std::string(format) + "'. " + why};
}

}  // namespace

std::vector<NumberPattern::Token> NumberPattern::Tokens(std::string_view format) {
  std::vector<Token> tokens;
  bool fraction = false;
  const auto add_run = [&](Run run) {
    if (tokens.empty() || tokens.back().kind != Kind::kDigits) tokens.push_back({Kind::kDigits});
    tokens.back().runs.push_back(run);
  };
  for (size_t i = 0; i < format.size();) {
    const std::string_view rest = format.substr(i);
    if (rest[0] == '0' || rest[0] == '9') {
      const size_t end = std::min(rest.find_first_not_of("09"), rest.size());
      add_run({false, rest[0] == '0' && !fraction, static_cast<int>(end)});
      i += end;
      continue;
    }
    size_t length = 1;
    if (rest[0] == '.' || rest[0] == 'D') {
      tokens.push_back({Kind::kPoint});
      fraction = true;
    } else if (rest[0] == ',' || rest[0] == 'G') {
      add_run({true, false, 0});
    } else if (rest[0] == '$') {
      tokens.push_back({Kind::kDollar});
    } else if (rest[0] == 'S') {
      tokens.push_back({Kind::kSign});
    } else if (rest.starts_with("MI")) {
      tokens.push_back({Kind::kMinus});
      length = 2;
    } else if (rest.starts_with("PR")) {
      tokens.insert(tokens.begin(), Token{Kind::kOpen});
      tokens.push_back({Kind::kClose});
      length = 2;
    } else {
      tokens.push_back({Kind::kOther, {}, rest[0]});
    }
    i += length;
  }
  return tokens;
}

std::variant<NumberPattern, NumberPattern::Mistake> NumberPattern::Parse(std::string_view format) {
  NumberPattern pattern;
  const std::string upper = UpperName(format);
  pattern.tokens_ = Tokens(upper);
  if (auto mistake = pattern.Check(upper)) return *mistake;
  bool fraction = false;
  for (const Token& token : pattern.tokens_) {
    fraction = fraction || token.kind == Kind::kPoint;
    for (const Run& run : token.runs) {
      pattern.precision_ += run.count;
      if (fraction) pattern.scale_ += run.count;
    }
  }
  constexpr int kMost = 38;
  if (pattern.precision_ > kMost) {
    return Mistake{
        "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
        "Decimal precision " + std::to_string(pattern.precision_) + " exceeds max precision 38."};
  }
  return pattern;
}

std::optional<NumberPattern::Mistake> NumberPattern::Check(std::string_view format) const {
  if (format.empty()) {
    return Wrong("EMPTY", format, "The number format string cannot be empty.");
  }
  const auto index = [&](Kind kind) {
    const auto found = std::find(tokens_.begin(), tokens_.end(), Token{kind});
    return found == tokens_.end() ? -1 : static_cast<int>(found - tokens_.begin());
  };
  const int digits = index(Kind::kDigits);
  const int dollar = index(Kind::kDollar);
  const int point = index(Kind::kPoint);
  if (digits < 0) {
    return Wrong("WRONG_NUM_DIGIT", format,
                 "The format string requires at least one number digit.");
  }
  if (digits < dollar) {
    return Wrong("CUR_MUST_BEFORE_DIGIT", format,
                 "Currency characters must appear before digits in the number format.");
  }
  if (point >= 0 && point < dollar) {
    return Wrong("CUR_MUST_BEFORE_DEC", format,
                 "Currency characters must appear before any decimal point in the number format.");
  }
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const auto& runs = tokens_[i].runs;
    const bool fraction = point >= 0 && static_cast<int>(i) > point;
    for (size_t j = 0; j < runs.size(); ++j) {
      if (!runs[j].separator) continue;
      if (fraction) {
        return Wrong("THOUSANDS_SEPS_MUST_BEFORE_DEC", format,
                     "Thousands separators (, or G) may not appear after the decimal point in the "
                     "number format.");
      }
      if (j == 0 || j + 1 == runs.size() || runs[j + 1].separator) {
        return Wrong("CONT_THOUSANDS_SEPS", format,
                     "Thousands separators (, or G) must have digits in between them in the number "
                     "format.");
      }
    }
  }
  static constexpr std::pair<Kind, std::string_view> kOnce[] = {{Kind::kPoint, ". or D"},
                                                                {Kind::kSign, "S"},
                                                                {Kind::kMinus, "MI"},
                                                                {Kind::kDollar, "$"},
                                                                {Kind::kClose, "PR"}};
  for (const auto& [kind, name] : kOnce) {
    if (std::count(tokens_.begin(), tokens_.end(), Token{kind}) > 1) {
      return Wrong("WRONG_NUM_TOKEN", format,
                   "At most one " + std::string(name) + " is allowed in the number format.");
    }
  }
  return CheckOrder(format);
}

// [MI|S] [$] [0|9|G|,]* [.|D] [0|9]* [$] [PR|MI|S]
std::optional<NumberPattern::Mistake> NumberPattern::CheckOrder(std::string_view format) const {
  static constexpr Kind kOrder[][2] = {
      {Kind::kOpen, Kind::kOpen},     {Kind::kMinus, Kind::kSign},  {Kind::kDollar, Kind::kDollar},
      {Kind::kDigits, Kind::kDigits}, {Kind::kPoint, Kind::kPoint}, {Kind::kDigits, Kind::kDigits},
      {Kind::kDollar, Kind::kDollar}, {Kind::kMinus, Kind::kSign},  {Kind::kClose, Kind::kClose}};
  size_t next = 0;
  for (const auto& allowed : kOrder) {
    if (next >= tokens_.size()) break;
    if (tokens_[next].kind == allowed[0] || tokens_[next].kind == allowed[1]) ++next;
  }
  if (next >= tokens_.size()) return std::nullopt;
  const Token& token = tokens_[next];
  const std::string what = token.kind == Kind::kDigits ? "digit sequence"
                           : token.kind == Kind::kOther
                               ? "character '" + std::string(1, token.character) + "'"
                               : "sign, currency or point";
  return Wrong("UNEXPECTED_TOKEN", format,
               "Found the unexpected " + what +
                   " in the format string; the structure of the format string must match: "
                   "`[MI|S]` `[$]` `[0|9|G|,]*` `[.|D]` `[0|9]*` `[$]` `[PR|MI|S]`.");
}

// Groups are compared from the right; blanks between digits are passed over.
bool NumberPattern::ReadDigits(const Token& token, std::string_view text, size_t& at, bool fraction,
                               std::string& digits) const {
  std::vector<int> sizes = {0};
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (IsDigit(c)) {
      digits += c;
      ++sizes.back();
    } else if (c == ',' && !fraction) {
      sizes.push_back(0);
    } else if (!IsJavaSpace(c)) {
      break;
    }
  }
  std::vector<Run> runs;
  std::copy_if(token.runs.begin(), token.runs.end(), std::back_inserter(runs),
               [](const Run& run) { return !run.separator; });
  if (sizes.size() > runs.size()) return false;
  for (size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[runs.size() - 1 - i];
    const int size = i < sizes.size() ? sizes[sizes.size() - 1 - i] : 0;
    if (run.exact ? size != run.count : size > run.count) return false;
  }
  return true;
}

std::optional<std::string> NumberPattern::Read(std::string_view text) const {
  std::string whole;
  std::string fraction;
  bool behind_point = false;
  bool negative = false;
  int brackets = 0;
  size_t at = 0;
  const auto take = [&](char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  };
  for (const Token& token : tokens_) {
    switch (token.kind) {
      case Kind::kDigits:
        if (!ReadDigits(token, text, at, behind_point, behind_point ? fraction : whole)) {
          return std::nullopt;
        }
        break;
      case Kind::kPoint:
        behind_point = take('.') || behind_point;
        break;
      case Kind::kDollar:
        if (!take('$')) return std::nullopt;
        break;
      case Kind::kSign:
        if (!take('+') && take('-')) negative = !negative;
        break;
      case Kind::kMinus:
        if (take('-')) negative = !negative;
        break;
      case Kind::kOpen:
        if (take('<')) {
          negative = !negative;
          ++brackets;
        }
        break;
      case Kind::kClose:
        if (take('>')) --brackets;
        break;
      default:
        return std::nullopt;
    }
  }
  if (at < text.size() || brackets != 0 || (whole.empty() && fraction.empty())) return std::nullopt;
  return (negative ? "-" : "") + (whole.empty() ? "0" : whole) +
         (fraction.empty() ? "" : "." + fraction);
}

std::string NumberPattern::Print(std::string_view number) const {
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  const size_t end = std::min(number.find('.'), number.size());
  std::string_view whole = number.substr(0, end);
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  std::string_view fraction = number.substr(std::min(end + 1, number.size()));
  const size_t zeros = fraction.find_last_not_of('0');
  fraction = fraction.substr(0, zeros == std::string_view::npos ? 0 : zeros + 1);
  // What comes before the point has room for so many.
  const auto fits = static_cast<int>(whole.size()) <= precision_ - scale_ &&
                    static_cast<int>(fraction.size()) <= scale_;
  int missing = precision_ - scale_ - static_cast<int>(whole.size());
  size_t next = 0;
  std::string result;
  bool behind_point = false;
  const auto add_blank = [&] {
    // A sign or bracket stays beside the first digit.
    const bool sign =
        !result.empty() && std::string_view("+-<").find(result.back()) != std::string_view::npos;
    result.insert(result.size() - (sign ? 1 : 0), 1, ' ');
  };
  const auto add_digit = [&](const Run& run) {
    if (!fits) {
      result += '#';
    } else if (behind_point) {
      result += next < fraction.size() ? fraction[next] : '0';
      ++next;
    } else if (missing-- <= 0) {
      result += whole[next++];
    } else if (run.exact) {
      result += '0';
    } else {
      add_blank();
    }
  };
  for (const Token& token : tokens_) {
    switch (token.kind) {
      case Kind::kDigits:
        for (const Run& run : token.runs) {
          if (run.separator) {
            if (!result.empty() && IsDigit(result.back())) {
              result += ',';
            } else {
              add_blank();
            }
          }
          for (int i = 0; i < run.count; ++i) add_digit(run);
        }
        break;
      case Kind::kPoint:
        if (!result.empty() && result.back() == ' ') result.back() = '0';
        result += '.';
        behind_point = true;
        next = 0;
        break;
      case Kind::kDollar:
        result += '$';
        break;
      case Kind::kSign:
        result += negative ? '-' : '+';
        break;
      case Kind::kMinus:
        if (negative) {
          result += '-';
        } else {
          add_blank();
        }
        break;
      case Kind::kOpen:
        if (negative) result += '<';
        break;
      case Kind::kClose:
        result += negative ? ">" : "  ";
        break;
      default:
        break;
    }
  }
  if (result.ends_with('.')) result.back() = ' ';
  return result;
}

}  // namespace weir
