#include "weir/types/parse_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "weir/base/ascii.h"
#include "weir/types/civil_time.h"

namespace weir {

namespace {

// Compares with a text in lower case.
bool SpellsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

template <typename Real>
std::optional<Real> SpecialReal(std::string_view text) {
  constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
  if (SpellsIgnoringCase(text, "nan")) return std::numeric_limits<Real>::quiet_NaN();
  // Java reads a sign here, and drops it.
  if (text == "+NaN" || text == "-NaN") return std::numeric_limits<Real>::quiet_NaN();
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  if (SpellsIgnoringCase(text, "inf") || SpellsIgnoringCase(text, "infinity")) {
    return negative ? -kInfinity : kInfinity;
  }
  return std::nullopt;
}

// Out of the range of from_chars, which does not say on which side.
template <typename Real>
Real HugeOrTiny(std::string_view text) {
  const std::string copy(text);
  if constexpr (std::is_same_v<Real, float>) {
    return std::strtof(copy.c_str(), nullptr);
  } else {
    return std::strtod(copy.c_str(), nullptr);
  }
}

template <typename Real>
std::optional<Real> ParseReal(std::string_view text) {
  text = TrimAsCast(text);
  if (text.empty()) return std::nullopt;
  std::string_view number = text;
  if (number[0] == '+') number.remove_prefix(1);
  const size_t first = !number.empty() && number[0] == '-' && text[0] == '-' ? 1 : 0;
  if (first >= number.size() || !(IsDigit(number[first]) || number[first] == '.')) {
    return SpecialReal<Real>(text);
  }
  const char last = number.back();
  // Java's own suffixes: 1.0d, 1.0F.
  if (number.size() > 1 && (last == 'd' || last == 'D' || last == 'f' || last == 'F')) {
    number.remove_suffix(1);
  }
  Real value = 0;
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) return HugeOrTiny<Real>(number);
  if (parsed.ec != std::errc()) return std::nullopt;
  return value;
}

// A decimal number taken apart: digits * 10^exponent, digits without leading zeros.
struct Parts {
  bool negative = false;
  std::array<char, 80> digits;  // More than 77 significant ones can only round.
  size_t count = 0;             // Digits seen, also those not kept.
  int64_t exponent = 0;
};

constexpr int64_t kHugeExponent = 1'000'000;

bool ReadExponent(std::string_view text, int64_t& exponent) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (text.empty() || !IsDigit(text[0])) return false;
  }
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return false;
  if (value > kHugeExponent || value < -kHugeExponent) return false;
  exponent += value;
  return true;
}

std::optional<Parts> TakeApart(std::string_view text) {
  Parts parts;
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) parts.negative = text[i++] == '-';
  bool any = false;
  bool fraction = false;
  for (; i < text.size(); ++i) {
    if (text[i] == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!IsDigit(text[i])) break;
    any = true;
    if (fraction) --parts.exponent;
    if (parts.count == 0 && text[i] == '0') continue;
    if (parts.count < parts.digits.size()) parts.digits[parts.count] = text[i];
    ++parts.count;
  }
  if (!any) return std::nullopt;
  if (i == text.size()) return parts;
  if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
  if (!ReadExponent(text.substr(i + 1), parts.exponent)) return std::nullopt;
  return parts;
}

Int128 PowerOfTen(int power) {
  Int128 value = 1;
  for (int i = 0; i < power; ++i) value *= 10;
  return value;
}

// The segments of a date and time as they are read: year, month, day, hour, minute, second, micros.
struct TimeText {
  std::array<int64_t, 7> parts{1, 1, 1, 0, 0, 0, 0};
  std::string_view zone;
};

// Whether `count` digits may stand for part `i`; the fraction may have any number of them.
bool DigitsFit(size_t i, size_t count, size_t max_year_digits) {
  if (i == 6) return true;
  if (i == 0) return count >= 4 && count <= max_year_digits;
  return count >= 1 && count <= 2;
}

// What must follow part `i` when another part follows.
bool Separates(size_t i, char c) {
  switch (i) {
    case 0:
    case 1:
      return c == '-';
    case 2:
      return c == ' ' || c == 'T';
    case 3:
    case 4:
      return c == ':';
    case 5:
      return c == '.';
    default:
      return false;
  }
}

constexpr size_t kFractionDigits = 6;

std::optional<TimeText> ReadTimeText(std::string_view text) {
  constexpr size_t kMaxYearDigits = 6;
  if (text.empty()) return std::nullopt;
  TimeText result;
  size_t at = 0;
  const bool signed_year = text[0] == '-' || text[0] == '+';
  if (signed_year) ++at;
  size_t part = 0;
  int64_t value = 0;
  size_t digits = 0;
  const auto close = [&] {
    if (!DigitsFit(part, digits, kMaxYearDigits)) return false;
    for (size_t i = digits; part == 6 && i < kFractionDigits; ++i) value *= 10;
    result.parts[part] = value;
    value = 0;
    digits = 0;
    return true;
  };
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (IsDigit(c)) {
      if (part != 6 || digits < kFractionDigits) value = value * 10 + (c - '0');
      if (++digits > 8 && part != 6) return std::nullopt;
    } else if (Separates(part, c)) {
      if (!close()) return std::nullopt;
      ++part;
    } else if (part >= 5) {
      result.zone = text.substr(at);
      break;
    } else {
      return std::nullopt;
    }
  }
  if (!close()) return std::nullopt;
  if (text[0] == '-') result.parts[0] = -result.parts[0];
  return result;
}

std::optional<int64_t> MicrosOf(const TimeText& time) {
  const auto& part = time.parts;
  const CivilDay day{part[0], static_cast<int>(part[1]), static_cast<int>(part[2])};
  if (!IsValidDay(day) || part[3] > 23 || part[4] > 59 || part[5] > 59) return std::nullopt;
  const int64_t of_day = ((part[3] * 60 + part[4]) * 60 + part[5]) * kMicrosPerSecond + part[6];
  int64_t micros = 0;
  if (__builtin_mul_overflow(DaysSinceEpoch(day), kMicrosPerDay, &micros)) return std::nullopt;
  if (__builtin_add_overflow(micros, of_day, &micros)) return std::nullopt;
  return micros;
}

// Two digits, or one where `short_ok`; moves past them.
std::optional<int64_t> ReadTwo(std::string_view& text, bool short_ok) {
  if (text.empty() || !IsDigit(text[0])) return std::nullopt;
  int64_t value = text[0] - '0';
  text.remove_prefix(1);
  if (!text.empty() && IsDigit(text[0])) {
    value = value * 10 + (text[0] - '0');
    text.remove_prefix(1);
  } else if (!short_ok) {
    return std::nullopt;
  }
  return value;
}

// Seconds east of Greenwich for "+1", "+01", "+0130", "+1:30", "+01:30:15".
std::optional<int64_t> OffsetSeconds(std::string_view text) {
  const bool west = text[0] == '-';
  text.remove_prefix(1);
  const auto hours = ReadTwo(text, true);
  if (!hours) return std::nullopt;
  int64_t seconds = *hours * 3600;
  int64_t unit = 60;
  while (!text.empty() && unit > 0) {
    const bool colon = text[0] == ':';
    if (colon) text.remove_prefix(1);
    const auto part = ReadTwo(text, colon);
    if (!part || *part > 59) return std::nullopt;
    seconds += *part * unit;
    unit /= 60;
  }
  if (!text.empty() || seconds > 18 * 3600) return std::nullopt;
  return west ? -seconds : seconds;
}

std::optional<int64_t> ZoneSeconds(std::string_view zone) {
  zone = TrimAsCast(zone);
  if (zone.empty() || zone == "Z" || zone == "z") return 0;
  for (const std::string_view name : {"UTC", "GMT", "UT"}) {
    if (zone.starts_with(name)) {
      zone.remove_prefix(name.size());
      break;
    }
  }
  if (zone.empty()) return 0;
  if (zone[0] != '+' && zone[0] != '-') return std::nullopt;
  return OffsetSeconds(zone);
}

}  // namespace

std::string_view TrimAsCast(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<bool> ParseBoolean(std::string_view text) {
  text = TrimAsCast(text);
  for (const std::string_view yes : {"true", "t", "yes", "y", "1"}) {
    if (SpellsIgnoringCase(text, yes)) return true;
  }
  for (const std::string_view no : {"false", "f", "no", "n", "0"}) {
    if (SpellsIgnoringCase(text, no)) return false;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseLong(std::string_view text) {
  text = TrimAsCast(text);
  if (text.size() > 1 && text[0] == '+' && IsDigit(text[1])) text.remove_prefix(1);
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<float> ParseFloat(std::string_view text) { return ParseReal<float>(text); }

std::optional<double> ParseDouble(std::string_view text) { return ParseReal<double>(text); }

std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale) {
  const auto parts = TakeApart(TrimAsCast(text));
  if (!parts) return std::nullopt;
  if (parts->count == 0) return Int128{0};
  const int64_t count = static_cast<int64_t>(parts->count);
  const int64_t kept = count + parts->exponent + scale;  // Digits of the unscaled result.
  if (kept > precision) return std::nullopt;
  if (kept < 0) return Int128{0};
  Int128 value = 0;
  for (int64_t i = 0; i < kept; ++i) {
    value = value * 10 + (i < count ? parts->digits[static_cast<size_t>(i)] - '0' : 0);
  }
  if (kept < count && parts->digits[static_cast<size_t>(kept)] >= '5') ++value;
  if (value >= PowerOfTen(precision)) return std::nullopt;
  return parts->negative ? -value : value;
}

std::optional<int64_t> ParseDate(std::string_view text) {
  constexpr size_t kMaxYearDigits = 7;
  text = TrimAsCast(text);
  if (text.empty()) return std::nullopt;
  size_t at = text[0] == '-' || text[0] == '+' ? 1 : 0;
  std::array<int64_t, 3> parts{1, 1, 1};
  size_t part = 0;
  int64_t value = 0;
  size_t digits = 0;
  for (; at < text.size() && text[at] != ' ' && text[at] != 'T'; ++at) {
    if (part < 2 && text[at] == '-') {
      if (!DigitsFit(part, digits, kMaxYearDigits)) return std::nullopt;
      parts[part++] = value;
      value = 0;
      digits = 0;
    } else if (IsDigit(text[at]) && digits < kMaxYearDigits) {
      value = value * 10 + (text[at] - '0');
      ++digits;
    } else {
      return std::nullopt;
    }
  }
  if (!DigitsFit(part, digits, kMaxYearDigits)) return std::nullopt;
  if (part < 2 && at < text.size()) return std::nullopt;
  parts[part] = value;
  const CivilDay day{text[0] == '-' ? -parts[0] : parts[0], static_cast<int>(parts[1]),
                     static_cast<int>(parts[2])};
  if (!IsValidDay(day)) return std::nullopt;
  const int64_t days = DaysSinceEpoch(day);
  if (days < INT32_MIN || days > INT32_MAX) return std::nullopt;
  return days;
}

std::optional<ClockText> ParseClock(std::string_view text) {
  const auto time = ReadTimeText(TrimAsCast(text));
  if (!time) return std::nullopt;
  const auto micros = MicrosOf(*time);
  if (!micros) return std::nullopt;
  ClockText result{*micros, TrimAsCast(time->zone), std::nullopt};
  const auto offset = ZoneSeconds(result.zone);
  if (!offset) return result;
  int64_t at = 0;
  if (__builtin_sub_overflow(*micros, *offset * kMicrosPerSecond, &at)) return std::nullopt;
  result.at = at;
  return result;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  const auto time = ParseClock(text);
  return time ? time->at : std::nullopt;
}

std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone,
                                      const TimeZones* regions) {
  const auto time = ParseClock(text);
  if (!time) return std::nullopt;
  if (time->zone.empty()) return zone.ToInstant(time->local);
  if (time->at) return time->at;
  const TimeZonePtr region = regions == nullptr ? nullptr : regions->Find(time->zone);
  if (region == nullptr) return std::nullopt;
  return region->ToInstant(time->local);
}

std::optional<int64_t> ParseTimestampNtz(std::string_view text) {
  const auto time = ReadTimeText(TrimAsCast(text));
  if (!time || !ZoneSeconds(time->zone)) return std::nullopt;
  return MicrosOf(*time);
}

namespace {

// The hour of a twelve-hour clock on the other one.
std::optional<int64_t> HourOf(int64_t hour, char half) {
  if (hour < 1 || hour > 12) return std::nullopt;
  return hour % 12 + (half == 'P' || half == 'p' ? 12 : 0);
}

// "AM" and "PM" at the end, in any case: their first letter; 0 without them.
char TakeHalf(std::string_view& text) {
  if (text.size() < 3 || (text.back() != 'M' && text.back() != 'm')) return 0;
  const char half = text[text.size() - 2];
  if (std::string_view("AaPp").find(half) == std::string_view::npos) return 0;
  text = TrimAsCast(text.substr(0, text.size() - 2));
  return half;
}

}  // namespace

std::optional<int64_t> ParseTime(std::string_view text, int precision) {
  text = TrimAsCast(text);
  const char half = TakeHalf(text);
  if (text.starts_with('T')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0]) || text.find(':') > 2) return std::nullopt;
  const auto time = ReadTimeText("1970-01-01 " + std::string(text));
  if (!time || !time->zone.empty()) return std::nullopt;
  std::array<int64_t, 7> parts = time->parts;
  if (half != 0) {
    const auto hour = HourOf(parts[3], half);
    if (!hour) return std::nullopt;
    parts[3] = *hour;
  }
  const auto micros = MicrosOf({parts, {}});
  if (!micros) return std::nullopt;
  return TruncateTime(*micros, precision);
}

int64_t TruncateTime(int64_t micros, int precision) {
  int64_t unit = 1;
  for (int i = precision; i < 6; ++i) unit *= 10;
  return micros - micros % unit;
}

}  // namespace weir
