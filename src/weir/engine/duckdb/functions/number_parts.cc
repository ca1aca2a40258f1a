#include <algorithm>
#include <cmath>

#include "weir/engine/duckdb/functions/registry.h"

// Bits of whole numbers, and the bucket of a histogram that a number falls into.
namespace weir::engine {

namespace {

template <typename T>
void AddBit(Registry& registry) {
  registry.Add("weir_bit_get", [](T value, int32_t position) -> int8_t {
    constexpr int kBits = sizeof(T) * 8;
    if (position < 0 || position >= kBits) {
      Raise("INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE",
            "The value of parameter(s) `pos` in `bit_get` is invalid: expects an integer value in "
            "[0, " +
                std::to_string(kBits) + "), but got " + std::to_string(position) + ".");
    }
    return static_cast<int8_t>((value >> position) & 1);
  });
}

// From 1 on; 0 and one more are for what lies outside. NULL where there are no such buckets.
std::optional<int64_t> BucketOf(double value, double from, double to, int64_t buckets) {
  if (buckets <= 0 || buckets == INT64_MAX || std::isnan(value) || from == to ||
      !std::isfinite(from) || !std::isfinite(to)) {
    return std::nullopt;
  }
  const bool up = from < to;
  const double done = up ? value - from : from - value;
  const double all = up ? to - from : from - to;
  if (done < 0) return 0;
  if (up ? value >= to : value <= to) return buckets + 1;
  return static_cast<int64_t>(static_cast<double>(buckets) * done / all) + 1;
}

}  // namespace

void AddNumberParts(Registry& registry) {
  AddBit<int8_t>(registry);
  AddBit<int16_t>(registry);
  AddBit<int32_t>(registry);
  AddBit<int64_t>(registry);
  registry.Add("weir_width_bucket", [](double value, double from, double to, int64_t buckets) {
    return BucketOf(value, from, to, buckets);
  });
}

}  // namespace weir::engine
