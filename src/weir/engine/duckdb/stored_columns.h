#pragma once

#include <optional>
#include <vector>

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/engine/duckdb/parquet_source.h"

// Columns of mapped tables on their way into files and out of them.
namespace weir::engine {

// What no column of a file is called.
inline constexpr char kNoName[] = "\x01none";

// The type of a column in files: members of structs go by their stored names.
duckdb::LogicalType StoredType(const DataType& type, const delta::StoredField& stored);

// What the Parquet writer's option FIELD_IDS takes for these columns; nothing without ids.
std::optional<duckdb::Value> FieldIdsOf(const std::vector<delta::StoredField>& columns);

// Gives the columns of a file, and the members of their structs at every depth, the names that the
// schema has for them, so that the engine finds them by name; others get one that no column has.
void NameAsInSchema(duckdb::vector<duckdb::MultiFileColumnDefinition>& columns,
                    const std::vector<Field>& fields, const StoredColumns& stored);

}  // namespace weir::engine
