#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// weir_next_number(column, first, step): for every row the next number of the column's sequence,
// counted in the statement's context, so that threads never give out the same one. Throws
// Error{kInvalid}, ARITHMETIC_OVERFLOW, where BIGINT has no more.
void RegisterNextNumber(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
