#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/types/interval_text.h"
#include "weir/types/value.h"

// Lengths of time as SQL writes them.
namespace weir::sql {

// "year" for YEAR and YEARS, "microsecond" for MICROSECONDS; nothing for words that are no unit.
std::optional<std::string_view> IntervalUnit(std::string_view word);
// The field of that singular word: DAY also for "week", SECOND for parts of seconds.
IntervalField FieldOfUnit(std::string_view unit);

using IntervalResult = std::variant<Value, BadInterval>;

// INTERVAL 3 DAYS 4 HOURS: `text` is what stands after the word, `units` its units by IntervalUnit.
// The fields of the type are the largest and the smallest of them.
IntervalResult IntervalOfUnits(std::string_view text, const std::vector<std::string_view>& units);
// INTERVAL '1 year 2 months': the words in the text.
IntervalResult IntervalOfText(std::string_view text);
// INTERVAL '1-2' YEAR TO MONTH.
IntervalResult IntervalOfFields(std::string_view text, IntervalField from, IntervalField to);

}  // namespace weir::sql
