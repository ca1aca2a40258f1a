#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/log.h"

namespace weir::delta {

// What a writer of a checkpoint tells in `_last_checkpoint` (PROTOCOL.md, "Last Checkpoint File
// Schema").
struct WrittenCheckpoint {
  Version version = 0;
  int64_t actions = 0;
  int64_t add_files = 0;
  int64_t bytes = 0;
  int parts = 1;
  // Of a v2 checkpoint: its name in the log folder, "" for others, its own size, its time, the
  // sidecars, and all its other actions as JSON.
  std::string v2_name;
  int64_t v2_bytes = 0;
  int64_t v2_millis = 0;
  std::vector<Sidecar> sidecars;
  std::vector<std::string> other_actions;
};

// With its checksum.
std::string LastCheckpointToJson(const WrittenCheckpoint& checkpoint);

// Nothing when it is spoilt or its checksum is not that of the rest: it is a hint.
std::optional<LastCheckpoint> LastCheckpointFromJson(std::string_view text);

// The form of a JSON object over which the checksum is taken (PROTOCOL.md, "JSON checksum"), and
// the checksum itself. Throws Error{kCorrupt} for what is no JSON object.
std::string CanonicalJson(std::string_view json);
std::string JsonChecksum(std::string_view json);

}  // namespace weir::delta
