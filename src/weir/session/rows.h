#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/session/session.h"

namespace weir::session {

using Rows = std::vector<std::vector<Value>>;

// A small result made here: what DESCRIBE, SHOW and DDL answer. Columns are STRING unless said.
// `found`: what was wrong with the rows that the statement read.
std::unique_ptr<Result> RowsResult(const std::string& statement_id, Schema schema, const Rows& rows,
                                   engine::RunStatistics found = {});
// The rows of a query that runs.
std::unique_ptr<Result> QueryRows(const std::string& statement_id,
                                  std::unique_ptr<engine::QueryResult> rows);
// Columns of type STRING, none of them NOT NULL.
Schema TextColumns(const std::vector<std::string>& names);
Value Text(const std::string& text);
Value TextOrNull(const std::optional<std::string>& text);

}  // namespace weir::session
