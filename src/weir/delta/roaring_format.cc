#include "weir/delta/roaring_format.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace weir::delta {
namespace {

// A cursor over little-endian numbers that never leaves its bytes.
class RoaringBytes {
 public:
  explicit RoaringBytes(std::string_view bytes) : bytes_(bytes) {}

  size_t at() const { return at_; }
  bool Has(size_t count) const { return bytes_.size() - at_ >= count; }
  const unsigned char* Take(size_t count) {
    const auto* taken = reinterpret_cast<const unsigned char*>(bytes_.data()) + at_;
    at_ += count;
    return taken;
  }
  uint16_t Short() { return ShortAt(Take(2)); }
  uint32_t Long() {
    const uint32_t low = Short();
    return low | static_cast<uint32_t>(Short()) << 16;
  }
  static uint16_t ShortAt(const unsigned char* at) {
    return static_cast<uint16_t>(at[0] | at[1] << 8);
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

constexpr uint32_t kPlainCookie = 12346;
constexpr uint32_t kRunCookie = 12347;
constexpr uint32_t kMostContainers = 1 << 16;
constexpr uint32_t kLargestArray = 4096;
constexpr size_t kBitsetBytes = 8192;
constexpr uint32_t kFewContainers = 4;  // With runs, so many or more come with their offsets.

bool IsRunContainer(RoaringBytes& in) {
  if (!in.Has(2)) return false;
  const uint32_t runs = in.Short();
  if (runs == 0 || !in.Has(size_t{4} * runs)) return false;
  uint32_t from = 0;  // The next run must not start before.
  for (uint32_t i = 0; i < runs; ++i) {
    const uint32_t start = in.Short();
    const uint32_t last = start + in.Short();
    if (start < from || last > 0xffff) return false;
    from = last + 1;
  }
  return true;
}

bool IsArrayContainer(RoaringBytes& in, uint32_t cardinality) {
  if (!in.Has(size_t{2} * cardinality)) return false;
  uint32_t from = 0;
  for (uint32_t i = 0; i < cardinality; ++i) {
    const uint32_t value = in.Short();
    if (value < from) return false;
    from = value + 1;
  }
  return true;
}

bool IsBitsetContainer(RoaringBytes& in, uint32_t cardinality) {
  if (!in.Has(kBitsetBytes)) return false;
  const unsigned char* const bits = in.Take(kBitsetBytes);
  uint32_t set = 0;
  for (size_t at = 0; at < kBitsetBytes; at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, bits + at, 8);
    set += static_cast<uint32_t>(std::popcount(word));
  }
  return set == cardinality;
}

}  // namespace

std::optional<RoaringExtent> CheckRoaring(std::string_view bytes) {
  RoaringBytes in(bytes);
  if (!in.Has(4)) return std::nullopt;
  const uint32_t cookie = in.Long();
  const bool has_runs = (cookie & 0xffff) == kRunCookie;
  uint32_t containers = (cookie >> 16) + 1;
  const unsigned char* run_flags = nullptr;
  if (has_runs) {
    const size_t flags = (containers + 7) / 8;
    if (!in.Has(flags)) return std::nullopt;
    run_flags = in.Take(flags);
  } else {
    if (cookie != kPlainCookie || !in.Has(4)) return std::nullopt;
    containers = in.Long();
    if (containers > kMostContainers) return std::nullopt;
  }
  if (!in.Has(size_t{4} * containers)) return std::nullopt;
  const unsigned char* const heads = in.Take(size_t{4} * containers);
  if (!has_runs || containers >= kFewContainers) {
    // The containers follow each other anyway, and nobody here jumps to one.
    if (!in.Has(size_t{4} * containers)) return std::nullopt;
    in.Take(size_t{4} * containers);
  }
  uint32_t next_key = 0;
  for (uint32_t i = 0; i < containers; ++i) {
    const uint32_t key = RoaringBytes::ShortAt(heads + size_t{4} * i);
    const uint32_t cardinality = RoaringBytes::ShortAt(heads + size_t{4} * i + 2) + 1U;
    if (key < next_key) return std::nullopt;
    next_key = key + 1;
    const bool is_run = has_runs && (run_flags[i / 8] >> (i % 8) & 1) != 0;
    const bool is_fine = is_run                         ? IsRunContainer(in)
                         : cardinality <= kLargestArray ? IsArrayContainer(in, cardinality)
                                                        : IsBitsetContainer(in, cardinality);
    if (!is_fine) return std::nullopt;
  }
  return RoaringExtent{in.at(), containers == 0};
}

}  // namespace weir::delta
