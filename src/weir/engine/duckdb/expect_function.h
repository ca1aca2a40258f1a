#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// weir_expect(ordinal, condition, ..., [row]): whether a row stays, by the expectations of that
// number in the statement's context; counts what passed and failed. Throws Error{kInvalid} with
// Spark-like condition EXPECTATION_VIOLATED, and with the row, at one that fails what it must not.
void RegisterExpect(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
