#include "weir/session/refresh_cost.h"

#include <algorithm>

namespace weir::session {
namespace {

// Nanoseconds a row, on the machine of bench/README.md: read and computed, written to files, joined
// as a change, found in the view. And what a refresh costs that has nothing to do.
constexpr double kCompute = 60;
constexpr double kWrite = 250;
constexpr double kChange = 900;
constexpr double kScan = 15;
constexpr double kLookUp = 25;
constexpr double kFixedFullMs = 4;
constexpr double kFixedIncrementalMs = 8;

// A refresh of a small view is as quick either way, and one that keeps rows is less work for those
// who read it: each row that stays is one that they need not look at.
constexpr double kReadAgain = 40;

constexpr double kNewest = 0.5;  // The share of the last refresh in what is known.
constexpr double kFarthest = 20;

double Kept(double share) { return std::clamp(share, 1 / kFarthest, kFarthest); }

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
  nanos = changed * (kChange + kWrite);
  if (work.reads_inputs) nanos += inputs * kScan;
  if (work.looks_up) nanos += view * kLookUp;
  return kFixedIncrementalMs + nanos / 1e6;
}

RefreshHistory RefreshHistory::With(RefreshWay way, double estimated_ms, double took_ms) const {
  RefreshHistory with = *this;
  double& share = way == RefreshWay::kFull ? with.full : with.incremental;
  share = Kept((1 - kNewest) * share + kNewest * took_ms / std::max(estimated_ms, 0.1));
  return with;
}

std::string ToJson(const RefreshHistory& history) {
  return Json{{"full", history.full}, {"incremental", history.incremental}}.dump();
}

RefreshHistory RefreshHistoryFrom(const std::string& json) {
  const Json parsed = Json::parse(json, nullptr, false);
  RefreshHistory history;
  if (!parsed.is_object()) return history;
  const auto read = [&](const char* name, double& share) {
    const auto found = parsed.find(name);
    if (found != parsed.end() && found->is_number()) share = Kept(found->get<double>());
  };
  read("full", history.full);
  read("incremental", history.incremental);
  return history;
}

int64_t MostChangedRows(RefreshWork work, const RefreshHistory& history) {
  const double full = CostOf(RefreshWay::kFull, work, history);
  int64_t most = 0;
  for (int64_t step = std::max<int64_t>(work.input_rows, 1); step > 0; step /= 2) {
    work.changed_rows = most + step;
    if (CostOf(RefreshWay::kIncremental, work, history) <= full) most += step;
  }
  return most;
}

}  // namespace weir::session
