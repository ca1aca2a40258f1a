#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

// How long the last refreshes of one view took, as shares of what was estimated. Kept in the
// commits of the view, in the member kRefreshMember of commitInfo.
class RefreshHistory {
 public:
  // What an estimate is to be multiplied by. Refreshes count for more the newer they are, and the
  // nearer what changed then is to `changed_rows`; 1 where nothing is known.
  double ShareOf(RefreshWay way, int64_t changed_rows) const;
  // With one more, unless there was too little to do for it to tell anything. A full refresh also
  // makes the oldest incremental one forgotten, so that what was slow once is tried again.
  RefreshHistory With(RefreshWay way, const RefreshWork& work, double took_ms) const;

  // With the first computation of the view, which counts half: it reads what nobody has read yet.
  RefreshHistory WithFirst(const RefreshWork& work, double took_ms) const;
  // With an incremental one that was given up since too much changed: not tried again with as many
  // changes until some full refreshes are over.
  RefreshHistory WithGivenUp(const RefreshWork& work) const;
  // How many rows time took in or left out when it last went on.
  const std::optional<int64_t>& moved_rows() const { return moved_rows_; }
  void SetMovedRows(int64_t rows) { moved_rows_ = rows; }

  friend std::string ToJson(const RefreshHistory& history);
  friend RefreshHistory RefreshHistoryFrom(const std::string& json);

 private:
  struct Refresh {
    int64_t changed_rows = 0;
    double share = 1;
  };
  std::vector<Refresh>& Of(RefreshWay way) {
    return way == RefreshWay::kFull ? full_ : incremental_;
  }
  const std::vector<Refresh>& Of(RefreshWay way) const {
    return way == RefreshWay::kFull ? full_ : incremental_;
  }

  // The newest is last.
  std::vector<Refresh> full_;
  std::vector<Refresh> incremental_;
  std::optional<int64_t> moved_rows_;
};
inline constexpr const char* kRefreshMember = "weirRefresh";
std::string ToJson(const RefreshHistory& history);
// What can't be read counts as nothing known.
RefreshHistory RefreshHistoryFrom(const std::string& json);

// In milliseconds, before what history says.
double EstimateOf(RefreshWay way, const RefreshWork& work);
inline double CostOf(RefreshWay way, const RefreshWork& work, const RefreshHistory& history) {
  return EstimateOf(way, work) * history.ShareOf(way, work.changed_rows);
}
// Up to how many changed rows the incremental way costs no more than the full one, where nothing is
// known.
int64_t MostChangedRows(RefreshWork work);

}  // namespace weir::session
