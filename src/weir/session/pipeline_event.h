#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weir/base/clock.h"

namespace weir::session {

// What happened in an update of a pipeline: a row of its event log (docs/formats/event_log.md).
struct PipelineEvent {
  enum class Level { kInfo, kWarn, kError, kMetrics };
  struct Failure {
    bool fatal = false;      // Of the whole update.
    std::string class_name;  // The condition, else the code.
    std::string message;
  };

  std::string id;
  int64_t sequence = 0;  // Within its update.
  Instant timestamp;
  std::string event_type;  // "flow_progress", ...
  std::string message;
  std::string details;  // A JSON object whose one member is called as the type.
  Level level = Level::kInfo;
  std::string dataset = {};  // "" where it is not about one.
  std::string flow = {};
  std::optional<Failure> error = {};
};

}  // namespace weir::session
