#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::engine {

inline uint32_t WordAt(std::string_view bytes, size_t at) {
  uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

// Spark's: the hash of a value with a seed.
struct Murmur3 {
  using Hash = int32_t;

  static uint32_t MixK(uint32_t k) { return std::rotl(k * 0xcc9e2d51, 15) * 0x1b873593; }
  static uint32_t MixH(uint32_t h, uint32_t k) { return std::rotl(h ^ k, 13) * 5 + 0xe6546b64; }
  static Hash Finish(uint32_t h, uint32_t length) {
    h ^= length;
    h = (h ^ (h >> 16)) * 0x85ebca6b;
    h = (h ^ (h >> 13)) * 0xc2b2ae35;
    return static_cast<Hash>(h ^ (h >> 16));
  }
  static Hash OfInt(int32_t value, Hash seed) {
    return Finish(MixH(static_cast<uint32_t>(seed), MixK(static_cast<uint32_t>(value))), 4);
  }
  static Hash OfLong(int64_t value, Hash seed) {
    const auto bits = static_cast<uint64_t>(value);
    const uint32_t low = MixH(static_cast<uint32_t>(seed), MixK(static_cast<uint32_t>(bits)));
    return Finish(MixH(low, MixK(static_cast<uint32_t>(bits >> 32))), 8);
  }
  // Unlike others, Spark's takes the bytes behind the last whole word one by one, signed.
  static Hash OfBytes(std::string_view bytes, Hash seed) {
    auto h = static_cast<uint32_t>(seed);
    size_t at = 0;
    for (; at + 4 <= bytes.size(); at += 4) h = MixH(h, MixK(WordAt(bytes, at)));
    for (; at < bytes.size(); ++at) {
      h = MixH(
          h,
          MixK(static_cast<uint32_t>(static_cast<int32_t>(static_cast<signed char>(bytes[at])))));
    }
    return Finish(h, static_cast<uint32_t>(bytes.size()));
  }
};

}  // namespace weir::engine
