#include "weir/delta/properties.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/type_widening.h"
#include "weir/types/data_type.h"

namespace weir::delta {
namespace {

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return integer;
}

[[noreturn]] void BadValue(const std::string& property, const std::string& value,
                           const std::string& wanted) {
  throw Error(ErrorCode::kInvalid,
              "table property " + property + " = '" + value + "' should be " + wanted)
      .WithCondition("DELTA_INVALID_TABLE_PROPERTY");
}

bool ReadBoolean(const std::string& property, const std::string& value) {
  const std::string lowered = LowerName(value);
  if (lowered == "true") return true;
  if (lowered == "false") return false;
  BadValue(property, value, "true or false");
}

int64_t ReadInteger(const std::string& property, const std::string& value, int64_t least) {
  const auto integer = ParseInteger(value);
  if (!integer || *integer < least) {
    BadValue(property, value, "an integer of at least " + std::to_string(least));
  }
  return *integer;
}

int64_t ReadInterval(const std::string& property, const std::string& value) {
  const auto millis = ParseInterval(value);
  if (!millis) BadValue(property, value, "an interval like 'interval 7 days'");
  return *millis;
}

int64_t ReadBytes(const std::string& property, const std::string& value) {
  const auto bytes = ParseBytes(value);
  if (!bytes || *bytes == 0) BadValue(property, value, "a size like '128mb' or '134217728'");
  return *bytes;
}

// Whether checkpoints are to be v2 ones.
bool ReadPolicy(const std::string& property, const std::string& value) {
  const std::string lowered = LowerName(value);
  if (lowered == "v2") return true;
  if (lowered == "classic") return false;
  BadValue(property, value, "classic or v2");
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

// Properties that other engines act on and that leave nothing for weir to do: weir keeps them.
constexpr std::array<std::string_view, 11> kHints = {
    "delta.setTransactionRetentionDuration",
    "delta.autoOptimize",
    "delta.autoOptimize.autoCompact",
    "delta.autoOptimize.optimizeWrite",
    "delta.tuneFileSizesForRewrites",
    "delta.randomizeFilePrefixes",
    "delta.randomPrefixLength",
    "delta.isolationLevel",  // weir's commits are serializable whatever it says.
    "delta.parquet.compression.codec",
    "delta.parquet.format.version",
    "delta.workloadBasedColumns",
};

// Properties that may only say what a table without the feature does.
struct Only {
  std::string_view property;
  std::string_view value;
  std::string_view feature;
};
constexpr std::array<Only, 7> kOnly = {{
    {"delta.enableIcebergCompatV1", "false", "icebergCompatV1"},
    {"delta.enableIcebergCompatV2", "false", "icebergCompatV2"},
    {"delta.enableVariantShredding", "false", "variantShredding"},
    {"delta.universalFormat.enabledFormats", "", "universalFormat"},
    {"delta.compatibility.symlinkFormatManifest.enabled", "false", "symlinkFormatManifest"},
    {"delta.checkpoint.writeStatsAsStruct", "false", "stats_parsed in checkpoints"},
    {"delta.checkpoint.writeStatsAsJson", "true", "checkpoints without stats"},
}};

void CheckProperty(const std::string& property, const std::string& value) {
  static constexpr std::array<std::string_view, 23> kHonoured = {
      "delta.dropFeatureTruncateHistory.retentionDuration", kProtectedBefore,
      kMappingMode, kMaxColumnId, kEnableTypeWidening, "delta.appendOnly",
      "delta.enableDeletionVectors", "delta.enableChangeDataFeed", "delta.checkpointInterval",
      "delta.deletedFileRetentionDuration", "delta.dataSkippingNumIndexedCols",
      "delta.dataSkippingStatsColumns", "delta.targetFileSize", "delta.checkpointPolicy",
      "delta.logRetentionDuration", "delta.enableExpiredLogCleanup", "delta.enableRowTracking",
      "delta.rowTrackingSuspended", "delta.enableInCommitTimestamps",
      // What weir sets itself; older metadata may come back with other ones.
      "delta.rowTracking.materializedRowIdColumnName",
      "delta.rowTracking.materializedRowCommitVersionColumnName",
      "delta.inCommitTimestampEnablementVersion", "delta.inCommitTimestampEnablementTimestamp"};
  if (std::find(kHonoured.begin(), kHonoured.end(), property) != kHonoured.end() ||
      std::find(kHints.begin(), kHints.end(), property) != kHints.end()) {
    return;
  }
  for (const Only& only : kOnly) {
    if (property != only.property) continue;
    if (LowerName(value) == only.value) return;
    throw Error(ErrorCode::kUnsupported, "table property " + property + " = '" + value +
                                             "' asks for `" + std::string(only.feature) +
                                             "`, which weir does not support yet");
  }
  if (property.starts_with("delta.constraints.")) return;
  throw Error(ErrorCode::kInvalid, "unknown table property " + property +
                                       "; properties of your own must not start with "
                                       "'delta.'")
      .WithCondition("DELTA_UNKNOWN_CONFIGURATION");
}

}  // namespace

TableProperties PropertiesOf(const Configuration& configuration) {
  TableProperties properties;
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
    } else if (name == "delta.targetFileSize") {
      properties.target_file_bytes = ReadBytes(name, value);
    }
  }
  return properties;
}

void CheckProperties(const Configuration& before, const Configuration& now) {
  PropertiesOf(now);
  MappingOf(now);
  for (const auto& [property, value] : now) {
    if (!property.starts_with("delta.")) continue;
    const auto old = before.find(property);
    if (old == before.end() || old->second != value) CheckProperty(property, value);
  }
}

void CheckMayBeSet(const std::string& property) {
  if (property != kMaxColumnId) return;
  throw Error(ErrorCode::kInvalid,
              "table property " + property + " is kept by whoever adds columns, and can't be set")
      .WithCondition("DELTA_CANNOT_MODIFY_TABLE_PROPERTY");
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
