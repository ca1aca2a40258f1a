#include "weir/delta/known_properties.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/property_values.h"
#include "weir/delta/type_widening.h"
#include "weir/types/data_type.h"

namespace weir::delta {
namespace {

using PropertyCheck = std::function<void(const std::string& property, const std::string& value)>;

PropertyCheck AtLeast(int64_t least) {
  return [least](const std::string& property, const std::string& value) {
    ReadInteger(property, value, least);
  };
}

PropertyCheck OneOf(std::vector<std::string_view> words) {
  return [words = std::move(words)](const std::string& property, const std::string& value) {
    ReadWord(property, value, words);
  };
}

// One that may only say what a table without the feature does.
PropertyCheck Only(const std::string& allowed, const std::string& feature) {
  return [allowed, feature](const std::string& property, const std::string& value) {
    if (LowerName(value) == allowed) return;
    throw Error(ErrorCode::kUnsupported, "table property " + property + " = '" + value +
                                             "' asks for `" + feature +
                                             "`, which weir does not support yet");
  };
}

void Anything(const std::string&, const std::string&) {}

const std::map<std::string, PropertyCheck>& KnownProperties() {
  static const std::map<std::string, PropertyCheck> kKnown = {
      {kMappingMode, Anything},  // MappingOf reads it.
      {kMaxColumnId, Anything},
      {kEnableTypeWidening, ReadBoolean},
      {kProtectedBefore, AtLeast(0)},
      {"delta.appendOnly", ReadBoolean},
      {"delta.autoOptimize", ReadBoolean},
      {"delta.autoOptimize.autoCompact", OneOf({"true", "false", "auto", "legacy"})},
      {"delta.autoOptimize.optimizeWrite", ReadBoolean},
      {"delta.checkpoint.writeStatsAsJson", Only("true", "checkpoints without stats")},
      {"delta.checkpoint.writeStatsAsStruct", Only("false", "stats_parsed in checkpoints")},
      {"delta.checkpointInterval", AtLeast(1)},
      {"delta.checkpointPolicy", ReadPolicy},
      {"delta.compatibility.symlinkFormatManifest.enabled", Only("false", "symlinkFormatManifest")},
      {"delta.dataSkippingNumIndexedCols", AtLeast(-1)},
      {"delta.dataSkippingStatsColumns", Anything},  // The schema is asked for them.
      {"delta.deletedFileRetentionDuration", ReadInterval},
      {"delta.dropFeatureTruncateHistory.retentionDuration", ReadInterval},
      {"delta.enableChangeDataFeed", ReadBoolean},
      {"delta.enableDeletionVectors", ReadBoolean},
      {"delta.enableExpiredLogCleanup", ReadBoolean},
      {"delta.enableIcebergCompatV1", Only("false", "icebergCompatV1")},
      {"delta.enableIcebergCompatV2", Only("false", "icebergCompatV2")},
      {"delta.enableIcebergCompatV3", Only("false", "icebergCompatV3")},
      {"delta.enableInCommitTimestamps", ReadBoolean},
      {"delta.enableRowTracking", ReadBoolean},
      {"delta.enableVariantShredding", Only("false", "variantShredding")},
      {"delta.isolationLevel", OneOf({"Serializable", "WriteSerializable"})},
      {"delta.logRetentionDuration", ReadInterval},
      {"delta.parquet.compression.codec", ReadCodec},
      {"delta.parquet.format.version", ReadFormatVersion},
      {"delta.randomPrefixLength", AtLeast(1)},
      {"delta.randomizeFilePrefixes", ReadBoolean},
      {"delta.rowTrackingSuspended", ReadBoolean},
      {"delta.setTransactionRetentionDuration", ReadInterval},
      {"delta.targetFileSize", ReadBytes},
      {"delta.tuneFileSizesForRewrites", ReadBoolean},
      {"delta.universalFormat.enabledFormats", Only("", "universalFormat")},
      {"delta.workloadBasedColumns", Anything},
      // What weir sets itself; older metadata may come back with other ones.
      {"delta.inCommitTimestampEnablementTimestamp", Anything},
      {"delta.inCommitTimestampEnablementVersion", Anything},
      {"delta.rowTracking.materializedRowCommitVersionColumnName", Anything},
      {"delta.rowTracking.materializedRowIdColumnName", Anything}};
  return kKnown;
}

void CheckProperty(const std::string& property, const std::string& value) {
  const auto known = KnownProperties().find(property);
  if (known != KnownProperties().end()) return known->second(property, value);
  if (property.starts_with("delta.constraints.")) return;
  if (property.starts_with("delta.coordinatedCommits.")) {
    throw Error(ErrorCode::kUnsupported,
                "table property " + property +
                    " asks for `coordinatedCommits`, which weir does not support yet");
  }
  throw Error(ErrorCode::kInvalid, "unknown table property " + property +
                                       "; properties of your own must not start with "
                                       "'delta.'")
      .WithCondition("DELTA_UNKNOWN_CONFIGURATION");
}

// "a.b" of every field, within structs too.
void AddDotted(const std::vector<Field>& fields, const std::string& above,
               std::set<std::string>& names) {
  for (const Field& field : fields) {
    const std::string name = above + LowerName(field.name);
    names.insert(name);
    if (field.type.id() == TypeId::kStruct) AddDotted(field.type.fields(), name + ".", names);
  }
}

}  // namespace

void CheckStatisticsColumns(const Configuration& configuration, const Schema& schema) {
  const auto columns = PropertiesOf(configuration).statistics_columns;
  if (!columns) return;
  std::set<std::string> names;
  AddDotted(schema.fields(), "", names);
  for (const std::string& column : *columns) {
    std::string plain = LowerName(column);
    std::erase(plain, '`');
    if (names.contains(plain)) continue;
    throw Error(ErrorCode::kInvalid,
                "table property delta.dataSkippingStatsColumns names the column " + column +
                    ", and there is none; the columns are " + schema.ToDdl())
        .WithCondition("DELTA_COLUMN_NOT_FOUND_IN_SCHEMA");
  }
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
  if (property != kMaxColumnId && property != kProtectedBefore) return;
  throw Error(ErrorCode::kInvalid, "table property " + property +
                                       " is kept by whoever changes the table, and can't be set")
      .WithCondition("DELTA_CANNOT_MODIFY_TABLE_PROPERTY");
}

std::string PropertyName(const std::string& property) {
  const std::string lowered = LowerName(property);
  if (!lowered.starts_with("delta.")) return property;
  for (const char* prefix : {"delta.feature.", "delta.constraints."}) {
    if (lowered.starts_with(prefix)) return prefix + property.substr(std::string(prefix).size());
  }
  for (const char* asked : {"delta.minReaderVersion", "delta.minWriterVersion"}) {
    if (LowerName(asked) == lowered) return asked;
  }
  for (const auto& [name, check] : KnownProperties()) {
    if (LowerName(name) == lowered) return name;
  }
  return "delta." + property.substr(6);
}

}  // namespace weir::delta
