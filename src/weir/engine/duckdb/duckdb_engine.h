#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "weir/engine/engine.h"

namespace weir::engine {

struct EngineOptions {
  std::optional<int> threads;                 // Nothing: one for each core.
  std::optional<int64_t> memory_limit_bytes;  // Nothing: 60 % of the machine's.
  std::string temp_folder;  // Where large work spills to; "": it does not, and fails instead.
};

// The engine in this process. Opens nothing before the first statement. Statements of one engine
// share its threads and memory; one with a memory limit of its own gets an instance of its own.
std::unique_ptr<Engine> MakeDuckdbEngine(EngineOptions options);

// Those of every engine, for callers that have none yet.
const TimeZones& EngineTimeZones();

// Of the library that is loaded: "v1.5.5".
std::string DuckdbVersion();

}  // namespace weir::engine
