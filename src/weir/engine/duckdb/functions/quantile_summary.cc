#include "weir/engine/duckdb/functions/quantile_summary.h"

#include <algorithm>
#include <cmath>

namespace weir::engine {

namespace {

constexpr size_t kHead = 50'000;
constexpr size_t kCompressed = 10'000;

}  // namespace

void QuantileSummary::Add(double value) {
  head_.push_back(value);
  if (head_.size() < kHead) return;
  Flush();
  if (samples_.size() >= kCompressed) Compress();
}

void QuantileSummary::Flush() {
  if (head_.empty()) return;
  // NaN is the largest.
  std::sort(head_.begin(), head_.end(), [](double left, double right) {
    return std::isnan(left) ? false : std::isnan(right) || left < right;
  });
  std::vector<Sample> merged;
  merged.reserve(samples_.size() + head_.size());
  size_t next = 0;
  for (size_t i = 0; i < head_.size(); ++i) {
    while (next < samples_.size() && samples_[next].value <= head_[i]) {
      merged.push_back(samples_[next++]);
    }
    ++count_;
    const bool at_end = merged.empty() || (next == samples_.size() && i + 1 == head_.size());
    const auto slack =
        at_end ? 0 : static_cast<int64_t>(std::floor(2 * error_ * static_cast<double>(count_)));
    merged.push_back({head_[i], 1, slack});
  }
  merged.insert(merged.end(), samples_.begin() + static_cast<std::ptrdiff_t>(next), samples_.end());
  samples_ = std::move(merged);
  head_.clear();
}

// Neighbours become one where that keeps to the error.
void QuantileSummary::Compress() {
  if (samples_.size() < 2) return;
  const double threshold = 2 * error_ * static_cast<double>(count_);
  std::vector<Sample> kept;  // From the last on.
  Sample head = samples_.back();
  for (size_t i = samples_.size() - 1; i-- > 1;) {
    if (static_cast<double>(samples_[i].gap + head.gap + head.slack) < threshold) {
      head.gap += samples_[i].gap;
    } else {
      kept.push_back(head);
      head = samples_[i];
    }
  }
  kept.push_back(head);
  // The smallest stays, so that it can be asked for.
  if (samples_.front().value <= head.value) kept.push_back(samples_.front());
  std::reverse(kept.begin(), kept.end());
  samples_ = std::move(kept);
}

void QuantileSummary::Merge(const QuantileSummary& given) {
  QuantileSummary other = given;
  Flush();
  other.Flush();
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = std::move(other);
    return;
  }
  const auto own_slack =
      static_cast<int64_t>(std::floor(2 * other.error_ * static_cast<double>(other.count_)));
  const auto other_slack =
      static_cast<int64_t>(std::floor(2 * error_ * static_cast<double>(count_)));
  std::vector<Sample> merged;
  size_t i = 0;
  size_t j = 0;
  while (i < samples_.size() && j < other.samples_.size()) {
    const bool own = samples_[i].value < other.samples_[j].value;
    Sample sample = own ? samples_[i++] : other.samples_[j++];
    const bool inside = own ? j > 0 : i > 0;
    if (inside) sample.slack += own ? own_slack : other_slack;
    merged.push_back(sample);
  }
  merged.insert(merged.end(), samples_.begin() + static_cast<std::ptrdiff_t>(i), samples_.end());
  merged.insert(merged.end(), other.samples_.begin() + static_cast<std::ptrdiff_t>(j),
                other.samples_.end());
  samples_ = std::move(merged);
  count_ += other.count_;
  error_ = std::max(error_, other.error_);
  Compress();
}

double QuantileSummary::At(double share) const {
  if (share <= error_) return samples_.front().value;
  if (share >= 1 - error_) return samples_.back().value;
  const auto rank = static_cast<int64_t>(std::ceil(share * static_cast<double>(count_)));
  int64_t target = 0;
  for (const Sample& sample : samples_) target = std::max(target, sample.slack + sample.gap);
  target /= 2;
  int64_t least = 0;
  for (const Sample& sample : samples_) {
    least += sample.gap;
    const int64_t most = least + sample.slack;
    if (most - target <= rank && rank <= least + target) return sample.value;
  }
  return samples_.back().value;
}

std::vector<double> QuantileSummary::Query(const std::vector<double>& shares) {
  Flush();
  Compress();
  std::vector<double> values;
  for (const double share : shares) values.push_back(At(share));
  return values;
}

}  // namespace weir::engine
