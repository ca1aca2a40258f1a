#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/delta/column_mapping.h"
#include "weir/engine/engine.h"
#include "weir/types/predicate.h"

namespace weir::engine {

// The columns of a schema in files: by name, or by Parquet's field_id.
struct StoredColumns {
  std::vector<delta::StoredField> fields;  // As in the schema.
  bool by_id = false;
};

// Parquet files to be read as rows of one schema, and what is known of them without opening them.
// Files go by their position. Immutable; safe from many threads.
class ParquetSource {
 public:
  virtual ~ParquetSource() = default;
  virtual const Schema& schema() const = 0;
  virtual const std::shared_ptr<io::ObjectStore>& store() const = 0;
  virtual size_t size() const = 0;
  virtual std::string KeyOf(size_t file) const = 0;
  virtual std::string UriOf(size_t file) const = 0;  // As people know it.
  virtual uint64_t BytesOf(size_t file) const = 0;
  // What is known of a file that nobody ever changes; nothing of others.
  virtual std::optional<io::ObjectInfo> KnownOf(size_t) const { return std::nullopt; }
  // Whether its files may be of older versions of a table, which VACUUM removes.
  virtual bool is_past() const { return false; }
  // The position of the file in what was given: of a table, in its snapshot.
  virtual size_t PositionOf(size_t file) const = 0;
  // Columns whose value is the same in all rows of a file and not read from it, by position in the
  // schema.
  virtual const std::vector<size_t>& constant_columns() const = 0;
  // Their values in a file, in that order.
  virtual std::vector<Value> ConstantsOf(size_t file) const = 0;
  // Those of this file alone: other files hold them as columns of their own.
  virtual std::vector<std::pair<size_t, Value>> OwnConstantsOf(size_t) const { return {}; }
  // What files call the schema's columns; nothing where they call them by the schema's names.
  virtual const std::optional<StoredColumns>& stored_columns() const = 0;
  // A column that takes what a file holds beside the others: columns of other names, and of types
  // that are not the wanted ones nor narrower.
  virtual std::optional<size_t> rescued_column() const = 0;
  // The columns of files that keep what rows had before they moved, and the column of the schema
  // that each is.
  virtual const std::map<std::string, std::string>& renamed_columns() const = 0;
  // Which rows of a file are read. Reads the store.
  virtual ChosenRows RowsOf(size_t file) const = 0;
  // What is known of the rows that are read of a file, and of columns; empty when nothing is.
  virtual delta::FileStatistics StatisticsOf(size_t file) const = 0;
  // Rows of these files, without the deleted ones; nothing when one does not say.
  virtual std::optional<int64_t> RowsIn(const std::vector<size_t>& files) const;
  // Which of all files may hold rows for which `rows` is true, in order.
  virtual std::vector<size_t> FilesFor(const Predicate& rows) const = 0;
};

// The files of a Delta table's snapshot.
std::shared_ptr<const ParquetSource> OpenTable(const TableInput& input);
// Rows of a change feed.
std::shared_ptr<const ParquetSource> OpenFeed(const FeedInput& input);
// Parquet files that a connector found; the rescued column and `_metadata` come after the others.
std::shared_ptr<const ParquetSource> OpenParquetFiles(const FileSet& files,
                                                      std::shared_ptr<io::ObjectStore> store);
// One of them, and the rows in it.
struct CountedFile {
  size_t position;
  int64_t rows;
};
// Those alone of the files of a FileSet.
std::shared_ptr<const ParquetSource> OpenParquetFiles(const RelationInput& input,
                                                      std::vector<CountedFile> files);

}  // namespace weir::engine
