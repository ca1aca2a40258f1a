#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "weir/sql/ast.h"
#include "weir/types/raw_type.h"

namespace weir::sql {

struct ParsedScript {
  std::vector<StatementPtr> statements;  // Those that parsed.
  Diagnostics diagnostics;               // One or more per statement that did not.
  size_t steps = 0;                      // Bytes and tokens that were looked at, for tests.

  // These and what statements that parsed are refused for, in the order of the text: for whoever
  // runs all or nothing.
  Diagnostics AllDiagnostics() const;
};

// Databricks SQL: statements separated by ';'. Never throws for bad text: parsing goes on after the
// next ';', so that all mistakes of a script come at once. Linear time, bounded stack (an
// expression nested too deeply is a diagnostic).
// Parameter markers that `parameters` names become its values; others stay, and binding the
// statement finds them.
ParsedScript ParseScript(std::shared_ptr<const SourceText> source,
                         std::shared_ptr<const Parameters> parameters = nullptr);

// One statement, one expression ("a > 1"), one type ("array<int>"), a column list
// ("id BIGINT, name STRING"). The whole text must be used up.
std::variant<StatementPtr, Diagnostics> ParseStatement(
    std::shared_ptr<const SourceText> source,
    std::shared_ptr<const Parameters> parameters = nullptr);
// The statement again, its `identifiers` in place: one value each, which spells a name.
std::variant<StatementPtr, Diagnostics> ParseAgain(const StatementNode& statement,
                                                   std::vector<std::string> identifiers);
// The parameter markers of a statement; what is wrong with it is for ParseStatement to say.
struct ParameterMarkers {
  bool named = false;
  size_t positional = 0;
};
ParameterMarkers MarkersOf(std::shared_ptr<const SourceText> source);
std::variant<ExprPtr, Diagnostics> ParseExpression(std::shared_ptr<const SourceText> source);
// CHAR(n) and VARCHAR(n) give STRING; `strings`, where given, gets what the text says.
std::variant<DataType, Diagnostics> ParseType(std::shared_ptr<const SourceText> source,
                                              StringTypes* strings = nullptr);
std::variant<Schema, Diagnostics> ParseColumns(std::shared_ptr<const SourceText> source,
                                               StringTypes* strings = nullptr);

}  // namespace weir::sql
