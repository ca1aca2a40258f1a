#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "weir/types/value.h"

namespace weir::engine {

// A number as its decimal digits: 0.d1d2d3... * 10^point. Zero has no digits.
struct DecimalDigits {
  bool negative = false;
  std::string digits;  // No zeros at either end.
  int point = 0;

  // "123", "-4.5", "1e-7", "6.02E+23".
  static DecimalDigits Of(std::string_view text);
  // The shortest digits that read as the value, as Double.toString gives them.
  static DecimalDigits Shortest(double value);
  // All digits of the value's exact binary fraction.
  static DecimalDigits Exact(double value);
  static DecimalDigits OfUnscaled(Int128 unscaled, int scale);

  bool IsZero() const { return digits.empty(); }
  enum class Halves { kUp, kEven };
  // Keeps `count` digits from the first on; none and fewer round to zero or to one digit.
  void KeepDigits(int count, Halves halves);
  // Keeps `places` digits behind the point.
  void RoundTo(int places, Halves halves) { KeepDigits(point + places, halves); }
  // At least one digit before the point, and `places` behind it (more are left out).
  std::string Whole() const;
  std::string Fraction(int places) const;
};

}  // namespace weir::engine
