#include "weir/delta/feature_removal.h"

#include <algorithm>
#include <map>

#include "weir/base/error.h"
#include "weir/delta/clustering.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/commit_times.h"
#include "weir/delta/log.h"
#include "weir/delta/log_names.h"
#include "weir/delta/properties.h"
#include "weir/delta/protocol.h"
#include "weir/delta/row_tracking.h"
#include "weir/delta/type_widening.h"
#include "weir/types/schema_json.h"

namespace weir::delta {
namespace {

constexpr const char* kPolicy = "delta.checkpointPolicy";
constexpr const char* kVectors = "delta.enableDeletionVectors";
constexpr const char* kSuspended = "delta.rowTrackingSuspended";
// What the names of columns in Parquet files must not have.
constexpr std::string_view kNotInFiles = " ,;{}()\n\t=";

bool IsWidening(const std::string& feature) { return feature.starts_with("typeWidening"); }

bool UsesV2(const Configuration& configuration) {
  const auto policy = configuration.find(kPolicy);
  return policy != configuration.end() && LowerName(policy->second) == "v2";
}

bool MetadataUses(const std::string& feature, const Metadata& metadata) {
  const Configuration& configuration = metadata.configuration;
  if (feature == "deletionVectors") return IsTrue(configuration, kVectors);
  if (feature == "columnMapping") return MappingOf(configuration) != ColumnMapping::kNone;
  if (feature == "v2Checkpoint") return UsesV2(configuration);
  if (!IsWidening(feature)) return false;
  return IsTrue(configuration, kEnableTypeWidening) ||
         HasTypeChanges(SchemaFromJson(metadata.schema_json));
}

bool FileUses(const std::string& feature, const AddFile& file) {
  return feature == "deletionVectors" && !file.deletion_vector_json.empty();
}

bool ActionUses(const std::string& feature, const Action& action) {
  if (const auto* metadata = std::get_if<Metadata>(&action))
    return MetadataUses(feature, *metadata);
  const auto* add = std::get_if<AddFile>(&action);
  return add != nullptr && FileUses(feature, *add);
}

void AddBadNames(const std::vector<Field>& fields, std::string& bad);

void AddBadNamesIn(const DataType& type, std::string& bad) {
  switch (type.id()) {
    case TypeId::kStruct:
      return AddBadNames(type.fields(), bad);
    case TypeId::kArray:
      return AddBadNamesIn(type.element(), bad);
    case TypeId::kMap:
      AddBadNamesIn(type.key(), bad);
      return AddBadNamesIn(type.value(), bad);
    default:
      return;
  }
}

void AddBadNames(const std::vector<Field>& fields, std::string& bad) {
  for (const Field& field : fields) {
    if (field.name.find_first_of(kNotInFiles) != std::string::npos) {
      bad += (bad.empty() ? "" : ", ") + QuoteName(field.name);
    }
    AddBadNamesIn(field.type, bad);
  }
}

std::vector<size_t> AllFiles(const Snapshot& table) {
  std::vector<size_t> all(table.files().size());
  for (size_t at = 0; at < all.size(); ++at) all[at] = at;
  return all;
}

void Erase(Metadata& metadata, std::initializer_list<const char*> properties) {
  for (const char* property : properties) metadata.configuration.erase(property);
}

void StopMapping(const Snapshot& table, Metadata& metadata, WithoutUse& without) {
  if (MappingOf(metadata.configuration) == ColumnMapping::kNone) return;
  std::string bad;
  AddBadNames(table.schema().fields(), bad);
  if (!bad.empty()) {
    throw Error(ErrorCode::kInvalid,
                "without a mapping the names of columns are those in files, and these have "
                "characters that can't be there: " +
                    bad + "; rename the columns first")
        .WithCondition("DELTA_INVALID_COLUMN_NAMES_WHEN_REMOVING_COLUMN_MAPPING");
  }
  if (!MapsNothing(table.schema(), metadata.configuration)) without.written_anew = AllFiles(table);
  const Schema schema = WithoutMapping(table.schema());
  metadata.schema_json = SchemaToJson(schema);
  Erase(metadata, {kMappingMode, kMaxColumnId});
  const auto columns = ClusteringColumns(table.domains(), table.schema());
  if (!columns.empty()) without.domains.push_back(ClusteringDomain(columns, schema));
}

void StopTracking(const Snapshot& table, Metadata& metadata, WithoutUse& without) {
  Erase(metadata, {kEnableRowTracking, kSuspended, kRowIdColumn, kRowVersionColumn});
  // Else rows would get the same ids once more, should they be tracked again.
  for (const AddFile& file : table.files()) {
    if (!file.base_row_id && !file.default_row_commit_version) continue;
    without.retold.push_back(file);
    without.retold.back().base_row_id.reset();
    without.retold.back().default_row_commit_version.reset();
  }
  const auto domain = table.domains().find(kRowTrackingDomain);
  if (domain == table.domains().end()) return;
  without.domains.push_back(domain->second);
  without.domains.back().removed = true;
}

bool IsV2Named(const std::string& key) {
  const auto name = ParseLogName(std::string_view(key).substr(key.rfind('/') + 1));
  return name && name->kind == LogName::Kind::kV2Checkpoint;
}

}  // namespace

FeatureConcern ConcernOf(std::string_view feature) {
  static const std::map<std::string_view, FeatureConcern> kConcerns = {
      {"appendOnly", FeatureConcern::kStays},
      {"invariants", FeatureConcern::kStays},
      {"timestampNtz", FeatureConcern::kStays},
      {"generatedColumns", FeatureConcern::kStays},
      {"identityColumns", FeatureConcern::kStays},
      {"variantType", FeatureConcern::kStays},
      {"variantType-preview", FeatureConcern::kStays},
      {"variantShredding", FeatureConcern::kStays},
      {"variantShredding-preview", FeatureConcern::kStays},
      {"deletionVectors", FeatureConcern::kReaders},
      {"columnMapping", FeatureConcern::kReaders},
      {"typeWidening", FeatureConcern::kReaders},
      {"typeWidening-preview", FeatureConcern::kReaders},
      {"v2Checkpoint", FeatureConcern::kReaders},
      {"vacuumProtocolCheck", FeatureConcern::kReaders},
      {"checkpointProtection", FeatureConcern::kNobodyElse},
      {"checkConstraints", FeatureConcern::kWriters},
      {"inCommitTimestamp", FeatureConcern::kWriters},
      {"rowTracking", FeatureConcern::kWriters},
      {"domainMetadata", FeatureConcern::kWriters},
      {"clustering", FeatureConcern::kWriters},
      {"allowColumnDefaults", FeatureConcern::kWriters},
      {"changeDataFeed", FeatureConcern::kWriters}};
  const auto found = kConcerns.find(feature);
  return found == kConcerns.end() ? FeatureConcern::kUnknown : found->second;
}

std::string FeaturesThatNeed(const std::string& feature, const Protocol& protocol) {
  if (feature != "domainMetadata") return {};
  std::string names;
  // Both keep what they know in a domain.
  for (const char* needs : {"clustering", "rowTracking"}) {
    if (HasWriterFeature(protocol, needs))
      names += (names.empty() ? "" : ", ") + std::string(needs);
  }
  return names;
}

WithoutUse StopUsing(const std::string& feature, const Snapshot& table) {
  WithoutUse without;
  Metadata metadata = table.metadata();
  if (feature == "deletionVectors") {
    Erase(metadata, {kVectors});
    for (size_t at = 0; at < table.files().size(); ++at) {
      if (FileUses(feature, table.files()[at])) without.written_anew.push_back(at);
    }
  } else if (feature == "columnMapping") {
    StopMapping(table, metadata, without);
  } else if (IsWidening(feature)) {
    // Which files are narrow is told by them alone.
    if (HasTypeChanges(table.schema())) {
      without.written_anew = AllFiles(table);
      metadata.schema_json = SchemaToJson(WithoutTypeChanges(table.schema()));
    }
    Erase(metadata, {kEnableTypeWidening});
  } else if (feature == "v2Checkpoint") {
    if (UsesV2(metadata.configuration)) metadata.configuration[kPolicy] = "classic";
  } else if (feature == "inCommitTimestamp") {
    Erase(metadata, {kTimestampsSinceVersion, kTimestampsSinceMillis});
    if (IsTrue(metadata.configuration, kEnableInCommitTimestamps)) {
      metadata.configuration[kEnableInCommitTimestamps] = "false";
    }
  } else if (feature == "rowTracking") {
    StopTracking(table, metadata, without);
  } else if (feature == "clustering") {
    const auto domain = table.domains().find(kClusteringDomain);
    if (domain != table.domains().end()) {
      without.domains.push_back(domain->second);
      without.domains.back().removed = true;
    }
  }
  const bool same = ActionToJson(Action(metadata)) == ActionToJson(Action(table.metadata()));
  if (!same) without.metadata = std::move(metadata);
  return without;
}

bool HistoryUses(const std::string& feature, const Table& table) {
  const Log log(table.location());
  const auto checkpoints = log.Checkpoints();
  if (feature == "v2Checkpoint") {
    for (const CheckpointFiles& files : checkpoints) {
      if (std::any_of(files.keys.begin(), files.keys.end(), IsV2Named)) return true;
    }
  }
  if (!checkpoints.empty()) {
    const auto oldest = table.At(checkpoints.front().version);
    if (MetadataUses(feature, oldest->metadata())) return true;
    for (const AddFile& file : oldest->files()) {
      if (FileUses(feature, file)) return true;
    }
  }
  for (const CommitFile& commit : log.Commits()) {
    const CommitActions entry = log.ReadCommit(commit.version);
    for (const Action& action : entry.actions) {
      if (ActionUses(feature, action)) return true;
    }
  }
  return false;
}

}  // namespace weir::delta
