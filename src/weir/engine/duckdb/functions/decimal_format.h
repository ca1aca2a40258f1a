#pragma once

#include <string>
#include <string_view>

#include "weir/engine/duckdb/functions/decimal_digits.h"

namespace weir::engine {

// A pattern of java.text.DecimalFormat in the locale en_US: "#,##0.00;(#)". A malformed one raises
// INVALID_PARAMETER_VALUE.PATTERN.
class DecimalFormat {
 public:
  explicit DecimalFormat(std::string_view pattern);

  // Halves go to the even digit.
  std::string Print(DecimalDigits number) const;
  std::string Print(double value) const;

 private:
  struct Affixes {
    std::string prefix;
    std::string suffix;
    bool operator==(const Affixes&) const = default;
  };
  struct Counts {
    int left = 0;
    int zeros = 0;
    int right = 0;
    int grouping = -1;
    int point = -1;
  };
  class Reader;

  void Settle(Counts counts, std::string_view pattern);
  std::string Plain(const DecimalDigits& number) const;
  std::string Scientific(const DecimalDigits& number) const;
  const Affixes& AffixesOf(bool negative) const { return negative ? negative_ : positive_; }

  Affixes positive_;
  Affixes negative_;
  int multiplier_ = 0;  // As a power of ten.
  int least_whole_ = 0;
  int most_whole_ = 0;  // Only for exponents.
  int least_fraction_ = 0;
  int most_fraction_ = 0;
  int grouping_ = 0;
  int exponent_digits_ = 0;  // 0: no exponent.
  bool always_point_ = false;
};

}  // namespace weir::engine
