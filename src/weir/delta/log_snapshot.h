#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "weir/delta/apply.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/log.h"
#include "weir/delta/snapshot.h"
#include "weir/io/object_store.h"

namespace weir::delta {

// A snapshot made of what the log says.
class LogSnapshot final : public Snapshot {
 public:
  // Throws Error: kCorrupt when the log lacks a protocol or metadata, or they contradict
  // themselves; kUnsupported when weir can't read the table.
  // `etag` is of the commit that made the version, "" where it is not known.
  LogSnapshot(io::Location table, Version version, int64_t timestamp_millis, std::string etag,
              TableState state, LogTail tail);

  Version version() const override { return version_; }
  int64_t timestamp_millis() const override { return timestamp_millis_; }
  const Protocol& protocol() const override { return *state_.protocol; }
  const Metadata& metadata() const override { return *state_.metadata; }
  const Schema& schema() const override { return schema_; }
  const AddFiles& files() const override { return state_.files; }
  size_t MemoryBytes() const override;
  const std::map<std::string, SetTransaction>& transactions() const override {
    return state_.transactions;
  }
  const std::map<std::string, DomainMetadata>& domains() const override { return state_.domains; }
  std::string KeyOf(const AddFile& file) const override;
  std::map<std::string, Value> PartitionOf(const AddFile& file) const override;
  FileStatistics StatisticsOf(const AddFile& file) const override;
  std::optional<int64_t> RowsIn(const std::vector<size_t>& positions) const override;
  std::vector<size_t> FilesFor(const Predicate& rows) const override;

  const TableState& state() const { return state_; }
  const std::string& etag() const { return etag_; }
  // As far as was seen when this was read: a checkpoint may have come since.
  const LogTail& tail() const { return tail_; }
  int64_t file_bytes() const { return state_.files.bytes(); }  // Of all files.
  // Whether some row of `file`, which need not be in the table, may fulfil `rows`.
  bool MayHold(const AddFile& file, const Predicate& rows) const;

 private:
  class Pruning;
  bool MayHold(const AddFile& file, const Predicate& rows, const std::set<std::string>& used) const;
  std::map<std::string, Value> PartitionOf(const PartitionValues& texts) const;
  FileStatistics StatisticsOf(const AddFile& file, const std::set<std::string>* wanted) const;

  io::Location table_;
  Version version_;
  int64_t timestamp_millis_;
  std::string etag_;
  TableState state_;
  LogTail tail_;
  Schema schema_;
  std::vector<StoredField> stored_;  // Of schema_.
  std::set<std::string> partition_columns_;
};

}  // namespace weir::delta
