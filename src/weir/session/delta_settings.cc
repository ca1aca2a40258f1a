#include "weir/session/delta_settings.h"

#include <array>
#include <charconv>

#include "weir/base/check.h"
#include "weir/base/error.h"
#include "weir/delta/properties.h"
#include "weir/types/data_type.h"

namespace weir::session {
namespace {

using Type = DeltaSetting::Type;

constexpr std::array<DeltaSetting, 6> kDeltaSettings = {{
    {kRetentionCheck, Type::kFlag, "true"},
    {kVacuumLogging, Type::kFlag, "true"},
    {kZorderCheck, Type::kFlag, "true"},
    {kAutoCompact, Type::kFlag, ""},
    {kAutoCompactFiles, Type::kCount, "50"},
    {kAutoCompactBytes, Type::kBytes, "134217728"},
}};

bool FitsDeltaSetting(Type type, const std::string& value) {
  const std::string lower = LowerName(value);
  if (type == Type::kFlag) return lower == "true" || lower == "false";
  if (type == Type::kBytes) return delta::ParseBytes(value).value_or(0) > 0;
  int64_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  return error == std::errc() && end == value.data() + value.size() && count > 0;
}

}  // namespace

const DeltaSetting* FindDeltaSetting(std::string_view key) {
  const std::string lower = LowerName(key);
  for (const DeltaSetting& setting : kDeltaSettings) {
    if (LowerName(setting.key) == lower) return &setting;
  }
  return nullptr;
}

std::vector<std::string> DeltaSettingNames() {
  std::vector<std::string> names;
  for (const DeltaSetting& setting : kDeltaSettings) names.emplace_back(setting.key);
  return names;
}

void CheckDeltaSetting(const DeltaSetting& setting, const std::string& value) {
  if (FitsDeltaSetting(setting.type, value)) return;
  static constexpr const char* kWanted[] = {"true or false", "a whole number above 0",
                                            "a size like '128mb'"};
  throw Error(ErrorCode::kInvalid, "`" + std::string(setting.key) + "` is " +
                                       kWanted[static_cast<size_t>(setting.type)] + ", not '" +
                                       value + "'")
      .WithCondition("INVALID_CONF_VALUE.TYPE_MISMATCH");
}

std::string DeltaSettingIn(const SessionState& state, std::string_view key) {
  const std::string lower = LowerName(key);
  for (const auto& [name, value] : state.settings()) {
    if (LowerName(name) == lower) return value;
  }
  const DeltaSetting* const setting = FindDeltaSetting(key);
  WEIR_CHECK(setting != nullptr);
  return std::string(setting->otherwise);
}

bool IsDeltaFlagOn(const SessionState& state, std::string_view key) {
  return LowerName(DeltaSettingIn(state, key)) == "true";
}

}  // namespace weir::session
