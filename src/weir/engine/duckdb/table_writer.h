#pragma once

#include "weir/engine/duckdb/statement_runner.h"

namespace weir::engine {

// Positions of the partition columns in the schema. Throws Error{kInvalid} when one is not there,
// and when no column is left for the files.
std::vector<size_t> PartitionPositions(const WriteTarget& target);

// The statement that writes the rows of `select`, whose columns (sql::ColumnName) stand in the
// order of `columns`, as new files of the target, and what it has to be granted.
std::string WriteStatement(const std::string& select, const std::vector<sql::PlanColumn>& columns,
                           const WriteTarget& target);
WriteGrant GrantOf(const WriteTarget& target);

// What such a statement wrote and gathered, once it has ended.
WriteResult WrittenFiles(Run& run);

}  // namespace weir::engine
