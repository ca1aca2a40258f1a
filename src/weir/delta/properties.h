#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::delta {

using Configuration = std::map<std::string, std::string>;

enum class ParquetCodec { kNone, kSnappy, kGzip, kZstd, kLz4, kBrotli };

// What the `delta.*` properties of a table ask of a writer, defaults where they are silent.
struct TableProperties {
  bool append_only = false;
  bool deletion_vectors = false;                // delta.enableDeletionVectors
  bool change_feed = false;                     // delta.enableChangeDataFeed
  std::optional<int64_t> checkpoint_interval;   // delta.checkpointInterval
  std::optional<int64_t> checkpoint_part_size;  // weir.checkpointPartSize: actions.
  bool v2_checkpoints = false;                  // delta.checkpointPolicy
  int64_t log_retention_millis = 30LL * 24 * 3600 * 1000;
  bool clean_log = true;  // delta.enableExpiredLogCleanup
  int64_t deleted_file_retention_millis = 7LL * 24 * 3600 * 1000;
  int64_t target_file_bytes = 256LL << 20;  // delta.targetFileSize
  bool checkpoint_stats = true;             // delta.checkpoint.writeStatsAsJson
  // Which leaf columns get statistics: the first so many (-1: all), unless named.
  int64_t indexed_columns = 32;
  std::optional<std::vector<std::string>> statistics_columns;  // delta.dataSkippingStatsColumns
  bool type_widening = false;                                  // delta.enableTypeWidening
  // delta.dropFeatureTruncateHistory.retentionDuration
  int64_t truncated_history_millis = 24LL * 3600 * 1000;
  ParquetCodec codec = ParquetCodec::kZstd;  // delta.parquet.compression.codec
  int parquet_version = 1;                   // delta.parquet.format.version
  // delta.randomizeFilePrefixes: how long the name of the folder is that a file gets. 0: none.
  int64_t random_prefix = 0;
  int64_t protected_before = 0;  // delta.requireCheckpointProtectionBeforeVersion
};

// Throws Error{kInvalid} that names a property whose value can't be read.
TableProperties PropertiesOf(const Configuration& configuration);

// "interval 1 week", "7 days 12 hours" in milliseconds; nothing for what is not such a text.
std::optional<int64_t> ParseInterval(std::string_view text);

// "128mb", "1g", "1048576" (bytes), units of 1024, in bytes; nothing for what is not such a text.
std::optional<int64_t> ParseBytes(std::string_view text);

// Throws Error{kInvalid}, DELTA_CANNOT_MODIFY_APPEND_ONLY, where delta.appendOnly is set.
void CheckMayLoseRows(const Configuration& configuration, const std::string& table);

inline constexpr const char* kProtectedBefore = "delta.requireCheckpointProtectionBeforeVersion";

bool IsTrue(const Configuration& configuration, const std::string& property);

}  // namespace weir::delta
