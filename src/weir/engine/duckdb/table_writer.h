#pragma once

#include "weir/engine/duckdb/statement_runner.h"

namespace weir::engine {

// The statement that writes the rows of `select`, whose columns c<id> stand in the order of
// `columns`, as new files of the target.
std::string WriteStatement(const std::string& select, const std::vector<sql::PlanColumn>& columns,
                           const WriteTarget& target);

// The files that such a statement says it wrote, and what it gathered.
std::vector<delta::AddFile> WrittenFiles(Run& run, const WriteTarget& target,
                                         RunStatistics* statistics);

}  // namespace weir::engine
