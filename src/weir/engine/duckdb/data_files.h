#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/engine/duckdb/statement_context.h"
#include "weir/engine/engine.h"

namespace weir::engine {

// Where rows with the same partition values go.
struct Partition {
  uint32_t number = 0;
  delta::PartitionValues values;
  std::string folder;  // "a=1/b=2/" below the table's, or "".
};

// What the data files of one write have in common.
struct DataFileFormat {
  DataFileFormat(const WriteTarget& target, const std::vector<size_t>& partition_positions);

  Schema columns;                          // That files hold: all but the partition columns.
  std::vector<delta::StoredField> stored;  // What files call them.
  delta::Metadata metadata;
  int64_t target_bytes;  // How large a file should be.
  bool change_data;
  delta::ParquetCodec codec;
  int parquet_version;
  int64_t
      random_prefix;  // How long the name of the folder is that a file gets; 0: its partition's.
};

// The data files of one write: row groups go in, whole files of about the size wanted come out.
// Threads that write rows of one partition share its file. Few files are open at a time: the one
// that waited longest is completed, however small, when another is needed. Safe from many threads.
// The destructor deletes what was completed, unless it was taken.
class DataFiles {
 public:
  using Rows = duckdb::unique_ptr<duckdb::ColumnDataCollection>;

  DataFiles(duckdb::ClientContext& context, DataFileFormat format);
  ~DataFiles();
  DataFiles(const DataFiles&) = delete;
  DataFiles& operator=(const DataFiles&) = delete;

  // Bounds of a row group: the rows, and their bytes in memory.
  static constexpr duckdb::idx_t kGroupRows = 122'880;
  duckdb::idx_t group_bytes() const { return group_bytes_; }

  // Writes `rows`, at least one, as a row group. `partition` outlives this.
  void Append(const Partition& partition, Rows rows);
  // No more rows come for `partition`.
  void Complete(const Partition& partition);
  void CompleteAll();
  // The files and how many rows they hold; all are complete.
  struct Written {
    std::vector<delta::AddFile> files;
    int64_t rows = 0;
  };
  Written Take();

 private:
  struct OpenFile;
  using OpenFilePtr = std::shared_ptr<OpenFile>;

  // The file that takes `bytes` more of the partition's rows, opened where there is none; with its
  // user counted. Files that are to be completed first are moved to `full`.
  OpenFilePtr Acquire(const Partition& partition, int64_t bytes, std::vector<OpenFilePtr>& full);
  OpenFilePtr Open(const Partition& partition);
  void Retire(OpenFilePtr file, std::vector<OpenFilePtr>& full);
  void RetireLongestIdle(std::vector<OpenFilePtr>& full);
  void Release(const OpenFilePtr& file, int64_t bytes);
  void Complete(const OpenFilePtr& file);
  int64_t ExpectedBytes(const OpenFile& file, int64_t more) const;

  duckdb::ClientContext& context_;
  StatementContext& statement_;
  const WriteGrant grant_;
  const DataFileFormat format_;
  const duckdb::idx_t group_bytes_;
  duckdb::CopyFunction parquet_;
  duckdb::unique_ptr<duckdb::FunctionData> bound_;

  std::mutex mutex_;
  std::map<uint32_t, OpenFilePtr> open_;  // By partition.
  std::list<OpenFile*> by_use_;           // Those of open_, longest unused first.
  int64_t raw_bytes_ = 0;                 // Of the rows written, in memory.
  int64_t file_bytes_ = 0;                // What they became.
  size_t serial_ = 0;
  std::vector<std::string> keys_;  // Completed.
  Written written_;
};

}  // namespace weir::engine
