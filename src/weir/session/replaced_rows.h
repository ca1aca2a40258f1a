#pragma once

#include <string>
#include <vector>

#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"

namespace weir::session {

// Binds a condition over the columns of a table. Throws DiagnosticError.
RowCondition BindRows(const sql::Expr& condition, const Schema& table, sql::NameResolver& names,
                      const sql::BindOptions& options);

// `plan`, whose columns are those of the table, failing on a row that `rows` does not pick.
sql::PlanPtr RequirePicked(sql::PlanPtr plan, const sql::Expr& condition, const std::string& text,
                           sql::NameResolver& names, const sql::BindOptions& options);

// Stages in `change`, whose base is set, that the rows of its base which `rows` picks go away:
// files that hold only such rows are removed as they are, files that may hold others too are
// written anew without them. The rows of the new files are not counted as written.
void RemoveRows(const Services& services, const std::string& statement_id, const RowCondition& rows,
                const delta::Table& table, TableChange& change);

}  // namespace weir::session
