#include "weir/session/refresh_cost.h"

#include <algorithm>
#include <cmath>

namespace weir::session {
namespace {

// Nanoseconds a row, on the machine of bench/README.md: read and computed, written to files, read
// and applied as a change, joined or grouped as one, found in the inputs and in the view. And what
// a refresh costs that has nothing to do.
constexpr double kCompute = 60;
constexpr double kWrite = 100;
constexpr double kChange = 1000;
constexpr double kMeet = 1000;
constexpr double kScan = 4;
constexpr double kLookUp = 6;
constexpr double kFixedFullMs = 4;
constexpr double kFixedIncrementalMs = 8;

// A refresh of a small view is as quick either way, and one that keeps rows is less work for those
// who read it: each row that stays is one that they need not look at.
constexpr double kReadAgain = 40;

constexpr size_t kMostKept = 6;  // Of each way.
constexpr double kOlder = 0.6;   // What a refresh counts for beside the one after it.
// And one with ten times as many changes or a tenth, beside one with as many.
constexpr double kTenfold = 0.15;
constexpr double kUnknown = 0.1;  // What the estimate by itself counts for beside the last refresh.
constexpr double kFarthest = 20;
// How long less than this takes depends on what else the machine does, up to so long.
constexpr double kLeastMs = 20;
constexpr double kMostNoiseMs = 1000;

double Kept(double share) { return std::clamp(share, 1 / kFarthest, kFarthest); }

// Nothing where it is no count.
std::optional<int64_t> CountIn(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number_integer()) return std::nullopt;
  const auto count = found->get<int64_t>();
  return count < 0 ? std::nullopt : std::optional(count);
}

const char* NameOf(RefreshWay way) { return way == RefreshWay::kFull ? "full" : "incremental"; }

}  // namespace

double EstimateOf(RefreshWay way, const RefreshWork& work) {
  const auto inputs = static_cast<double>(work.input_rows);
  const auto changed = static_cast<double>(work.changed_rows);
  const auto view = static_cast<double>(work.view_rows);
  double nanos = 0;
  if (way == RefreshWay::kFull) {
    nanos = inputs * kCompute + view * (kWrite + kReadAgain);
    return kFixedFullMs + nanos / 1e6;
  }
  nanos = changed * kChange;
  if (work.reads_inputs) nanos += changed * kMeet + inputs * kScan;
  if (work.looks_up) nanos += view * kLookUp;
  return kFixedIncrementalMs + nanos / 1e6;
}

double RefreshHistory::ShareOf(RefreshWay way, int64_t changed_rows) const {
  const auto size_of = [](int64_t rows) { return std::log10(static_cast<double>(rows) + 1); };
  const std::vector<Refresh>& refreshes = Of(way);
  double sum = 0;  // Of logarithms: twice as much and half as much even out.
  double weights = kUnknown;
  double weight = 1;
  for (auto refresh = refreshes.rbegin(); refresh != refreshes.rend(); ++refresh) {
    // All that a full refresh does is to compute the view.
    const double apart = way == RefreshWay::kFull
                             ? 0
                             : std::abs(size_of(refresh->changed_rows) - size_of(changed_rows));
    const double counts = weight * std::pow(kTenfold, apart);
    sum += counts * std::log(refresh->share);
    weights += counts;
    weight *= kOlder;
  }
  return std::exp(sum / weights);
}

RefreshHistory RefreshHistory::WithFirst(const RefreshWork& work, double took_ms) const {
  return With(RefreshWay::kFull, work, std::sqrt(took_ms * EstimateOf(RefreshWay::kFull, work)));
}

RefreshHistory RefreshHistory::With(RefreshWay way, const RefreshWork& work, double took_ms) const {
  const double estimate = EstimateOf(way, work);
  RefreshHistory with = *this;
  std::vector<Refresh>& refreshes = with.Of(way);
  if (estimate >= kLeastMs || took_ms >= kMostNoiseMs) {
    refreshes.push_back({work.changed_rows, Kept(took_ms / estimate)});
  }
  if (refreshes.size() > kMostKept) refreshes.erase(refreshes.begin());
  if (way == RefreshWay::kFull && !with.incremental_.empty()) {
    with.incremental_.erase(with.incremental_.begin());
  }
  return with;
}

RefreshHistory RefreshHistory::WithGivenUp(const RefreshWork& work) const {
  RefreshHistory with = *this;
  with.incremental_.assign(kMostKept, {work.changed_rows, kFarthest});
  return with;
}

std::string ToJson(const RefreshHistory& history) {
  Json json;
  for (const auto way : {RefreshWay::kFull, RefreshWay::kIncremental}) {
    Json& refreshes = json[NameOf(way)] = Json::array();
    for (const auto& refresh : history.Of(way)) {
      refreshes.push_back({{"changedRows", refresh.changed_rows}, {"share", refresh.share}});
    }
  }
  if (history.moved_rows_) json["movedRows"] = *history.moved_rows_;
  return json.dump();
}

RefreshHistory RefreshHistoryFrom(const std::string& json) {
  const Json parsed = Json::parse(json, nullptr, false);
  RefreshHistory history;
  if (!parsed.is_object()) return history;
  history.moved_rows_ = CountIn(parsed, "movedRows");
  for (const auto way : {RefreshWay::kFull, RefreshWay::kIncremental}) {
    const auto found = parsed.find(NameOf(way));
    if (found == parsed.end() || !found->is_array()) continue;
    for (const Json& refresh : *found) {
      if (!refresh.is_object()) continue;
      const auto rows = CountIn(refresh, "changedRows");
      const auto share = refresh.find("share");
      if (!rows || share == refresh.end() || !share->is_number()) continue;
      history.Of(way).push_back({*rows, Kept(share->get<double>())});
    }
  }
  return history;
}

int64_t MostChangedRows(RefreshWork work) {
  const double full = EstimateOf(RefreshWay::kFull, work);
  int64_t most = 0;
  int64_t more = 2 * std::max<int64_t>(work.input_rows, 1);
  while (more - most > 1) {
    work.changed_rows = most + (more - most) / 2;
    (EstimateOf(RefreshWay::kIncremental, work) <= full ? most : more) = work.changed_rows;
  }
  return most;
}

}  // namespace weir::session
