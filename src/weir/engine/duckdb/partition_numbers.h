#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "weir/engine/duckdb/data_files.h"

namespace weir::engine {

// The partitions that a write has met, numbered from 0. Safe from many threads.
class Partitions {
 public:
  Partitions(const WriteTarget& target, std::vector<size_t> positions);

  // Of the partition columns in the rows that come.
  const std::vector<size_t>& positions() const { return positions_; }
  // The partition of that row, whose values `key` stands for.
  uint32_t NumberOf(const std::string& key, duckdb::DataChunk& rows, duckdb::idx_t row);
  // Lives as long as this does.
  const Partition& At(uint32_t number) const;

 private:
  Partition Make(duckdb::DataChunk& rows, duckdb::idx_t row) const;

  const std::vector<size_t> positions_;
  std::vector<Field> columns_;
  std::vector<std::string> names_;  // As the log has them.
  mutable std::mutex mutex_;
  std::unordered_map<std::string, uint32_t> numbers_;
  std::deque<Partition> partitions_;
};

// Tells the partitions of rows. Driven by one thread; what it has met is kept, so that the threads
// of a write meet only in what is new.
class PartitionNumbers {
 public:
  explicit PartitionNumbers(Partitions& partitions) : partitions_(partitions) {}

  // Appends the number of each row's partition to `numbers`.
  void Append(duckdb::DataChunk& rows, std::vector<uint32_t>& numbers);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };

  Partitions& partitions_;
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> known_;
};

}  // namespace weir::engine
