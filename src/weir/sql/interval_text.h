#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "weir/types/value.h"

// Lengths of time as SQL writes them.
namespace weir::sql {

enum class IntervalField { kYear, kMonth, kDay, kHour, kMinute, kSecond };

// "year" for YEAR and YEARS, "microsecond" for MICROSECONDS; nothing for words that are no unit.
std::optional<std::string_view> IntervalUnit(std::string_view word);
// The field of that singular word: DAY also for "week", SECOND for parts of seconds.
IntervalField FieldOfUnit(std::string_view unit);
std::string_view IntervalFieldName(IntervalField field);  // "DAY"

struct BadInterval {
  std::string message;
};
struct ParsedInterval {
  Value value;
  std::string fields;  // "DAY", "HOUR TO SECOND"
};
using IntervalResult = std::variant<ParsedInterval, BadInterval>;

// Sums amounts of units: INTERVAL 3 DAYS 4 HOURS.
class IntervalSum {
 public:
  // `amount` is a number with sign, perhaps in white space; a fraction only for seconds. False when
  // it is no such number or the sum grows too large.
  bool Add(std::string_view amount, std::string_view unit, bool negative);
  IntervalResult Result() const;

 private:
  bool AddMicros(Int128 micros);

  Int128 months_ = 0;
  Int128 micros_ = 0;
  std::optional<IntervalField> first_;
  std::optional<IntervalField> last_;
  bool mixed_ = false;
};

// "1 year 2 months", "interval 3 days".
IntervalResult ParseIntervalWords(std::string_view text);
// '1-2' YEAR TO MONTH, '3 04:05:06.7' DAY TO SECOND.
IntervalResult ParseIntervalRange(std::string_view text, IntervalField from, IntervalField to,
                                  bool negative);
// The literal that gives `value`: "INTERVAL '1-2' YEAR TO MONTH". `fields` as in LiteralExpr; empty
// picks the widest.
std::string IntervalToSql(const Value& value, std::string_view fields);

}  // namespace weir::sql
