#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "weir/engine/duckdb/data_files.h"
#include "weir/engine/duckdb/partition_numbers.h"
#include "weir/engine/duckdb/row_collection.h"

namespace weir::engine {

// Sends the rows of one write to the files of their partitions, however many there are, in bounded
// memory. Rows are looked at a window at a time: a partition that fills a good part of one gets a
// row group at once; the rest waits, in memory that the engine may move to disk, and is written
// partition by partition when all rows are there. See docs/decisions/0017.
class RowRouter {
 public:
  RowRouter(duckdb::ClientContext& context, const WriteTarget& target,
            std::vector<size_t> partition_positions);

  // What one thread sends. Driven by it alone.
  class Sender;
  // Writes what waits, and completes all files. No sender sends any more.
  DataFiles::Written Finish();

 private:
  // Writes one bucket after another until none is left, as other threads do.
  void WriteBuckets();
  // Rows of partitions whose numbers are the same modulo `divisor`.
  void WriteBucket(DataFiles::Rows rows, uint64_t divisor);
  void WritePartitions(const duckdb::ColumnDataCollection& rows,
                       const std::vector<uint32_t>& numbers);
  void WriteSmallerBuckets(const duckdb::ColumnDataCollection& rows, uint64_t divisor);
  // Adds rows of that partition, and writes them once they make a row group.
  void Gather(RowCollection& group, duckdb::DataChunk& rows, uint32_t number);
  void WriteGroup(RowCollection& group, uint32_t number);
  // `rows` without the number, and with it.
  void Strip(duckdb::DataChunk& rows, duckdb::DataChunk& stored) const;
  void Widen(duckdb::DataChunk& stored, const uint32_t* numbers, duckdb::DataChunk& rows) const;

  duckdb::ClientContext& context_;
  Partitions partitions_;
  DataFiles files_;
  std::vector<duckdb::idx_t> stored_columns_;
  duckdb::vector<duckdb::LogicalType> stored_types_;
  // Of waiting rows: the stored columns and the partition's number.
  duckdb::vector<duckdb::LogicalType> waiting_types_;
  const duckdb::idx_t window_bytes_;
  duckdb::idx_t group_bytes_;
  size_t fan_out_;  // Into how many collections rows are dealt at a time.
  std::mutex mutex_;
  std::vector<DataFiles::Rows> buckets_;  // By number modulo their count.
  std::atomic<size_t> next_bucket_{0};
  std::exception_ptr failure_;  // The first of WriteBuckets.
};

class RowRouter::Sender {
 public:
  explicit Sender(RowRouter& router);

  void Send(duckdb::DataChunk& rows);
  // After the last rows.
  void End();

 private:
  bool IsFull() const;
  // Writes what is worth a row group now, and lets the rest wait.
  void EmptyWindow();
  void SplitWindow();
  // The partitions that fill a good part of the window.
  std::vector<uint32_t> LargeOnes() const;

  RowRouter& router_;
  PartitionNumbers numbering_;
  RowCollection window_;
  std::vector<uint32_t> numbers_;  // Of the window's rows.
  bool mixed_ = false;             // They are not all the same.
  std::vector<RowCollection> waiting_;
};

}  // namespace weir::engine
