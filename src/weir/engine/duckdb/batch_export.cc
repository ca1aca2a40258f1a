#include "weir/engine/duckdb/batch_export.h"

#include <algorithm>

#include "weir/base/error.h"
#include "weir/engine/duckdb/type_mapping.h"

namespace weir::engine {
namespace {

constexpr size_t kFirstRows = STANDARD_VECTOR_SIZE;
constexpr size_t kMostRows = 32 * STANDARD_VECTOR_SIZE;
// Texts of one batch have 32-bit offsets.
constexpr size_t kMostBytes = 64 << 20;

bool SameFields(const duckdb::LogicalType& engine, const std::vector<Field>& fields);

// The engine gives NULL a type of its choice, also within others.
bool SameType(const duckdb::LogicalType& engine, const DataType& type) {
  switch (type.id()) {
    case TypeId::kVoid:
      return true;
    case TypeId::kArray:
      return engine.id() == duckdb::LogicalTypeId::LIST &&
             SameType(duckdb::ListType::GetChildType(engine), type.element());
    case TypeId::kMap:
      return engine.id() == duckdb::LogicalTypeId::MAP &&
             SameType(duckdb::MapType::KeyType(engine), type.key()) &&
             SameType(duckdb::MapType::ValueType(engine), type.value());
    case TypeId::kStruct:
      return engine.id() == duckdb::LogicalTypeId::STRUCT && SameFields(engine, type.fields());
    default:
      return engine == ToDuckdb(type);
  }
}

bool SameFields(const duckdb::LogicalType& engine, const std::vector<Field>& fields) {
  const auto& given = duckdb::StructType::GetChildTypes(engine);
  return std::equal(given.begin(), given.end(), fields.begin(), fields.end(),
                    [](const auto& one, const Field& field) {
                      return one.first == field.name && SameType(one.second, field.type);
                    });
}

}  // namespace

void CheckTypes(const duckdb::vector<duckdb::LogicalType>& types, const Schema& schema) {
  if (types.size() != schema.size()) {
    throw Error(ErrorCode::kInternal, "the engine gives " + std::to_string(types.size()) +
                                          " columns instead of " + std::to_string(schema.size()));
  }
  for (size_t i = 0; i < types.size(); ++i) {
    if (SameType(types[i], schema[i].type)) continue;
    throw Error(ErrorCode::kInternal, "the engine gives " + types[i].ToString() + " for column `" +
                                          schema[i].name + "` of type " + schema[i].type.ToSql());
  }
}

BatchExporter::BatchExporter(Run& run, Schema schema)
    : run_(run), schema_(std::move(schema)), wanted_rows_(kFirstRows) {
  CheckTypes(run_.types(), schema_);
}

std::optional<Batch> BatchExporter::Next() {
  auto chunk = run_.Next();
  if (!chunk) return std::nullopt;
  duckdb::ClientProperties layouts;  // The defaults are the canonical ones.
  duckdb::ArrowAppender appender(run_.types(), wanted_rows_, layouts, {});
  size_t bytes = 0;
  while (chunk) {
    appender.Append(*chunk, 0, chunk->size(), chunk->size());
    bytes += chunk->GetAllocationSize();
    if (appender.RowCount() >= wanted_rows_ || bytes >= kMostBytes) break;
    chunk = run_.Next();
  }
  wanted_rows_ = std::min(wanted_rows_ * 2, kMostRows);
  return Batch(schema_, appender.Finalize());
}

}  // namespace weir::engine
