#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weir/base/json.h"

// What a refresh of a materialised view may cost: few numbers, and how far they were off before.
namespace weir::session {

enum class RefreshWay { kFull, kIncremental };

// What a refresh has to do with.
struct RefreshWork {
  int64_t input_rows = 0;    // Of all inputs.
  int64_t changed_rows = 0;  // Of them, that came or went.
  int64_t view_rows = 0;
  bool looks_up = true;      // Rows that go are looked for among the view's.
  bool reads_inputs = true;  // More than what changed: joins and groups.
};

// How long refreshes of one view took, as a share of what was estimated; 1 where nothing is known.
// Kept in the commits of the view, in the member kRefreshMember of commitInfo.
struct RefreshHistory {
  double full = 1;
  double incremental = 1;

  double Of(RefreshWay way) const { return way == RefreshWay::kFull ? full : incremental; }
  // With one more, the newer ones counting more.
  RefreshHistory With(RefreshWay way, double estimated_ms, double took_ms) const;
};
inline constexpr const char* kRefreshMember = "weirRefresh";
std::string ToJson(const RefreshHistory& history);
// What can't be read counts as nothing known.
RefreshHistory RefreshHistoryFrom(const std::string& json);

// In milliseconds, before what history says.
double EstimateOf(RefreshWay way, const RefreshWork& work);
inline double CostOf(RefreshWay way, const RefreshWork& work, const RefreshHistory& history) {
  return EstimateOf(way, work) * history.Of(way);
}
// Up to how many changed rows the incremental way costs no more than the full one.
int64_t MostChangedRows(RefreshWork work, const RefreshHistory& history);

}  // namespace weir::session
