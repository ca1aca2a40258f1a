#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/connect/source.h"
#include "weir/delta/change_feed.h"
#include "weir/delta/checkpoint_format.h"
#include "weir/delta/row_set.h"
#include "weir/delta/snapshot.h"
#include "weir/io/object_store.h"
#include "weir/sql/plan.h"
#include "weir/types/batch.h"
#include "weir/types/relation.h"
#include "weir/types/time_zone.h"

namespace weir::engine {

// Rows of a file, by position: those of the set, or all others. No set: all.
struct ChosenRows {
  std::shared_ptr<const delta::RowSet> set = nullptr;
  bool others = true;
};
// A Delta table to read: a snapshot, perhaps only some of its files.
struct TableInput {
  io::Location location;
  std::shared_ptr<const delta::Snapshot> snapshot;
  // Positions in snapshot->files(); nothing: all of them.
  std::optional<std::vector<size_t>> files;
  // Rows that are not to be read, by position of the file: those that its deletion vector names and
  // others. Of the other files it is their vectors that count.
  std::map<size_t, std::shared_ptr<const delta::RowSet>> deleted = {};
  bool is_past = false;  // There is a newer version; VACUUM may have removed files of this one.
};
// What a connector handed over (files with their format, ...).
struct RelationInput {
  Relation relation;
  std::shared_ptr<io::ObjectStore> store = nullptr;  // That holds the files of a FileSet.
  // Of a FileSet of Parquet, by position of the file: what is read of it, if not all.
  std::map<size_t, ChosenRows> rows = {};
};
// Rows of a table's change feed: the table's columns and those that FeedSchema adds.
struct FeedInput {
  io::Location location;
  Schema schema;
  std::map<std::string, std::string> properties;  // The table's: how its columns are mapped.
  std::vector<delta::FeedFile> files;
  std::map<size_t, ChosenRows> rows = {};  // By position of the file: what is read, if not all.
};
using Input = std::variant<TableInput, RelationInput, FeedInput>;

// Of the table that an input reads; null when it reads none.
inline const io::Location* TableOf(const Input& input) {
  if (const auto* table = std::get_if<TableInput>(&input)) return &table->location;
  const auto* feed = std::get_if<FeedInput>(&input);
  return feed != nullptr ? &feed->location : nullptr;
}

// What to run: the engine prints it in its own dialect. Nothing but `inputs` can be read.
struct PlanStatement {
  std::string id;  // The statement record's.
  sql::PlanPtr plan;
  std::map<sql::InputId, Input> inputs;
  std::optional<int64_t> memory_limit_bytes;
  // What the caller wrote. A failure of one expression points at it where it stands in this text,
  // and never into another, such as that of a view.
  std::shared_ptr<const SourceText> text = nullptr;
};

// A malformed record, or a file that can't be read to its end.
struct Reject {
  std::string file;
  int64_t line = 0;  // From 1; 0: the whole file.
  std::string reason;
  std::string text;   // The record, cut.
  bool kept = false;  // It came out as a row all the same, as far as it could be read.
};

struct ExpectationCount {
  std::string name;
  int64_t passed = 0;
  int64_t failed = 0;
};

struct RunStatistics {
  int64_t rows = 0;  // That came out.
  std::vector<ExpectationCount> expectations;
  int64_t dropped_rows = 0;     // By expectations.
  std::vector<Reject> rejects;  // The first 1,000.
  int64_t reject_count = 0;
  // Rows of files whose rescued data column holds something, and rows that lost a value, which does
  // not fit its column, since that column was not read.
  int64_t rescued_rows = 0;
  int64_t lossy_rows = 0;
};

// Rows as they are computed. Destroying it ends the query.
class QueryResult : public BatchStream {
 public:
  // Complete once Next() gave nothing.
  virtual const RunStatistics& statistics() const = 0;
};

// Where rows are to be written: new Parquet files under `folder` (a key prefix), one Delta `add`
// each, with path relative to `folder`, partition values and statistics; all durable on return.
struct WriteTarget {
  io::Location table;
  Schema schema;  // Of the table; the plan gives these columns, in this order.
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> properties;  // delta.* that matter: statistics, codec.
  // Change data files, which are no part of the table: they go to its folder for them.
  bool change_data = false;
};

struct WriteResult {
  std::vector<delta::AddFile> files;
  RunStatistics statistics;
  // Of identity columns, by name: the last number that the write gave out.
  std::map<std::string, int64_t> last_numbers = {};
};

// How far a running statement is, as far as the engine can tell.
struct Progress {
  double fraction = 0;  // 0 to 1; never falls.
  int64_t rows = 0;     // Of its inputs, read so far.
};

// Runs bound plans. Safe from many threads. Failures come as Error; a failed write leaves at most
// files that nothing refers to. An internal error of the engine fails only the statement that
// raised it; others are run again by themselves.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<QueryResult> Query(PlanStatement statement) = 0;
  virtual WriteResult Write(PlanStatement statement, const WriteTarget& target) = 0;
  // The engine's own account of how it would run it.
  virtual std::string Explain(PlanStatement statement) = 0;
  // Stops a running statement from another thread; it fails with kCancelled. Unknown ids are fine.
  virtual void Cancel(const std::string& statement_id) = 0;
  // Asked from another thread. Nothing for ids that don't run, and before the first estimate; some
  // statements never have one.
  virtual std::optional<Progress> ProgressOf(const std::string& statement_id) = 0;

  virtual delta::CheckpointFormat& checkpoint_format() = 0;
  virtual connect::FormatReader& format_reader() = 0;  // Schema of Parquet files.
  // Those that names of statements mean.
  virtual const TimeZones& time_zones() const = 0;
};

}  // namespace weir::engine
