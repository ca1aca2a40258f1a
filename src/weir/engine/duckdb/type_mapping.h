#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/data_type.h"
#include "weir/types/value.h"

// Our types and values as the engine holds them. Instants and wall-clock times are both plain
// TIMESTAMP there (instants in UTC), year-month intervals INTEGER months, day-time intervals BIGINT
// microseconds, variants one BLOB.
namespace weir::engine {

duckdb::LogicalType ToDuckdb(const DataType& type);
duckdb::Value ToDuckdb(const Value& value);

// The same as Parquet files hold them: instants as TIMESTAMP WITH TIME ZONE, variants as groups.
duckdb::LogicalType ToDuckdbFile(const DataType& type);

// The engine's type with variants as groups: what columns of files may be read as.
duckdb::LogicalType ToDuckdbStored(const DataType& type);

// A value of the engine's as one of `type`; nothing where it is not of the mapped type.
std::optional<Value> FromDuckdb(const duckdb::Value& value, const DataType& type);

}  // namespace weir::engine
