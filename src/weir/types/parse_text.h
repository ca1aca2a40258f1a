#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "weir/types/time_zone.h"
#include "weir/types/value.h"

// What a text spells in one type, by Spark's CAST(string AS ...) in ANSI mode; nothing when it
// spells none. White space and control characters around the text don't count. Fast: no allocation.
namespace weir {

std::string_view TrimAsCast(std::string_view text);

std::optional<bool> ParseBoolean(std::string_view text);
std::optional<int64_t> ParseLong(std::string_view text);
std::optional<float> ParseFloat(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);
// Rounded half up to the scale; nothing when it then does not fit the precision.
std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale);
// Days since 1970-01-01: "2013-1-1", "2013-01", "2013", and whatever follows a blank or 'T'.
std::optional<int64_t> ParseDate(std::string_view text);
// Microseconds since 1970-01-01T00:00:00Z. Without zone, UTC. Zones are 'Z', 'UTC', 'GMT', 'UT' and
// offsets ("+5", "-07:00", "GMT+1", "+05:30:15"); names of regions are not known here.
std::optional<int64_t> ParseTimestamp(std::string_view text);
// The same, where a text without zone means a time of `zone`, and `regions`, if there are any, know
// the names of others.
std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone,
                                      const TimeZones* regions = nullptr);
// A time as a text spells it: what the clock shows, and the zone that stands behind it.
struct ClockText {
  int64_t local = 0;          // Microseconds.
  std::string_view zone;      // Empty: none is named.
  std::optional<int64_t> at;  // Microseconds since the epoch, if the zone is none but an offset.
};
std::optional<ClockText> ParseClock(std::string_view text);
// The same for a wall clock: a zone is allowed and does not count.
std::optional<int64_t> ParseTimestampNtz(std::string_view text);
// Microseconds since midnight: "1:02:03.5", "01:02", "1:02:03 PM"; digits beyond `precision` of the
// second are cut off.
std::optional<int64_t> ParseTime(std::string_view text, int precision);
// `micros` with no more than that many digits of the second.
int64_t TruncateTime(int64_t micros, int precision);

}  // namespace weir
