#include "weir/engine/duckdb/table_writer.h"

#include <algorithm>

#include "weir/base/check.h"
#include "weir/base/clock.h"
#include "weir/base/error.h"
#include "weir/delta/partition_value.h"
#include "weir/delta/paths.h"
#include "weir/delta/statistics.h"
#include "weir/engine/duckdb/engine_text.h"
#include "weir/engine/duckdb/type_mapping.h"
#include "weir/types/schema_json.h"

namespace weir::engine {
namespace {

constexpr int64_t kFileBytes = 256 << 20;

void CheckStorable(const DataType& type, const std::string& column) {
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kYearMonthInterval:
    case TypeId::kDayTimeInterval:
      throw Error(ErrorCode::kUnsupported, "column `" + column + "` is of type " + type.ToSql() +
                                               ", which a table can't hold; cast it");
    case TypeId::kArray:
      return CheckStorable(type.element(), column);
    case TypeId::kMap:
      CheckStorable(type.key(), column);
      return CheckStorable(type.value(), column);
    case TypeId::kStruct:
      for (const Field& field : type.fields()) CheckStorable(field.type, column);
      return;
    default:
      return;
  }
}

// Positions of the partition columns in the schema.
std::vector<size_t> PartitionPositions(const WriteTarget& target) {
  std::vector<size_t> positions;
  for (const std::string& name : target.partition_columns) {
    const auto position = target.schema.Find(name);
    if (!position) {
      throw Error(ErrorCode::kInvalid, "partition column `" + name + "` is not in the table");
    }
    positions.push_back(*position);
  }
  if (!positions.empty() && positions.size() == target.schema.size()) {
    throw Error(ErrorCode::kInvalid,
                "[ALL_PARTITION_COLUMNS_NOT_ALLOWED] a table needs a column besides its partition "
                "columns")
        .WithCondition("ALL_PARTITION_COLUMNS_NOT_ALLOWED");
  }
  return positions;
}

bool Contains(const std::vector<size_t>& positions, size_t position) {
  return std::find(positions.begin(), positions.end(), position) != positions.end();
}

// What is stored in `field` for the plan's column.
std::string StoredExpression(const sql::PlanColumn& column, const Field& field, bool is_partition) {
  std::string text = "c" + std::to_string(column.id);
  if (!field.nullable && column.nullable) {
    const std::string message = "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] column `" + field.name +
                                "` is NOT NULL, and a row has NULL there; nothing was written";
    text = "CASE WHEN " + text + " IS NULL THEN error(" + QuotedText(message) + ") ELSE " + text +
           " END";
  }
  // A partition column is not stored; a folder's name is made of its text.
  if (is_partition) {
    // Readers take the empty text of a partition for NULL, so it is NULL here too.
    return field.type.id() == TypeId::kString ? "nullif(" + text + ", '')" : text;
  }
  return "weir_file(" + text + ", NULL::" + ToDuckdbFile(field.type).ToString() + ")";
}

// Statistics --------------------------------------------------------------------------------------

// "\"st\".\"c\"\"d\"" -> {st, c"d}.
Predicate::Path PathOf(const std::string& quoted) {
  Predicate::Path path;
  bool inside = false;
  for (size_t i = 0; i < quoted.size(); ++i) {
    const char c = quoted[i];
    if (!inside) {
      if (c == '"') {
        inside = true;
        path.emplace_back();
      }
    } else if (c != '"') {
      path.back() += c;
    } else if (i + 1 < quoted.size() && quoted[i + 1] == '"') {
      path.back() += '"';
      ++i;
    } else {
      inside = false;
    }
  }
  return path;
}

// The type of a leaf that has statistics: members of structs, not of arrays and maps.
std::optional<DataType> LeafType(const Schema& schema, const Predicate::Path& path) {
  DataType type = schema.AsStruct();
  for (const std::string& name : path) {
    if (type.id() != TypeId::kStruct) return std::nullopt;
    const auto& fields = type.fields();
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    if (found == fields.end()) return std::nullopt;
    type = DataType(found->type);
  }
  if (type.IsNested()) return std::nullopt;
  return type;
}

// A value as the engine prints it.
std::optional<Value> ValueOf(const duckdb::Value& text, const DataType& type) {
  duckdb::Value value;
  std::string problem;
  if (!text.DefaultTryCastAs(ToDuckdb(type), value, &problem)) return std::nullopt;
  return FromDuckdb(value, type);
}

delta::WrittenColumn ColumnOf(const duckdb::Value& statistics, const DataType& type) {
  delta::WrittenColumn column;
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(statistics)) {
    const auto& members = duckdb::StructValue::GetChildren(entry);
    const std::string& name = duckdb::StringValue::Get(members[0]);
    if (members[1].IsNull()) continue;
    if (name == "null_count") {
      column.statistics.null_count = std::stoll(duckdb::StringValue::Get(members[1]));
    } else if (name == "has_nan") {
      column.has_nan = duckdb::StringValue::Get(members[1]) == "true";
    } else if (type.id() == TypeId::kBinary) {
      continue;
    } else if (name == "min") {
      column.statistics.min = ValueOf(members[1], type);
    } else if (name == "max") {
      column.statistics.max = ValueOf(members[1], type);
    }
  }
  return column;
}

std::string StatsOf(const duckdb::Value& by_column, int64_t rows, const Schema& file_columns,
                    const delta::Metadata& metadata) {
  std::map<Predicate::Path, delta::WrittenColumn> columns;
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(by_column)) {
    const auto& members = duckdb::StructValue::GetChildren(entry);
    const Predicate::Path path = PathOf(duckdb::StringValue::Get(members[0]));
    const auto type = LeafType(file_columns, path);
    if (type) columns.emplace(path, ColumnOf(members[1], *type));
  }
  return delta::BuildStatsJson(file_columns, metadata, rows, columns);
}

delta::PartitionValues PartitionOf(const duckdb::Value& keys, const WriteTarget& target) {
  delta::PartitionValues values;
  if (target.partition_columns.empty()) return values;
  for (const duckdb::Value& entry : duckdb::MapValue::GetChildren(keys)) {
    const auto& members = duckdb::StructValue::GetChildren(entry);
    const auto column = target.schema.Find(duckdb::StringValue::Get(members[0]));
    WEIR_CHECK(column);
    const Field& field = target.schema[*column];
    std::optional<std::string> text;
    if (!members[1].IsNull()) {
      const auto value = ValueOf(members[1], field.type);
      WEIR_CHECK(value);
      text = delta::PartitionValueToText(*value);
    }
    values.emplace(field.name, std::move(text));
  }
  return values;
}

}  // namespace

std::string WriteStatement(const std::string& select, const std::vector<sql::PlanColumn>& columns,
                           const WriteTarget& target) {
  WEIR_CHECK(columns.size() == target.schema.size());
  const std::vector<size_t> partition = PartitionPositions(target);
  std::string stored;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Field& field = target.schema[i];
    CheckStorable(field.type, field.name);
    if (!stored.empty()) stored += ", ";
    stored += StoredExpression(columns[i], field, Contains(partition, i)) + " AS " +
              QuotedName(field.name);
  }
  std::string options =
      "FORMAT parquet, CODEC 'zstd', RETURN_STATS true, "
      "FILENAME_PATTERN 'part-{i}-{uuidv4}.c000.zstd', FILE_EXTENSION 'parquet'";
  if (partition.empty()) {
    options += ", WRITE_EMPTY_FILE false, FILE_SIZE_BYTES " + std::to_string(kFileBytes);
  } else {
    std::string names;
    for (const size_t position : partition) {
      if (!names.empty()) names += ", ";
      names += QuotedName(target.schema[position].name);
    }
    options += ", PARTITION_BY (" + names + ")";
  }
  std::string folder(StatementContext::kNewFiles);
  folder.pop_back();  // The engine puts a '/' after it.
  return "COPY (SELECT " + stored + " FROM (" + select + ")) TO " + QuotedText(folder) + " (" +
         options + ")";
}

std::vector<delta::AddFile> WrittenFiles(Run& run, const WriteTarget& target,
                                         RunStatistics* statistics) {
  const std::vector<size_t> partition = PartitionPositions(target);
  std::vector<Field> stored;
  for (size_t i = 0; i < target.schema.size(); ++i) {
    if (!Contains(partition, i)) stored.push_back(target.schema[i]);
  }
  const Schema file_columns(std::move(stored));
  delta::Metadata metadata;
  metadata.schema_json = SchemaToJson(target.schema);
  metadata.partition_columns = target.partition_columns;
  metadata.configuration = target.properties;

  const std::string_view folder = StatementContext::kNewFiles;
  std::vector<delta::AddFile> files;
  int64_t written = 0;
  while (const auto chunk = run.Next()) {
    for (duckdb::idx_t row = 0; row < chunk->size(); ++row) {
      const std::string path = chunk->GetValue(0, row).GetValue<std::string>();
      WEIR_CHECK(path.starts_with(folder));
      const std::string relative = path.substr(folder.size());
      const auto rows = chunk->GetValue(1, row).GetValue<int64_t>();
      if (rows == 0) {
        target.table.store->Delete(target.table.prefix + relative);
        continue;
      }
      written += rows;
      delta::AddFile file;
      file.path = delta::EncodePath(relative);
      file.partition_values = PartitionOf(chunk->GetValue(5, row), target);
      file.size = chunk->GetValue(2, row).GetValue<int64_t>();
      file.modification_time_millis = SystemClock().Now().millis();
      file.stats_json = StatsOf(chunk->GetValue(4, row), rows, file_columns, metadata);
      files.push_back(std::move(file));
    }
  }
  *statistics = run.context().Statistics();
  statistics->rows = written;
  return files;
}

}  // namespace weir::engine
