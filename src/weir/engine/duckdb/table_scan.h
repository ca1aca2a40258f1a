#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// weir_scan(input): the rows of a Parquet source that the statement was granted, as columns of its
// schema. Columns are matched by name without case, or as the table maps them; those a file lacks
// are NULL, those of another type are cast.
void RegisterTableScan(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
