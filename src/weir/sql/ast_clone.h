#pragma once

#include "weir/sql/ast.h"

namespace weir::sql {

// Deep copies, spans included.
ExprPtr Clone(const Expr& expr);
QueryPtr Clone(const Query& query);
FromItemPtr Clone(const FromItem& item);
WindowSpec Clone(const WindowSpec& window);

}  // namespace weir::sql
