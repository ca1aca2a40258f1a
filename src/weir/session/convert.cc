#include <algorithm>
#include <set>

#include "weir/base/error.h"
#include "weir/base/json.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/paths.h"
#include "weir/delta/schema_rules.h"
#include "weir/session/rows.h"
#include "weir/session/statement.h"
#include "weir/session/table_write.h"
#include "weir/session/volume_path.h"
#include "weir/types/schema_json.h"

// CONVERT TO DELTA parquet.`path`: a log for a folder of Parquet files, which stay as they are.
namespace weir::session {
namespace {

constexpr const char* kNullPartition = "__HIVE_DEFAULT_PARTITION__";

Error ConversionError(const std::string& condition, const std::string& message) {
  return Error(ErrorCode::kInvalid, message).WithCondition(condition);
}

bool IsHiddenName(std::string_view path) {
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    const bool partition = part.find('=') != std::string_view::npos && end < path.size();
    if (!partition && (part.starts_with('_') || part.starts_with('.'))) return true;
    begin = end + 1;
  }
  return false;
}

// The values that the folders of a file name: "day=1/x.parquet" gives {day: 1}.
delta::PartitionValues ValuesInPath(const std::string& path, const Schema& partitions) {
  delta::PartitionValues values;
  std::vector<std::string> named;
  for (size_t begin = 0;;) {
    const size_t end = path.find('/', begin);
    if (end == std::string::npos) break;
    const std::string part = path.substr(begin, end - begin);
    begin = end + 1;
    const size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    const std::string column = delta::DecodePath(part.substr(0, equals));
    const std::string value = delta::DecodePath(part.substr(equals + 1));
    named.push_back(column);
    const auto at = partitions.Find(column);
    if (!at) continue;
    const Field& field = partitions[*at];
    if (value == kNullPartition || value.empty()) {
      values[field.name] = std::nullopt;
      continue;
    }
    try {
      delta::PartitionValueFromText(value, field.type, field.name);
    } catch (const Error&) {
      throw ConversionError("DELTA_FAILED_CAST_PARTITION_VALUE",
                            "the folder " + part + " gives " + QuoteName(field.name) +
                                " the value '" + value + "', which is no " + field.type.ToSql());
    }
    values[field.name] = value;
  }
  if (named.size() != partitions.size()) {
    throw ConversionError("DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME",
                          "the file " + path + " is in the folders of " +
                              std::to_string(named.size()) + " partition column(s), and " +
                              std::to_string(partitions.size()) +
                              " are declared; PARTITIONED BY (name TYPE, ...) declares them");
  }
  if (values.size() != partitions.size()) {
    throw ConversionError("DELTA_UNEXPECTED_PARTITION_COLUMN_FROM_FILE_NAME",
                          "the folders of the file " + path +
                              " have other names than the columns that PARTITIONED BY declares");
  }
  return values;
}

struct FoundFiles {
  std::vector<delta::AddFile> files;
  Schema schema;
};

FoundFiles FilesToConvert(const io::Location& folder, connect::FormatReader& formats,
                          const Schema& partitions) {
  FoundFiles found;
  for (const io::ObjectInfo& object :
       folder.store->List(folder.prefix, "", io::ObjectStore::kNoLimit)) {
    const std::string path = object.key.substr(folder.prefix.size());
    if (IsHiddenName(path)) continue;
    Schema schema;
    try {
      schema = formats.ReadSchema("parquet", *folder.store, object.key);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCorrupt) throw;
      throw ConversionError(
          "DELTA_CONVERT_NON_PARQUET_FILE",
          "the folder holds the file " + path + ", which is not Parquet: " + error.what());
    }
    found.schema =
        found.files.empty() ? std::move(schema) : delta::MergeSchema(found.schema, schema);
    delta::AddFile file;
    file.path = delta::EncodePath(path);
    file.partition_values = ValuesInPath(path, partitions);
    file.size = static_cast<int64_t>(object.size);
    file.modification_time_millis = object.modified.millis();
    found.files.push_back(std::move(file));
  }
  if (found.files.empty()) {
    throw ConversionError("DELTA_EMPTY_DIRECTORY",
                          "there are no Parquet files in " + folder.uri + " to convert");
  }
  return found;
}

// What the files hold, with the columns that their folders name behind.
Schema WithPartitions(const Schema& stored, const Schema& partitions) {
  std::vector<Field> fields;
  for (const Field& field : stored.fields()) {
    if (!partitions.Find(field.name)) fields.push_back(field);
  }
  for (const Field& field : partitions.fields()) fields.push_back(field);
  return Schema(std::move(fields));
}

}  // namespace

void Preparer::operator()(const sql::ConvertToDelta& statement) {
  RefuseVolumePath(statement.path, statement.path_span, "a table can't have its folder in a volume",
                   "name a folder outside of volumes, or read its files with read_files");
  for (const auto use : {catalog::Privilege::kReadFiles, catalog::Privilege::kWriteFiles}) {
    const io::Location folder =
        ResolveJudged(services_, principal(), use, statement.path, options_.base_folder);
    (use == catalog::Privilege::kReadFiles ? prepared_.access.reads : prepared_.access.writes)
        .push_back(folder.uri);
  }
}

std::unique_ptr<Result> Executor::operator()(const sql::ConvertToDelta& statement) {
  const io::Location folder = services_.stores.Resolve(statement.path, options_.base_folder);
  if (folder.uri != prepared_.access.writes.front()) {
    throw Error(ErrorCode::kConflict,
                statement.path + " leads to another folder than a moment ago; run it again");
  }
  const delta::Table table = OpenTable(services_, folder.uri);
  if (table.Exists()) return Done();  // As Delta does: it is one already.
  const Schema partitions = SchemaOf(statement.partitioned_by);
  FoundFiles found = FilesToConvert(table.location(), services_.engine.format_reader(), partitions);
  TableDeclaration declaration;
  declaration.schema = WithPartitions(found.schema, partitions);
  for (const Field& field : partitions.fields())
    declaration.partition_columns.push_back(field.name);
  TableChange change;
  change.metadata = MetadataOf(declaration, services_.clock);
  // Not of our making: what fails leaves them.
  change.returned = std::move(found.files);
  change.commit = CommitOptions("CONVERT");
  change.commit.parameters = {
      {"numFiles", "\"" + std::to_string(change.returned.size()) + "\""},
      {"partitionedBy", Json(Json(declaration.partition_columns).dump()).dump()},
      {"collectStats", statement.statistics ? "\"true\"" : "\"false\""},
      {"sourceFormat", "\"parquet\""}};
  change.commit.metrics = {{"numConvertedFiles", std::to_string(change.returned.size())}};
  versions_[folder.uri] = CommitChange(services_, table, change).version;
  if (statement.statistics) {
    catalog::TableInfo info;
    info.name = {"", "delta", statement.path};
    info.location = folder.uri;
    ComputeStatistics(info, table, table.Latest(), false);
  }
  return Done();
}

}  // namespace weir::session
