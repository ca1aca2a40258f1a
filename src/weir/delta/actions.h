#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "weir/delta/partition_values.h"

// The actions of a Delta log, as PROTOCOL.md of delta-io/delta names them ("Actions").
namespace weir::delta {

// A member of our commitInfo: how many actions the entry holds, this one among them. The place
// where a file was cut off may well be the end of a line.
inline constexpr const char* kActionCount = "weirActions";

using Version = int64_t;

struct Protocol {
  int min_reader_version = 1;
  int min_writer_version = 2;
  std::vector<std::string> reader_features;  // Only when min_reader_version is 3.
  std::vector<std::string> writer_features;  // Only when min_writer_version is 7.
  bool operator==(const Protocol&) const = default;
};

struct Metadata {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string format_provider = "parquet";
  std::map<std::string, std::string> format_options;
  std::string schema_json;
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;
  std::optional<int64_t> created_time_millis;
};

struct AddFile {
  std::string path;  // As in the log: URI-encoded, relative to the table or absolute.
  PartitionValues partition_values;
  int64_t size = 0;
  int64_t modification_time_millis = 0;
  bool data_change = true;
  std::string stats_json;  // "" when there are none. PROTOCOL.md, "Per-file Statistics".
  std::map<std::string, std::string> tags;
  std::string deletion_vector_json;  // "" when there is none. See deletion_vector.h.
  // PROTOCOL.md, "Row Tracking": the id of the file's first row, and the version that added it.
  std::optional<int64_t> base_row_id;
  std::optional<Version> default_row_commit_version;
  std::string clustering_provider;  // Who clustered its rows ("liquid"); "" for nobody.
};

struct RemoveFile {
  std::string path;
  std::optional<int64_t> deletion_timestamp_millis;
  bool data_change = true;
  bool extended_file_metadata = false;
  PartitionValues partition_values;
  std::optional<int64_t> size;
  std::string deletion_vector_json;
  std::optional<int64_t> base_row_id;
  std::optional<Version> default_row_commit_version;
};

// Rows that a commit changed, with how in their column _change_type (PROTOCOL.md, "Add CDC File").
// No part of the table.
struct CdcFile {
  std::string path;
  PartitionValues partition_values;
  int64_t size = 0;
  std::map<std::string, std::string> tags;
};

struct SetTransaction {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> last_updated_millis;
};

struct CommitInfo {
  int64_t timestamp_millis = 0;
  std::string operation;                          // "WRITE", "CREATE TABLE", ...
  std::map<std::string, std::string> parameters;  // Values are JSON texts.
  std::map<std::string, std::string> metrics;     // operationMetrics
  std::optional<Version> read_version;
  std::string isolation_level;
  bool is_blind_append = false;
  std::string engine_info;
  std::string txn_id;
  std::map<std::string, std::string> more;  // Other members, as JSON texts ("userName", ...).
};

// A part of a v2 checkpoint that holds actions about files ("Sidecar File Information").
struct Sidecar {
  std::string path;  // URI-encoded; by custom only the name below _delta_log/_sidecars.
  int64_t size = 0;
  int64_t modification_time_millis = 0;
};

struct DomainMetadata {
  std::string domain;
  std::string configuration;
  bool removed = false;
};

using Action = std::variant<Protocol, Metadata, AddFile, RemoveFile, SetTransaction, CommitInfo,
                            DomainMetadata, CdcFile>;

// One line of a commit, without line feed.
std::string ActionToJson(const Action& action);
// Nothing for an action weir has no use for (sidecar, checkpointMetadata, unknown ones).
// Safe from many threads.
// Throws Error{kCorrupt} naming `where` (a file and line).
std::optional<Action> ActionFromJson(std::string_view line, std::string_view where);

// Of the rows of a checkpoint alone.
std::string SidecarToJson(const Sidecar& sidecar);
std::optional<Sidecar> SidecarFromJson(std::string_view line, std::string_view where);

}  // namespace weir::delta
