#include <bit>

#include "weir/engine/duckdb/functions/aggregate_bridge.h"

// Bitmaps of 4,096 bytes: the n-th bit is the lowest free one of byte n / 8.
namespace weir::engine {

namespace {

constexpr size_t kBytes = 4096;
constexpr int64_t kBits = kBytes * 8;

enum class Combining { kOr, kAnd };

struct Bitmap {
  std::string bytes;
};

template <Combining how>
void MergeBytes(Bitmap& bitmap, std::string_view bytes) {
  bitmap.bytes.resize(kBytes, how == Combining::kOr ? '\0' : '\xFF');
  const size_t shared = std::min(bytes.size(), kBytes);
  for (size_t i = 0; i < shared; ++i) {
    if constexpr (how == Combining::kOr) {
      bitmap.bytes[i] = static_cast<char>(bitmap.bytes[i] | bytes[i]);
    } else {
      bitmap.bytes[i] = static_cast<char>(bitmap.bytes[i] & bytes[i]);
    }
  }
  // What a shorter one has not is zero.
  if (how == Combining::kAnd)
    std::fill(bitmap.bytes.begin() + static_cast<std::ptrdiff_t>(shared), bitmap.bytes.end(), '\0');
}

template <Combining how>
struct BitmapMerging {
  using State = Bitmap;

  static void Merge(State& into, const State& from, const duckdb::FunctionData*) {
    if (!from.bytes.empty()) MergeBytes<how>(into, from.bytes);
  }
  static bool Finish(State& state, duckdb::Vector& result, duckdb::idx_t row,
                     const duckdb::FunctionData*) {
    state.bytes.resize(kBytes, how == Combining::kOr ? '\0' : '\xFF');
    duckdb::FlatVector::GetData<duckdb::string_t>(result)[row] =
        duckdb::StringVector::AddStringOrBlob(result, state.bytes);
    return true;
  }
};

template <Combining how>
struct OfBitmaps : BitmapMerging<how> {
  class Reader {
   public:
    Reader(duckdb::Vector inputs[], duckdb::idx_t count, const duckdb::FunctionData*)
        : values_(inputs[0], count) {}
    void AddTo(Bitmap& state, duckdb::idx_t row) {
      const auto* const value = values_.At(row);
      if (value != nullptr) MergeBytes<how>(state, {value->GetData(), value->GetSize()});
    }

   private:
    Column<duckdb::string_t> values_;
  };
};

struct OfPositions : BitmapMerging<Combining::kOr> {
  class Reader {
   public:
    Reader(duckdb::Vector inputs[], duckdb::idx_t count, const duckdb::FunctionData*)
        : values_(inputs[0], count) {}
    void AddTo(Bitmap& state, duckdb::idx_t row) {
      const int64_t* const value = values_.At(row);
      if (value == nullptr) return;
      if (*value < 0 || *value >= kBits) {
        Raise("INVALID_BITMAP_POSITION",
              "The 0-indexed bitmap position " + std::to_string(*value) +
                  " is out of bounds. The bitmap has 32768 bits (4096 bytes).");
      }
      state.bytes.resize(kBytes, '\0');
      char& byte = state.bytes[static_cast<size_t>(*value / 8)];
      byte = static_cast<char>(byte | (1 << (*value % 8)));
    }

   private:
    Column<int64_t> values_;
  };
};

}  // namespace

void AddBitmaps(Registry& registry) {
  const auto blob = duckdb::LogicalType::BLOB;
  registry.Add("weir_bitmap_or_agg", MakeAggregate<OfBitmaps<Combining::kOr>>({blob}, blob));
  registry.Add("weir_bitmap_and_agg", MakeAggregate<OfBitmaps<Combining::kAnd>>({blob}, blob));
  registry.Add("weir_bitmap_construct_agg",
               MakeAggregate<OfPositions>({duckdb::LogicalType::BIGINT}, blob));
  registry.Add("weir_bitmap_count", [](Blob bytes) {
    int64_t count = 0;
    for (const char c : bytes.bytes) count += std::popcount(static_cast<unsigned char>(c));
    return count;
  });
  // A position counts from 1 in its bucket; what is not positive has buckets of its own.
  registry.Add("weir_bitmap_bit_position", [](int64_t value) -> int64_t {
    return value > 0 ? (value - 1) % kBits
                     : static_cast<int64_t>((0 - static_cast<uint64_t>(value)) %
                                            static_cast<uint64_t>(kBits));
  });
  registry.Add("weir_bitmap_bucket_number", [](int64_t value) -> int64_t {
    return value > 0 ? 1 + (value - 1) / kBits : value / kBits;
  });
}

}  // namespace weir::engine
