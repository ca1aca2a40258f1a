#include "weir/delta/clustering.h"

#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/schema_rules.h"
#include "weir/delta/statistics.h"

namespace weir::delta {
namespace {

constexpr const char* kNameInFiles = "delta.columnMapping.physicalName";

// How the log calls a column: by its own name, or by the one that column mapping gave it.
std::string NameInLog(const Field& field) {
  if (field.metadata.find(kNameInFiles) == std::string::npos) return field.name;
  const Json metadata = ParseJson(field.metadata, "the metadata of a column");
  const auto name = metadata.find(kNameInFiles);
  return name != metadata.end() && name->is_string() ? name->get<std::string>() : field.name;
}

// The field that a path leads to, by names as `name_of` gives them; null: none.
template <typename NameOf>
const Field* FieldAt(const std::vector<Field>& fields, const Predicate::Path& path,
                     const NameOf& name_of, Predicate::Path& spelled) {
  const std::vector<Field>* level = &fields;
  const Field* found = nullptr;
  for (const std::string& part : path) {
    if (level == nullptr) return nullptr;
    const auto at = std::find_if(level->begin(), level->end(),
                                 [&](const Field& field) { return name_of(field) == part; });
    if (at == level->end()) return nullptr;
    found = &*at;
    spelled.push_back(at->name);
    level = at->type.id() == TypeId::kStruct ? &at->type.fields() : nullptr;
  }
  return found;
}

std::string OwnName(const Field& field) { return field.name; }

[[noreturn]] void BadDomain(const std::string& problem) {
  throw Error(ErrorCode::kCorrupt,
              "the domain " + std::string(kClusteringDomain) + " of the log " + problem);
}

[[noreturn]] void RefuseColumns(const char* condition, const std::string& message) {
  throw Error(ErrorCode::kInvalid, message).WithCondition(condition);
}

std::vector<Predicate::Path> PathsInLog(const std::map<std::string, DomainMetadata>& domains) {
  const auto domain = domains.find(kClusteringDomain);
  if (domain == domains.end()) return {};
  const Json configuration = ParseJson(domain->second.configuration, kClusteringDomain);
  const auto columns = configuration.find("clusteringColumns");
  if (columns == configuration.end() || !columns->is_array()) BadDomain("names no columns");
  std::vector<Predicate::Path> paths;
  for (const Json& column : *columns) {
    if (!column.is_array()) BadDomain("names a column that is no list of names");
    Predicate::Path& path = paths.emplace_back();
    for (const Json& part : column) {
      if (!part.is_string()) BadDomain("has a name that is no text");
      path.push_back(part.get<std::string>());
    }
  }
  return paths;
}

void CheckKept(const std::map<std::string, DomainMetadata>& domains, const Schema& before,
               const Schema& now) {
  for (const Predicate::Path& in_log : PathsInLog(domains)) {
    Predicate::Path spelled, kept;
    if (FieldAt(before.fields(), in_log, NameInLog, spelled) == nullptr ||
        FieldAt(now.fields(), in_log, NameInLog, kept) != nullptr) {
      continue;
    }
    RefuseColumns("DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN",
                  "the table is clustered by " + DottedPath(spelled) +
                      ", which can't be dropped before that changes: ALTER TABLE ... CLUSTER BY "
                      "(other columns), or NONE");
  }
}

}  // namespace

std::string DottedPath(const Predicate::Path& path) {
  std::string text;
  for (const std::string& part : path) {
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    text += (text.empty() ? "" : ".") + (plain ? part : QuoteName(part));
  }
  return text;
}

bool HasBounds(const DataType& type) {
  switch (type.id()) {
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
    case TypeId::kString:
      return true;
    default:
      return false;
  }
}

std::vector<Predicate::Path> ClusteringColumns(const std::map<std::string, DomainMetadata>& domains,
                                               const Schema& schema) {
  std::vector<Predicate::Path> paths;
  for (const Predicate::Path& in_log : PathsInLog(domains)) {
    Predicate::Path spelled;
    if (FieldAt(schema.fields(), in_log, NameInLog, spelled) == nullptr) {
      BadDomain("names the column " + DottedPath(in_log) + ", which the table does not have");
    }
    paths.push_back(std::move(spelled));
  }
  return paths;
}

std::optional<std::vector<Predicate::Path>> FindClusteringColumns(
    const std::map<std::string, DomainMetadata>& domains, const Schema& schema) {
  std::vector<Predicate::Path> paths;
  for (const Predicate::Path& in_log : PathsInLog(domains)) {
    Predicate::Path& spelled = paths.emplace_back();
    if (FieldAt(schema.fields(), in_log, NameInLog, spelled) == nullptr) return std::nullopt;
  }
  return paths;
}

DomainMetadata ClusteringDomain(const std::vector<Predicate::Path>& columns, const Schema& schema) {
  Json list = Json::array();
  for (const Predicate::Path& path : columns) {
    Json names = Json::array();
    const std::vector<Field>* level = &schema.fields();
    for (const std::string& part : path) {
      for (const Field& field : *level) {
        if (field.name != part) continue;
        names.push_back(NameInLog(field));
        level = field.type.id() == TypeId::kStruct ? &field.type.fields() : level;
        break;
      }
    }
    list.push_back(std::move(names));
  }
  Json configuration;
  configuration["clusteringColumns"] = std::move(list);
  configuration["domainName"] = kClusteringDomain;
  return {kClusteringDomain, configuration.dump(), false};
}

void CheckClusteringColumns(const std::vector<Predicate::Path>& columns, const Metadata& metadata,
                            const Schema& schema) {
  if (columns.empty()) return;
  if (!metadata.partition_columns.empty()) {
    RefuseColumns("DELTA_CLUSTER_BY_WITH_PARTITIONED_BY",
                  "a table is clustered or partitioned, not both");
  }
  if (columns.size() > kMostClusteringColumns) {
    RefuseColumns("DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS",
                  "CLUSTER BY takes up to " + std::to_string(kMostClusteringColumns) +
                      " columns, not " + std::to_string(columns.size()));
  }
  const auto leaves = StatisticsLeaves(schema, metadata);
  std::set<Predicate::Path> seen;
  for (const Predicate::Path& path : columns) {
    const std::string name = DottedPath(path);
    if (!seen.insert(path).second) {
      RefuseColumns("DELTA_DUPLICATE_COLUMNS_FOUND",
                    "CLUSTER BY names the column " + name + " twice");
    }
    Predicate::Path spelled;
    const Field* const field = FieldAt(schema.fields(), path, OwnName, spelled);
    if (field == nullptr) {
      RefuseColumns("DELTA_COLUMN_NOT_FOUND_IN_SCHEMA",
                    "the table has no column " + name + " to be clustered by");
    }
    if (!HasBounds(field->type)) {
      RefuseColumns("DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED",
                    "the column " + name + " is of type " + field->type.ToSql() +
                        ", of which files keep no least and greatest value: a table can't be "
                        "clustered by it");
    }
    if (std::find(leaves.begin(), leaves.end(), path) == leaves.end()) {
      RefuseColumns("DELTA_CLUSTERING_COLUMN_MISSING_STATS",
                    "the table is to be clustered by " + name +
                        ", of which its files keep no statistics; the properties "
                        "delta.dataSkippingStatsColumns and delta.dataSkippingNumIndexedCols say "
                        "of which columns they do");
    }
  }
}

void CheckClusteringAfter(const Snapshot* base, const std::vector<DomainMetadata>& changed,
                          const Metadata& metadata, const Schema& schema) {
  auto domains = base != nullptr ? base->domains() : std::map<std::string, DomainMetadata>();
  bool chosen = false;
  for (const DomainMetadata& domain : changed) {
    chosen = chosen || domain.domain == kClusteringDomain;
    if (domain.removed) {
      domains.erase(domain.domain);
    } else {
      domains[domain.domain] = domain;
    }
  }
  if (base != nullptr && !chosen) CheckKept(domains, base->schema(), schema);
  CheckClusteringColumns(ClusteringColumns(domains, schema), metadata, schema);
}

}  // namespace weir::delta
