#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "weir/sql/ast.h"

namespace weir::sql {

struct ParsedScript {
  std::vector<StatementPtr> statements;  // Those that parsed.
  Diagnostics diagnostics;               // One or more per statement that did not.
};

// Databricks SQL: statements separated by ';'. Never throws for bad text: parsing goes on after the
// next ';', so that all mistakes of a script come at once. Linear time, bounded stack (an
// expression nested too deeply is a diagnostic).
ParsedScript ParseScript(std::shared_ptr<const SourceText> source);

// One statement, one expression ("a > 1"), one type ("array<int>"), a column list
// ("id BIGINT, name STRING"). The whole text must be used up.
std::variant<StatementPtr, Diagnostics> ParseStatement(std::shared_ptr<const SourceText> source);
std::variant<ExprPtr, Diagnostics> ParseExpression(std::shared_ptr<const SourceText> source);
std::variant<DataType, Diagnostics> ParseType(std::shared_ptr<const SourceText> source);
std::variant<Schema, Diagnostics> ParseColumns(std::shared_ptr<const SourceText> source);

}  // namespace weir::sql
