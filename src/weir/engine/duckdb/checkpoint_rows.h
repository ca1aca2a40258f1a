#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/delta/checkpoint_format.h"
#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/data_type.h"

namespace weir::engine {

// What to ask of a checkpoint's file, input 0 with the columns `schema`, for CheckpointRowsOf.
std::string CheckpointRowsSql(const Schema& schema);

// Rows that statement gave, flat; the first of them is number `first` in its file, from 1.
using CheckpointChunks = std::vector<duckdb::unique_ptr<duckdb::DataChunk>>;
delta::CheckpointPart CheckpointRowsOf(CheckpointChunks chunks, size_t first);

}  // namespace weir::engine
