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

// What becomes of fields that no column is there for.
enum class SchemaEvolution {
  kNone,
  kRescue,
  kAddNewColumns,
  kWiden,  // The same, and columns grow with the types of their values.
  kFail,
};
inline bool AddsColumns(SchemaEvolution mode) {
  return mode == SchemaEvolution::kAddNewColumns || mode == SchemaEvolution::kWiden;
}

// What becomes of a file that was read and is another one now.
enum class Overwrites { kIgnore, kAppend, kReplace };

// What becomes of files that were read, in time.
enum class Cleaning { kOff, kDelete, kMove };

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

  // Folders called "column=value" are columns: all there are, or those of the list.
  bool reads_folders = true;
  std::optional<std::vector<std::string>> folder_columns;

  bool recursive = true;
  bool strict_globs = true;  // `*` stays within one name.
  std::string name_filter;   // A pattern for file names, or "".
  std::optional<Instant> modified_after;
  std::optional<Instant> modified_before;
  bool include_existing = true;
  Overwrites overwrites = Overwrites::kIgnore;
  uint64_t max_files = 1000;          // In one batch.
  std::optional<uint64_t> max_bytes;  // In one batch; at least one file is taken.
  std::optional<int64_t> max_age;     // Microseconds; older files don't count.

  // What comes is told, not listed: by the disks, or by the messages of a queue.
  bool notifications = false;
  std::string queue_url;  // "" for none.
  std::string queue_region;
  uint64_t queue_threads = 1;
  std::optional<int64_t> backfill;  // Microseconds after which it is listed all the same.

  Cleaning cleaning = Cleaning::kOff;
  int64_t retention = 0;         // Microseconds that a file stays after its rows were committed.
  std::string move_destination;  // A folder; for kMove.
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
