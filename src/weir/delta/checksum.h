#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/delta/apply.h"

namespace weir::delta {

// What a `.crc` file says of a version (PROTOCOL.md, "Version Checksum File").
struct VersionChecksum {
  std::string txn_id;  // "" where it tells none.
  int64_t files = 0;
  int64_t bytes = 0;
  std::optional<int64_t> in_commit_timestamp;
  std::optional<std::vector<SetTransaction>> transactions;  // Nothing: the log tells.
  std::vector<DomainMetadata> domains;
  Metadata metadata;
  Protocol protocol;
};

std::string ChecksumToJson(const VersionChecksum& checksum);

// Nothing for what is spoilt or lacks a required member: a log is whole without.
std::optional<VersionChecksum> ChecksumFromJson(std::string_view text);

// What `state` differs in: "3 files where the checksum says 4". Nothing when they agree, and when
// the checksum is that of another commit than the state's last.
std::optional<std::string> Disagreement(const VersionChecksum& checksum, const TableState& state);

}  // namespace weir::delta
