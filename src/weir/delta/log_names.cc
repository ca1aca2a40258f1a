#include "weir/delta/log_names.h"

#include <charconv>
#include <cstdio>

#include "weir/base/uuid.h"

namespace weir::delta {
namespace {

constexpr std::string_view kCheckpointMark = ".checkpoint.";

template <typename Integer>
bool ReadDigits(std::string_view text, size_t width, Integer& into) {
  if (text.size() != width) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && text[0] != '-';
}

// "n.checkpoint.", with what comes behind it in `rest`.
bool ReadCheckpointMark(std::string_view name, Version& version, std::string_view& rest) {
  if (name.size() < 20 + kCheckpointMark.size()) return false;
  if (!ReadDigits(name.substr(0, 20), 20, version)) return false;
  rest = name.substr(20);
  if (!rest.starts_with(kCheckpointMark)) return false;
  rest.remove_prefix(kCheckpointMark.size());
  return true;
}

std::optional<LogName> ParseCheckpointName(std::string_view name) {
  LogName parsed{LogName::Kind::kCheckpoint};
  std::string_view rest;
  if (!ReadCheckpointMark(name, parsed.version, rest)) return std::nullopt;
  if (rest == "parquet") return parsed;
  if (rest.size() == 29 && rest[10] == '.' && rest.ends_with(".parquet") &&
      ReadDigits(rest.substr(0, 10), 10, parsed.part) &&
      ReadDigits(rest.substr(11, 10), 10, parsed.parts) && parsed.part >= 1 &&
      parsed.part <= parsed.parts) {
    parsed.kind = LogName::Kind::kPart;
    return parsed;
  }
  // n.checkpoint.<uuid>.json or .parquet
  if (rest.size() > 36 && (rest.substr(36) == ".json" || rest.substr(36) == ".parquet")) {
    parsed.kind = LogName::Kind::kV2Checkpoint;
    return parsed;
  }
  return std::nullopt;
}

}  // namespace

std::optional<LogName> ParseLogName(std::string_view name) {
  LogName parsed{LogName::Kind::kCommit};
  if (name.size() < 24 || !ReadDigits(name.substr(0, 20), 20, parsed.version)) return std::nullopt;
  const std::string_view rest = name.substr(20);
  if (rest == ".json") return parsed;
  if (rest == ".crc") {
    parsed.kind = LogName::Kind::kChecksum;
    return parsed;
  }
  if (rest.size() == 36 && rest[0] == '.' && rest.ends_with(".compacted.json") &&
      ReadDigits(rest.substr(1, 20), 20, parsed.last) && parsed.last > parsed.version) {
    parsed.kind = LogName::Kind::kCompacted;
    return parsed;
  }
  return ParseCheckpointName(name);
}

std::string PaddedVersion(Version version) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%020lld", static_cast<long long>(version));
  return digits;
}

std::string SidecarName(Version version, int part, int parts) {
  char numbers[32];
  std::snprintf(numbers, sizeof(numbers), "%010d.%010d", part, parts);
  return PaddedVersion(version) + std::string(kCheckpointMark) + numbers + "." + NewUuid() +
         ".parquet";
}

std::optional<Version> SidecarVersion(std::string_view name) {
  if (!name.starts_with(kSidecarFolder)) return std::nullopt;
  Version version = 0;
  std::string_view rest;
  if (!ReadCheckpointMark(name.substr(kSidecarFolder.size()), version, rest)) return std::nullopt;
  return version;
}

}  // namespace weir::delta
