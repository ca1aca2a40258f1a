#pragma once

#include <array>
#include <cstdint>

#include "weir/types/value.h"

namespace weir::engine {

__extension__ typedef unsigned __int128 UInt128;

// A whole number of at most 512 bits, not negative: what products and shifted quotients of
// decimals need. The caller keeps to the range: a decimal times 10^115 fits.
class Wide {
 public:
  Wide() = default;
  explicit Wide(UInt128 value) {
    words_[0] = static_cast<uint64_t>(value);
    words_[1] = static_cast<uint64_t>(value >> 64);
  }

  void MultiplyBy(uint64_t factor);
  uint64_t DivideBy(uint64_t divisor);  // Gives the remainder.
  void ShiftByTens(int power);          // Times 10^power.
  void Add(const Wide& other);
  void Subtract(const Wide& other);  // Of what is not larger.
  Wide Times(const Wide& other) const;
  // *this / divisor, *this becoming the remainder.
  Wide Divide(const Wide& divisor);
  int Compare(const Wide& other) const;
  bool IsZero() const;
  int Digits() const;  // 0 for zero.
  bool FitsUInt128() const;
  UInt128 ToUInt128() const { return (static_cast<UInt128>(words_[1]) << 64) | words_[0]; }

 private:
  std::array<uint64_t, 8> words_{};
};

}  // namespace weir::engine
