#include "weir/engine/duckdb/row_router.h"

#include <algorithm>
#include <duckdb/parallel/task_scheduler.hpp>
#include <duckdb/storage/buffer_manager.hpp>
#include <set>
#include <thread>
#include <unordered_map>

#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

using duckdb::ColumnDataCollection;
using duckdb::DataChunk;
using duckdb::idx_t;

constexpr idx_t kLeastWindow = 4 << 20;
constexpr idx_t kMostWindow = 64 << 20;
constexpr idx_t kLeastFanOut = 4;
constexpr idx_t kMostFanOut = 64;
constexpr idx_t kLeastCollection = 256 << 10;  // What the engine takes for a few rows.

int64_t ThreadsOf(duckdb::ClientContext& context) {
  return duckdb::TaskScheduler::GetScheduler(context).NumberOfThreads();
}

idx_t MemoryOf(duckdb::ClientContext& context) {
  return duckdb::BufferManager::GetBufferManager(context).GetMaxMemory();
}

idx_t WindowBytes(duckdb::ClientContext& context) {
  return std::clamp(MemoryOf(context) / (8 * static_cast<idx_t>(ThreadsOf(context))), kLeastWindow,
                    kMostWindow);
}

// So many collections with few rows each take no more than a window does.
size_t FanOut(const duckdb::vector<duckdb::LogicalType>& types, idx_t window_bytes) {
  idx_t bytes = 0;
  for (const duckdb::LogicalType& type : types) {
    bytes += duckdb::GetTypeIdSize(type.InternalType()) * STANDARD_VECTOR_SIZE;
  }
  return std::clamp(window_bytes / std::max(bytes, kLeastCollection), kLeastFanOut, kMostFanOut);
}

// Calls `each(chunk)` for the rows in their order.
template <typename Each>
void Scan(const ColumnDataCollection& rows, const Each& each) {
  duckdb::ColumnDataScanState state;
  rows.InitializeScan(state);
  DataChunk chunk;
  rows.InitializeScanChunk(state, chunk);
  while (rows.Scan(state, chunk)) each(chunk);
}

const uint32_t* NumbersIn(DataChunk& waiting) {
  waiting.data.back().Flatten(waiting.size());
  return duckdb::FlatVector::GetData<uint32_t>(waiting.data.back());
}

std::vector<uint32_t> DistinctNumbers(const ColumnDataCollection& waiting) {
  duckdb::ColumnDataScanState state;
  waiting.InitializeScan(state, {waiting.ColumnCount() - 1});
  DataChunk chunk;
  waiting.InitializeScanChunk(state, chunk);
  std::set<uint32_t> numbers;
  while (waiting.Scan(state, chunk)) {
    const uint32_t* const found = NumbersIn(chunk);
    for (idx_t row = 0; row < chunk.size(); ++row) {
      if (row == 0 || found[row] != found[row - 1]) numbers.insert(found[row]);
    }
  }
  return {numbers.begin(), numbers.end()};
}

}  // namespace

RowRouter::RowRouter(duckdb::ClientContext& context, const WriteTarget& target,
                     std::vector<size_t> partition_positions)
    : context_(context),
      partitions_(target, partition_positions),
      files_(context, DataFileFormat(target, partition_positions)),
      window_bytes_(WindowBytes(context)) {
  for (size_t i = 0; i < target.schema.size(); ++i) {
    if (std::find(partition_positions.begin(), partition_positions.end(), i) !=
        partition_positions.end()) {
      continue;
    }
    stored_columns_.push_back(i);
    stored_types_.push_back(ToDuckdbFile(target.schema[i].type));
  }
  waiting_types_ = stored_types_;
  waiting_types_.push_back(duckdb::LogicalType::UINTEGER);
  group_bytes_ = std::min(window_bytes_, files_.group_bytes());
  fan_out_ = FanOut(waiting_types_, window_bytes_);
  buckets_.resize(fan_out_);
}

void RowRouter::Strip(DataChunk& rows, DataChunk& stored) const {
  stored.InitializeEmpty(stored_types_);
  for (idx_t i = 0; i < stored_types_.size(); ++i) stored.data[i].Reference(rows.data[i]);
  stored.SetCardinality(rows.size());
}

void RowRouter::Widen(DataChunk& stored, const uint32_t* numbers, DataChunk& rows) const {
  rows.InitializeEmpty(waiting_types_);
  for (idx_t i = 0; i < stored_types_.size(); ++i) rows.data[i].Reference(stored.data[i]);
  duckdb::Vector column(duckdb::LogicalType::UINTEGER, stored.size());
  std::copy_n(numbers, stored.size(), duckdb::FlatVector::GetData<uint32_t>(column));
  rows.data.back().Reference(column);
  rows.SetCardinality(stored.size());
}

void RowRouter::WriteGroup(RowCollection& group, uint32_t number) {
  if (!group.empty()) files_.Append(partitions_.At(number), group.Take());
}

void RowRouter::Gather(RowCollection& group, DataChunk& rows, uint32_t number) {
  group.Append(rows);
  if (group.rows() >= DataFiles::kGroupRows || group.bytes() >= group_bytes_) {
    WriteGroup(group, number);
  }
}

void RowRouter::WriteBucket(DataFiles::Rows rows, uint64_t divisor) {
  const std::vector<uint32_t> numbers = DistinctNumbers(*rows);
  if (numbers.size() <= fan_out_) {
    WritePartitions(*rows, numbers);
  } else {
    WriteSmallerBuckets(*rows, divisor);
  }
}

void RowRouter::WritePartitions(const ColumnDataCollection& rows,
                                const std::vector<uint32_t>& numbers) {
  std::vector<RowCollection> groups;
  std::unordered_map<uint32_t, size_t> group_of;
  for (const uint32_t number : numbers) {
    group_of.emplace(number, groups.size());
    groups.emplace_back(context_, stored_types_);
  }
  RowDealer dealer(numbers.size());
  Scan(rows, [&](DataChunk& chunk) {
    const uint32_t* const found = NumbersIn(chunk);
    for (idx_t row = 0; row < chunk.size(); ++row) dealer.Choose(row, group_of.at(found[row]));
    dealer.Deal(chunk, [&](size_t group, DataChunk& part) {
      DataChunk stored;
      Strip(part, stored);
      Gather(groups[group], stored, numbers[group]);
    });
  });
  for (size_t i = 0; i < numbers.size(); ++i) {
    WriteGroup(groups[i], numbers[i]);
    files_.Complete(partitions_.At(numbers[i]));
  }
}

void RowRouter::WriteSmallerBuckets(const ColumnDataCollection& rows, uint64_t divisor) {
  std::vector<RowCollection> buckets;
  for (size_t i = 0; i < fan_out_; ++i) buckets.emplace_back(context_, waiting_types_);
  RowDealer dealer(fan_out_);
  Scan(rows, [&](DataChunk& chunk) {
    const uint32_t* const found = NumbersIn(chunk);
    for (idx_t row = 0; row < chunk.size(); ++row) {
      dealer.Choose(row, found[row] / divisor % fan_out_);
    }
    dealer.Deal(chunk, [&](size_t bucket, DataChunk& part) { buckets[bucket].Append(part); });
  });
  for (RowCollection& bucket : buckets) {
    if (!bucket.empty()) WriteBucket(bucket.Take(), divisor * fan_out_);
  }
}

void RowRouter::WriteBuckets() {
  try {
    for (size_t i; (i = next_bucket_++) < fan_out_;) {
      if (buckets_[i]) WriteBucket(std::move(buckets_[i]), fan_out_);
    }
  } catch (...) {
    next_bucket_ = fan_out_;  // The others end too.
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
}

DataFiles::Written RowRouter::Finish() {
  {
    // The engine gives this one of its threads and leaves the others idle.
    const auto waiting = std::count_if(buckets_.begin(), buckets_.end(),
                                       [](const DataFiles::Rows& rows) { return bool(rows); });
    // More than there are processors, as files wait for the disk to sync them.
    const auto threads = std::min<int64_t>(
        {4 * ThreadsOf(context_), static_cast<int64_t>(MemoryOf(context_) / (8 * window_bytes_)),
         waiting});
    std::vector<std::jthread> helpers;
    for (int64_t i = 1; i < threads; ++i) helpers.emplace_back([this] { WriteBuckets(); });
    WriteBuckets();
  }
  if (failure_) std::rethrow_exception(failure_);
  files_.CompleteAll();
  return files_.Take();
}

RowRouter::Sender::Sender(RowRouter& router)
    : router_(router),
      numbering_(router.partitions_),
      window_(router.context_, router.stored_types_) {
  for (size_t i = 0; i < router_.fan_out_; ++i) {
    waiting_.emplace_back(router.context_, router.waiting_types_);
  }
}

bool RowRouter::Sender::IsFull() const {
  if (mixed_) return window_.bytes() >= router_.window_bytes_;
  return window_.rows() >= DataFiles::kGroupRows || window_.bytes() >= router_.group_bytes_;
}

void RowRouter::Sender::Send(DataChunk& rows) {
  if (rows.size() == 0) return;
  const size_t before = numbers_.size();
  numbering_.Append(rows, numbers_);
  for (size_t i = before; !mixed_ && i < numbers_.size(); ++i) {
    mixed_ = numbers_[i] != numbers_.front();
  }
  DataChunk stored;
  stored.InitializeEmpty(router_.stored_types_);
  for (idx_t i = 0; i < router_.stored_columns_.size(); ++i) {
    stored.data[i].Reference(rows.data[router_.stored_columns_[i]]);
  }
  stored.SetCardinality(rows.size());
  window_.Append(stored);
  if (IsFull()) EmptyWindow();
}

void RowRouter::Sender::EmptyWindow() {
  if (mixed_) {
    SplitWindow();
  } else {
    router_.WriteGroup(window_, numbers_.front());
  }
  numbers_.clear();
  mixed_ = false;
}

std::vector<uint32_t> RowRouter::Sender::LargeOnes() const {
  if (window_.bytes() < router_.window_bytes_) return {};  // The last one; all of it waits.
  std::unordered_map<uint32_t, idx_t> rows;
  for (const uint32_t number : numbers_) ++rows[number];
  std::vector<uint32_t> large;
  for (const auto& [number, count] : rows) {
    if (count * router_.fan_out_ >= 2 * numbers_.size()) large.push_back(number);
  }
  return large;
}

void RowRouter::Sender::SplitWindow() {
  const std::vector<uint32_t> large = LargeOnes();
  std::vector<RowCollection> groups;
  std::unordered_map<uint32_t, size_t> group_of;
  for (const uint32_t number : large) {
    group_of.emplace(number, groups.size());
    groups.emplace_back(router_.context_, router_.stored_types_);
  }
  RowDealer dealer(groups.size() + router_.fan_out_);
  const DataFiles::Rows window = window_.Take();
  size_t at = 0;
  Scan(*window, [&](DataChunk& chunk) {
    DataChunk rows;
    router_.Widen(chunk, &numbers_[at], rows);
    for (idx_t row = 0; row < chunk.size(); ++row, ++at) {
      const auto group = group_of.find(numbers_[at]);
      dealer.Choose(row, group != group_of.end() ? group->second
                                                 : groups.size() + numbers_[at] % router_.fan_out_);
    }
    dealer.Deal(rows, [&](size_t target, DataChunk& part) {
      if (target >= groups.size()) return waiting_[target - groups.size()].Append(part);
      DataChunk stored;
      router_.Strip(part, stored);
      router_.Gather(groups[target], stored, large[target]);
    });
  });
  for (size_t i = 0; i < groups.size(); ++i) router_.WriteGroup(groups[i], large[i]);
}

void RowRouter::Sender::End() {
  // Large enough for a row group of its own; all that is smaller meets what other threads have.
  if (!mixed_ && window_.rows() >= DataFiles::kGroupRows / 2) EmptyWindow();
  if (!window_.empty()) SplitWindow();
  const std::lock_guard lock(router_.mutex_);
  for (size_t i = 0; i < router_.fan_out_; ++i) {
    if (waiting_[i].empty()) continue;
    DataFiles::Rows rows = waiting_[i].Take();
    if (router_.buckets_[i]) {
      router_.buckets_[i]->Combine(*rows);
    } else {
      router_.buckets_[i] = std::move(rows);
    }
  }
}

}  // namespace weir::engine
