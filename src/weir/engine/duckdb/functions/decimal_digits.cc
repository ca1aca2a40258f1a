#include "weir/engine/duckdb/functions/decimal_digits.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace weir::engine {

namespace {

void Trim(DecimalDigits& number) {
  const size_t first = number.digits.find_first_not_of('0');
  if (first == std::string::npos) {
    number.digits.clear();
    number.point = 0;
    return;
  }
  number.digits.erase(0, first);
  number.point -= static_cast<int>(first);
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
}

}  // namespace

DecimalDigits DecimalDigits::Of(std::string_view text) {
  DecimalDigits number;
  bool fraction = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '-') {
      number.negative = true;
    } else if (c == '.') {
      fraction = true;
    } else if (c == 'e' || c == 'E') {
      const bool plus = i + 1 < text.size() && text[i + 1] == '+';
      int exponent = 0;
      std::from_chars(text.data() + i + (plus ? 2 : 1), text.data() + text.size(), exponent);
      number.point += exponent;
      break;
    } else if (c >= '0' && c <= '9') {
      number.digits += c;
      if (!fraction) ++number.point;
    }
  }
  Trim(number);
  return number;
}

DecimalDigits DecimalDigits::Shortest(double value) {
  char text[64];
  const auto printed =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
  DecimalDigits number = Of({text, static_cast<size_t>(printed.ptr - text)});
  number.negative = std::signbit(value);
  return number;
}

DecimalDigits DecimalDigits::Exact(double value) {
  // A double has at most 767 digits that count.
  char text[800];
  const auto printed =
      std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific, 770);
  DecimalDigits number = Of({text, static_cast<size_t>(printed.ptr - text)});
  number.negative = std::signbit(value);
  return number;
}

DecimalDigits DecimalDigits::OfUnscaled(Int128 unscaled, int scale) {
  DecimalDigits number;
  number.negative = unscaled < 0;
  for (Int128 rest = unscaled; rest != 0; rest /= 10) {
    const int digit = static_cast<int>(rest % 10);
    number.digits += static_cast<char>('0' + std::abs(digit));
  }
  std::reverse(number.digits.begin(), number.digits.end());
  number.point = static_cast<int>(number.digits.size()) - scale;
  Trim(number);
  return number;
}

void DecimalDigits::KeepDigits(int count, Halves halves) {
  if (count >= static_cast<int>(digits.size())) return;
  if (count < 0) {
    digits.clear();
    point = 0;
    return;
  }
  const auto kept = static_cast<size_t>(count);
  const bool half = digits[kept] == '5' && kept + 1 == digits.size();
  bool up = digits[kept] >= '5';
  if (half && halves == Halves::kEven) up = kept > 0 && (digits[kept - 1] - '0') % 2 == 1;
  digits.resize(kept);
  if (up) {
    size_t i = kept;
    while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
    if (i > 0) {
      ++digits[i - 1];
    } else {
      digits.insert(0, 1, '1');
      ++point;
    }
  }
  Trim(*this);
}

std::string DecimalDigits::Whole() const {
  if (point <= 0) return "0";
  std::string whole = digits.substr(0, static_cast<size_t>(point));
  whole.resize(static_cast<size_t>(point), '0');
  return whole;
}

std::string DecimalDigits::Fraction(int places) const {
  std::string fraction(static_cast<size_t>(std::clamp(-point, 0, places)), '0');
  if (point < static_cast<int>(digits.size())) {
    fraction += digits.substr(static_cast<size_t>(std::max(point, 0)));
  }
  fraction.resize(static_cast<size_t>(places), '0');
  return fraction;
}

}  // namespace weir::engine
