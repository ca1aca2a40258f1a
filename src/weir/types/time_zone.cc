#include "weir/types/time_zone.h"

#include <algorithm>
#include <cstdio>

#include "weir/base/ascii.h"
#include "weir/types/civil_time.h"

namespace weir {

namespace {

constexpr int32_t kMostSeconds = 18 * 3'600;

int64_t SecondsOf(int64_t micros) { return FloorDiv(micros, kMicrosPerSecond); }

// What is too far away stays at the end of the range.
int64_t Moved(int64_t micros, int64_t seconds) {
  int64_t result = 0;
  if (!__builtin_add_overflow(micros, seconds * kMicrosPerSecond, &result)) return result;
  return seconds < 0 ? INT64_MIN : INT64_MAX;
}

// A moment of the cycle that all later ones repeat.
int64_t InTable(int64_t seconds) {
  if (seconds < TimeZone::kRepeatsFrom) return seconds;
  return TimeZone::kRepeatsFrom + (seconds - TimeZone::kRepeatsFrom) % TimeZone::kCycle;
}

// `count` digits at the start of `text`, taken off it.
std::optional<int32_t> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int32_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

// "1", "01", "0130", "013015", "1:30", "01:3", "01:30:15": what follows the sign. One digit of the
// hours, and of minutes that end the text, is taken as two.
std::optional<int32_t> SecondsAfterSign(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  const auto hours = TakeDigits(text, digits == 1 ? 1 : 2);
  if (!hours) return std::nullopt;
  int32_t seconds = *hours * 3'600;
  const bool colons = text.starts_with(':');
  for (const int32_t unit : {60, 1}) {
    if (text.empty()) break;
    if (colons && text[0] != ':') return std::nullopt;
    if (colons) text.remove_prefix(1);
    const bool short_minutes = unit == 60 && colons && text.size() == 1;
    const auto part = TakeDigits(text, short_minutes ? 1 : 2);
    if (!part || *part > 59) return std::nullopt;
    seconds += *part * unit;
  }
  if (!text.empty() || seconds > kMostSeconds) return std::nullopt;
  return seconds;
}

}  // namespace

TimeZone::TimeZone(std::string name, int32_t offset)
    : name_(std::move(name)), first_offset_(offset) {}

TimeZone::TimeZone(std::string name, int32_t offset, std::vector<Change> changes)
    : name_(std::move(name)), first_offset_(offset), changes_(std::move(changes)) {
  instants_.reserve(changes_.size());
  locals_.reserve(changes_.size());
  int32_t before = offset;
  for (const Change& change : changes_) {
    instants_.push_back(change.at);
    locals_.push_back(change.at + std::max(before, change.offset));
    before = change.offset;
  }
}

ptrdiff_t TimeZone::Before(const std::vector<int64_t>& keys, int64_t seconds) {
  return std::upper_bound(keys.begin(), keys.end(), seconds) - keys.begin() - 1;
}

ptrdiff_t TimeZone::LocalPosition(int64_t local_seconds) const {
  return Before(locals_, InTable(local_seconds));
}

int32_t TimeZone::OffsetAt(int64_t instant) const {
  if (changes_.empty()) return first_offset_;
  return OffsetOf(Before(instants_, InTable(SecondsOf(instant))));
}

int64_t TimeZone::ToLocal(int64_t instant) const { return Moved(instant, OffsetAt(instant)); }

int64_t TimeZone::ToInstant(int64_t local) const {
  if (changes_.empty()) return Moved(local, -int64_t{first_offset_});
  return Moved(local, -int64_t{OffsetOf(LocalPosition(SecondsOf(local)))});
}

int64_t TimeZone::ToInstant(int64_t local, int64_t like) const {
  if (changes_.empty()) return ToInstant(local);
  const int64_t seconds = InTable(SecondsOf(local));
  const auto next = static_cast<size_t>(LocalPosition(SecondsOf(local)) + 1);
  if (next < changes_.size()) {
    const Change& change = changes_[next];
    const bool twice = seconds >= change.at + change.offset;
    if (twice && change.offset < OffsetOf(static_cast<ptrdiff_t>(next) - 1) &&
        OffsetAt(like) == change.offset) {
      return Moved(local, -int64_t{change.offset});
    }
  }
  return ToInstant(local);
}

int64_t TimeZone::StartOfDay(int64_t midnight) const {
  if (changes_.empty()) return ToInstant(midnight);
  const int64_t actual = SecondsOf(midnight);
  const int64_t seconds = InTable(actual);
  const auto next = static_cast<size_t>(LocalPosition(actual) + 1);
  if (next < changes_.size()) {
    const Change& change = changes_[next];
    const int32_t before = OffsetOf(static_cast<ptrdiff_t>(next) - 1);
    if (before < change.offset && seconds >= change.at + before) {
      return (change.at + (actual - seconds)) * kMicrosPerSecond;
    }
  }
  return ToInstant(midnight);
}

const TimeZonePtr& UtcZone() {
  static const TimeZonePtr zone = std::make_shared<const TimeZone>("UTC", 0);
  return zone;
}

TimeZonePtr FixedZone(std::string_view name) {
  std::string_view rest = name;
  if (name == "Z" || name == "UTC" || name == "GMT" || name == "UT") {
    return std::make_shared<const TimeZone>(std::string(name), 0);
  }
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!rest.starts_with(prefix)) continue;
    rest.remove_prefix(prefix.size());
    break;
  }
  if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) return nullptr;
  const auto seconds = SecondsAfterSign(rest.substr(1));
  if (!seconds) return nullptr;
  return std::make_shared<const TimeZone>(std::string(name), rest[0] == '-' ? -*seconds : *seconds);
}

TimeZonePtr TimeZones::Find(std::string_view name) const {
  if (TimeZonePtr fixed = FixedZone(name)) return fixed;
  return FindRegion(name);
}

std::string OffsetToString(int32_t seconds) {
  if (seconds == 0) return "Z";
  const int32_t size = seconds < 0 ? -seconds : seconds;
  char text[16];
  int length = std::snprintf(text, sizeof(text), "%c%02d:%02d", seconds < 0 ? '-' : '+',
                             size / 3'600, size / 60 % 60);
  if (size % 60 != 0) {
    length += std::snprintf(text + length, sizeof(text) - static_cast<size_t>(length), ":%02d",
                            size % 60);
  }
  return std::string(text, static_cast<size_t>(length));
}

}  // namespace weir
