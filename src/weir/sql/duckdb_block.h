#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "weir/sql/plan.h"

// How plans become nested SELECTs. Internal to the DuckDB printer.
namespace weir::sql {

enum class TextKind {
  kColumn,   // A column of FROM.
  kLiteral,  // Outer joins cannot null it, and it orders nothing.
  kPart,     // Of a column: costs little to repeat.
  kComputed,
};
struct ColumnText {
  std::string text;
  TextKind kind = TextKind::kColumn;
};
using ColumnTexts = std::unordered_map<ColumnId, ColumnText>;

// One SELECT in the making: what its columns are in terms of its FROM. Operators are put into it as
// long as SQL's order of evaluation lets them; then it becomes the FROM of the next one.
struct SelectBlock {
  std::string from;
  bool is_join = false;
  std::vector<std::string> where;
  ColumnTexts texts;
  bool windowed = false;  // Has windows in its items: WHERE would come before them.
  std::string order_by;
  std::string limit;
  // A whole statement that gives c<id> for each of these; then from and where are empty.
  std::string statement;
  std::vector<ColumnId> statement_columns;

  bool IsStatement() const { return !statement.empty(); }
  bool IsOrdered() const { return !order_by.empty() || !limit.empty(); }
};

}  // namespace weir::sql
