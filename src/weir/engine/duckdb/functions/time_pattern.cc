#include "weir/engine/duckdb/functions/time_pattern.h"

#include <algorithm>
#include <array>
#include <optional>

#include "weir/base/ascii.h"
#include "weir/engine/duckdb/functions/registry.h"
#include "weir/engine/duckdb/functions/zone_texts.h"
#include "weir/types/civil_time.h"

namespace weir::engine {

namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                   "Friday", "Saturday", "Sunday"};

// Whether java.text.SimpleDateFormat takes the pattern, which older versions of Spark read it by.
bool IsLegacyPattern(std::string_view pattern) {
  bool quoted = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\'') quoted = !quoted;
    if (quoted || !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) continue;
    if (std::string_view("GyYMLwWDdFEuaHkKhmsSzZX").find(c) == std::string_view::npos) return false;
    if (pattern.substr(i).starts_with("XXXX")) return false;
  }
  return !quoted;
}

// Spark says where an older version would have understood what this one does not.
[[noreturn]] void RaisePattern(std::string_view pattern, std::string_view condition,
                               const std::string& message) {
  if (!IsLegacyPattern(pattern)) Raise(condition, message);
  Raise("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
        "You may get a different result due to the upgrading to Spark >= 3.0: Fail to recognize "
        "'" +
            std::string(pattern) + "' pattern in the DateTimeFormatter.");
}

[[noreturn]] void RaiseUnrecognized(std::string_view pattern) {
  RaisePattern(pattern, "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
               "Unrecognized datetime pattern: '" + std::string(pattern) + "'.");
}

[[noreturn]] void RaiseIllegal(char letter, std::string_view pattern) {
  RaisePattern(
      pattern, "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
      "Unrecognized datetime pattern: " + std::string(pattern) +
          ". Illegal pattern character found in datetime pattern: " + std::string(1, letter) + ".");
}

// The letters that are read and written, with how often each may stand in a row.
struct Letter {
  char letter;
  size_t most;
};
constexpr Letter kLetters[] = {{'G', 4}, {'y', 6}, {'M', 4}, {'L', 4}, {'d', 2}, {'D', 3},
                               {'E', 4}, {'H', 2}, {'h', 2}, {'k', 2}, {'K', 2}, {'m', 2},
                               {'s', 2}, {'S', 9}, {'a', 1}, {'Q', 4}, {'q', 4}, {'x', 5},
                               {'X', 5}, {'Z', 5}, {'V', 2}, {'z', 4}, {'O', 4}, {'F', 1}};

void CheckLetter(char letter, size_t count, std::string_view pattern) {
  if (std::string_view("YWwuec").find(letter) != std::string_view::npos) {
    RaisePattern(pattern, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN",
                 "You may get a different result due to the upgrading to Spark >= 3.0: all "
                 "week-based patterns are unsupported since Spark 3.0, detected week-based "
                 "character: " +
                     std::string(1, letter) + ". Please use the SQL function EXTRACT instead.");
  }
  if (std::string_view("ABnNp").find(letter) != std::string_view::npos) {
    RaiseIllegal(letter, pattern);
  }
  if (count >= 5 && std::string_view("GMLEQq").find(letter) != std::string_view::npos) {
    RaisePattern(pattern, "INVALID_DATETIME_PATTERN.LENGTH",
                 "Unrecognized datetime pattern: " + std::string(pattern) +
                     ". Too many letters in datetime pattern: " + std::string(pattern) + ".");
  }
  const bool exact = letter == 'V' ? count == 2 : letter != 'O' || count == 1 || count == 4;
  for (const Letter& known : kLetters) {
    if (known.letter != letter) continue;
    if (count <= known.most && exact) return;
    break;
  }
  RaiseUnrecognized(pattern);
}

struct Moment {
  const TimeZone& zone;
  int32_t offset = 0;  // Seconds.
  CivilDay day;
  int64_t days = 0;
  int64_t of_day = 0;  // Microseconds.

  int64_t hour() const { return of_day / (3'600 * kMicrosPerSecond); }
  int64_t minute() const { return of_day / (60 * kMicrosPerSecond) % 60; }
  int64_t second() const { return of_day / kMicrosPerSecond % 60; }
  int64_t micros() const { return of_day % kMicrosPerSecond; }
  size_t weekday() const { return static_cast<size_t>(days + 3 - FloorDiv(days + 3, 7) * 7); }
};

std::string YearText(const Moment& moment, size_t count, bool of_era) {
  int64_t year = moment.day.year;
  if (of_era && year < 1) year = 1 - year;
  if (count == 2) return PaddedDigits((year % 100 + 100) % 100, 2);
  const bool plus = count >= 4 && year > 9999;
  return (plus ? "+" : "") + PaddedDigits(year, count);
}

std::string Named(std::string_view name, size_t count) {
  return std::string(count == 4 ? name : name.substr(0, 3));
}

std::string QuarterText(int month, size_t count) {
  const int quarter = (month - 1) / 3 + 1;
  if (count == 4) {
    static constexpr std::array<const char*, 4> kNames = {"1st", "2nd", "3rd", "4th"};
    return std::string(kNames[static_cast<size_t>(quarter - 1)]) + " quarter";
  }
  return count == 3 ? "Q" + std::to_string(quarter) : PaddedDigits(quarter, count);
}

std::string FieldText(char letter, size_t count, const Moment& moment) {
  const int64_t hour = moment.hour();
  switch (letter) {
    case 'G':
      return count == 4 ? (moment.day.year > 0 ? "Anno Domini" : "Before Christ")
                        : (moment.day.year > 0 ? "AD" : "BC");
    case 'y':
    case 'u':
      return YearText(moment, count, letter == 'y');
    case 'M':
    case 'L':
      if (count < 3) return PaddedDigits(moment.day.month, count);
      return Named(kMonths[static_cast<size_t>(moment.day.month - 1)], count);
    case 'd':
      return PaddedDigits(moment.day.day, count);
    case 'D':
      return PaddedDigits(moment.days - DaysSinceEpoch({moment.day.year, 1, 1}) + 1, count);
    case 'E':
      return Named(kDays[moment.weekday()], count);
    case 'F':
      return std::to_string((moment.day.day - 1) % 7 + 1);
    case 'H':
      return PaddedDigits(hour, count);
    case 'h':
      return PaddedDigits(hour % 12 == 0 ? 12 : hour % 12, count);
    case 'k':
      return PaddedDigits(hour == 0 ? 24 : hour, count);
    case 'K':
      return PaddedDigits(hour % 12, count);
    case 'm':
      return PaddedDigits(moment.minute(), count);
    case 's':
      return PaddedDigits(moment.second(), count);
    case 'S':
      return (PaddedDigits(moment.micros(), 6) + "000").substr(0, count);
    case 'a':
      return hour < 12 ? "AM" : "PM";
    case 'Q':
    case 'q':
      return QuarterText(moment.day.month, count);
    default:
      return ZoneText(letter, count, moment.zone, moment.offset);
  }
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool StartsIgnoringCase(std::string_view text, std::string_view with) {
  if (text.size() < with.size()) return false;
  return std::equal(with.begin(), with.end(), text.begin(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

}  // namespace

TimePattern::TimePattern(std::string_view pattern) : pattern_(pattern) {
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    Item item;
    size_t end = i + 1;
    if (c == '\'') {
      // '' is a quote; else what stands up to the next single one.
      while (end < pattern.size()) {
        if (pattern[end] != '\'') {
          item.literal += pattern[end++];
        } else if (end + 1 < pattern.size() && pattern[end + 1] == '\'' && end > i + 1) {
          item.literal += '\'';
          end += 2;
        } else {
          break;
        }
      }
      if (end >= pattern.size()) RaiseUnrecognized(pattern);
      ++end;
      if (item.literal.empty()) item.literal = "'";
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      while (end < pattern.size() && pattern[end] == c) ++end;
      item.letter = c;
      item.count = end - i;
      CheckLetter(c, item.count, pattern);
    } else if (c == '[') {
      item.optional_begin = true;
    } else if (c == ']') {
      item.optional_end = true;
    } else if (c == '{' || c == '}' || c == '#') {
      RaiseUnrecognized(pattern);
    } else {
      item.literal = c;
    }
    items_.push_back(std::move(item));
    i = end;
  }
}

char TimePattern::OnlyWritten() const {
  for (const Item& item : items_) {
    if (std::string_view("EFqQ").find(item.letter) != std::string_view::npos) return item.letter;
  }
  return 0;
}

std::string TimePattern::Format(int64_t micros_since_epoch, const TimeZone& zone) const {
  const int64_t local = zone.ToLocal(micros_since_epoch);
  Moment moment{zone, zone.OffsetAt(micros_since_epoch), {}};
  moment.days = FloorDiv(local, kMicrosPerDay);
  moment.of_day = local - moment.days * kMicrosPerDay;
  moment.day = CivilDayOf(moment.days);
  std::string result;
  for (const Item& item : items_) {
    result += item.letter == 0 ? item.literal : FieldText(item.letter, item.count, moment);
  }
  return result;
}

// Reads one text along a pattern.
class TimeTextReader {
 public:
  TimeTextReader(const std::vector<TimePattern::Item>& items, std::string_view text,
                 const TimeZones& zones)
      : items_(items), text_(text), zones_(zones) {}

  std::variant<ReadTime, TimeParseFailure> Run() {
    size_t item = 0;
    while (item < items_.size()) {
      if (items_[item].optional_begin) {
        item = Optional(item);
      } else if (!items_[item].optional_end && !Read(item)) {
        return TimeParseFailure{at_};
      } else {
        ++item;
      }
    }
    if (at_ < text_.size()) return TimeParseFailure{at_};
    const auto micros = Resolve();
    if (!micros) return TimeParseFailure{0};
    return ReadTime{*micros, zone_};
  }

 private:
  // Past the optional part that begins there; when it does not match, nothing of it is read.
  size_t Optional(size_t begin) {
    size_t end = begin + 1;
    for (int depth = 1; end < items_.size(); ++end) {
      depth += items_[end].optional_begin ? 1 : items_[end].optional_end ? -1 : 0;
      if (depth == 0) break;
    }
    const TimeTextReader before = *this;
    for (size_t i = begin + 1; i < end; ++i) {
      if (items_[i].optional_begin || items_[i].optional_end) continue;
      if (Read(i)) continue;
      at_ = before.at_;
      values_ = before.values_;
      zone_ = before.zone_;
      break;
    }
    return end + 1;
  }

  TimeTextReader& operator=(const TimeTextReader&) = delete;
  TimeTextReader(const TimeTextReader&) = default;

  static bool IsNumber(const TimePattern::Item& item) {
    switch (item.letter) {
      case 'M':
      case 'L':
      case 'Q':
      case 'q':
        return item.count < 3;
      case 'y':
      case 'u':
      case 'd':
      case 'D':
      case 'H':
      case 'h':
      case 'k':
      case 'K':
      case 'm':
      case 's':
      case 'S':
      case 'F':
        return true;
      default:
        return false;
    }
  }

  // Digits that the numbers right behind this one need.
  size_t Reserved(size_t item) const {
    size_t digits = 0;
    for (size_t i = item + 1; i < items_.size() && IsNumber(items_[i]); ++i) {
      if (items_[i].count == 1 && items_[i].letter != 'S') break;
      digits += items_[i].count;
    }
    return digits;
  }

  bool Read(size_t index) {
    const TimePattern::Item& item = items_[index];
    if (item.letter == 0) {
      if (!StartsIgnoringCase(text_.substr(at_), item.literal)) return false;
      at_ += item.literal.size();
      return true;
    }
    if (IsNumber(item)) return ReadNumber(item, index);
    switch (item.letter) {
      case 'M':
      case 'L':
        return ReadName('M', kMonths, item.count, 1);
      case 'E':
        return ReadName('E', kDays, item.count, 1);
      case 'a': {
        static constexpr std::array<std::string_view, 2> kHalves = {"AM", "PM"};
        return ReadName('a', kHalves, 4, 0);
      }
      case 'G': {
        static constexpr std::array<std::string_view, 2> kEras = {"BC", "AD"};
        return ReadName('G', kEras, 4, 0);
      }
      default:
        return ReadZone(item);
    }
  }

  bool ReadNumber(const TimePattern::Item& item, size_t index) {
    size_t digits = 0;
    while (at_ + digits < text_.size() && IsDigit(text_[at_ + digits])) ++digits;
    const bool year = item.letter == 'y' || item.letter == 'u';
    size_t least = item.count;
    size_t most = item.count;
    if (item.letter == 'S') {
      least = 1;
    } else if (item.count == 1 || (year && item.count != 2)) {
      const size_t reserved = Reserved(index);
      most = digits > reserved ? digits - reserved : 0;
      most = std::min<size_t>(most, year ? 10 : 19);
    }
    digits = std::min(digits, most);
    if (digits < least || digits == 0 || digits > 18) return false;
    int64_t value = 0;
    for (size_t i = 0; i < digits; ++i) value = value * 10 + (text_[at_ + i] - '0');
    if (year && item.count == 4 && digits > 4) return false;  // A longer one needs a sign.
    at_ += digits;
    if (year && item.count == 2) value += 2000;
    for (size_t i = digits; item.letter == 'S' && i < 6; ++i) value *= 10;
    for (size_t i = digits; item.letter == 'S' && i > 6; --i) value /= 10;
    char letter = item.letter == 'u' ? 'y' : item.letter;
    if (letter == 'L') letter = 'M';
    return Store(letter, value);
  }

  template <size_t n>
  bool ReadName(char letter, const std::array<std::string_view, n>& names, size_t count,
                int64_t first) {
    const std::string_view rest = text_.substr(at_);
    for (size_t i = 0; i < n; ++i) {
      const std::string_view name = count == 4 ? names[i] : names[i].substr(0, 3);
      if (!StartsIgnoringCase(rest, name)) continue;
      at_ += name.size();
      return Store(letter, static_cast<int64_t>(i) + first);
    }
    return false;
  }

  // "Z", "UTC", "GMT", "+01", "+0130", "+01:30"
  bool ReadZone(const TimePattern::Item& item) {
    std::string_view rest = text_.substr(at_);
    for (const std::string_view name : {"UTC", "GMT", "UT", "Z"}) {
      const bool zulu = name == "Z";
      if (zulu ? (item.letter != 'X' && item.letter != 'V')
               : (item.letter != 'V' && item.letter != 'z' && item.letter != 'O')) {
        continue;
      }
      if (!rest.starts_with(name)) continue;
      // "UTC+3" is one name.
      const std::string_view after = rest.substr(name.size());
      if (item.letter == 'V' && !after.empty() && (after[0] == '+' || after[0] == '-')) break;
      at_ += name.size();
      zone_ = UtcZone();
      return true;
    }
    if (item.letter == 'V' || item.letter == 'z') return ReadZoneId(rest);
    if (item.letter == 'O' && rest.starts_with("GMT")) {
      rest.remove_prefix(3);
      at_ += 3;
    }
    if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) return false;
    int64_t parts[2] = {0, 0};
    size_t used = 1;
    for (int64_t& part : parts) {
      if (used < rest.size() && rest[used] == ':') ++used;
      if (used + 1 >= rest.size() || !IsDigit(rest[used]) || !IsDigit(rest[used + 1])) break;
      part = (rest[used] - '0') * 10 + (rest[used + 1] - '0');
      used += 2;
    }
    if (used == 1) return false;
    const int64_t seconds = parts[0] * 3600 + parts[1] * 60;
    zone_ = std::make_shared<const TimeZone>(
        "offset", static_cast<int32_t>(rest[0] == '-' ? -seconds : seconds));
    at_ += used;
    return true;
  }

  // The longest name of a zone that `rest`, which is at the place, begins with.
  bool ReadZoneId(std::string_view rest) {
    size_t length = 0;
    while (length < rest.size() && IsOfZoneId(rest[length])) ++length;
    for (; length > 0; --length) {
      zone_ = zones_.Find(rest.substr(0, length));
      if (zone_ == nullptr) continue;
      at_ += length;
      return true;
    }
    return false;
  }

  static bool IsOfZoneId(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) ||
           std::string_view("/_+-:").find(c) != std::string_view::npos;
  }

  // A field that comes twice must say the same.
  bool Store(char letter, int64_t value) {
    auto& slot = values_[static_cast<size_t>(letter)];
    if (slot && *slot != value) return false;
    slot = value;
    return true;
  }
  std::optional<int64_t> Get(char letter) const { return values_[static_cast<size_t>(letter)]; }

  std::optional<int64_t> Hour() const {
    if (const auto hour = Get('H')) return *hour <= 23 ? hour : std::nullopt;
    if (const auto hour = Get('k'))
      return *hour >= 1 && *hour <= 24 ? std::optional(*hour % 24) : std::nullopt;
    const int64_t half = Get('a').value_or(0) * 12;
    if (const auto hour = Get('h')) {
      return *hour >= 1 && *hour <= 12 ? std::optional(*hour % 12 + half) : std::nullopt;
    }
    if (const auto hour = Get('K')) return *hour <= 11 ? std::optional(*hour + half) : std::nullopt;
    return 0;
  }

  std::optional<int64_t> Day() const {
    int64_t year = Get('y').value_or(1970);
    if (Get('G') == 0) year = 1 - year;
    if (const auto of_year = Get('D')) {
      const int64_t first = DaysSinceEpoch({year, 1, 1});
      const int64_t day = first + *of_year - 1;
      if (*of_year < 1 || day >= DaysSinceEpoch({year + 1, 1, 1})) return std::nullopt;
      // What else says the day must say the same.
      const CivilDay civil = CivilDayOf(day);
      if (Get('M').value_or(civil.month) != civil.month) return std::nullopt;
      if (Get('d').value_or(civil.day) != civil.day) return std::nullopt;
      return day;
    }
    const int64_t month = Get('M').value_or(1);
    const int64_t day = Get('d').value_or(1);
    if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    const CivilDay civil{year, static_cast<int>(month), static_cast<int>(day)};
    if (!IsValidDay(civil)) return std::nullopt;
    const int64_t days = DaysSinceEpoch(civil);
    const int64_t weekday = days + 3 - FloorDiv(days + 3, 7) * 7 + 1;
    if (Get('E') && *Get('E') != weekday) return std::nullopt;
    return days;
  }

  std::optional<int64_t> Resolve() const {
    const auto days = Day();
    const auto hour = Hour();
    const int64_t minute = Get('m').value_or(0);
    const int64_t second = Get('s').value_or(0);
    if (!days || !hour || minute > 59 || second > 59) return std::nullopt;
    const int64_t seconds = (*hour * 60 + minute) * 60 + second;
    int64_t micros = 0;
    if (__builtin_mul_overflow(*days, kMicrosPerDay, &micros)) return std::nullopt;
    return micros + seconds * kMicrosPerSecond + Get('S').value_or(0);
  }

  const std::vector<TimePattern::Item>& items_;
  std::string_view text_;
  size_t at_ = 0;
  std::array<std::optional<int64_t>, 128> values_;
  const TimeZones& zones_;
  TimeZonePtr zone_;
};

std::variant<ReadTime, TimeParseFailure> TimePattern::Parse(std::string_view text,
                                                            const TimeZones& zones) const {
  if (const char letter = OnlyWritten(); letter != 0) RaiseIllegal(letter, pattern_);
  return TimeTextReader(items_, text, zones).Run();
}

}  // namespace weir::engine
