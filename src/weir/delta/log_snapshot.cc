#include "weir/delta/log_snapshot.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/deletion_vector.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/paths.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/skipping.h"
#include "weir/delta/statistics.h"
#include "weir/delta/type_widening.h"
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
  for (const AddFile& file : state_.files) file_bytes_ += file.size;
}

std::string LogSnapshot::KeyOf(const AddFile& file) const { return KeyOfPath(table_, file.path); }

std::map<std::string, Value> LogSnapshot::PartitionOf(const AddFile& file) const {
  std::map<std::string, Value> values;
  for (const std::string& column : partition_columns_) {
    const DataType& type = FindExact(schema_, column)->type;
    const auto found = file.partition_values.find(StoredName(schema_, stored_, column));
    values.emplace(column, found == file.partition_values.end()
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

std::vector<size_t> LogSnapshot::FilesFor(const Predicate& rows) const {
  const bool all = rows.IsTrue();
  const std::set<std::string> used = ColumnsOf(rows, schema_);
  std::vector<size_t> positions;
  for (size_t i = 0; i < state_.files.size(); ++i) {
    if (all || MayHold(state_.files[i], rows, used)) positions.push_back(i);
  }
  return positions;
}

}  // namespace weir::delta
