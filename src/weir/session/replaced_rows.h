#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "weir/delta/table.h"
#include "weir/session/session.h"
#include "weir/session/table_write.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"
#include "weir/sql/change_binder.h"

namespace weir::session {

// Binds a condition over the columns of a table. Throws DiagnosticError.
RowCondition BindRows(const sql::Expr& condition, const Schema& table, sql::NameResolver& names,
                      const sql::BindOptions& options);

// `plan`, whose columns are those of the table, without the rows that the condition does not pick.
sql::PlanPtr KeepPicked(sql::PlanPtr plan, const sql::Expr& condition, sql::NameResolver& names,
                        const sql::BindOptions& options);

// `plan`, whose columns are those of the table, failing on a row that `rows` does not pick.
sql::PlanPtr RequirePicked(sql::PlanPtr plan, const sql::Expr& condition, const std::string& text,
                           sql::NameResolver& names, const sql::BindOptions& options);

// The change that makes room where rows of the query match rows of the table: REPLACE USING and
// REPLACE ON of an INSERT. Throws DiagnosticError.
sql::BoundChange BindMatching(const sql::ReplaceMatching& matching, const sql::Query& query,
                              const sql::ChangeTarget& target, sql::NameResolver& names,
                              const sql::BindOptions& options);
// No relation that a statement names has this number: the table in a BoundChange.
inline constexpr sql::InputId kMatchedTable = UINT32_MAX;

// Stages in `change` that the rows which `matching` picks go away: the files that have some are
// written anew without them.
void RemoveMatching(const Services& services, const std::string& statement_id,
                    const sql::BoundChange& matching, std::map<sql::InputId, engine::Input> inputs,
                    const delta::Table& table, TableChange& change);

// Stages in `change` that the partitions which its new files belong to are emptied before.
void RemovePartitions(TableChange& change);

// Stages in `change`, whose base is set, that the rows of its base which `rows` picks go away:
// files that hold only such rows are removed as they are, files that may hold others too are
// written anew without them. The rows of the new files are not counted as written.
void RemoveRows(const Services& services, const std::string& statement_id, const RowCondition& rows,
                const delta::Table& table, TableChange& change);

}  // namespace weir::session
