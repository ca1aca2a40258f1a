#include "weir/engine/duckdb/functions/random_numbers.h"

#include <bit>
#include <cmath>

namespace weir::engine {

namespace {

// scala.util.hashing.MurmurHash3.bytesHash of the seed's bytes.
uint32_t HashOf(uint64_t value, uint32_t seed) {
  const std::array<uint32_t, 2> words = {__builtin_bswap32(static_cast<uint32_t>(value >> 32)),
                                         __builtin_bswap32(static_cast<uint32_t>(value))};
  uint32_t hash = seed;
  for (const uint32_t word : words) {
    hash ^= std::rotl(word * 0xcc9e2d51, 15) * 0x1b873593;
    hash = std::rotl(hash, 13) * 5 + 0xe6546b64;
  }
  hash ^= sizeof(value);
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return hash ^ (hash >> 16);
}

}  // namespace

XorShiftRandom::XorShiftRandom(int64_t seed) {
  constexpr uint32_t kArraySeed = 0x3c074a61;
  const uint32_t low = HashOf(static_cast<uint64_t>(seed), kArraySeed);
  const uint32_t high = HashOf(static_cast<uint64_t>(seed), low);
  seed_ = (uint64_t{high} << 32) | low;
}

int32_t XorShiftRandom::Next(int bits) {
  uint64_t next = seed_ ^ (seed_ << 21);
  next ^= next >> 35;
  next ^= next << 4;
  seed_ = next;
  return static_cast<int32_t>(next & ((uint64_t{1} << bits) - 1));
}

double XorShiftRandom::NextDouble() {
  const int64_t high = int64_t{Next(26)} << 27;
  return static_cast<double>(high + Next(27)) * 0x1.0p-53;
}

double XorShiftRandom::NextGaussian() {
  if (gaussian_) {
    const double value = *gaussian_;
    gaussian_.reset();
    return value;
  }
  double x = 0;
  double y = 0;
  double size = 0;
  do {
    x = 2 * NextDouble() - 1;
    y = 2 * NextDouble() - 1;
    size = x * x + y * y;
  } while (size >= 1 || size == 0);
  const double factor = std::sqrt(-2 * std::log(size) / size);
  gaussian_ = y * factor;
  return x * factor;
}

MersenneTwister::MersenneTwister(int64_t seed) {
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(static_cast<uint64_t>(seed) >> 32),
                                       static_cast<uint32_t>(seed)};
  SeedBy(19650218);
  size_t i = 1;
  size_t j = 0;
  const auto before = [&] { return state_[i - 1] ^ (state_[i - 1] >> 30); };
  const auto step = [&] {
    if (++i < kSize) return;
    state_[0] = state_[kSize - 1];
    i = 1;
  };
  for (size_t k = 0; k < kSize; ++k) {
    state_[i] = (state_[i] ^ (before() * 1664525)) + key[j] + static_cast<uint32_t>(j);
    j = (j + 1) % key.size();
    step();
  }
  for (size_t k = 1; k < kSize; ++k) {
    state_[i] = (state_[i] ^ (before() * 1566083941)) - static_cast<uint32_t>(i);
    step();
  }
  state_[0] = 0x80000000;
}

void MersenneTwister::SeedBy(uint32_t seed) {
  state_[0] = seed;
  for (size_t i = 1; i < kSize; ++i) {
    state_[i] = 1812433253 * (state_[i - 1] ^ (state_[i - 1] >> 30)) + static_cast<uint32_t>(i);
  }
}

uint32_t MersenneTwister::NextWord() {
  constexpr size_t kShift = 397;
  if (at_ == kSize) {
    for (size_t i = 0; i < kSize; ++i) {
      const uint32_t mixed = (state_[i] & 0x80000000) | (state_[(i + 1) % kSize] & 0x7FFFFFFF);
      state_[i] = state_[(i + kShift) % kSize] ^ (mixed >> 1) ^ ((mixed & 1) * 0x9908b0df);
    }
    at_ = 0;
  }
  uint32_t word = state_[at_++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680;
  word ^= (word << 15) & 0xefc60000;
  return word ^ (word >> 18);
}

int64_t MersenneTwister::NextLong() {
  const uint64_t high = NextWord();
  return static_cast<int64_t>((high << 32) | NextWord());
}

int32_t MersenneTwister::NextInt(int32_t bound) {
  if ((bound & -bound) == bound) return static_cast<int32_t>((int64_t{bound} * Next(31)) >> 31);
  while (true) {
    const int32_t bits = Next(31);
    const int32_t value = bits % bound;
    // Of the last values, which are no whole round of `bound`, none is taken.
    if (int64_t{bits} - value + (bound - 1) <= INT32_MAX) return value;
  }
}

}  // namespace weir::engine
