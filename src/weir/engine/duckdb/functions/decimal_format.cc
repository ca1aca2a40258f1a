#include "weir/engine/duckdb/functions/decimal_format.h"

#include <algorithm>
#include <cmath>

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

namespace {

constexpr std::string_view kInfinity = "\xE2\x88\x9E";
constexpr std::string_view kPerMille = "\xE2\x80\xB0";
constexpr std::string_view kCurrency = "\xC2\xA4";

[[noreturn]] void RaiseMalformed(std::string_view pattern) {
  Raise("INVALID_PARAMETER_VALUE.PATTERN",
        "The value of parameter(s) `d` in `format_number` is invalid: '" + std::string(pattern) +
            "' is no number pattern.");
}

}  // namespace

// One half of a pattern: what stands before the digits, the digits, what stands behind them.
class DecimalFormat::Reader {
 public:
  explicit Reader(std::string_view pattern) : pattern_(pattern) {}

  Affixes affixes;
  Counts counts;
  int exponent_digits = 0;
  int multiplier = 0;

  // Up to ';' or the end; gives where it stopped.
  size_t Read(size_t at) {
    at = ReadAffix(at, affixes.prefix, true);
    at = ReadDigits(at);
    at = ReadAffix(at, affixes.suffix, false);
    return at;
  }

 private:
  bool At(size_t at, std::string_view text) const { return pattern_.substr(at).starts_with(text); }

  size_t ReadAffix(size_t at, std::string& affix, bool before_digits) {
    bool quoted = false;
    while (at < pattern_.size()) {
      const char c = pattern_[at];
      if (c == '\'') {
        if (At(at + 1, "'")) {
          affix += '\'';
          ++at;
        } else {
          quoted = !quoted;
        }
        ++at;
        continue;
      }
      if (!quoted) {
        if (c == '#' || c == '0' || c == ',' || c == '.') {
          if (before_digits) return at;
          RaiseMalformed(pattern_);
        }
        if (c == ';') return at;
        if (c == '%') multiplier = 2;
        if (At(at, kPerMille)) multiplier = 3;
        if (At(at, kCurrency)) {
          affix += '$';
          at += kCurrency.size();
          continue;
        }
      }
      affix += c;
      ++at;
    }
    if (quoted) RaiseMalformed(pattern_);
    return at;
  }

  size_t ReadDigits(size_t at) {
    for (; at < pattern_.size(); ++at) {
      switch (pattern_[at]) {
        case '#':
          (counts.zeros > 0 ? counts.right : counts.left) += 1;
          break;
        case '0':
          if (counts.right > 0) RaiseMalformed(pattern_);
          ++counts.zeros;
          break;
        case ',':
          counts.grouping = 0;
          continue;
        case '.':
          if (counts.point >= 0) RaiseMalformed(pattern_);
          counts.point = counts.left + counts.zeros + counts.right;
          continue;
        case 'E':
          ++at;
          while (At(at, "0")) {
            ++exponent_digits;
            ++at;
          }
          if (counts.left + counts.zeros < 1 || exponent_digits < 1) RaiseMalformed(pattern_);
          return at;
        default:
          return at;
      }
      if (counts.grouping >= 0 && counts.point < 0) ++counts.grouping;
    }
    return at;
  }

  std::string_view pattern_;
};

DecimalFormat::DecimalFormat(std::string_view pattern) {
  Reader positive(pattern);
  const size_t end = positive.Read(0);
  positive_ = positive.affixes;
  multiplier_ = positive.multiplier;
  exponent_digits_ = positive.exponent_digits;
  Settle(positive.counts, pattern);
  if (end < pattern.size()) {
    Reader negative(pattern);
    if (negative.Read(end + 1) < pattern.size()) RaiseMalformed(pattern);
    negative_ = negative.affixes;
  }
  if (end >= pattern.size() || negative_ == positive_) {
    negative_ = {"-" + positive_.prefix, positive_.suffix};
  }
}

void DecimalFormat::Settle(Counts counts, std::string_view pattern) {
  if (counts.zeros == 0 && counts.left > 0 && counts.point >= 0) {  // "#.##"
    const int whole = std::max(counts.point, 1);
    counts.right = counts.left - whole;
    counts.left = whole - 1;
    counts.zeros = 1;
  }
  const bool misplaced = (counts.point < 0 && counts.right > 0) ||
                         (counts.point >= 0 && (counts.point < counts.left ||
                                                counts.point > counts.left + counts.zeros));
  if (misplaced || counts.grouping == 0) RaiseMalformed(pattern);
  const int total = counts.left + counts.zeros + counts.right;
  least_whole_ = (counts.point >= 0 ? counts.point : total) - counts.left;
  most_whole_ = counts.left + least_whole_;
  if (counts.point >= 0) {
    most_fraction_ = total - counts.point;
    least_fraction_ = counts.left + counts.zeros - counts.point;
  }
  grouping_ = std::max(counts.grouping, 0);
  always_point_ = counts.point == 0 || counts.point == total;
}

std::string DecimalFormat::Print(double value) const {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) {
    const Affixes& affixes = AffixesOf(value < 0);
    return affixes.prefix + std::string(kInfinity) + affixes.suffix;
  }
  return Print(DecimalDigits::Exact(value));
}

std::string DecimalFormat::Print(DecimalDigits number) const {
  if (!number.IsZero()) number.point += multiplier_;
  const Affixes& affixes = AffixesOf(number.negative);
  return affixes.prefix + (exponent_digits_ > 0 ? Scientific(number) : Plain(number)) +
         affixes.suffix;
}

std::string DecimalFormat::Plain(const DecimalDigits& given) const {
  DecimalDigits number = given;
  number.RoundTo(most_fraction_, DecimalDigits::Halves::kEven);
  const int whole = std::max(least_whole_, number.point);
  std::string digits = whole > 0 ? number.Whole() : "";
  if (number.point <= 0) digits.clear();
  digits.insert(0, static_cast<size_t>(whole) - digits.size(), '0');
  std::string result;
  for (size_t i = 0; i < digits.size(); ++i) {
    result += digits[i];
    const int left = whole - 1 - static_cast<int>(i);
    if (grouping_ > 0 && left > 0 && left % grouping_ == 0) result += ',';
  }
  const int places = std::clamp(static_cast<int>(number.digits.size()) - number.point,
                                least_fraction_, most_fraction_);
  if (places == 0 && result.empty()) result = "0";
  if (places > 0 || always_point_) result += '.';
  return result + number.Fraction(places);
}

std::string DecimalFormat::Scientific(const DecimalDigits& given) const {
  DecimalDigits number = given;
  if (const int kept = most_whole_ + most_fraction_; kept > 0) {
    number.KeepDigits(kept, DecimalDigits::Halves::kEven);
  }
  int exponent = number.point;
  int least_whole = least_whole_;
  if (most_whole_ > 1 && most_whole_ > least_whole_) {  // Exponents in steps: "##0E0".
    exponent = exponent >= 1 ? (exponent - 1) / most_whole_ * most_whole_
                             : (exponent - most_whole_) / most_whole_ * most_whole_;
    least_whole = 1;
  } else {
    exponent -= least_whole_;
  }
  const int whole = number.IsZero() ? least_whole : number.point - exponent;
  const int total =
      std::max({least_whole_ + least_fraction_, whole, static_cast<int>(number.digits.size())});
  std::string digits = number.digits;
  digits.resize(static_cast<size_t>(total), '0');
  std::string result = digits.substr(0, static_cast<size_t>(whole));
  if (total > whole || always_point_) result += '.';
  result += digits.substr(static_cast<size_t>(whole));
  const int shown = number.IsZero() ? 0 : exponent;
  std::string power = std::to_string(std::abs(shown));
  if (power.size() < static_cast<size_t>(exponent_digits_)) {
    power.insert(0, static_cast<size_t>(exponent_digits_) - power.size(), '0');
  }
  return result + "E" + (shown < 0 ? "-" : "") + power;
}

}  // namespace weir::engine
