#include "weir/types/variant.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/types/civil_time.h"

namespace weir {

namespace {

// The low two bits of a value's first byte.
enum Basic : uint8_t { kPrimitive, kShortText, kObject, kArray };

// What the other six say of a primitive.
enum Primitive : uint8_t {
  kNullType,
  kTrueType,
  kFalseType,
  kInt8Type,
  kInt16Type,
  kInt32Type,
  kInt64Type,
  kDoubleType,
  kDecimal4Type,
  kDecimal8Type,
  kDecimal16Type,
  kDateType,
  kTimestampType,
  kTimestampNtzType,
  kFloatType,
  kBinaryType,
  kTextType,
  kUuidType = 20,
};

constexpr size_t kUuidSize = 16;

[[noreturn]] void Malformed() {
  throw Error(ErrorCode::kCorrupt, "a VARIANT is malformed: its bytes are no such value")
      .WithCondition("MALFORMED_VARIANT");
}

size_t WholeWidth(uint8_t type) {
  switch (type) {
    case kInt8Type:
      return 1;
    case kInt16Type:
      return 2;
    case kInt32Type:
    case kDateType:
      return 4;
    default:
      return 8;
  }
}

size_t DecimalWidth(uint8_t type) {
  return type == kDecimal4Type ? 4 : type == kDecimal8Type ? 8 : 16;
}

void AppendQuoted(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  out += '"';
  for (const char c : text) {
    const size_t special = kPlain.find(c);
    if (special != std::string_view::npos) {
      out += '\\';
      out += kLetters[special];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kDigits[c >> 4];
      out += kDigits[c & 0x0F];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string Base64(std::string_view bytes) {
  static constexpr char kLetters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += i + j <= bytes.size() ? kLetters[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

std::string UuidText(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[static_cast<unsigned char>(bytes[i]) >> 4];
    text += kDigits[static_cast<unsigned char>(bytes[i]) & 15];
  }
  return text;
}

size_t WidthFor(uint64_t value) {
  return value <= 0xFF ? 1 : value <= 0xFFFF ? 2 : value <= 0xFFFFFF ? 3 : 4;
}

void PutUnsigned(std::string& out, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// "+00:00", "-07:52"
std::string OffsetText(int32_t seconds) {
  const int32_t minutes = seconds / 60;
  return minutes == 0 ? "+00:00" : OffsetToString(minutes * 60);
}

}  // namespace

// ------------------------------------------------------------------------------- reading

struct VariantView::Items {
  size_t count;
  size_t id_width;
  size_t offset_width;
  size_t ids;      // Where they begin; of objects only.
  size_t offsets;  // There are count + 1.
  size_t data;
};

VariantView::VariantView(std::string_view bytes) {
  const size_t size = MetadataSize(bytes);
  if (size >= bytes.size()) Malformed();
  metadata_ = bytes.substr(0, size);
  value_ = bytes.substr(size);
}

VariantView::VariantView(std::string_view metadata, std::string_view value)
    : metadata_(metadata.substr(0, MetadataSize(metadata))), value_(value) {
  if (value_.empty()) Malformed();
}

VariantView VariantView::Below(std::string_view value) const {
  VariantView view;
  view.metadata_ = metadata_;
  view.value_ = value;
  return view;
}

size_t VariantView::MetadataSize(std::string_view bytes) {
  const auto header = static_cast<uint8_t>(Unsigned(bytes, 0, 1));
  if ((header & 0x0F) != 1) Malformed();
  const size_t width = (header >> 6) + 1;
  const uint64_t count = Unsigned(bytes, 1, width);
  const size_t texts = 1 + (count + 2) * width;
  const uint64_t end = Unsigned(bytes, texts - width, width);
  if (texts + end > bytes.size()) Malformed();
  return texts + end;
}

uint64_t VariantView::Unsigned(std::string_view bytes, size_t at, size_t width) {
  if (at > bytes.size() || bytes.size() - at < width) Malformed();
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, width);  // Little-endian, as all our machines.
  return value;
}

int64_t VariantView::Signed(size_t at, size_t width) const {
  const uint64_t value = Unsigned(value_, at, width);
  const size_t unused = 64 - 8 * width;
  return static_cast<int64_t>(value << unused) >> unused;
}

uint8_t VariantView::TypeInfo() const { return static_cast<uint8_t>(value_[0]) >> 2; }

VariantView::Kind VariantView::kind() const {
  if (value_.empty()) Malformed();
  switch (static_cast<uint8_t>(value_[0]) & 3) {
    case kShortText:
      return Kind::kText;
    case kObject:
      return Kind::kObject;
    case kArray:
      return Kind::kArray;
    default:
      break;
  }
  switch (TypeInfo()) {
    case kNullType:
      return Kind::kNull;
    case kTrueType:
    case kFalseType:
      return Kind::kBoolean;
    case kInt8Type:
    case kInt16Type:
    case kInt32Type:
    case kInt64Type:
      return Kind::kLong;
    case kDoubleType:
      return Kind::kDouble;
    case kDecimal4Type:
    case kDecimal8Type:
    case kDecimal16Type:
      return Kind::kDecimal;
    case kDateType:
      return Kind::kDate;
    case kTimestampType:
      return Kind::kTimestamp;
    case kTimestampNtzType:
      return Kind::kTimestampNtz;
    case kFloatType:
      return Kind::kFloat;
    case kBinaryType:
      return Kind::kBinary;
    case kTextType:
      return Kind::kText;
    case kUuidType:
      return Kind::kUuid;
    default:
      Malformed();
  }
}

bool VariantView::boolean() const { return TypeInfo() == kTrueType; }

int64_t VariantView::integer() const { return Signed(1, WholeWidth(TypeInfo())); }

double VariantView::real() const {
  if (TypeInfo() == kFloatType) {
    const auto bits = static_cast<uint32_t>(Unsigned(value_, 1, 4));
    float value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    return value;
  }
  const uint64_t bits = Unsigned(value_, 1, 8);
  double value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

VariantView::Decimal VariantView::decimal() const {
  const size_t width = DecimalWidth(TypeInfo());
  Decimal result{0, static_cast<int>(Unsigned(value_, 1, 1))};
  if (width == 16) {
    result.unscaled =
        static_cast<Int128>(Signed(10, 8)) << 64 | static_cast<Int128>(Unsigned(value_, 2, 8));
  } else {
    result.unscaled = Signed(2, width);
  }
  if (result.scale > 38) Malformed();
  while (result.scale > 0 && result.unscaled % 10 == 0) {
    result.unscaled /= 10;
    --result.scale;
  }
  return result;
}

std::string_view VariantView::text() const {
  size_t begin = 1;
  uint64_t size = TypeInfo();
  if ((static_cast<uint8_t>(value_[0]) & 3) == kPrimitive) {
    const bool uuid = size == kUuidType;
    begin = uuid ? 1 : 5;
    size = uuid ? kUuidSize : Unsigned(value_, 1, 4);
  }
  if (value_.size() < begin || value_.size() - begin < size) Malformed();
  return value_.substr(begin, size);
}

VariantView::Items VariantView::ItemsOf() const {
  const uint8_t info = TypeInfo();
  const bool object = (static_cast<uint8_t>(value_[0]) & 3) == kObject;
  Items items{};
  items.offset_width = (info & 3) + 1;
  items.id_width = object ? (info >> 2 & 3) + 1 : 0;
  const bool large = (info >> (object ? 4 : 2) & 1) != 0;
  items.ids = large ? 5 : 2;
  items.count = Unsigned(value_, 1, large ? 4 : 1);
  items.offsets = items.ids + items.count * items.id_width;
  items.data = items.offsets + (items.count + 1) * items.offset_width;
  if (items.data > value_.size()) Malformed();
  return items;
}

size_t VariantView::size() const { return ItemsOf().count; }

std::string_view VariantView::NameOf(uint64_t id) const {
  const size_t width = (static_cast<uint8_t>(metadata_[0]) >> 6) + 1;
  const uint64_t count = Unsigned(metadata_, 1, width);
  if (id >= count) Malformed();
  const uint64_t begin = Unsigned(metadata_, 1 + (id + 1) * width, width);
  const uint64_t end = Unsigned(metadata_, 1 + (id + 2) * width, width);
  const size_t texts = 1 + (count + 2) * width;
  if (begin > end || texts + end > metadata_.size()) Malformed();
  return metadata_.substr(texts + begin, end - begin);
}

std::string_view VariantView::name(size_t i) const {
  const Items items = ItemsOf();
  return NameOf(Unsigned(value_, items.ids + i * items.id_width, items.id_width));
}

VariantView VariantView::item(size_t i) const {
  const Items items = ItemsOf();
  if (i >= items.count) Malformed();
  const uint64_t offset =
      Unsigned(value_, items.offsets + i * items.offset_width, items.offset_width);
  if (offset >= value_.size() - items.data) Malformed();
  return Below(value_.substr(items.data + offset));
}

std::optional<VariantView> VariantView::Find(std::string_view wanted) const {
  size_t low = 0;
  size_t high = size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const std::string_view found = name(middle);
    if (found == wanted) return item(middle);
    if (found < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return std::nullopt;
}

void VariantView::AppendJson(std::string& out, const TimeZone& zone) const {
  switch (kind()) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kText:
      return AppendQuoted(out, text());
    case Kind::kBinary:
      out += '"' + Base64(text()) + '"';
      return;
    case Kind::kDate:
    case Kind::kTimestampNtz:
    case Kind::kUuid:
      out += '"' + ToText() + '"';
      return;
    case Kind::kTimestamp:
      out += '"' + ToText(zone) + OffsetText(zone.OffsetAt(integer())) + '"';
      return;
    case Kind::kDouble:
    case Kind::kFloat:
      out += std::isfinite(real()) ? ToText() : '"' + ToText() + '"';
      return;
    case Kind::kArray: {
      out += '[';
      const size_t count = size();
      for (size_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        item(i).AppendJson(out, zone);
      }
      out += ']';
      return;
    }
    case Kind::kObject: {
      out += '{';
      const size_t count = size();
      for (size_t i = 0; i < count; ++i) {
        if (i > 0) out += ',';
        AppendQuoted(out, name(i));
        out += ':';
        item(i).AppendJson(out, zone);
      }
      out += '}';
      return;
    }
    default:
      out += ToText();
  }
}

std::string VariantView::ToJson(const TimeZone& zone) const {
  std::string out;
  AppendJson(out, zone);
  return out;
}

std::string VariantView::ToText(const TimeZone& zone) const {
  switch (kind()) {
    case Kind::kBoolean:
      return boolean() ? "true" : "false";
    case Kind::kLong:
      return std::to_string(integer());
    case Kind::kDouble:
      return Value(TypeId::kDouble, real()).ToString();
    case Kind::kFloat:
      return Value(TypeId::kFloat, real()).ToString();
    case Kind::kDecimal: {
      const Decimal value = decimal();
      return DecimalToString(value.unscaled, value.scale);
    }
    case Kind::kText:
    case Kind::kBinary:
      return std::string(text());
    case Kind::kDate:
      return DateToString(integer());
    case Kind::kTimestamp:
      return TimestampToString(zone.ToLocal(integer()));
    case Kind::kTimestampNtz:
      return TimestampToString(integer());
    case Kind::kUuid:
      return UuidText(text());
    default:
      return ToJson(zone);
  }
}

// ------------------------------------------------------------------------------- writing

void VariantBuilder::AppendPrimitive(uint8_t type) {
  value_ += static_cast<char>(type << 2 | kPrimitive);
}

void VariantBuilder::AppendBytes(uint64_t value, size_t width) {
  PutUnsigned(value_, value, width);
}

void VariantBuilder::AppendNull() { AppendPrimitive(kNullType); }

void VariantBuilder::AppendBoolean(bool value) { AppendPrimitive(value ? kTrueType : kFalseType); }

void VariantBuilder::AppendLong(int64_t value) {
  const uint8_t type = value == static_cast<int8_t>(value)    ? kInt8Type
                       : value == static_cast<int16_t>(value) ? kInt16Type
                       : value == static_cast<int32_t>(value) ? kInt32Type
                                                              : kInt64Type;
  AppendPrimitive(type);
  AppendBytes(static_cast<uint64_t>(value), WholeWidth(type));
}

void VariantBuilder::AppendDouble(double value) {
  AppendPrimitive(kDoubleType);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  AppendBytes(bits, 8);
}

void VariantBuilder::AppendFloat(float value) {
  AppendPrimitive(kFloatType);
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  AppendBytes(bits, 4);
}

void VariantBuilder::AppendDecimal(Int128 unscaled, int scale) {
  const auto within = [&](Int128 limit) { return unscaled < limit && unscaled > -limit; };
  const uint8_t type = scale <= 9 && within(1'000'000'000)                ? kDecimal4Type
                       : scale <= 18 && within(1'000'000'000'000'000'000) ? kDecimal8Type
                                                                          : kDecimal16Type;
  AppendPrimitive(type);
  AppendBytes(static_cast<uint64_t>(scale), 1);
  AppendBytes(static_cast<uint64_t>(unscaled), std::min<size_t>(DecimalWidth(type), 8));
  if (type == kDecimal16Type) AppendBytes(static_cast<uint64_t>(unscaled >> 64), 8);
}

void VariantBuilder::AppendDate(int64_t days) {
  AppendPrimitive(kDateType);
  AppendBytes(static_cast<uint64_t>(days), 4);
}

void VariantBuilder::AppendTimestamp(int64_t micros) {
  AppendPrimitive(kTimestampType);
  AppendBytes(static_cast<uint64_t>(micros), 8);
}

void VariantBuilder::AppendTimestampNtz(int64_t micros) {
  AppendPrimitive(kTimestampNtzType);
  AppendBytes(static_cast<uint64_t>(micros), 8);
}

void VariantBuilder::AppendText(std::string_view text) {
  constexpr size_t kMostShort = 63;
  if (text.size() <= kMostShort) {
    value_ += static_cast<char>(text.size() << 2 | kShortText);
  } else {
    AppendPrimitive(kTextType);
    AppendBytes(text.size(), 4);
  }
  value_ += text;
}

void VariantBuilder::AppendBinary(std::string_view bytes) {
  AppendPrimitive(kBinaryType);
  AppendBytes(bytes.size(), 4);
  value_ += bytes;
}

void VariantBuilder::AppendUuid(std::string_view bytes) {
  WEIR_CHECK(bytes.size() == kUuidSize);
  AppendPrimitive(kUuidType);
  value_ += bytes;
}

void VariantBuilder::AppendVariant(const VariantView& value) {
  using Kind = VariantView::Kind;
  const size_t start = position();
  switch (value.kind()) {
    case Kind::kObject: {
      std::vector<Member> members;
      const size_t count = value.size();
      for (size_t i = 0; i < count; ++i) {
        members.push_back({AddName(value.name(i)), static_cast<uint32_t>(position() - start)});
        AppendVariant(value.item(i));
      }
      FinishObject(start, members);
      return;
    }
    case Kind::kArray: {
      std::vector<uint32_t> offsets;
      const size_t count = value.size();
      for (size_t i = 0; i < count; ++i) {
        offsets.push_back(static_cast<uint32_t>(position() - start));
        AppendVariant(value.item(i));
      }
      return FinishArray(start, offsets);
    }
    case Kind::kNull:
      return AppendNull();
    case Kind::kBoolean:
      return AppendBoolean(value.boolean());
    case Kind::kLong:
      return AppendLong(value.integer());
    case Kind::kDouble:
      return AppendDouble(value.real());
    case Kind::kFloat:
      return AppendFloat(static_cast<float>(value.real()));
    case Kind::kDecimal: {
      const auto decimal = value.decimal();
      return AppendDecimal(decimal.unscaled, decimal.scale);
    }
    case Kind::kText:
      return AppendText(value.text());
    case Kind::kBinary:
      return AppendBinary(value.text());
    case Kind::kDate:
      return AppendDate(value.integer());
    case Kind::kTimestamp:
      return AppendTimestamp(value.integer());
    case Kind::kTimestampNtz:
      return AppendTimestampNtz(value.integer());
    case Kind::kUuid:
      return AppendUuid(value.text());
  }
}

uint32_t VariantBuilder::AddName(std::string_view name) {
  const auto found = names_.find(name);
  if (found != names_.end()) return found->second;
  const auto id = static_cast<uint32_t>(by_id_.size());
  const auto added = names_.emplace(std::string(name), id).first;
  by_id_.push_back(added->first);
  return id;
}

bool VariantBuilder::FinishObject(size_t start, std::vector<Member>& members) {
  std::sort(members.begin(), members.end(),
            [&](const Member& a, const Member& b) { return by_id_[a.name] < by_id_[b.name]; });
  uint32_t most = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    most = std::max(most, members[i].name);
    if (i > 0 && members[i].name == members[i - 1].name) return false;
  }
  const size_t size = position() - start;
  const bool large = members.size() > 0xFF;
  const size_t id_width = WidthFor(most);
  const size_t offset_width = WidthFor(size);
  std::string header;
  header += static_cast<char>((large ? 1 : 0) << 6 | (id_width - 1) << 4 | (offset_width - 1) << 2 |
                              kObject);
  PutUnsigned(header, members.size(), large ? 4 : 1);
  for (const Member& member : members) PutUnsigned(header, member.name, id_width);
  for (const Member& member : members) PutUnsigned(header, member.offset, offset_width);
  PutUnsigned(header, size, offset_width);
  value_.insert(start, header);
  return true;
}

void VariantBuilder::FinishArray(size_t start, const std::vector<uint32_t>& offsets) {
  const size_t size = position() - start;
  const bool large = offsets.size() > 0xFF;
  const size_t width = WidthFor(size);
  std::string header;
  header += static_cast<char>((large ? 1 : 0) << 4 | (width - 1) << 2 | kArray);
  PutUnsigned(header, offsets.size(), large ? 4 : 1);
  for (const uint32_t offset : offsets) PutUnsigned(header, offset, width);
  PutUnsigned(header, size, width);
  value_.insert(start, header);
}

std::string VariantBuilder::Finish() {
  size_t texts = 0;
  for (const std::string_view name : by_id_) texts += name.size();
  const size_t width = WidthFor(std::max(texts, by_id_.size()));
  std::string bytes;
  bytes += static_cast<char>((width - 1) << 6 | 1);
  PutUnsigned(bytes, by_id_.size(), width);
  size_t offset = 0;
  for (const std::string_view name : by_id_) {
    PutUnsigned(bytes, offset, width);
    offset += name.size();
  }
  PutUnsigned(bytes, offset, width);
  for (const std::string_view name : by_id_) bytes += name;
  bytes += value_;
  names_.clear();
  by_id_.clear();
  value_.clear();
  return bytes;
}

// ------------------------------------------------------------------------------- paths

namespace {

// One part of a path from its front: ".name", "['name']", "[\"name\"]" or "[1]".
std::optional<VariantStep> TakeStep(std::string_view& path) {
  const auto take = [&](size_t size) {
    const std::string_view taken = path.substr(0, size);
    path.remove_prefix(std::min(size, path.size()));
    return taken;
  };
  if (path.starts_with('.')) {
    take(1);
    const std::string_view name = take(std::min(path.find_first_of(".["), path.size()));
    if (name.empty()) return std::nullopt;
    return VariantStep{std::string(name), std::nullopt};
  }
  if (path.size() < 3 || path[0] != '[') return std::nullopt;
  const char quote = path[1];
  if (quote == '\'' || quote == '"') {
    const size_t end = path.find(quote, 2);
    if (end == std::string_view::npos || end == 2 || !path.substr(end + 1).starts_with(']')) {
      return std::nullopt;
    }
    return VariantStep{std::string(take(end + 2).substr(2, end - 2)), std::nullopt};
  }
  const size_t end = path.find(']');
  if (end == std::string_view::npos || end > 10) return std::nullopt;
  uint64_t index = 0;
  for (const char c : take(end + 1).substr(1, end - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<uint64_t>(c - '0');
  }
  if (end == 1 || index > INT32_MAX) return std::nullopt;
  return VariantStep{"", static_cast<uint32_t>(index)};
}

}  // namespace

std::optional<std::vector<VariantStep>> ParseVariantPath(std::string_view path) {
  if (!path.starts_with('$')) return std::nullopt;
  path.remove_prefix(1);
  std::vector<VariantStep> steps;
  while (!path.empty()) {
    auto step = TakeStep(path);
    if (!step) return std::nullopt;
    steps.push_back(std::move(*step));
  }
  return steps;
}

std::optional<VariantView> FollowPath(VariantView value, const std::vector<VariantStep>& path) {
  for (const VariantStep& step : path) {
    const auto kind = value.kind();
    if (step.index) {
      if (kind != VariantView::Kind::kArray || *step.index >= value.size()) return std::nullopt;
      value = value.item(*step.index);
    } else {
      if (kind != VariantView::Kind::kObject) return std::nullopt;
      const auto found = value.Find(step.name);
      if (!found) return std::nullopt;
      value = *found;
    }
  }
  return value;
}

}  // namespace weir
