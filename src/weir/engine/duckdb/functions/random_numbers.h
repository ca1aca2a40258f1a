#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace weir::engine {

// Spark's XORShiftRandom over java.util.Random: the same seed gives the same numbers.
class XorShiftRandom {
 public:
  explicit XorShiftRandom(int64_t seed);

  int32_t NextInt() { return Next(32); }
  double NextDouble();
  double NextGaussian();

 private:
  int32_t Next(int bits);

  uint64_t seed_;
  std::optional<double> gaussian_;  // The second of a pair.
};

// MT19937 as Apache Commons Math seeds it.
class MersenneTwister {
 public:
  explicit MersenneTwister(int64_t seed);

  int64_t NextLong();
  int32_t NextInt(int32_t bound);  // From 0 to below `bound`, which is positive.

 private:
  static constexpr size_t kSize = 624;

  void SeedBy(uint32_t seed);
  uint32_t NextWord();
  int32_t Next(int bits) { return static_cast<int32_t>(NextWord() >> (32 - bits)); }

  std::array<uint32_t, kSize> state_;
  size_t at_ = kSize;
};

}  // namespace weir::engine
