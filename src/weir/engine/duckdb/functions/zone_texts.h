#pragma once

#include <string>

#include "weir/types/time_zone.h"

namespace weir::engine {

// In at least `width` digits, behind a minus sign below zero.
std::string PaddedDigits(int64_t value, size_t width);
// What X, x, Z, O, V and z write in a pattern of Java's, so often in a row, for a zone whose clocks
// are so many seconds ahead. Names of regions' times ("CEST") are not known: Raises.
std::string ZoneText(char letter, size_t count, const TimeZone& zone, int32_t offset);

}  // namespace weir::engine
