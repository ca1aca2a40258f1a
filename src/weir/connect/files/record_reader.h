#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "weir/io/object_store.h"
#include "weir/types/batch.h"
#include "weir/types/relation.h"

// Reading the files of a FileSet of any format but "parquet". How an engine uses it: SplitRecords
// once, then for each range, in any order and on any threads,
//
//   auto rows = OpenRecords(files, range, store, scan);
//   while (auto batch = rows->Next()) ...
namespace weir::connect {

class LineIndex;

// A record, or a whole file, that is not as it should be. It never stops the others, unless the
// mode is FAILFAST.
struct MalformedRecord {
  std::string uri;
  int64_t line = 0;    // From 1; 0: the whole file, or from some place in it on.
  std::string reason;  // "3 fields instead of 5"
  std::string text;    // The record as it stands in the file, cut.
  bool kept = false;   // It came out as a row all the same, as far as it could be read.
};

// Rows of which something found no place in the columns.
struct RescueCount {
  int64_t rescued = 0;  // It is in the rescued column.
  int64_t lossy = 0;    // The rescued column is not wanted, so it is nowhere.
};

// A part of one file: the records whose first byte lies in [begin, end).
struct RecordRange {
  size_t file = 0;  // Position in FileSet::files.
  uint64_t begin = 0;
  uint64_t end = UINT64_MAX;
};

struct RecordScan {
  // What is wanted, in this order: positions in ScanSchema(files). May be empty: rows are counted.
  std::vector<size_t> columns;
  // Called for every malformed record, by the thread that drives the reader. May be empty.
  std::function<void(MalformedRecord)> report;
  // Called now and then with the rows since the last time, by that thread. May be empty.
  std::function<void(RescueCount)> rescued = nullptr;
  // Of the FileSet (connect/files/line_index.h), shared by the scans of its ranges so that lines
  // are counted once. Null: the range counts for itself.
  std::shared_ptr<LineIndex> lines = nullptr;
};

// All that can be asked of `files`: its columns, then its rescued column, then `_metadata`, as far
// as it has them.
Schema ScanSchema(const FileSet& files);

// The files cut into ranges of about `bytes`, so that many threads can read one large file. What
// can't be cut (packed files) is one range. In the order of the files. Reads nothing.
std::vector<RecordRange> SplitRecords(const FileSet& files, uint64_t bytes);

// The rows of one range, in bounded memory: batches of at most a few thousand rows and a few
// megabytes. Safe from many threads; the stream is driven by one thread. The store must outlive the
// stream, the FileSet need not.
//
// Throws (here or in Next) kNotFound when the file is gone, unless ignoreMissingFiles; kCorrupt on
// the first malformed record in mode FAILFAST, naming file and line; whatever the store throws. A
// file that can't be read to its end (a gzip stream cut short) gives the rows before that, and is
// reported, unless ignoreCorruptFiles is "false".
std::unique_ptr<BatchStream> OpenRecords(const FileSet& files, const RecordRange& range,
                                         io::ObjectStore& store, RecordScan scan);

}  // namespace weir::connect
