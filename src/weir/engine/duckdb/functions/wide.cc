#include "weir/engine/duckdb/functions/wide.h"

namespace weir::engine {

namespace {
constexpr uint64_t kTens = 10'000'000'000'000'000'000u;
constexpr int kTensDigits = 19;
}  // namespace

void Wide::MultiplyBy(uint64_t factor) {
  UInt128 carry = 0;
  for (uint64_t& word : words_) {
    carry += static_cast<UInt128>(word) * factor;
    word = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
}

uint64_t Wide::DivideBy(uint64_t divisor) {
  UInt128 rest = 0;
  for (size_t i = words_.size(); i-- > 0;) {
    rest = (rest << 64) | words_[i];
    words_[i] = static_cast<uint64_t>(rest / divisor);
    rest %= divisor;
  }
  return static_cast<uint64_t>(rest);
}

void Wide::ShiftByTens(int power) {
  for (; power >= kTensDigits; power -= kTensDigits) MultiplyBy(kTens);
  for (; power > 0; --power) MultiplyBy(10);
}

void Wide::Add(const Wide& other) {
  UInt128 carry = 0;
  for (size_t i = 0; i < words_.size(); ++i) {
    carry += static_cast<UInt128>(words_[i]) + other.words_[i];
    words_[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
}

void Wide::Subtract(const Wide& other) {
  uint64_t borrow = 0;
  for (size_t i = 0; i < words_.size(); ++i) {
    const UInt128 from = words_[i];
    const UInt128 what = static_cast<UInt128>(other.words_[i]) + borrow;
    borrow = from < what ? 1 : 0;
    words_[i] = static_cast<uint64_t>(from - what);
  }
}

Wide Wide::Times(const Wide& other) const {
  Wide result;
  for (size_t i = 0; i < words_.size(); ++i) {
    UInt128 carry = 0;
    for (size_t j = 0; i + j < words_.size(); ++j) {
      carry += static_cast<UInt128>(words_[i]) * other.words_[j] + result.words_[i + j];
      result.words_[i + j] = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
  }
  return result;
}

Wide Wide::Divide(const Wide& divisor) {
  Wide quotient;
  Wide rest;
  // One bit after the other; only the longest decimals come here.
  for (size_t bit = words_.size() * 64; bit-- > 0;) {
    rest.Add(rest);
    if ((words_[bit / 64] >> (bit % 64) & 1) != 0) rest.words_[0] |= 1;
    if (rest.Compare(divisor) >= 0) {
      rest.Subtract(divisor);
      quotient.words_[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }
  *this = rest;
  return quotient;
}

int Wide::Compare(const Wide& other) const {
  for (size_t i = words_.size(); i-- > 0;) {
    if (words_[i] != other.words_[i]) return words_[i] < other.words_[i] ? -1 : 1;
  }
  return 0;
}

bool Wide::IsZero() const { return Compare(Wide()) == 0; }

int Wide::Digits() const {
  Wide rest = *this;
  int digits = 0;
  while (!rest.IsZero()) {
    rest.DivideBy(10);
    ++digits;
  }
  return digits;
}

bool Wide::FitsUInt128() const {
  for (size_t i = 2; i < words_.size(); ++i) {
    if (words_[i] != 0) return false;
  }
  return true;
}

}  // namespace weir::engine
