#pragma once

#include <map>
#include <string>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/sql/binder.h"
#include "weir/sql/plan.h"
#include "weir/types/data_type.h"
#include "weir/types/value.h"

// Which columns of a table a statement gives.
namespace weir::session {

using PartitionValues = std::map<std::string, Value>;  // By column, named as in the schema.

// The position of a column that a statement names. Throws DiagnosticError when there is none.
size_t ColumnOf(const sql::Identifier& name, const Schema& target);
[[noreturn]] void NamedTwice(const sql::Identifier& name);

// The columns that the query gives, in its order: those named, or all without a value of their own.
Schema GivenColumns(const std::vector<sql::Identifier>& columns, const PartitionValues& values,
                    const Schema& target);

// `plan` gives the columns of `given`; the result has all of `target`, with the values of
// PARTITION, and what the table gives where nothing was given: what a column is generated from, its
// DEFAULT, or NULL.
sql::PlanPtr FillColumns(sql::PlanPtr plan, const Schema& given, const PartitionValues& values,
                         const Schema& target, const sql::BindOptions& options);

}  // namespace weir::session
