#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/types/time_zone.h"
#include "weir/types/value.h"

// Values of the type VARIANT: the binary form that Parquet and Spark share (VariantEncoding.md of
// parquet-format), with metadata and value one after the other. The metadata says where it ends.
namespace weir {

// Reads one value; points into its bytes, which have to stay. Throws Error{kCorrupt},
// MALFORMED_VARIANT, when it meets bytes that are none. Safe from many threads.
class VariantView {
 public:
  enum class Kind {
    kNull,
    kBoolean,
    kLong,  // Whole numbers of up to 64 bits.
    kDouble,
    kDecimal,
    kFloat,
    kText,
    kBinary,
    kDate,
    kTimestamp,
    kTimestampNtz,
    kUuid,
    kObject,
    kArray,
  };

  explicit VariantView(std::string_view bytes);
  // Metadata and value as files have them, each for itself; what the metadata is too long by does
  // not count.
  VariantView(std::string_view metadata, std::string_view value);

  std::string_view metadata() const { return metadata_; }
  std::string_view value() const { return value_; }

  Kind kind() const;
  bool boolean() const;
  int64_t integer() const;  // kLong; days of a date, microseconds of times.
  double real() const;      // kDouble, kFloat
  // Of a decimal, without zeros at the end of its fraction.
  struct Decimal {
    Int128 unscaled;
    int scale;
  };
  Decimal decimal() const;
  std::string_view text() const;  // kText, kBinary: the bytes.

  // Members of objects, by name, and items of arrays.
  size_t size() const;
  std::string_view name(size_t i) const;
  VariantView item(size_t i) const;
  std::optional<VariantView> Find(std::string_view name) const;

  // Moments are shown as clocks of `zone` show them.
  void AppendJson(std::string& out, const TimeZone& zone = *UtcZone()) const;
  std::string ToJson(const TimeZone& zone = *UtcZone()) const;
  // As CAST to STRING has it: a text without quotes, all others as they are written.
  std::string ToText(const TimeZone& zone = *UtcZone()) const;

 private:
  friend class VariantBuilder;
  struct Items;

  // The value at the start of `value`, below one whose metadata is known.
  VariantView Below(std::string_view value) const;
  VariantView() = default;
  static size_t MetadataSize(std::string_view bytes);
  static uint64_t Unsigned(std::string_view bytes, size_t at, size_t width);
  int64_t Signed(size_t at, size_t width) const;
  uint8_t TypeInfo() const;
  Items ItemsOf() const;
  std::string_view NameOf(uint64_t id) const;

  std::string_view metadata_;
  std::string_view value_;
};

// Writes one value, from the outside in: for an object or array take where it starts, then append
// what is in it, then finish it. Not thread-safe.
class VariantBuilder {
 public:
  struct Member {
    uint32_t name;    // As AddName gave it.
    uint32_t offset;  // From where the object starts.
  };

  void AppendNull();
  void AppendBoolean(bool value);
  void AppendLong(int64_t value);
  void AppendDouble(double value);
  void AppendFloat(float value);
  void AppendDecimal(Int128 unscaled, int scale);
  void AppendDate(int64_t days);
  void AppendTimestamp(int64_t micros);
  void AppendTimestampNtz(int64_t micros);
  void AppendText(std::string_view text);
  void AppendBinary(std::string_view bytes);
  void AppendUuid(std::string_view bytes);  // 16 of them.
  void AppendVariant(const VariantView& value);

  size_t position() const { return value_.size(); }
  uint32_t AddName(std::string_view name);
  // False when two members have one name. Members may come in any order.
  bool FinishObject(size_t start, std::vector<Member>& members);
  void FinishArray(size_t start, const std::vector<uint32_t>& offsets);

  // Everything, and the builder is empty again.
  std::string Finish();

 private:
  void AppendPrimitive(uint8_t type);
  void AppendBytes(uint64_t value, size_t width);

  std::map<std::string, uint32_t, std::less<>> names_;
  std::vector<std::string_view> by_id_;  // The keys of names_.
  std::string value_;
};

// "$.a['b'][0]" understood.
struct VariantStep {
  std::string name;  // Of a member; of none when it is an index.
  std::optional<uint32_t> index;
};
// Nothing when it is no path.
std::optional<std::vector<VariantStep>> ParseVariantPath(std::string_view path);
std::optional<VariantView> FollowPath(VariantView value, const std::vector<VariantStep>& path);

}  // namespace weir
