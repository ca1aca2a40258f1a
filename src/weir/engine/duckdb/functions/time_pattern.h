#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/types/time_zone.h"

namespace weir::engine {

// What a text failed at: "Text 'x' could not be parsed at index 0".
struct TimeParseFailure {
  size_t at = 0;
};

// What a clock showed, and the zone that the text named for it; null: none.
struct ReadTime {
  int64_t local = 0;
  TimeZonePtr zone;
};

// A pattern of Spark's date_format and to_timestamp ("yyyy-MM-dd HH:mm:ss"), in English. Letters
// that Spark has and this has not are refused by name, as are those that Spark refuses. Immutable
// once made.
class TimePattern {
 public:
  explicit TimePattern(std::string_view pattern);

  // As clocks of `zone` show it. Names of zones ("CEST") are refused by name: they are not known.
  std::string Format(int64_t micros_since_epoch, const TimeZone& zone) const;
  // What the pattern leaves open is that of 1970-01-01 00:00:00.
  std::variant<ReadTime, TimeParseFailure> Parse(std::string_view text,
                                                 const TimeZones& zones) const;

 private:
  struct Item {
    char letter = 0;  // 0: literal text.
    size_t count = 0;
    std::string literal;
    bool optional_begin = false;
    bool optional_end = false;
  };
  friend class TimeTextReader;

  // A letter that texts are written by, but not read; 0: there is none.
  char OnlyWritten() const;

  std::string pattern_;
  std::vector<Item> items_;
};

}  // namespace weir::engine
