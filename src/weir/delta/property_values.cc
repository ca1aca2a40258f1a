#include "weir/delta/property_values.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "weir/base/error.h"
#include "weir/types/data_type.h"

namespace weir::delta {
namespace {

std::optional<int64_t> WholeNumber(std::string_view text) {
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return integer;
}

[[noreturn]] void BadValue(const std::string& property, const std::string& value,
                           const std::string& wanted) {
  throw Error(ErrorCode::kInvalid,
              "table property " + property + " = '" + value + "' should be " + wanted)
      .WithCondition("DELTA_INVALID_TABLE_PROPERTY");
}

}  // namespace

bool ReadBoolean(const std::string& property, const std::string& value) {
  const std::string lowered = LowerName(value);
  if (lowered == "true") return true;
  if (lowered == "false") return false;
  BadValue(property, value, "true or false");
}

int64_t ReadInteger(const std::string& property, const std::string& value, int64_t least) {
  const auto integer = WholeNumber(value);
  if (!integer || *integer < least) {
    BadValue(property, value, "an integer of at least " + std::to_string(least));
  }
  return *integer;
}

int64_t ReadInterval(const std::string& property, const std::string& value) {
  const auto millis = ParseInterval(value);
  if (!millis) BadValue(property, value, "an interval like 'interval 7 days'");
  return *millis;
}

int64_t ReadBytes(const std::string& property, const std::string& value) {
  const auto bytes = ParseBytes(value);
  if (!bytes || *bytes == 0) BadValue(property, value, "a size like '128mb' or '134217728'");
  return *bytes;
}

bool ReadPolicy(const std::string& property, const std::string& value) {
  const std::string lowered = LowerName(value);
  if (lowered == "v2") return true;
  if (lowered == "classic") return false;
  BadValue(property, value, "classic or v2");
}

ParquetCodec ReadCodec(const std::string& property, const std::string& value) {
  static const std::map<std::string, ParquetCodec> kCodecs = {
      {"uncompressed", ParquetCodec::kNone}, {"none", ParquetCodec::kNone},
      {"snappy", ParquetCodec::kSnappy},     {"gzip", ParquetCodec::kGzip},
      {"zstd", ParquetCodec::kZstd},         {"lz4", ParquetCodec::kLz4},
      {"lz4raw", ParquetCodec::kLz4},        {"lz4_raw", ParquetCodec::kLz4},
      {"brotli", ParquetCodec::kBrotli}};
  const auto found = kCodecs.find(LowerName(value));
  if (found == kCodecs.end()) {
    BadValue(property, value, "one of zstd, snappy, gzip, lz4, brotli and uncompressed");
  }
  return found->second;
}

int ReadFormatVersion(const std::string& property, const std::string& value) {
  if (value == "1.0.0") return 1;
  if (value == "2.12.0") return 2;
  BadValue(property, value, "1.0.0 or 2.12.0");
}

void ReadWord(const std::string& property, const std::string& value,
              const std::vector<std::string_view>& words) {
  const std::string lowered = LowerName(value);
  std::string wanted;
  for (const std::string_view word : words) {
    if (LowerName(word) == lowered) return;
    wanted += (wanted.empty() ? "" : ", ") + std::string(word);
  }
  BadValue(property, value, "one of " + wanted);
}

}  // namespace weir::delta
