#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weir/delta/actions.h"

namespace weir::delta {

// What the name of a file in a log folder says (PROTOCOL.md, "File Types").
struct LogName {
  enum class Kind { kCommit, kCheckpoint, kPart, kV2Checkpoint, kCompacted, kChecksum };
  Kind kind;
  Version version = 0;  // kCompacted: of the first commit.
  Version last = 0;     // kCompacted: of the last one.
  int part = 0;         // kPart: from 1.
  int parts = 0;        // kPart.
};

// Nothing for what is none of these: sub-folders, other programs' files.
std::optional<LogName> ParseLogName(std::string_view name);

// 20 digits.
std::string PaddedVersion(Version version);

constexpr std::string_view kSidecarFolder = "_sidecars/";

// The name that weir, as others, gives a sidecar: it starts with the version it was written for.
std::string SidecarName(Version version, int part, int parts);
// That version, of "_sidecars/..."; nothing when the name tells none.
std::optional<Version> SidecarVersion(std::string_view name);

}  // namespace weir::delta
