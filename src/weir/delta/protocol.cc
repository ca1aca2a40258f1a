#include "weir/delta/protocol.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "weir/base/error.h"
#include "weir/delta/column_mapping.h"
#include "weir/delta/properties.h"
#include "weir/delta/type_widening.h"

namespace weir::delta {
namespace {

using Names = std::vector<std::string>;

bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void Insert(Names& names, const std::string& name) {
  if (!Has(names, name)) names.push_back(name);
}

std::string Quoted(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

// Whether some field, at any depth, has a member in its metadata that starts with `"key`.
bool AnyFieldHas(const std::vector<Field>& fields, const std::string& key);

bool TypeHas(const DataType& type, const std::string& key) {
  switch (type.id()) {
    case TypeId::kStruct:
      return AnyFieldHas(type.fields(), key);
    case TypeId::kArray:
      return TypeHas(type.element(), key);
    case TypeId::kMap:
      return TypeHas(type.key(), key) || TypeHas(type.value(), key);
    default:
      return false;
  }
}

bool AnyFieldHas(const std::vector<Field>& fields, const std::string& key) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.metadata.find("\"" + key) != std::string::npos || TypeHas(field.type, key);
  });
}

// The features that a writer version below 7 stands for.
Names ImpliedWriterFeatures(int writer_version) {
  Names names;
  if (writer_version >= 2) names = {"appendOnly", "invariants"};
  if (writer_version >= 3) names.push_back("checkConstraints");
  if (writer_version >= 4) {
    names.push_back("changeDataFeed");
    names.push_back("generatedColumns");
  }
  if (writer_version >= 5) names.push_back("columnMapping");
  if (writer_version >= 6) names.push_back("identityColumns");
  return names;
}

Names WriterFeaturesOf(const Protocol& protocol) {
  if (protocol.min_writer_version >= 7) return protocol.writer_features;
  Names names = ImpliedWriterFeatures(protocol.min_writer_version);
  // Readers would have to know it too.
  if (protocol.min_reader_version < 2) std::erase(names, "columnMapping");
  return names;
}

bool HasConstraint(const Configuration& configuration) {
  const auto first = configuration.lower_bound("delta.constraints.");
  return first != configuration.end() && first->first.starts_with("delta.constraints.");
}

// Whether weir does what the feature asks of a writer.
bool IsHonoured(const std::string& feature) {
  // The rules of rows are kept by whoever writes rows: sql/row_rules.h, sql/column_values.h.
  static constexpr std::array<std::string_view, 23> kHonoured = {
      "appendOnly",          "timestampNtz",
      "domainMetadata",      "columnMapping",
      "typeWidening",        "typeWidening-preview",
      "deletionVectors",     "v2Checkpoint",
      "rowTracking",         "inCommitTimestamp",
      "changeDataFeed",      "invariants",
      "checkConstraints",    "generatedColumns",
      "allowColumnDefaults", "identityColumns",
      "clustering",          "checkpointProtection",
      "vacuumProtocolCheck",  // A matter of VACUUM alone.
      "variantType",         "variantType-preview",
      "variantShredding",    "variantShredding-preview"};
  return std::find(kHonoured.begin(), kHonoured.end(), feature) != kHonoured.end();
}

[[noreturn]] void Refuse(const std::string& table, const std::string& kind, const Names& features) {
  throw Error(ErrorCode::kUnsupported, "table " + table + " needs " + kind + " feature(s) " +
                                           Quoted(features) + ", which weir does not support yet");
}

[[noreturn]] void RefuseVersion(const std::string& table, const std::string& kind, int version,
                                int most) {
  throw Error(ErrorCode::kUnsupported,
              "table " + table + " needs " + kind + " version " + std::to_string(version) +
                  " of the Delta protocol; weir supports up to " + std::to_string(most));
}

void ToFeatures(Protocol& protocol) {
  if (protocol.min_writer_version >= 7) return;
  protocol.writer_features = WriterFeaturesOf(protocol);
  protocol.min_writer_version = 7;
}

Protocol TakeWriterVersion(Configuration& configuration, Protocol protocol) {
  const auto wanted = configuration.extract("delta.minWriterVersion");
  if (wanted.empty()) return protocol;
  const std::string& value = wanted.mapped();
  if (value.size() != 1 || value[0] < '1' || value[0] > '7') {
    throw Error(ErrorCode::kUnsupported, "table property delta.minWriterVersion = '" + value +
                                             "' is not supported; use a number from 1 to 7");
  }
  const int version = value[0] - '0';
  if (version < 7) return RaisedTo(std::move(protocol), {1, version, {}, {}});
  ToFeatures(protocol);
  return protocol;
}

}  // namespace

void CheckReadable(const Protocol& protocol, const std::string& table) {
  if (protocol.min_reader_version > 3)
    RefuseVersion(table, "reader", protocol.min_reader_version, 3);
  static constexpr std::array<std::string_view, 11> kReadable = {"timestampNtz",
                                                                 "vacuumProtocolCheck",
                                                                 "columnMapping",
                                                                 "typeWidening",
                                                                 "typeWidening-preview",
                                                                 "deletionVectors",
                                                                 "v2Checkpoint",
                                                                 "variantType",
                                                                 "variantType-preview",
                                                                 "variantShredding",
                                                                 "variantShredding-preview"};
  Names missing;
  if (protocol.min_reader_version == 3) {
    for (const std::string& feature : protocol.reader_features) {
      if (std::find(kReadable.begin(), kReadable.end(), feature) == kReadable.end()) {
        missing.push_back(feature);
      }
    }
  }
  if (!missing.empty()) Refuse(table, "reader", missing);
}

void CheckWritable(const Protocol& protocol, const std::string& table) {
  CheckReadable(protocol, table);
  if (protocol.min_writer_version > 7)
    RefuseVersion(table, "writer", protocol.min_writer_version, 7);
  Names missing;
  for (const std::string& feature : WriterFeaturesOf(protocol)) {
    if (!IsHonoured(feature)) missing.push_back(feature);
  }
  if (!missing.empty()) Refuse(table, "writer", missing);
}

bool HasWriterFeature(const Protocol& protocol, const std::string& feature) {
  return Has(WriterFeaturesOf(protocol), feature);
}

Protocol WithWriterFeature(Protocol protocol, const std::string& feature) {
  if (Has(WriterFeaturesOf(protocol), feature)) return protocol;
  // More writers know the version than the list of features.
  if (feature == "checkConstraints" && protocol.min_writer_version < 3) {
    protocol.min_writer_version = 3;
    return protocol;
  }
  ToFeatures(protocol);
  Insert(protocol.writer_features, feature);
  return protocol;
}

Protocol WithReaderWriterFeature(Protocol protocol, const std::string& feature) {
  if (protocol.min_reader_version < 3) {
    const bool maps_columns = protocol.min_reader_version == 2;
    ToFeatures(protocol);
    protocol.min_reader_version = 3;
    protocol.reader_features.clear();
    if (maps_columns) {
      Insert(protocol.reader_features, "columnMapping");
      Insert(protocol.writer_features, "columnMapping");
    }
  }
  Insert(protocol.reader_features, feature);
  return WithWriterFeature(std::move(protocol), feature);
}

Protocol WithColumnMapping(Protocol protocol) {
  if (protocol.min_reader_version >= 3) {
    return WithReaderWriterFeature(std::move(protocol), "columnMapping");
  }
  // Reader version 2 is just that feature.
  protocol.min_reader_version = 2;
  return WithWriterFeature(std::move(protocol), "columnMapping");
}

Protocol WithoutFeature(Protocol protocol, const std::string& feature) {
  ToFeatures(protocol);
  std::erase(protocol.reader_features, feature);
  std::erase(protocol.writer_features, feature);
  const bool read_by_all = (protocol.min_reader_version == 3 && protocol.reader_features.empty()) ||
                           (protocol.min_reader_version == 2 && feature == "columnMapping");
  if (read_by_all) protocol.min_reader_version = 1;
  if (protocol.min_reader_version > 2) return protocol;
  const std::set<std::string> left(protocol.writer_features.begin(),
                                   protocol.writer_features.end());
  for (int version = 1; version <= 6; ++version) {
    const Names implied = ImpliedWriterFeatures(version);
    if (left != std::set<std::string>(implied.begin(), implied.end())) continue;
    return {protocol.min_reader_version, version, {}, {}};
  }
  return protocol;
}

Protocol RaisedTo(Protocol protocol, const Protocol& at_least) {
  if (protocol.min_writer_version < 7 && at_least.min_writer_version < 7) {
    protocol.min_writer_version =
        std::max(protocol.min_writer_version, at_least.min_writer_version);
  } else {
    for (const std::string& feature : WriterFeaturesOf(at_least)) {
      protocol = WithWriterFeature(std::move(protocol), feature);
    }
  }
  if (at_least.min_reader_version == 2) return WithColumnMapping(std::move(protocol));
  if (at_least.min_reader_version < 3) return protocol;
  for (const std::string& feature : at_least.reader_features) {
    protocol = WithReaderWriterFeature(std::move(protocol), feature);
  }
  return protocol;
}

Protocol RaisedFor(const Metadata& metadata, const Schema& schema, Protocol protocol) {
  const Configuration& configuration = metadata.configuration;
  const auto& fields = schema.fields();
  // First, since a version below the lists of features may do for it.
  if (HasConstraint(configuration)) {
    protocol = WithWriterFeature(std::move(protocol), "checkConstraints");
  }
  if (MappingOf(configuration) != ColumnMapping::kNone) {
    protocol = WithColumnMapping(std::move(protocol));
  }
  if (schema.AsStruct().Holds(TypeId::kTimestampNtz)) {
    protocol = WithReaderWriterFeature(std::move(protocol), "timestampNtz");
  }
  // Its preview is the same.
  if (schema.AsStruct().Holds(TypeId::kVariant) &&
      !Has(protocol.reader_features, "variantType-preview")) {
    protocol = WithReaderWriterFeature(std::move(protocol), "variantType");
  }
  const bool preview = Has(protocol.reader_features, "typeWidening-preview");
  if (!preview && (IsTrue(configuration, kEnableTypeWidening) || HasTypeChanges(schema))) {
    protocol = WithReaderWriterFeature(std::move(protocol), "typeWidening");
  }
  if (IsTrue(configuration, "delta.enableDeletionVectors")) {
    protocol = WithReaderWriterFeature(std::move(protocol), "deletionVectors");
  }
  const auto policy = configuration.find("delta.checkpointPolicy");
  if (policy != configuration.end() && LowerName(policy->second) == "v2") {
    protocol = WithReaderWriterFeature(std::move(protocol), "v2Checkpoint");
  }
  if (IsTrue(configuration, "delta.enableInCommitTimestamps")) {
    protocol = WithWriterFeature(std::move(protocol), "inCommitTimestamp");
  }
  if (IsTrue(configuration, "delta.enableRowTracking")) {
    protocol = WithWriterFeature(std::move(protocol), "domainMetadata");
    protocol = WithWriterFeature(std::move(protocol), "rowTracking");
  }
  if (AnyFieldHas(fields, "delta.invariants")) {
    protocol = WithWriterFeature(std::move(protocol), "invariants");
  }
  if (IsTrue(configuration, "delta.enableChangeDataFeed")) {
    protocol = WithWriterFeature(std::move(protocol), "changeDataFeed");
  }
  if (AnyFieldHas(fields, "delta.generationExpression")) {
    protocol = WithWriterFeature(std::move(protocol), "generatedColumns");
  }
  if (AnyFieldHas(fields, "delta.identity.")) {
    protocol = WithWriterFeature(std::move(protocol), "identityColumns");
  }
  if (AnyFieldHas(fields, "CURRENT_DEFAULT")) {
    protocol = WithWriterFeature(std::move(protocol), "allowColumnDefaults");
  }
  return protocol;
}

Protocol TakeProtocolProperties(Metadata& metadata, Protocol protocol) {
  auto& configuration = metadata.configuration;
  // Before what asks for features by name: a version that stands for them will do.
  protocol = TakeWriterVersion(configuration, std::move(protocol));
  for (auto at = configuration.begin(); at != configuration.end();) {
    const auto& [property, value] = *at;
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorCode::kUnsupported,
                  "table property " + property + " = '" + value + "' " + why);
    };
    if (property == "delta.minReaderVersion") {
      if (value != "1" && value != "2" && value != "3") refuse("is not supported; use 1, 2 or 3");
      if (value == "2") protocol = WithColumnMapping(std::move(protocol));
    } else if (property.starts_with("delta.feature.")) {
      const std::string feature = property.substr(14);
      if (value != "supported" && value != "enabled") refuse("should be 'supported'");
      if (feature == "columnMapping") {
        protocol = WithColumnMapping(std::move(protocol));
      } else if (feature == "timestampNtz" || feature == "vacuumProtocolCheck" ||
                 feature == "typeWidening" || feature == "deletionVectors" ||
                 feature == "v2Checkpoint" || feature == "variantType") {
        protocol = WithReaderWriterFeature(std::move(protocol), feature);
      } else if (feature == "appendOnly" || feature == "invariants" ||
                 feature == "domainMetadata" || feature == "inCommitTimestamp" ||
                 feature == "changeDataFeed" || feature == "checkConstraints" ||
                 feature == "generatedColumns" || feature == "allowColumnDefaults" ||
                 feature == "identityColumns" || feature == "checkpointProtection") {
        protocol = WithWriterFeature(std::move(protocol), feature);
      } else if (feature == "rowTracking" || feature == "clustering") {
        // Both keep what they know in a domain.
        protocol = WithWriterFeature(std::move(protocol), "domainMetadata");
        protocol = WithWriterFeature(std::move(protocol), feature);
      } else {
        refuse("asks for a table feature that weir does not support yet");
      }
    } else {
      ++at;
      continue;
    }
    at = configuration.erase(at);
  }
  return protocol;
}

}  // namespace weir::delta
