#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// weir_records(input): the rows of a RecordSource that the statement was granted, its streams read
// by many threads at a time. Only the columns that are wanted are read.
void RegisterRecordScan(duckdb::ExtensionLoader& loader);

}  // namespace weir::engine
