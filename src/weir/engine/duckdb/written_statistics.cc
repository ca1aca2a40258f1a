#include "weir/engine/duckdb/written_statistics.h"

#include <algorithm>
#include <map>
#include <optional>

#include "weir/delta/statistics.h"
#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

using ParquetStatistics = duckdb::case_insensitive_map_t<duckdb::Value>;

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

// A leaf that has statistics: members of structs, not of arrays and maps.
struct Leaf {
  Predicate::Path path;  // In the schema's names.
  DataType type;
};

std::optional<Leaf> LeafAt(const Schema& schema, const std::vector<delta::StoredField>& stored,
                           const Predicate::Path& stored_path) {
  Leaf leaf{{}, schema.AsStruct()};
  const std::vector<delta::StoredField>* level = &stored;
  for (const std::string& name : stored_path) {
    // A VARIANT is NULL where its parts are.
    if (leaf.type.id() == TypeId::kVariant && name == "metadata") return leaf;
    if (leaf.type.id() != TypeId::kStruct) return std::nullopt;
    const auto found =
        std::find_if(level->begin(), level->end(),
                     [&](const delta::StoredField& field) { return field.name == name; });
    if (found == level->end()) return std::nullopt;
    const Field field = leaf.type.fields()[static_cast<size_t>(found - level->begin())];
    leaf.path.push_back(field.name);
    leaf.type = field.type;
    level = &found->children;
  }
  if (leaf.type.IsNested()) return std::nullopt;
  return leaf;
}

// A value as the engine prints it.
std::optional<Value> ValueOf(const duckdb::Value& text, const DataType& type) {
  duckdb::Value value;
  std::string problem;
  if (!text.DefaultTryCastAs(ToDuckdb(type), value, &problem)) return std::nullopt;
  return FromDuckdb(value, type);
}

delta::WrittenColumn ColumnOf(const ParquetStatistics& statistics, const DataType& type) {
  delta::WrittenColumn column;
  for (const auto& [name, value] : statistics) {
    if (value.IsNull()) continue;
    if (name == "null_count") {
      column.statistics.null_count = std::stoll(value.ToString());
    } else if (name == "has_nan") {
      column.has_nan = value.ToString() == "true";
    } else if (type.id() == TypeId::kBinary || type.id() == TypeId::kVariant) {
      continue;
    } else if (name == "min") {
      column.statistics.min = ValueOf(value, type);
    } else if (name == "max") {
      column.statistics.max = ValueOf(value, type);
    }
  }
  return column;
}

}  // namespace

std::string StatsJson(const duckdb::CopyFunctionFileStatistics& written, const Schema& columns,
                      const std::vector<delta::StoredField>& stored,
                      const delta::Metadata& metadata) {
  std::map<Predicate::Path, delta::WrittenColumn> gathered;
  for (const auto& [name, statistics] : written.column_statistics) {
    const auto leaf = LeafAt(columns, stored, PathOf(name));
    if (leaf) gathered.emplace(leaf->path, ColumnOf(statistics, leaf->type));
  }
  return delta::BuildStatsJson(columns, metadata, static_cast<int64_t>(written.row_count),
                               gathered);
}

}  // namespace weir::engine
