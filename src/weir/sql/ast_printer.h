#pragma once

#include <string>

#include "weir/sql/ast.h"

namespace weir::sql {

// SQL text that parses to the same tree again, on one line: for SHOW CREATE TABLE, stored views and
// EXPLAIN. Statements that are refused stand as they were written. Comments are gone, and syntaxes
// that the parser turned into calls are printed as these.
std::string ToSql(const Expr& expr);
std::string ToSql(const Query& query);
std::string ToSql(const StatementNode& statement);

// A literal: 1L, 'it\'s', DATE '2013-01-01', INTERVAL '1' DAY.
std::string ToSql(const LiteralExpr& literal);

// `text` in quotes, with escapes where needed.
std::string QuoteString(std::string_view text);

}  // namespace weir::sql
