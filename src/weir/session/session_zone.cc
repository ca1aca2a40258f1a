#include "weir/session/session_zone.h"

#include <algorithm>

#include "weir/base/edit_distance.h"
#include "weir/base/error.h"
#include "weir/types/data_type.h"

namespace weir::session {

namespace {

// Regions that were meant, perhaps: in another case, or the city alone.
std::string Near(const TimeZones& zones, const std::string& name) {
  constexpr size_t kMost = 3;
  const std::string lower = LowerName(name);
  std::vector<std::pair<size_t, std::string>> found;
  for (const std::string& region : zones.RegionNames()) {
    const std::string known = LowerName(region);
    const bool city = !lower.empty() && known.ends_with("/" + lower);
    const size_t distance = city ? 1 : EditDistance(lower, known);
    if (distance <= 2) found.emplace_back(distance, region);
  }
  std::stable_sort(found.begin(), found.end());
  std::string text;
  for (size_t i = 0; i < std::min(found.size(), kMost); ++i) {
    text += (i == 0 ? "; did you mean " : ", ") + found[i].second;
  }
  return text.empty() ? "" : text + "?";
}

}  // namespace

TimeZonePtr ZoneNamed(const Services& services, const std::string& name) {
  const TimeZones& zones = services.engine.time_zones();
  TimeZonePtr zone = zones.Find(name);
  if (zone != nullptr) return zone;
  throw Error(ErrorCode::kInvalid,
              "there is no time zone '" + name +
                  "': a region such as Europe/Berlin is expected, or an offset such as +01:00, up "
                  "to 18 hours" +
                  Near(zones, name))
      .WithCondition("INVALID_CONF_VALUE.TIME_ZONE");
}

void PutViewZone(sql::Properties& properties, const TimeZone& zone) {
  properties.erase(kViewZoneProperty);
  if (!zone.IsUtc()) properties[kViewZoneProperty] = zone.name();
}

TimeZonePtr ViewZoneOf(const Services& services, const sql::Properties& properties) {
  const auto found = properties.find(kViewZoneProperty);
  return found == properties.end() ? UtcZone() : ZoneNamed(services, found->second);
}

}  // namespace weir::session
