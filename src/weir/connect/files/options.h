#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weir/base/clock.h"
#include "weir/connect/files/record_options.h"
#include "weir/connect/source.h"
#include "weir/types/data_type.h"

namespace weir::connect {

enum class SchemaEvolution { kNone, kRescue, kAddNewColumns };

// The arguments of read_files, checked.
struct FileOptions {
  std::string path;                                   // As written.
  std::string caller = "read_files";                  // Who was given it; for messages.
  std::string base_folder = {};                       // That a relative path starts in.
  std::string format;                                 // In lower case: "csv".
  std::map<std::string, std::string> record_options;  // For FileSet::options.
  TimeZonePtr zone = UtcZone();                       // For FileSet::zone.

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

// Whether files of the format (in lower case) are text or binary files: their columns are given,
// nothing is inferred and nothing rescued.
bool HasFixedColumns(std::string_view format);

// Checks everything there is to check and reports all that is wrong at once (DiagnosticError): an
// option nobody knows, one that weir does not support yet, one without meaning for the format, a
// value that can't be. Options are known with and without the prefix "cloudFiles.".
FileOptions FileOptionsFrom(const std::vector<Argument>& arguments, const OpenContext& context);

// The path among the arguments. Throws DiagnosticError or Error{kInvalid} when there is none.
std::string PathArgument(const std::vector<Argument>& arguments);

}  // namespace weir::connect
