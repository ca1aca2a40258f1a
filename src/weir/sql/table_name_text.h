#pragma once

#include <optional>
#include <string>

#include "weir/sql/ast.h"

namespace weir::sql {

// The name that a text spells, as the argument of table_changes does: "t", "main.sales.orders",
// "delta.`/path`". Nothing when it spells none. It stands at `span`.
std::optional<Name> TableNameIn(const std::string& text, const Span& span);

// read_stream('t', ...), which is a stream with STREAM in front of it and without.
bool IsReadStream(const Name& function);

}  // namespace weir::sql
