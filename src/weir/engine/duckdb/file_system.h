#pragma once

#include "weir/engine/duckdb/duckdb_pch.h"

namespace weir::engine {

// The one way of the engine to files: paths "weir://...", which stand for what the statement that
// opens them was granted (StatementContext), and nothing without a statement.
duckdb::unique_ptr<duckdb::FileSystem> MakeFileSystem();

}  // namespace weir::engine
