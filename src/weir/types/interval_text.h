#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "weir/types/calendar_interval.h"
#include "weir/types/data_type.h"

// Lengths of time as texts spell them.
namespace weir {

// What is wrong with a text: Spark's condition, as far as the text alone tells it, and a sentence.
struct BadInterval {
  std::string condition;
  std::string message;
};

// "1 year -2 days 0.5 seconds", perhaps after "interval". Units are years, months, weeks, days,
// hours, minutes, seconds, milliseconds and microseconds, with or without the s; only seconds have
// a fraction, of up to nine digits.
std::variant<CalendarInterval, BadInterval> ParseIntervalText(std::string_view text);

// '1-2' YEAR TO MONTH, '3 04:05:06.7' DAY TO SECOND, '5' DAY: months or microseconds. Only the
// field that comes first may be large.
std::variant<int64_t, BadInterval> ParseIntervalFields(std::string_view text, const DataType& type);

// What CAST(text AS INTERVAL ...) gives: of the fields alone, or of "INTERVAL '1-2' YEAR TO MONTH"
// with those of the type.
std::variant<int64_t, BadInterval> ParseIntervalAs(std::string_view text, const DataType& type);

// Months or microseconds as the literal of that type: "INTERVAL '1-2' YEAR TO MONTH".
std::string IntervalToString(int64_t amount, const DataType& type);

// How many months or microseconds one of a field is: 12 for kYear, 86'400'000'000 for kDay.
int64_t IntervalFieldSize(IntervalField field);

}  // namespace weir
