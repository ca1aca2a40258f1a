#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "weir/session/table_write.h"
#include "weir/sql/ast.h"
#include "weir/sql/binder.h"

// The rules of a table's rows, as statements declare and change them.
namespace weir::session {

// Whether the clauses declare any.
bool HasRules(const sql::TableClauses& clauses);
// Throws DiagnosticError where a rule that a new table is to have is none: constraints, defaults,
// generated columns. What is wrong is shown where `clauses` say it.
void CheckRules(const TableDeclaration& declaration, const sql::TableClauses& clauses,
                const sql::BindOptions& options);

// The constraints that the properties of a table hold: name and condition.
std::vector<std::pair<std::string, std::string>> ConstraintsOf(
    const std::map<std::string, std::string>& properties);
// A column as CREATE TABLE declares it, with what the table gives it.
std::string ColumnDdl(const Field& field);

// Throws where a key of TBLPROPERTIES is a constraint, which has statements of its own.
void CheckIsNoConstraint(const std::string& property);

// Throws Error{kInvalid} where a rule of the table looks at a top-level column, which is to be
// dropped, renamed or given another type (`change`: "be dropped").
void CheckNoRuleLooksAt(const delta::Metadata& metadata, const std::string& column,
                        const std::string& change, const sql::BindOptions& options);

// SET DEFAULT and DROP DEFAULT of those columns that have one of them.
void SetDefaults(delta::Metadata& metadata, const sql::AlterTable::ChangeColumns& alter,
                 const sql::BindOptions& options);

// Throws Error{kInvalid} where a CHECK constraint, a generated column or a default of the table
// goes with its columns as they were before, but not as they are now.
void CheckRulesHold(const delta::Metadata& before, const delta::Metadata& now,
                    const sql::BindOptions& options);

}  // namespace weir::session
