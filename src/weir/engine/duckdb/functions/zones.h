#pragma once

#include "weir/types/time_zone.h"

namespace weir::engine {

// The zones that the engine's time zone data knows.
const TimeZones& EngineZones();

}  // namespace weir::engine
