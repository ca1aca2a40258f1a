#pragma once

#include <memory>
#include <string>

#include "weir/delta/snapshot.h"
#include "weir/session/session.h"
#include "weir/sql/ast.h"

// What ALTER TABLE does to columns. A column that is not there is told with its place in the text.
namespace weir::session {

void Alter(delta::Metadata& metadata, const sql::AlterTable::AddColumns& change);
void Alter(delta::Metadata& metadata, const sql::AlterTable::ReplaceColumns& change);
void Alter(delta::Metadata& metadata, const sql::AlterTable::RenameColumn& change);
void Alter(delta::Metadata& metadata, const sql::AlterTable::DropColumns& change);
// But for defaults (row_rules.h).
void Alter(delta::Metadata& metadata, const sql::AlterTable::ChangeColumns& change);

// Throws Error{kInvalid} where a rule of the table, as it was before the statement, looks at a
// column that the statement renamed, dropped or gave another type, or does not hold any more.
void CheckDependents(const delta::Metadata& before, const delta::Metadata& now,
                     const sql::AlterTable& statement, const sql::BindOptions& options);

// Whether `now` declares a column NOT NULL that was not.
bool TightensColumns(const Schema& before, const delta::Metadata& now);

// Reads the columns that `now` declares NOT NULL and `base` does not. Throws Error{kInvalid},
// DELTA_NEW_NOT_NULL_VIOLATION, when one holds a NULL.
void RequireNoNulls(const Services& services, const std::string& statement_id,
                    const io::Location& table, const std::shared_ptr<const delta::Snapshot>& base,
                    const delta::Metadata& now, const sql::BindOptions& options);

}  // namespace weir::session
