#include "weir/engine/duckdb/functions/zones.h"

#include <unicode/basictz.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

namespace weir::engine {

namespace {

constexpr double kMillisPerSecond = 1'000;
constexpr double kFirstMillis = -1e17;  // Before any clock.

// Names that ICU has and Java has not.
bool IsForeign(std::string_view name) {
  return name == "ROC" || name == "Factory" || name == "US/Pacific-New" ||
         name == "Canada/East-Saskatchewan" || name == "Etc/Unknown";
}

int32_t OffsetAt(const icu::TimeZone& zone, double millis) {
  int32_t raw = 0;
  int32_t summer = 0;
  UErrorCode status = U_ZERO_ERROR;
  zone.getOffset(millis, /*local=*/0, raw, summer, status);
  return (raw + summer) / static_cast<int32_t>(kMillisPerSecond);
}

// Its changes as the table of weir's class; what changes only a name is none.
TimeZonePtr Tabulated(std::string name, const icu::BasicTimeZone& zone) {
  const int32_t first = OffsetAt(zone, kFirstMillis);
  std::vector<TimeZone::Change> changes;
  int32_t before = first;
  icu::TimeZoneTransition next;
  for (double at = kFirstMillis; zone.getNextTransition(at, /*inclusive=*/0, next) != 0;) {
    at = next.getTime();
    const auto seconds = static_cast<int64_t>(at / kMillisPerSecond);
    if (seconds > TimeZone::kNeededUntil) break;
    const int32_t offset = OffsetAt(zone, at);
    if (offset != before) changes.push_back({seconds, offset});
    before = offset;
  }
  return std::make_shared<const TimeZone>(std::move(name), first, std::move(changes));
}

class IcuZones final : public TimeZones {
 public:
  IcuZones() {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::StringEnumeration> ids(icu::TimeZone::createEnumeration());
    while (const icu::UnicodeString* const id = ids->snext(status)) {
      std::string name;
      id->toUTF8String(name);
      if (!IsForeign(name)) names_.push_back(std::move(name));
    }
    std::sort(names_.begin(), names_.end());
  }

  std::vector<std::string> RegionNames() const override { return names_; }

 private:
  TimeZonePtr FindRegion(std::string_view name) const override {
    if (!std::binary_search(names_.begin(), names_.end(), name)) return nullptr;
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(name);
    if (found != known_.end()) return found->second;
    const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(
        icu::UnicodeString::fromUTF8({name.data(), static_cast<int32_t>(name.size())})));
    const auto* const basic = dynamic_cast<const icu::BasicTimeZone*>(zone.get());
    if (basic == nullptr) return nullptr;
    return known_.emplace(name, Tabulated(std::string(name), *basic)).first->second;
  }

  std::vector<std::string> names_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, TimeZonePtr, std::less<>> known_;
};

}  // namespace

const TimeZones& EngineZones() {
  static const IcuZones zones;
  return zones;
}

}  // namespace weir::engine
