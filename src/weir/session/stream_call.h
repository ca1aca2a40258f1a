#pragma once

#include <vector>

#include "weir/sql/binder.h"

// read_stream('t', option => value, ...): the rows that come to a table, as STREAM t, with options.
namespace weir::session {

struct StreamCall {
  sql::Name table;
  bool skip_change_commits = false;  // Versions that change or delete rows are passed over.
};
// Reads the arguments. Throws DiagnosticError.
StreamCall StreamCallOf(const sql::Name& function,
                        const std::vector<sql::NamedArgument>& arguments);

}  // namespace weir::session
