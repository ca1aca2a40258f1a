#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "weir/delta/actions.h"

// The numbers that a table has given out, as its metadata keeps them.
namespace weir::session {

// The metadata after a write that gave out numbers: `last` is the last one of each column.
delta::Metadata WithLastNumbers(delta::Metadata metadata,
                                const std::map<std::string, int64_t>& last);

// Metadata that a table had before, to be its own again: numbers that were given out since are not
// given out a second time.
delta::Metadata WithNumbersOf(delta::Metadata restored, const delta::Metadata& now);

}  // namespace weir::session
