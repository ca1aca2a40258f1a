#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/session/session_state.h"

// Settings of a session that are about Delta tables.
namespace weir::session {

struct DeltaSetting {
  enum class Type { kFlag, kCount, kBytes };
  std::string_view key;
  Type type;
  // What holds where nothing is set; "" where the table's properties say it.
  std::string_view otherwise;
};

inline constexpr const char* kRetentionCheck =
    "spark.databricks.delta.retentionDurationCheck.enabled";
inline constexpr const char* kVacuumLogging = "spark.databricks.delta.vacuum.logging.enabled";
inline constexpr const char* kZorderCheck =
    "spark.databricks.delta.optimize.zorder.checkStatsCollection.enabled";
inline constexpr const char* kAutoCompact = "spark.databricks.delta.autoCompact.enabled";
inline constexpr const char* kAutoCompactFiles = "spark.databricks.delta.autoCompact.minNumFiles";
inline constexpr const char* kAutoCompactBytes = "spark.databricks.delta.autoCompact.maxFileSize";

// Null: no setting of Delta's that weir knows. Any case.
const DeltaSetting* FindDeltaSetting(std::string_view key);
std::vector<std::string> DeltaSettingNames();
// Throws Error{kInvalid}.
void CheckDeltaSetting(const DeltaSetting& setting, const std::string& value);

// In force: what SET gave, or what holds otherwise; "" where the table says it. `key`: one of the
// above.
std::string DeltaSettingIn(const SessionState& state, std::string_view key);
bool IsDeltaFlagOn(const SessionState& state, std::string_view key);

}  // namespace weir::session
