#pragma once

#include <string>

#include "weir/sql/binding.h"

namespace weir::sql {

// The name of an output column that has no alias, as Spark derives it from the expression:
// "count(1)", "(a + b)", "upper(name)"; columns and casts of columns keep their own. The
// expression must have been bound, so that qualifiers are told from structs.
std::string OutputName(const Expr& expr, const Binding& binding);
// The same for a part of an expression.
std::string PrettyText(const Expr& expr, const Binding& binding);

}  // namespace weir::sql
