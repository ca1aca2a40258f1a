#include <bit>
#include <cmath>
#include <cstring>

#include "weir/engine/duckdb/functions/decimal_call.h"
#include "weir/engine/duckdb/functions/murmur3.h"

// Spark's hash (Murmur3) and xxhash64: h(value, seed), where the seed is the hash of what stands
// before. NULL leaves it as it is.
namespace weir::engine {

namespace {

uint64_t LongAt(std::string_view bytes, size_t at) {
  uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

constexpr int64_t kNanosPerMicro = 1'000;  // Spark holds times of day in nanoseconds.

struct XxHash64 {
  using Hash = int64_t;
  static constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87;
  static constexpr uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
  static constexpr uint64_t kPrime3 = 0x165667B19E3779F9;
  static constexpr uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
  static constexpr uint64_t kPrime5 = 0x27D4EB2F165667C5;

  static Hash Finish(uint64_t h) {
    h = (h ^ (h >> 33)) * kPrime2;
    h = (h ^ (h >> 29)) * kPrime3;
    return static_cast<Hash>(h ^ (h >> 32));
  }
  static uint64_t Round(uint64_t h, uint64_t word) {
    return std::rotl(h + word * kPrime2, 31) * kPrime1;
  }
  static uint64_t WithInt(uint64_t h, uint32_t word) {
    return std::rotl(h ^ (word * kPrime1), 23) * kPrime2 + kPrime3;
  }
  static uint64_t WithLong(uint64_t h, uint64_t word) {
    return std::rotl(h ^ Round(0, word), 27) * kPrime1 + kPrime4;
  }
  static Hash OfInt(int32_t value, Hash seed) {
    return Finish(WithInt(static_cast<uint64_t>(seed) + kPrime5 + 4, static_cast<uint32_t>(value)));
  }
  static Hash OfLong(int64_t value, Hash seed) {
    return Finish(
        WithLong(static_cast<uint64_t>(seed) + kPrime5 + 8, static_cast<uint64_t>(value)));
  }
  static Hash OfBytes(std::string_view bytes, Hash seed) {
    const auto start = static_cast<uint64_t>(seed);
    uint64_t h = start + kPrime5;
    size_t at = 0;
    if (bytes.size() >= 32) {
      uint64_t lanes[4] = {start + kPrime1 + kPrime2, start + kPrime2, start, start - kPrime1};
      for (; at + 32 <= bytes.size(); at += 32) {
        for (size_t i = 0; i < 4; ++i) lanes[i] = Round(lanes[i], LongAt(bytes, at + 8 * i));
      }
      h = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
          std::rotl(lanes[3], 18);
      for (const uint64_t lane : lanes) h = (h ^ Round(0, lane)) * kPrime1 + kPrime4;
    }
    h += bytes.size();
    for (; at + 8 <= bytes.size(); at += 8) h = WithLong(h, LongAt(bytes, at));
    if (at + 4 <= bytes.size()) {
      h = WithInt(h, WordAt(bytes, at));
      at += 4;
    }
    for (; at < bytes.size(); ++at) {
      h = std::rotl(h ^ (static_cast<unsigned char>(bytes[at]) * kPrime5), 11) * kPrime1;
    }
    return Finish(h);
  }
};

// The bytes of java.math.BigInteger.toByteArray: as few as hold the sign.
std::string BigIntegerBytes(Int128 value) {
  std::string bytes;
  for (int shift = 120; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  size_t from = 0;
  while (from + 1 < bytes.size()) {
    const bool next_negative = (bytes[from + 1] & 0x80) != 0;
    const char filler = next_negative ? '\xFF' : '\0';
    if (bytes[from] != filler) break;
    ++from;
  }
  return bytes.substr(from);
}

template <typename Kind>
typename Kind::Hash OfFloat(float value, typename Kind::Hash seed) {
  const float plain = value == 0 ? 0.0f : std::isnan(value) ? std::nanf("") : value;
  return Kind::OfInt(std::bit_cast<int32_t>(plain), seed);
}
template <typename Kind>
typename Kind::Hash OfDouble(double value, typename Kind::Hash seed) {
  const double plain = value == 0 ? 0.0 : std::isnan(value) ? std::nan("") : value;
  return Kind::OfLong(std::bit_cast<int64_t>(plain), seed);
}

// f(value, seed) where the value may be NULL.
template <typename F>
void AddSeeded(Registry& registry, const std::string& name, const F& f) {
  duckdb::ScalarFunction function = registry.Make(f);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetErrorMode(duckdb::FunctionErrors::CANNOT_ERROR);
  registry.Add(name, std::move(function));
}

// Arrays by their elements, structs by their fields, one after another.
template <typename Kind>
class NestedHash {
 public:
  using Hash = typename Kind::Hash;
  using Format = duckdb::RecursiveUnifiedVectorFormat;
  using Type = duckdb::LogicalType;
  using Id = duckdb::LogicalTypeId;

  static Hash Of(const Type& type, const Format& format, duckdb::idx_t row, Hash seed) {
    const auto at = format.unified.sel->get_index(row);
    if (!format.unified.validity.RowIsValid(at)) return seed;
    switch (type.id()) {
      case Id::LIST: {
        const auto& entry = Cell<duckdb::list_entry_t>(format, at);
        const Type& element = duckdb::ListType::GetChildType(type);
        for (duckdb::idx_t i = 0; i < entry.length; ++i) {
          seed = Of(element, format.children[0], entry.offset + i, seed);
        }
        return seed;
      }
      case Id::STRUCT: {
        const auto& fields = duckdb::StructType::GetChildTypes(type);
        for (duckdb::idx_t i = 0; i < fields.size(); ++i) {
          seed = Of(fields[i].second, format.children[i], at, seed);
        }
        return seed;
      }
      default:
        return OfPlain(type, format, at, seed);
    }
  }

 private:
  template <typename T>
  static const T& Cell(const Format& format, duckdb::idx_t at) {
    return duckdb::UnifiedVectorFormat::GetData<T>(format.unified)[at];
  }

  static Hash OfPlain(const Type& type, const Format& format, duckdb::idx_t at, Hash seed) {
    switch (type.InternalType()) {
      case duckdb::PhysicalType::BOOL:
      case duckdb::PhysicalType::INT8:
      case duckdb::PhysicalType::INT16:
      case duckdb::PhysicalType::INT32:
      case duckdb::PhysicalType::INT64:
        return OfWhole(type, format, at, seed);
      case duckdb::PhysicalType::INT128:
        return Kind::OfBytes(BigIntegerBytes(ToInt128(Cell<duckdb::hugeint_t>(format, at))), seed);
      case duckdb::PhysicalType::FLOAT:
        return OfFloat<Kind>(Cell<float>(format, at), seed);
      case duckdb::PhysicalType::DOUBLE:
        return OfDouble<Kind>(Cell<double>(format, at), seed);
      case duckdb::PhysicalType::VARCHAR: {
        const auto& text = Cell<duckdb::string_t>(format, at);
        return Kind::OfBytes({text.GetData(), text.GetSize()}, seed);
      }
      default:
        throw duckdb::InternalException("hash of " + type.ToString());
    }
  }

  // Decimals of up to 18 digits count as BIGINTs however they are kept.
  static Hash OfWhole(const Type& type, const Format& format, duckdb::idx_t at, Hash seed) {
    const bool wide = type.id() == Id::DECIMAL;
    const auto of = [&](int64_t value) {
      return wide ? Kind::OfLong(value, seed) : Kind::OfInt(static_cast<int32_t>(value), seed);
    };
    switch (type.InternalType()) {
      case duckdb::PhysicalType::BOOL:
        return of(Cell<bool>(format, at) ? 1 : 0);
      case duckdb::PhysicalType::INT8:
        return of(Cell<int8_t>(format, at));
      case duckdb::PhysicalType::INT16:
        return of(Cell<int16_t>(format, at));
      case duckdb::PhysicalType::INT32:
        return of(Cell<int32_t>(format, at));
      default: {
        const auto value = Cell<int64_t>(format, at);
        return Kind::OfLong(type.id() == Id::TIME ? value * kNanosPerMicro : value, seed);
      }
    }
  }
};

template <typename Kind>
void HashNested(duckdb::DataChunk& input, duckdb::ExpressionState&, duckdb::Vector& result) {
  using Hash = typename Kind::Hash;
  const bool constant = input.AllConstant();
  const duckdb::idx_t count = constant ? 1 : input.size();
  duckdb::RecursiveUnifiedVectorFormat values;
  duckdb::Vector::RecursiveToUnifiedFormat(input.data[0], input.size(), values);
  duckdb::UnifiedVectorFormat seeds;
  input.data[1].ToUnifiedFormat(input.size(), seeds);
  result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  auto* const out = duckdb::FlatVector::GetData<Hash>(result);
  for (duckdb::idx_t row = 0; row < count; ++row) {
    const Hash seed = duckdb::UnifiedVectorFormat::GetData<Hash>(seeds)[seeds.sel->get_index(row)];
    out[row] = NestedHash<Kind>::Of(input.data[0].GetType(), values, row, seed);
  }
  if (constant) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

template <typename Kind>
void AddNestedHash(Registry& registry, const std::string& name) {
  const auto hash = bridge::TypeOf<typename Kind::Hash>();
  duckdb::ScalarFunction function({duckdb::LogicalType::ANY, hash}, hash, HashNested<Kind>);
  function.SetNullHandling(duckdb::FunctionNullHandling::SPECIAL_HANDLING);
  function.SetErrorMode(duckdb::FunctionErrors::CANNOT_ERROR);
  registry.Add(name, std::move(function));
}

template <typename Kind>
void AddHash(Registry& registry, const std::string& name) {
  using Hash = typename Kind::Hash;
  const auto whole = [&]<typename T>(T) {
    AddSeeded(registry, name, [](std::optional<T> value, Hash seed) -> Hash {
      if (!value) return seed;
      if constexpr (sizeof(T) == 8)
        return Kind::OfLong(*value, seed);
      else
        return Kind::OfInt(static_cast<int32_t>(*value), seed);
    });
  };
  whole(bool());
  whole(int8_t());
  whole(int16_t());
  whole(int32_t());
  whole(int64_t());
  AddSeeded(registry, name, [](std::optional<float> value, Hash seed) -> Hash {
    return value ? OfFloat<Kind>(*value, seed) : seed;
  });
  AddSeeded(registry, name, [](std::optional<double> value, Hash seed) -> Hash {
    return value ? OfDouble<Kind>(*value, seed) : seed;
  });
  AddSeeded(registry, name, [](std::optional<duckdb::date_t> value, Hash seed) -> Hash {
    return value ? Kind::OfInt(value->days, seed) : seed;
  });
  AddSeeded(registry, name, [](std::optional<duckdb::timestamp_t> value, Hash seed) -> Hash {
    return value ? Kind::OfLong(value->value, seed) : seed;
  });
  AddSeeded(registry, name, [](std::optional<duckdb::dtime_t> value, Hash seed) -> Hash {
    return value ? Kind::OfLong(value->micros * kNanosPerMicro, seed) : seed;
  });
  AddSeeded(registry, name, [](std::optional<std::string_view> value, Hash seed) -> Hash {
    return value ? Kind::OfBytes(*value, seed) : seed;
  });
  AddSeeded(registry, name, [](std::optional<Blob> value, Hash seed) -> Hash {
    return value ? Kind::OfBytes(value->bytes, seed) : seed;
  });
  // Decimals of more than 18 digits, by their digits.
  AddSeeded(registry, name, [](std::optional<duckdb::hugeint_t> value, Hash seed) -> Hash {
    return value ? Kind::OfBytes(BigIntegerBytes(ToInt128(*value)), seed) : seed;
  });
}

}  // namespace

void AddHashes(Registry& registry) {
  AddHash<Murmur3>(registry, "weir_hash");
  AddHash<XxHash64>(registry, "weir_xxhash64");
  AddNestedHash<Murmur3>(registry, "weir_hash_nested");
  AddNestedHash<XxHash64>(registry, "weir_xxhash64_nested");
}

}  // namespace weir::engine
