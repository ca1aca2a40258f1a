#pragma once

#include <functional>
#include <string>

#include "weir/sql/plan.h"

namespace weir::sql {

// The SELECT that gives the plan's rows on DuckDB. Output columns are named by ColumnName, in the
// order of plan.columns; inputs are read as `scan(input)` tells ("weir_scan(3)"), with columns by
// their names; ExpectPlan becomes `WHERE weir_expect(<ordinal>, cond1, cond2, ...)`, ordinals in
// the order in which ExpectPlans are met (callers have one at most).
struct DuckdbText {
  std::string sql;
};
DuckdbText PrintDuckdb(const Plan& plan, const std::function<std::string(InputId)>& scan);

// The name of a plan's column in printed text: "c·7". Names of users' columns stand in the same
// scopes and would hide a plainer one. A user's own column of such a name is refused when a scan of
// it is printed, Error{kUnsupported}.
std::string ColumnName(ColumnId id);

// An identifier or string as DuckDB text.
std::string DuckdbQuote(const std::string& identifier);
std::string DuckdbString(const std::string& value);

}  // namespace weir::sql
