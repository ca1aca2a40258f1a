#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// COPY ... TO '...' (FORMAT weir_table): writes rows as data files of the statement's WriteGrant,
// which names a target, and reports the files to the statement. The path means nothing.
void RegisterDataFileCopy(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
