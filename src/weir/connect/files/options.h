#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/clock.h"
#include "weir/connect/source.h"
#include "weir/types/data_type.h"

namespace weir::connect {

// What to do with a malformed record.
enum class ParseMode { kPermissive, kDropMalformed, kFailFast };

// How records of one file are read. Made from FileSet::options; what is not there has its default.
struct RecordOptions {
  ParseMode mode = ParseMode::kPermissive;
  bool ignore_corrupt_files = true;
  bool ignore_missing_files = false;
  bool case_sensitive = true;  // Among rescued columns only.
  std::string corrupt_column = "_corrupt_record";

  // CSV.
  bool header = false;
  bool by_position = false;  // enforceSchema: the header's names don't count.
  std::string delimiter = ",";
  char quote = '"';    // NUL: none.
  char escape = '\\';  // NUL: none.
  char comment = 0;    // NUL: none.
  std::string null_text;
  std::string empty_text;
  std::string nan_text = "NaN";
  std::string positive_infinity = "Inf";
  std::string negative_infinity = "-Inf";
  bool trim_leading = false;
  bool trim_trailing = false;
  int64_t skip_rows = 0;  // Lines at the start of each file.

  // JSON.
  bool primitives_as_text = false;
};
// Throws Error{kInvalid} for a value that can't be.
RecordOptions RecordOptionsFrom(const std::map<std::string, std::string>& options);

enum class SchemaEvolution { kNone, kRescue, kAddNewColumns };

// The arguments of read_files, checked.
struct FileOptions {
  std::string path;                                   // As written.
  std::string format;                                 // "csv", "json", "parquet"
  std::map<std::string, std::string> record_options;  // For FileSet::options.

  std::optional<Schema> schema;
  Schema hints;
  bool infer_types = true;
  SchemaEvolution evolution = SchemaEvolution::kAddNewColumns;
  std::string rescued_column;  // "" for none.

  bool recursive = true;
  std::string name_filter;  // A pattern for file names, or "".
  std::optional<Instant> modified_after;
  std::optional<Instant> modified_before;
  bool include_existing = true;
  bool allow_overwrites = false;
  uint64_t max_files = 1000;          // In one batch.
  std::optional<uint64_t> max_bytes;  // In one batch; at least one file is taken.
};

// Checks everything there is to check and reports all that is wrong at once (DiagnosticError): an
// option nobody knows, one that weir does not support yet, one without meaning for the format, a
// value that can't be. Options are known with and without the prefix "cloudFiles.".
FileOptions FileOptionsFrom(const std::vector<Argument>& arguments, const OpenContext& context);

// The path among the arguments. Throws DiagnosticError or Error{kInvalid} when there is none.
std::string PathArgument(const std::vector<Argument>& arguments);

}  // namespace weir::connect
