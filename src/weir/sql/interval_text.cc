#include "weir/sql/interval_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "weir/base/ascii.h"
#include "weir/sql/lexer.h"
#include "weir/types/civil_time.h"

namespace weir::sql {
namespace {

constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

struct NamedUnit {
  std::string_view name;
  IntervalField field;
  int64_t months;
  int64_t micros;
};
constexpr NamedUnit kNamedUnits[] = {
    {"year", IntervalField::kYear, 12, 0},
    {"month", IntervalField::kMonth, 1, 0},
    {"week", IntervalField::kDay, 0, 7 * kMicrosPerDay},
    {"day", IntervalField::kDay, 0, kMicrosPerDay},
    {"hour", IntervalField::kHour, 0, kMicrosPerHour},
    {"minute", IntervalField::kMinute, 0, kMicrosPerMinute},
    {"second", IntervalField::kSecond, 0, kMicrosPerSecond},
    {"millisecond", IntervalField::kSecond, 0, 1000},
    {"microsecond", IntervalField::kSecond, 0, 1},
    {"nanosecond", IntervalField::kSecond, 0, 0},  // A thousandth of a microsecond.
};

const NamedUnit& FindUnit(std::string_view name) {
  for (const NamedUnit& unit : kNamedUnits) {
    if (unit.name == name) return unit;
  }
  return kNamedUnits[0];
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

// Takes digits off the front of `text`; nothing when there are none or more than 18.
std::optional<int64_t> TakeNumber(std::string_view& text) {
  size_t length = 0;
  int64_t number = 0;
  while (length < text.size() && IsDigit(text[length])) {
    if (length == 18) return std::nullopt;
    number = number * 10 + (text[length++] - '0');
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// The digits after the dot of a second as microseconds; up to nine of them, more precise than a
// microsecond is cut off.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  size_t length = 0;
  int64_t micros = 0;
  int64_t scale = kMicrosPerSecond;
  while (length < text.size() && IsDigit(text[length])) {
    if (length == 9) return std::nullopt;
    scale /= 10;
    micros += (text[length++] - '0') * scale;
  }
  text.remove_prefix(length);
  return micros;
}

std::string FieldsText(IntervalField first, IntervalField last) {
  std::string text(IntervalFieldName(first));
  if (first != last) text += " TO " + std::string(IntervalFieldName(last));
  return text;
}

BadInterval Bad(std::string_view text, std::string_view form) {
  return {"'" + std::string(text) + "' is not an interval of the form " + std::string(form) + "."};
}

IntervalResult ParseYearMonth(std::string_view text, bool negative) {
  std::string_view rest = Trim(text);
  if (Take(rest, '-')) {
    negative = !negative;
  } else {
    Take(rest, '+');
  }
  const std::optional<int64_t> years = TakeNumber(rest);
  const bool dash = years && Take(rest, '-');
  const std::optional<int64_t> months = dash ? TakeNumber(rest) : std::nullopt;
  if (!months || !rest.empty() || *months > 11) return Bad(text, "'years-months'");
  IntervalSum sum;
  if (!sum.Add(std::to_string(*years), "year", negative) ||
      !sum.Add(std::to_string(*months), "month", negative)) {
    return BadInterval{"The interval '" + std::string(text) + "' is too long."};
  }
  return sum.Result();
}

std::string_view RangeForm(IntervalField from, IntervalField to) {
  static constexpr std::array<std::string_view, 6> kForms = {
      "'days hours'",    "'days hours:minutes'",    "'days hours:minutes:seconds'",
      "'hours:minutes'", "'hours:minutes:seconds'", "'minutes:seconds'"};
  if (from == IntervalField::kDay) {
    return kForms[static_cast<size_t>(to) - static_cast<size_t>(IntervalField::kHour)];
  }
  if (from == IntervalField::kMinute) return kForms[5];
  return to == IntervalField::kMinute ? kForms[3] : kForms[4];
}

std::string TwoDigits(int64_t number) {
  return number < 10 ? "0" + std::to_string(number) : std::to_string(number);
}

std::string DayTimeText(uint64_t micros, IntervalField from, IntervalField to) {
  std::string text;
  std::string_view separator;
  for (IntervalField field = from; field <= to;
       field = static_cast<IntervalField>(static_cast<int>(field) + 1)) {
    const NamedUnit& unit =
        *std::find_if(std::begin(kNamedUnits), std::end(kNamedUnits),
                      [&](const NamedUnit& u) { return u.field == field && u.name != "week"; });
    const auto size = static_cast<uint64_t>(unit.micros);
    const auto amount = static_cast<int64_t>(micros / size);
    micros %= size;
    text += separator;
    text += field == from ? std::to_string(amount) : TwoDigits(amount);
    separator = field == IntervalField::kDay ? " " : ":";
  }
  if (micros > 0 && to == IntervalField::kSecond) {
    std::string fraction = std::to_string(micros);
    fraction.insert(0, 6 - fraction.size(), '0');
    while (fraction.back() == '0') fraction.pop_back();
    text += "." + fraction;
  }
  return text;
}

std::optional<std::pair<IntervalField, IntervalField>> FieldsOf(std::string_view fields) {
  const auto find = [](std::string_view name) -> std::optional<IntervalField> {
    for (int i = 0; i <= static_cast<int>(IntervalField::kSecond); ++i) {
      if (IntervalFieldName(static_cast<IntervalField>(i)) == name) {
        return static_cast<IntervalField>(i);
      }
    }
    return std::nullopt;
  };
  const size_t to = fields.find(" TO ");
  const auto first = find(fields.substr(0, to));
  const auto last = to == std::string_view::npos ? first : find(fields.substr(to + 4));
  if (!first || !last) return std::nullopt;
  return std::pair(*first, *last);
}

}  // namespace

std::optional<std::string_view> IntervalUnit(std::string_view word) {
  const std::string lower = LowerName(word);
  std::string_view name = lower;
  for (const NamedUnit& unit : kNamedUnits) {
    if (name == unit.name) return unit.name;
    if (name.size() == unit.name.size() + 1 && name.back() == 's' && name.starts_with(unit.name)) {
      return unit.name;
    }
  }
  return std::nullopt;
}

IntervalField FieldOfUnit(std::string_view unit) { return FindUnit(unit).field; }

std::string_view IntervalFieldName(IntervalField field) {
  static constexpr std::array<std::string_view, 6> kNames = {"YEAR", "MONTH",  "DAY",
                                                             "HOUR", "MINUTE", "SECOND"};
  return kNames[static_cast<size_t>(field)];
}

bool IntervalSum::AddMicros(Int128 micros) {
  micros_ += micros;
  return micros_ >= std::numeric_limits<int64_t>::min() &&
         micros_ <= std::numeric_limits<int64_t>::max();
}

bool IntervalSum::Add(std::string_view amount, std::string_view unit_name, bool negative) {
  const NamedUnit& unit = FindUnit(unit_name);
  std::string_view rest = Trim(amount);
  if (Take(rest, '-')) {
    negative = !negative;
  } else {
    Take(rest, '+');
  }
  rest = Trim(rest);
  const bool only_fraction = rest.starts_with('.');
  const std::optional<int64_t> whole = only_fraction ? 0 : TakeNumber(rest);
  if (!whole) return false;
  int64_t fraction = 0;
  if (Take(rest, '.')) {
    if (unit.name != "second" || (only_fraction && rest.empty())) return false;
    const std::optional<int64_t> micros = TakeFraction(rest);
    if (!micros) return false;
    fraction = *micros;
  }
  if (!rest.empty()) return false;

  const bool is_months = unit.months != 0;
  if (first_ && (*first_ <= IntervalField::kMonth) != is_months) mixed_ = true;
  first_ = first_ ? std::min(*first_, unit.field) : unit.field;
  last_ = last_ ? std::max(*last_, unit.field) : unit.field;
  const Int128 sign = negative ? -1 : 1;
  if (is_months) {
    months_ += sign * *whole * unit.months;
    return months_ >= std::numeric_limits<int32_t>::min() &&
           months_ <= std::numeric_limits<int32_t>::max();
  }
  if (unit.name == "nanosecond") return AddMicros(sign * (*whole / 1000));
  return AddMicros(sign * (Int128{*whole} * unit.micros + fraction));
}

IntervalResult IntervalSum::Result() const {
  if (!first_) return BadInterval{"The interval is empty."};
  if (mixed_) {
    return BadInterval{"Cannot mix year-month and day-time fields in one interval."};
  }
  const bool is_months = *first_ <= IntervalField::kMonth;
  return ParsedInterval{Value(is_months ? TypeId::kYearMonthInterval : TypeId::kDayTimeInterval,
                              static_cast<int64_t>(is_months ? months_ : micros_)),
                        FieldsText(*first_, *last_)};
}

IntervalResult ParseIntervalWords(std::string_view text) {
  std::vector<std::string_view> words;
  std::string_view rest = Trim(text);
  while (!rest.empty()) {
    size_t length = 0;
    while (length < rest.size() && !IsSpace(rest[length])) ++length;
    words.push_back(rest.substr(0, length));
    rest = Trim(rest.substr(length));
  }
  const size_t first = !words.empty() && LowerName(words[0]) == "interval" ? 1 : 0;
  IntervalSum sum;
  const BadInterval bad = Bad(text, "'1 day 2 hours'");
  if (words.size() == first) return bad;
  for (size_t i = first; i < words.size(); i += 2) {
    std::string amount(words[i]);
    // A sign may stand apart from its number.
    if ((amount == "-" || amount == "+") && i + 1 < words.size()) amount += words[++i];
    if (i + 1 >= words.size()) return bad;
    const std::optional<std::string_view> unit = IntervalUnit(words[i + 1]);
    if (!unit || !sum.Add(amount, *unit, /*negative=*/false)) return bad;
  }
  return sum.Result();
}

IntervalResult ParseIntervalRange(std::string_view text, IntervalField from, IntervalField to,
                                  bool negative) {
  if (from == IntervalField::kYear) return ParseYearMonth(text, negative);
  const std::string_view form = RangeForm(from, to);
  std::string_view rest = Trim(text);
  if (Take(rest, '-')) {
    negative = !negative;
  } else {
    Take(rest, '+');
  }
  Int128 total = 0;
  for (int i = static_cast<int>(from); i <= static_cast<int>(to); ++i) {
    const auto field = static_cast<IntervalField>(i);
    if (field != from) {
      const bool after_day = field == IntervalField::kHour;
      if (!Take(rest, after_day ? ' ' : ':')) return Bad(text, form);
      if (after_day) rest = Trim(rest);
    }
    const std::optional<int64_t> amount = TakeNumber(rest);
    const int64_t limit = field == IntervalField::kHour ? 23 : 59;
    if (!amount || (field != from && *amount > limit)) return Bad(text, form);
    total += Int128{*amount} * FindUnit(LowerName(IntervalFieldName(field))).micros;
  }
  if (to == IntervalField::kSecond && Take(rest, '.')) {
    const std::optional<int64_t> fraction = TakeFraction(rest);
    if (!fraction) return Bad(text, form);
    total += *fraction;
  }
  if (!rest.empty()) return Bad(text, form);
  if (negative) total = -total;
  if (total < std::numeric_limits<int64_t>::min() || total > std::numeric_limits<int64_t>::max()) {
    return BadInterval{"The interval '" + std::string(text) + "' is too long."};
  }
  return ParsedInterval{Value(TypeId::kDayTimeInterval, static_cast<int64_t>(total)),
                        FieldsText(from, to)};
}

std::string IntervalToSql(const Value& value, std::string_view fields) {
  const bool is_months = value.type().id() == TypeId::kYearMonthInterval;
  const int64_t amount = value.integer();
  const uint64_t size =
      amount < 0 ? ~static_cast<uint64_t>(amount) + 1 : static_cast<uint64_t>(amount);
  auto range = FieldsOf(fields);
  if (!range || (range->first <= IntervalField::kMonth) != is_months) {
    range = is_months ? std::pair(IntervalField::kYear, IntervalField::kMonth)
                      : std::pair(IntervalField::kDay, IntervalField::kSecond);
  }
  std::string text = amount < 0 ? "-" : "";
  if (!is_months) {
    text += DayTimeText(size, range->first, range->second);
  } else if (range->first == range->second) {
    text += std::to_string(range->first == IntervalField::kYear ? size / 12 : size);
  } else {
    text += std::to_string(size / 12) + "-" + std::to_string(size % 12);
  }
  return "INTERVAL '" + text + "' " + FieldsText(range->first, range->second);
}

}  // namespace weir::sql
