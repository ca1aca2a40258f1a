#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/packed_files.h"
#include "weir/types/data_type.h"
#include "weir/types/predicate.h"
#include "weir/types/value.h"

namespace weir::delta {

// What one column holds in one file. Bounds may be wider than the data, never narrower; they say
// nothing about NaNs, which other writers leave out of them.
struct ColumnStatistics {
  std::optional<Value> min;
  std::optional<Value> max;
  std::optional<int64_t> null_count;
};

// Statistics of one file, parsed by the table's schema. Of a file with a deletion vector they are
// those of the rows that are left, as far as they are known.
struct FileStatistics {
  std::optional<int64_t> rows;
  // By path of leaf columns, names as in the schema.
  std::map<Predicate::Path, ColumnStatistics> columns;
};

// A table at one version. Immutable; safe from many threads.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  virtual Version version() const = 0;
  virtual int64_t timestamp_millis() const = 0;  // Of the commit of this version.
  virtual const Protocol& protocol() const = 0;
  virtual const Metadata& metadata() const = 0;
  virtual const Schema& schema() const = 0;  // Partition columns included, in table order.
  virtual const AddFiles& files() const = 0;
  // What it takes, roughly; what it shares with others included.
  virtual size_t MemoryBytes() const = 0;
  virtual const std::map<std::string, SetTransaction>& transactions() const = 0;
  virtual const std::map<std::string, DomainMetadata>& domains() const = 0;
  // Key of a data file of this table in the table's store (decoded, absolute paths resolved).
  virtual std::string KeyOf(const AddFile& file) const = 0;
  // Partition values of a file as typed values, by column name as in the schema.
  virtual std::map<std::string, Value> PartitionOf(const AddFile& file) const = 0;
  // Parsed on demand; an empty result when the file has none or they don't parse. Throws
  // Error{kCorrupt} for a deletion vector that is not described as one.
  virtual FileStatistics StatisticsOf(const AddFile& file) const = 0;
  // Rows of the files at these positions; nothing when one does not say. Throws as StatisticsOf.
  virtual std::optional<int64_t> RowsIn(const std::vector<size_t>& positions) const = 0;
  // Positions in files() that may hold rows for which `rows` is true.
  virtual std::vector<size_t> FilesFor(const Predicate& rows) const = 0;
};

}  // namespace weir::delta
