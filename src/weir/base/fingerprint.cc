#include "weir/base/fingerprint.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>

namespace weir {

namespace {

// Up to eight bytes as a number, the first the lowest.
uint64_t WordAt(std::string_view text, size_t at) {
  uint64_t word = 0;
  std::memcpy(&word, text.data() + at, std::min<size_t>(text.size() - at, 8));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

// Every bit of the result depends on every bit of the word.
uint64_t Stirred(uint64_t word) {
  word = (word ^ (word >> 31)) * 0xd6e8feb86659fd93ull;
  word = (word ^ (word >> 29)) * 0xa0761d6478bd642full;
  return word ^ (word >> 32);
}

}  // namespace

std::string Fingerprint(std::string_view text) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ull;
  }
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

Hash128 HashOf(std::string_view text) {
  uint64_t one = Stirred(text.size());
  uint64_t other = ~one;
  for (size_t at = 0; at < text.size(); at += 8) {
    const uint64_t word = WordAt(text, at);
    one = (one ^ word) * 0x9fb21c651e98df25ull;
    one ^= one >> 32;
    other = (std::rotl(other, 27) + word) * 0xc3a5c85c97cb3127ull;
    other ^= other >> 29;
  }
  return {Stirred(one + other), Stirred(other ^ std::rotl(one, 32))};
}

}  // namespace weir
