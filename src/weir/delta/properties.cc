#include "weir/delta/properties.h"

#include <algorithm>
#include <charconv>

#include "weir/base/error.h"
#include "weir/delta/property_values.h"
#include "weir/delta/type_widening.h"
#include "weir/types/data_type.h"

namespace weir::delta {
namespace {

// As long as names of folders may well be.
constexpr int64_t kLongestPrefix = 64;

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return integer;
}

std::vector<std::string> SplitColumns(std::string_view text) {
  std::vector<std::string> columns;
  bool quoted = false;
  std::string column;
  const auto finish = [&] {
    const size_t first = column.find_first_not_of(' ');
    const size_t last = column.find_last_not_of(' ');
    if (first != std::string::npos) columns.push_back(column.substr(first, last - first + 1));
    column.clear();
  };
  for (const char c : text) {
    if (c == '`') quoted = !quoted;
    if (c == ',' && !quoted) {
      finish();
    } else {
      column += c;
    }
  }
  finish();
  return columns;
}

}  // namespace

TableProperties PropertiesOf(const Configuration& configuration) {
  TableProperties properties;
  bool random_prefixes = false;
  int64_t prefix_length = 2;
  for (const auto& [name, value] : configuration) {
    if (name == "delta.appendOnly") {
      properties.append_only = ReadBoolean(name, value);
    } else if (name == "delta.enableDeletionVectors") {
      properties.deletion_vectors = ReadBoolean(name, value);
    } else if (name == "delta.enableChangeDataFeed") {
      properties.change_feed = ReadBoolean(name, value);
    } else if (name == "delta.checkpointInterval") {
      properties.checkpoint_interval = ReadInteger(name, value, 1);
    } else if (name == "weir.checkpointPartSize") {
      properties.checkpoint_part_size = ReadInteger(name, value, 1);
    } else if (name == "delta.checkpointPolicy") {
      properties.v2_checkpoints = ReadPolicy(name, value);
    } else if (name == "delta.logRetentionDuration") {
      properties.log_retention_millis = ReadInterval(name, value);
    } else if (name == "delta.enableExpiredLogCleanup") {
      properties.clean_log = ReadBoolean(name, value);
    } else if (name == "delta.enableRowTracking" || name == "delta.rowTrackingSuspended" ||
               name == "delta.enableInCommitTimestamps") {
      ReadBoolean(name, value);
    } else if (name == "delta.deletedFileRetentionDuration") {
      properties.deleted_file_retention_millis = ReadInterval(name, value);
    } else if (name == "delta.checkpoint.writeStatsAsJson") {
      properties.checkpoint_stats = ReadBoolean(name, value);
    } else if (name == "delta.dataSkippingNumIndexedCols") {
      properties.indexed_columns = ReadInteger(name, value, -1);
    } else if (name == "delta.dataSkippingStatsColumns") {
      properties.statistics_columns = SplitColumns(value);
    } else if (name == kEnableTypeWidening) {
      properties.type_widening = ReadBoolean(name, value);
    } else if (name == "delta.dropFeatureTruncateHistory.retentionDuration") {
      properties.truncated_history_millis = ReadInterval(name, value);
    } else if (name == kProtectedBefore) {
      properties.protected_before = ReadInteger(name, value, 0);
    } else if (name == "delta.parquet.compression.codec") {
      properties.codec = ReadCodec(name, value);
    } else if (name == "delta.parquet.format.version") {
      properties.parquet_version = ReadFormatVersion(name, value);
    } else if (name == "delta.randomizeFilePrefixes") {
      random_prefixes = ReadBoolean(name, value);
    } else if (name == "delta.randomPrefixLength") {
      prefix_length = ReadInteger(name, value, 1);
    } else if (name == "delta.targetFileSize") {
      properties.target_file_bytes = ReadBytes(name, value);
    }
  }
  if (random_prefixes) properties.random_prefix = std::min(prefix_length, kLongestPrefix);
  return properties;
}

std::optional<int64_t> ParseInterval(std::string_view text) {
  static const std::map<std::string, int64_t> kMicros = {
      {"microsecond", 1},          {"millisecond", 1000},   {"second", 1'000'000},
      {"minute", 60'000'000},      {"hour", 3'600'000'000}, {"day", 86'400'000'000},
      {"week", 7 * 86'400'000'000}};
  std::vector<std::string> words;
  std::string word;
  for (const char c : LowerName(text) + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  size_t at = !words.empty() && words[0] == "interval" ? 1 : 0;
  if (at == words.size() || (words.size() - at) % 2 != 0) return std::nullopt;
  int64_t micros = 0;
  for (; at < words.size(); at += 2) {
    const auto count = ParseInteger(words[at]);
    std::string unit = words[at + 1];
    if (unit.ends_with('s')) unit.pop_back();
    const auto found = kMicros.find(unit);
    int64_t part = 0;
    if (!count || *count < 0 || found == kMicros.end() ||
        __builtin_mul_overflow(*count, found->second, &part) ||
        __builtin_add_overflow(micros, part, &micros)) {
      return std::nullopt;
    }
  }
  return micros / 1000;
}

std::optional<int64_t> ParseBytes(std::string_view text) {
  static const std::map<std::string, int> kShifts = {{"", 0},   {"b", 0},   {"k", 10}, {"kb", 10},
                                                     {"m", 20}, {"mb", 20}, {"g", 30}, {"gb", 30},
                                                     {"t", 40}, {"tb", 40}, {"p", 50}, {"pb", 50}};
  const std::string lowered = LowerName(text);
  const size_t digits = std::min(lowered.find_first_not_of("0123456789"), lowered.size());
  const auto count = ParseInteger(std::string_view(lowered).substr(0, digits));
  std::string unit = lowered.substr(digits);
  if (unit.starts_with(' ')) unit.erase(0, 1);
  const auto shift = kShifts.find(unit);
  int64_t bytes = 0;
  if (!count || shift == kShifts.end() ||
      __builtin_mul_overflow(*count, int64_t{1} << shift->second, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

void CheckMayLoseRows(const Configuration& configuration, const std::string& table) {
  if (!PropertiesOf(configuration).append_only) return;
  throw Error(ErrorCode::kInvalid, "table " + table +
                                       " is for appending only; to change or remove rows, set its "
                                       "property delta.appendOnly to false first")
      .WithCondition("DELTA_CANNOT_MODIFY_APPEND_ONLY");
}

bool IsTrue(const Configuration& configuration, const std::string& property) {
  const auto found = configuration.find(property);
  return found != configuration.end() && LowerName(found->second) == "true";
}

}  // namespace weir::delta
