#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weir/sql/binder.h"

// Values that a table gives: DEFAULT, generated columns. Pure functions.
namespace weir::sql {

// The columns of `plan` are some of `target`'s, by name. The result has all, in the table's order:
// those that are missing hold what they are generated from, their DEFAULT, or NULL.
BindResult BindMissing(PlanPtr plan, const Schema& target, const BindOptions& options);

// What is wrong with the DEFAULT, or with the expression of a generated column, that a table is to
// have; nothing: it may have it.
Diagnostics CheckDefault(const Field& field, const Span& span, const BindOptions& options);
Diagnostics CheckGenerated(const Schema& schema, size_t column, const Span& span,
                           const BindOptions& options);
// The top-level columns that an expression of a table names, as in the schema. Throws
// DiagnosticError where it can't be bound.
std::vector<std::string> ColumnsOfText(const Schema& schema, const std::string& text,
                                       const BindOptions& options);

// The query of INSERT with the word DEFAULT, where it is a value of VALUES or of SELECT, replaced
// by the DEFAULT of the column that it stands for (`given`, in order) or NULL. Columns that the
// table computes are taken out of the query, and out of `given`, when every row says DEFAULT of
// them. Null: the word does not stand there. Throws DiagnosticError.
QueryPtr WithDefaults(const Query& query, Schema& given);

}  // namespace weir::sql
