#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// A cast between types that differ at most in TIMESTAMP and TIMESTAMP WITH TIME ZONE, and in how
// variants are held, nested ones too: it takes instants as they are, for inside the engine they are
// in UTC. (The engine's own cast asks its calendar library for each value.)
duckdb::BoundCastInfo PlainCast(const duckdb::LogicalType& from, const duckdb::LogicalType& to);

// weir_file(x, example): x as a value of the type of `example`, cast so. How rows are handed to the
// Parquet writer, for which instants are TIMESTAMP WITH TIME ZONE and variants are groups.
void RegisterInstant(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
