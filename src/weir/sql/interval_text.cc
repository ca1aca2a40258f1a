#include "weir/sql/interval_text.h"

#include <algorithm>
#include <cstdint>

namespace weir::sql {
namespace {

struct NamedUnit {
  std::string_view name;
  IntervalField field;
};
constexpr NamedUnit kNamedUnits[] = {
    {"year", IntervalField::kYear},
    {"month", IntervalField::kMonth},
    {"week", IntervalField::kDay},
    {"day", IntervalField::kDay},
    {"hour", IntervalField::kHour},
    {"minute", IntervalField::kMinute},
    {"second", IntervalField::kSecond},
    {"millisecond", IntervalField::kSecond},
    {"microsecond", IntervalField::kSecond},
    {"nanosecond", IntervalField::kSecond},  // Named to say that there is none.
};

bool IsJavaSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::vector<std::string_view> IntervalWords(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin;
    while (end < text.size() && !IsJavaSpace(text[end])) ++end;
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

IntervalResult Sum(const CalendarInterval& sum, IntervalField first, IntervalField last,
                   std::string_view text) {
  const bool months = first <= IntervalField::kMonth;
  if (months != (last <= IntervalField::kMonth)) {
    return BadInterval{"_LEGACY_ERROR_TEMP_0029",
                       "Cannot mix year-month and day-time fields: " + std::string(text) + "."};
  }
  const DataType type = DataType::Interval(first, last);
  if (months) return Value(type, int64_t{sum.months});
  int64_t micros = 0;
  if (__builtin_mul_overflow(int64_t{sum.days}, IntervalFieldSize(IntervalField::kDay), &micros) ||
      __builtin_add_overflow(micros, sum.micros, &micros)) {
    return BadInterval{
        "INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION",
        "Integer overflow while operating with intervals: " + std::string(text) + "."};
  }
  return Value(type, micros);
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

IntervalField FieldOfUnit(std::string_view unit) {
  for (const NamedUnit& known : kNamedUnits) {
    if (known.name == unit) return known.field;
  }
  return IntervalField::kYear;
}

IntervalResult IntervalOfUnits(std::string_view text, const std::vector<std::string_view>& units) {
  auto parsed = ParseIntervalText(text);
  if (auto* const bad = std::get_if<BadInterval>(&parsed)) return std::move(*bad);
  std::optional<IntervalField> first;
  std::optional<IntervalField> last;
  for (const std::string_view unit : units) {
    const IntervalField field = FieldOfUnit(unit);
    first = first ? std::min(*first, field) : field;
    last = last ? std::max(*last, field) : field;
  }
  // A text that spells an interval names a unit.
  return Sum(std::get<CalendarInterval>(parsed), first.value_or(IntervalField::kDay),
             last.value_or(IntervalField::kSecond), text);
}

IntervalResult IntervalOfText(std::string_view text) {
  auto parsed = ParseIntervalText(text);
  if (auto* const bad = std::get_if<BadInterval>(&parsed)) {
    bad->condition = "INVALID_TYPED_LITERAL";
    return std::move(*bad);
  }
  std::vector<std::string_view> units;
  for (const std::string_view word : IntervalWords(text)) {
    if (const auto unit = IntervalUnit(word)) units.push_back(*unit);
  }
  return IntervalOfUnits(text, units);
}

IntervalResult IntervalOfFields(std::string_view text, IntervalField from, IntervalField to) {
  const DataType type = DataType::Interval(from, to);
  auto parsed = ParseIntervalFields(text, type);
  if (auto* const bad = std::get_if<BadInterval>(&parsed)) return std::move(*bad);
  return Value(type, std::get<int64_t>(parsed));
}

}  // namespace weir::sql
