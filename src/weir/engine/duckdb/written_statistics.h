#pragma once

#include <string>
#include <vector>

#include "weir/delta/actions.h"
#include "weir/delta/column_mapping.h"
#include "weir/engine/duckdb/duckdb_pch.h"
#include "weir/types/data_type.h"

namespace weir::engine {

// The `stats` of a data file from what the Parquet writer gathered. `columns` are those that the
// file holds, as `stored`; `metadata` says which of them get statistics.
std::string StatsJson(const duckdb::CopyFunctionFileStatistics& written, const Schema& columns,
                      const std::vector<delta::StoredField>& stored,
                      const delta::Metadata& metadata);

}  // namespace weir::engine
