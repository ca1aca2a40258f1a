#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// A length of time whose months and days have no fixed length: Spark's type INTERVAL. Equal only to
// one of the same parts; it has no order.
struct CalendarInterval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t micros = 0;

  // "1 years 2 months -3 days 4 hours 0.5 seconds"; "0 seconds" when there is nothing.
  std::string ToString() const;
  // The sixteen bytes that a Value and the engine hold.
  std::string Encode() const;
  static CalendarInterval Decode(std::string_view bytes);
  bool operator==(const CalendarInterval& other) const = default;
};

// "1 year 2 months", "interval -3 days 0.5 seconds", in any case; nothing when the text spells
// none.
std::optional<CalendarInterval> ParseCalendarInterval(std::string_view text);

}  // namespace weir
