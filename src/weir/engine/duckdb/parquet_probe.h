#pragma once

#include <memory>
#include <vector>

#include "weir/engine/duckdb/parquet_source.h"
#include "weir/engine/duckdb/statement_context.h"

namespace weir::engine {

// Opens the footers of files that a connector found, by the statement on `connection`, and keeps
// those that can be read as the wanted columns. The others are reported to the statement as
// rejects; where the options say so, they fail it (Error{kCorrupt, kNotFound}). Those of `broken`
// were found to be so.
std::vector<CountedFile> ProbedFiles(duckdb::Connection& connection, StatementContext& context,
                                     sql::InputId input, const FileSet& files,
                                     std::shared_ptr<io::ObjectStore> store,
                                     const std::vector<Reject>& broken);

}  // namespace weir::engine
