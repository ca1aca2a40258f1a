#include "weir/engine/duckdb/functions/zone_texts.h"

#include "weir/engine/duckdb/functions/registry.h"

namespace weir::engine {

std::string PaddedDigits(int64_t value, size_t width) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
  return value < 0 ? "-" + digits : digits;
}

namespace {

// "+02", "+0200", "+02:00" and seconds where there are some: what X and x write for 1 to 5 letters.
std::string NumericOffset(size_t count, int32_t offset) {
  const int32_t size = offset < 0 ? -offset : offset;
  const bool colons = count == 3 || count == 5;
  std::string text = offset < 0 ? "-" : "+";
  text += PaddedDigits(size / 3'600, 2);
  if (count > 1 || size / 60 % 60 != 0)
    text += (colons ? ":" : "") + PaddedDigits(size / 60 % 60, 2);
  if (count > 3 && size % 60 != 0) text += (colons ? ":" : "") + PaddedDigits(size % 60, 2);
  return text;
}

// "GMT+2", "GMT+02:00"
std::string GmtOffset(bool full, int32_t offset) {
  if (offset == 0) return "GMT";
  const int32_t size = offset < 0 ? -offset : offset;
  std::string text = offset < 0 ? "GMT-" : "GMT+";
  text += PaddedDigits(size / 3'600, full ? 2 : 1);
  if (full || size % 3'600 != 0) text += ":" + PaddedDigits(size / 60 % 60, 2);
  if (size % 60 != 0) text += ":" + PaddedDigits(size % 60, 2);
  return text;
}

// As Java writes it: offsets in full.
std::string ZoneId(const TimeZone& zone) {
  const TimeZonePtr fixed = FixedZone(zone.name());
  if (fixed == nullptr || zone.name() == "UTC" || zone.name() == "GMT" || zone.name() == "UT") {
    return zone.name();
  }
  const int32_t offset = zone.OffsetAt(0);
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!zone.name().starts_with(prefix)) continue;
    return std::string(prefix) + (offset == 0 ? "" : OffsetToString(offset));
  }
  return OffsetToString(offset);
}

std::string ZoneName(size_t count, const TimeZone& zone) {
  if (zone.name() == "UTC") return count == 4 ? "Coordinated Universal Time" : "UTC";
  const TimeZonePtr fixed = FixedZone(zone.name());
  if (fixed != nullptr)
    return zone.name() == "GMT" && count == 4 ? "Greenwich Mean Time" : ZoneId(zone);
  Raise("UNSUPPORTED_FEATURE", "Pattern letter z, the name of a time zone, is not supported for " +
                                   zone.name() +
                                   ". Use VV for its identifier, or XXX for its offset.");
}

}  // namespace

std::string ZoneText(char letter, size_t count, const TimeZone& zone, int32_t offset) {
  switch (letter) {
    case 'X':
      return offset == 0 ? "Z" : NumericOffset(count, offset);
    case 'x':
      return NumericOffset(count, offset);
    case 'Z':
      if (count < 4) return NumericOffset(2, offset);
      return count == 4 ? GmtOffset(true, offset) : offset == 0 ? "Z" : NumericOffset(5, offset);
    case 'O':
      return GmtOffset(count == 4, offset);
    case 'V':
      return ZoneId(zone);
    default:
      return ZoneName(count, zone);
  }
}

}  // namespace weir::engine
