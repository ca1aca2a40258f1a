#pragma once

#include <cstdint>
#include <vector>

namespace weir::engine {

// Spark's QuantileSummaries (Greenwald and Khanna): quantiles of a stream within `error` of their
// rank, in memory that grows with 1 / error.
class QuantileSummary {
 public:
  explicit QuantileSummary(double error) : error_(error) {}

  void Add(double value);
  void Merge(const QuantileSummary& other);
  bool empty() const { return count_ + static_cast<int64_t>(head_.size()) == 0; }
  // The values at these shares, from 0 to 1, of what is not empty.
  std::vector<double> Query(const std::vector<double>& shares);

 private:
  struct Sample {
    double value;
    int64_t gap;    // How many ranks it stands behind the one before.
    int64_t slack;  // By how much its rank may be larger.
  };

  void Flush();
  void Compress();
  double At(double share) const;

  double error_;
  int64_t count_ = 0;
  std::vector<Sample> samples_;
  std::vector<double> head_;  // Not sorted in yet.
};

}  // namespace weir::engine
