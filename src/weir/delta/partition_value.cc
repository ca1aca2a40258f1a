#include "weir/delta/partition_value.h"

#include <cstdio>

#include "weir/base/clock.h"
#include "weir/base/error.h"

namespace weir::delta {
namespace {

bool IsUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80            ? 1
                          : lead >> 5 == 0b110   ? 2
                          : lead >> 4 == 0b1110  ? 3
                          : lead >> 3 == 0b11110 ? 4
                                                 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

// "2013-01-01T05:00:00.000000": always six digits, so that equal times have equal texts.
std::string TimestampText(int64_t micros, char between) {
  constexpr int64_t kSecond = 1'000'000;
  int64_t fraction = micros % kSecond;
  if (fraction < 0) fraction += kSecond;
  std::string text = FormatIso(Instant{micros - fraction});  // "...THH:MM:SSZ"
  text.pop_back();
  if (const size_t t = text.find('T'); t != std::string::npos) text[t] = between;
  char digits[16];
  std::snprintf(digits, sizeof(digits), ".%06d", static_cast<int>(fraction));
  return text + digits;
}

[[noreturn]] void Refuse(const std::string& what) {
  throw Error(ErrorCode::kUnsupported, "a table can't be partitioned by " + what);
}

}  // namespace

std::optional<std::string> PartitionValueToText(const Value& value) {
  if (value.is_null()) return std::nullopt;
  switch (value.type().id()) {
    case TypeId::kString:
    case TypeId::kBinary:
      if (value.text().empty()) return std::nullopt;
      if (!IsUtf8(value.text())) Refuse("bytes that are not UTF-8 text");
      return value.text();
    case TypeId::kTimestamp:
      return TimestampText(value.integer(), 'T') + "Z";
    case TypeId::kTimestampNtz:
      return TimestampText(value.integer(), ' ');
    case TypeId::kVoid:
    case TypeId::kArray:
    case TypeId::kMap:
    case TypeId::kStruct:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
    case TypeId::kCalendarInterval:
    case TypeId::kTime:
      Refuse("values of type " + value.type().ToSql());
    default:
      return value.ToString();
  }
}

Value PartitionValueFromText(const std::optional<std::string>& text, const DataType& type,
                             const std::string& column) {
  if (!text || text->empty()) return Value::Null(type);
  if (type.id() == TypeId::kString || type.id() == TypeId::kBinary) return Value(type, *text);
  auto value = type.IsNested() ? std::nullopt : ParseValue(*text, type);
  if (!value) {
    throw Error(ErrorCode::kCorrupt, "the log has the value '" + *text + "' for partition column " +
                                         QuoteName(column) + ", which is not a " + type.ToSql());
  }
  return *std::move(value);
}

}  // namespace weir::delta
