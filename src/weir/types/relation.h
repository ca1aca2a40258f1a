#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "weir/base/clock.h"
#include "weir/types/batch.h"
#include "weir/types/data_type.h"
#include "weir/types/time_zone.h"
#include "weir/types/value.h"

namespace weir {

// One file of a source.
struct SourceFile {
  std::string uri;  // As the user sees it and `_metadata.file_path` shows it.
  std::string key;  // In the store that holds it.
  uint64_t size = 0;
  Instant modified;
  std::string etag;
  std::vector<Value> folder_values = {};  // Of FileSet::folder_columns.
};

// Files of one format, to be read as rows of `schema`. Options are the reader's, checked already.
struct FileSet {
  std::string format;  // "csv", "json", "parquet", "text", "binaryfile"
  std::vector<SourceFile> files;
  Schema schema;  // What the files hold; without those below.
  std::map<std::string, std::string> options;
  std::string rescued_column;    // "" for none: a STRING column after the others.
  bool metadata = true;          // The hidden `_metadata` struct can be asked for.
  TimeZonePtr zone = UtcZone();  // Of times in texts that name none.
  // URIs of those of the files of which an earlier batch may have read other bytes: rows of that
  // are to go when these come.
  std::vector<std::string> replaced = {};
  // Columns behind `schema` that the folders of a file tell ("year=2024").
  Schema folder_columns = {};
};

// Rows a connector produces itself. `open` may be called once for every run of the batch.
struct BatchSequence {
  Schema schema;
  std::function<std::unique_ptr<BatchStream>()> open;
};

// What a connector hands over: rows as a value, read when the engine wants them.
using Relation = std::variant<FileSet, BatchSequence>;

// The type of `_metadata` of file sources: file_path, file_name, file_size, file_block_start,
// file_block_length, file_modification_time; none of them nullable.
DataType FileMetadataType();
// `_metadata` of the rows of one file.
Value FileMetadataOf(const SourceFile& file);

}  // namespace weir
