#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// weir_expect(ordinal, condition, ...): whether a row stays, by the expectations of that number in
// the statement's context; counts what passed and failed. Throws Error{kInvalid} with Spark-like
// condition EXPECTATION_VIOLATED at a row that fails one that must not.
void RegisterExpect(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
