#include "weir/delta/log_snapshot.h"

#include <algorithm>
#include <numeric>

#include "weir/base/error.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/file_rows.h"
#include "weir/delta/parallel.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/skipping.h"
#include "weir/delta/statistics.h"
#include "weir/delta/type_widening.h"
#include "weir/io/parallel.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

[[noreturn]] void Corrupt(const io::Location& table, const std::string& problem) {
  throw Error(ErrorCode::kCorrupt, "the log of table " + table.uri + " " + problem);
}

// The exact name matters: partition values are looked up by it.
const Field* FindExact(const Schema& schema, const std::string& name) {
  for (const Field& field : schema.fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

}  // namespace

LogSnapshot::LogSnapshot(io::Location table, Version version, int64_t timestamp_millis,
                         std::string etag, TableState state, LogTail tail)
    : table_(std::move(table)),
      version_(version),
      timestamp_millis_(timestamp_millis),
      etag_(std::move(etag)),
      state_(std::move(state)),
      tail_(tail) {
  if (!state_.protocol) Corrupt(table_, "has no protocol action");
  // The protocol first: it may say that the rest is written in ways weir can't know.
  CheckReadable(*state_.protocol, table_.uri);
  if (!state_.metadata) Corrupt(table_, "has no metaData action");
  if (state_.metadata->format_provider != "parquet") {
    throw Error(ErrorCode::kUnsupported, "table " + table_.uri + " keeps its data as '" +
                                             state_.metadata->format_provider +
                                             "'; weir reads Parquet only");
  }
  try {
    schema_ = SchemaFromJson(state_.metadata->schema_json);
    stored_ = StoredFieldsOf(schema_, state_.metadata->configuration);
    CheckTypeChanges(schema_);
  } catch (const Error& error) {
    throw error.WithContext("table " + table_.uri);
  }
  for (const std::string& column : state_.metadata->partition_columns) {
    if (FindExact(schema_, column) == nullptr) {
      Corrupt(table_, "has a partition column " + QuoteName(column) + " that is not in its schema");
    }
    partition_columns_.insert(column);
  }
  if (TimestampRule(state_.metadata->configuration).Covers(version_)) {
    timestamp_millis_ = InCommitTimestamp(state_.last_commit).value_or(timestamp_millis_);
  }
}

size_t LogSnapshot::MemoryBytes() const {
  constexpr size_t kEach = 256;  // Of what there is little of.
  const size_t others = 1 + state_.transactions.size() + state_.domains.size();
  return state_.files.MemoryBytes() + state_.tombstones.MemoryBytes() + kEach * others +
         state_.metadata->schema_json.size();
}

std::string LogSnapshot::KeyOf(const AddFile& file) const { return KeyOfPath(table_, file.path); }

std::map<std::string, Value> LogSnapshot::PartitionOf(const AddFile& file) const {
  return PartitionOf(file.partition_values);
}

std::map<std::string, Value> LogSnapshot::PartitionOf(const PartitionValues& texts) const {
  std::map<std::string, Value> values;
  for (const std::string& column : partition_columns_) {
    const DataType& type = FindExact(schema_, column)->type;
    const auto found = texts.find(StoredName(schema_, stored_, column));
    values.emplace(column, found == texts.end()
                               ? Value::Null(type)
                               : PartitionValueFromText(found->second, type, column));
  }
  return values;
}

FileStatistics LogSnapshot::StatisticsOf(const AddFile& file) const {
  return StatisticsOf(file, nullptr);
}

FileStatistics LogSnapshot::StatisticsOf(const AddFile& file,
                                         const std::set<std::string>* wanted) const {
  FileStatistics statistics = ParseStatistics(file.stats_json, schema_, stored_, wanted);
  const auto gone = DeletionVectorOf(file);
  return gone ? WithoutRows(std::move(statistics), gone->cardinality) : statistics;
}

std::optional<int64_t> LogSnapshot::RowsIn(const std::vector<size_t>& positions) const {
  return delta::RowsIn(state_.files, positions);
}

bool LogSnapshot::MayHold(const AddFile& file, const Predicate& rows,
                          const std::set<std::string>& used) const {
  std::optional<std::map<std::string, Value>> partition;
  std::optional<FileStatistics> statistics;
  const FileFacts facts{[&]() -> const std::map<std::string, Value>& {
                          if (!partition) partition = PartitionOf(file);
                          return *partition;
                        },
                        [&]() -> const FileStatistics& {
                          if (!statistics) statistics = StatisticsOf(file, &used);
                          return *statistics;
                        }};
  return MayMatch(rows, schema_, partition_columns_, facts);
}

bool LogSnapshot::MayHold(const AddFile& file, const Predicate& rows) const {
  return MayHold(file, rows, ColumnsOf(rows, schema_));
}

// A predicate judged for one file after the other. For one thread.
class LogSnapshot::Pruning {
 public:
  Pruning(const LogSnapshot& snapshot, const Predicate& rows, const std::set<std::string>& used)
      : snapshot_(snapshot), rows_(rows), used_(used), by_statistics_(used.empty()) {
    for (const std::string& column : used) {
      (snapshot.partition_columns_.contains(column) ? by_partition_ : by_statistics_) = true;
    }
  }

  bool MayHold(size_t at) {
    const AddFiles& files = snapshot_.files();
    if (by_partition_ && !MayBeIn(files.PartitionAt(at))) return false;
    return !by_statistics_ || snapshot_.MayHold(files[at], rows_, used_);
  }

 private:
  // What the partition alone says, which many files share.
  bool MayBeIn(const PartitionValues& partition) {
    const auto [known, is_new] = partitions_.try_emplace(partition, true);
    if (!is_new) return known->second;
    const std::map<std::string, Value> values = snapshot_.PartitionOf(partition);
    const FileStatistics nothing;
    const FileFacts facts{[&]() -> const std::map<std::string, Value>& { return values; },
                          [&]() -> const FileStatistics& { return nothing; }};
    known->second = MayMatch(rows_, snapshot_.schema_, snapshot_.partition_columns_, facts);
    return known->second;
  }

  const LogSnapshot& snapshot_;
  const Predicate& rows_;
  const std::set<std::string>& used_;
  bool by_partition_ = false;
  bool by_statistics_;
  std::map<PartitionValues, bool> partitions_;
};

std::vector<size_t> LogSnapshot::FilesFor(const Predicate& rows) const {
  constexpr size_t kFilesAtOnce = 1 << 14;
  const size_t count = state_.files.size();
  std::vector<size_t> positions;
  if (rows.IsTrue()) {
    positions.resize(count);
    std::iota(positions.begin(), positions.end(), size_t{0});
    return positions;
  }
  const std::set<std::string> used = ColumnsOf(rows, schema_);
  std::vector<std::vector<size_t>> found((count + kFilesAtOnce - 1) / kFilesAtOnce);
  io::InParallel(found.size(), ReadingThreads(), [&](size_t part) {
    Pruning pruning(*this, rows, used);
    const size_t end = std::min(count, (part + 1) * kFilesAtOnce);
    for (size_t at = part * kFilesAtOnce; at < end; ++at) {
      if (pruning.MayHold(at)) found[part].push_back(at);
    }
  });
  for (const std::vector<size_t>& some : found) {
    positions.insert(positions.end(), some.begin(), some.end());
  }
  return positions;
}

}  // namespace weir::delta
