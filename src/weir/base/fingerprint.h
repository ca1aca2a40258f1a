#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

// A short text that differs when `text` differs, but for accidents: 16 hex digits of FNV-1a. The
// same in every build and on every machine, so it may be stored. Not against adversaries.
std::string Fingerprint(std::string_view text);

// 128 bits that differ when `text` differs, but for accidents: of a million texts, one in 10^26
// that any two are alike. Fast; may be stored. Not against adversaries.
struct Hash128 {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const Hash128&) const = default;
};
Hash128 HashOf(std::string_view text);

}  // namespace weir
