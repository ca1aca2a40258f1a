#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// The clocks of one place: how far they are ahead of UTC, at every moment. Moments are microseconds
// since 1970-01-01T00:00:00Z; a reading of the clock is counted the same way, as if it stood in
// UTC. Immutable.
class TimeZone {
 public:
  // From `at` on, clocks are `offset` ahead; both in seconds.
  struct Change {
    int64_t at;
    int32_t offset;
  };
  // Up to where the changes of a zone must be given: the calendar repeats after 400 years, and so
  // do the rules for summer time, which have no end.
  static constexpr int64_t kCycle = int64_t{146'097} * 86'400;
  static constexpr int64_t kRepeatsFrom = 4'133'980'800;  // 2101-01-01
  static constexpr int64_t kNeededUntil = kRepeatsFrom + kCycle;

  TimeZone(std::string name, int32_t offset);
  // `offset` holds before the first change; the changes are in order.
  TimeZone(std::string name, int32_t offset, std::vector<Change> changes);

  // As it was named: "Europe/Berlin", "+01:00".
  const std::string& name() const { return name_; }
  // Whether clocks are those of UTC, always.
  bool IsUtc() const { return changes_.empty() && first_offset_ == 0; }

  int32_t OffsetAt(int64_t instant) const;  // Seconds.
  // What clocks show. Beyond the range of 64 bits: its end.
  int64_t ToLocal(int64_t instant) const;
  // The moment that clocks show this. What they leave out in spring counts as if they had not been
  // moved yet (02:30 is 03:30); of what they show twice in autumn it is the first.
  int64_t ToInstant(int64_t local) const;
  // The same, but of what is shown twice the one with the offset that `like` has.
  int64_t ToInstant(int64_t local, int64_t like) const;
  // The first moment of a day, also where clocks leave out midnight. `midnight`: its 00:00.
  int64_t StartOfDay(int64_t midnight) const;

 private:
  // Of the change that was the last before `seconds`, counted by `keys`; -1: before all of them.
  static ptrdiff_t Before(const std::vector<int64_t>& keys, int64_t seconds);
  ptrdiff_t LocalPosition(int64_t local_seconds) const;
  int32_t OffsetOf(ptrdiff_t position) const {
    return position < 0 ? first_offset_ : changes_[static_cast<size_t>(position)].offset;
  }

  std::string name_;
  int32_t first_offset_ = 0;
  std::vector<Change> changes_;
  std::vector<int64_t> instants_;  // Of the changes.
  std::vector<int64_t> locals_;    // What the clocks show when a change is over for certain.
};
using TimeZonePtr = std::shared_ptr<const TimeZone>;

const TimeZonePtr& UtcZone();

// Zones by their names, as Spark takes them: 'Z', 'UTC', offsets ("+1", "+01:30", "-01:30:15",
// "UTC+3", "GMT-7") and regions ("Europe/Berlin"), whose letters' case counts. Safe from many
// threads.
class TimeZones {
 public:
  virtual ~TimeZones() = default;
  // Null: there is none of that name.
  TimeZonePtr Find(std::string_view name) const;
  // All regions, for suggestions.
  virtual std::vector<std::string> RegionNames() const = 0;

 private:
  virtual TimeZonePtr FindRegion(std::string_view name) const = 0;
};

// The zone of an offset, with or without "UTC", "GMT" or "UT" before it; null for other names.
TimeZonePtr FixedZone(std::string_view name);
// "+01:00", "-01:30:15", "Z".
std::string OffsetToString(int32_t seconds);

}  // namespace weir
